"""trials.csv as it comes back from spreadsheets and colleagues: understood, or refused in words."""

from pathlib import Path

import numpy as np
import pytest

from actbench.errors import ResultsError
from actbench.results.reading import find_trials, read_trials
from tests.reporting.conftest import one, table

HEADER = "dataset,architecture,hidden,output,seed,status,test_loss,test_mae"
SCORES = {"linear": [2.5, 2.75, 3.0], "tanh": [22.25, 22.5, 21.75]}


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "trials.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(*lines: str) -> str:
    return "\n".join([HEADER, *lines]) + "\n"


def german(text: str) -> str:
    """As a spreadsheet in a language with decimal commas saves it."""
    return text.replace(",", ";").replace(".", ",").replace("\n", "\r\n")


@pytest.mark.parametrize(
    "text",
    [
        table(SCORES).encode("utf-8-sig"),
        german(table(SCORES)).encode("utf-8-sig"),
        ("sep=;\r\n" + german(table(SCORES))).encode(),
        table(SCORES).replace(",", "\t").encode("utf-16"),
        ("\n" + table(SCORES) + ",,,,,,,\n\n").encode(),
        table(SCORES).replace("ok", " OK ").replace(",0,", ",0.0,").encode(),
    ],
    ids=["mark", "semicolons", "sep", "utf-16 tabs", "blank lines", "spaces"],
)
def test_a_spreadsheet_changes_nothing(text: bytes, tmp_path: Path) -> None:
    found = read_trials(written(tmp_path, text))
    expected = read_trials(written(tmp_path, table(SCORES)))
    assert found.frame["test_mae"].tolist() == [*SCORES["linear"], *SCORES["tanh"]]
    assert found.frame.reset_index(drop=True).equals(expected.frame.reset_index(drop=True))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (rows("d,a,relu,tanh,0,ok,1,2", "d,a,relu,tanh,1,ok,1,abc"), r":3: test_mae: .*'abc'"),
        (rows("d,a,relu,tanh,0,ok,1,02. Aug"), r":2: test_mae: expected a number"),
        (rows("d,a,relu,tanh,,ok,1,2"), r":2: seed: expected a whole number, got an empty cell"),
        (rows("d,a,relu,tanh,1.5,ok,1,2"), r":2: seed: expected a whole number.*'1.5'"),
        (rows("d,a,relu,tanh,0,okay,1,2"), r":2: status: .*'okay'; did you mean 'ok'"),
        (rows("d,a,relu,tanh,0,ok,1"), r":2: expected 8 cells.*got 7"),
        (
            rows("d,a,relu,tanh,0,ok,1,2", "d,a,relu,tanh,0,ok,1,3"),
            r"twice.*lines 2 and 3.*--against",
        ),
        (rows(), "holds no trials yet"),
        ("", "empty file"),
        ("\n,,,\n\n", "empty file"),
        (rows("d,a,relu,tanh,zero,ok,1,2"), r":2: seed: expected a whole number.*'zero'"),
        (rows("d,a,relu,tanh,1e19,ok,1,2"), r":2: seed: expected a whole number.*'1e19'"),
        (HEADER.replace(",seed", "") + "\n", "seed is missing"),
        (HEADER.replace("test_loss", "test_mae") + "\n", "'test_mae' is there twice"),
        (b"PK\x03\x04rest", "save the sheet as CSV"),
        (b"a\0b", "no text"),
    ],
)
def test_what_cannot_be_understood_is_named(text: str | bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=words):
        read_trials(written(tmp_path, text))


def test_a_spreadsheet_keeps_the_seconds(tmp_path: Path) -> None:
    text = table(SCORES).replace("\n", ",0.25\n").replace("0.25", "train_seconds", 1)
    found = read_trials(written(tmp_path, german(text)))
    assert found.frame["train_seconds"].tolist() == [0.25] * 6


def test_large_seeds_stay_apart(tmp_path: Path) -> None:
    seeds = [2**53, 2**53 + 1]
    found = read_trials(
        written(tmp_path, rows(*(f"d,a,relu,tanh,{seed},ok,1,{seed % 7}" for seed in seeds)))
    )
    assert found.frame["seed"].tolist() == seeds


@pytest.mark.parametrize("number", ["nan", "NaN", "inf", "-Infinity"])
def test_a_metric_that_is_not_finite_is_a_divergence(number: str, tmp_path: Path) -> None:
    text = rows("d,a,relu,tanh,0,ok,1,2", f"d,a,relu,elu,0,ok,1,{number}")
    found = read_trials(written(tmp_path, text))
    assert found.frame["status"].tolist() == ["ok", "diverged"]
    assert "1 trial of status ok has NaN or infinity" in found.notes[0]
    block = one(found)
    assert [row.diverged for row in block.rows] == [0, 1]


def test_the_same_row_twice_counts_once(tmp_path: Path) -> None:
    line = "d,a,relu,tanh,0,ok,1,2"
    found = read_trials(written(tmp_path, rows(line, line, "d,a,relu,elu,0,ok,1,2")))
    assert len(found.frame) == 2
    assert "1 trial is there twice" in found.notes[0]


def test_seeds_without_a_partner_are_missing_and_drop_the_pair(tmp_path: Path) -> None:
    lines = [f"d,a,relu,tanh,{seed},ok,1,{2 + seed / 7}" for seed in range(8)]
    lines += [f"d,a,relu,elu,{seed},ok,1,{3 + seed / 9}" for seed in range(6)]
    block = one(written(tmp_path, rows(*lines)))
    elu = next(row for row in block.rows if row.cell["output"] == "elu")
    assert (elu.ok, elu.missing) == (6, 2)
    assert elu.pair is not None
    assert elu.pair.n == 6
    expected = np.mean([(2 + s / 7) - (3 + s / 9) for s in range(6)])
    assert elu.pair.difference == pytest.approx(expected, rel=1e-8)


def test_an_empty_metric_of_an_ok_trial_is_missing(tmp_path: Path) -> None:
    text = rows("d,a,relu,tanh,0,ok,1,2", "d,a,relu,elu,0,ok,1,", "d,a,relu,elu,1,ok,1,2")
    block = one(written(tmp_path, text))
    elu = next(row for row in block.rows if row.cell["output"] == "elu")
    assert (elu.ok, elu.missing) == (1, 1)


def test_a_constant_metric_is_no_difference_found(tmp_path: Path) -> None:
    text = table({"linear": [2.0] * 10, "relu": [2.0] * 10})
    block = one(written(tmp_path, text))
    pair = next(row.pair for row in block.rows if row.pair)
    assert (pair.difference, pair.interval, pair.p) == (0.0, (0.0, 0.0), 1.0)
    assert pair.verdict.words == "inconclusive; the 10 paired scores are the same"


def test_results_are_found_by_file_folder_and_name(trials: Path, tmp_path: Path) -> None:
    for named in (trials, tmp_path):
        assert find_trials(str(named), Path("results")) == trials
    kept = tmp_path / "out" / "reference" / "boston"
    kept.mkdir(parents=True)
    (kept / "trials.csv").write_text(trials.read_text())
    assert find_trials("boston", tmp_path / "out") == kept / "trials.csv"


@pytest.mark.parametrize("text", ["", "a,b\n", "a,b\n1,2,3,4\n5\n"])
def test_what_is_no_table_of_trials_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text(text)
    with pytest.raises(ResultsError, match=r"trials\.csv:"):
        read_trials(tmp_path / "trials.csv")


def test_a_folder_with_a_journal_alone(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text("{}\n")
    with pytest.raises(ResultsError, match="a journal of finished trials and no tables yet"):
        find_trials(str(tmp_path), tmp_path)


def test_a_spec_instead_of_its_results(tmp_path: Path) -> None:
    spec = tmp_path / "q.yaml"
    spec.write_text("name: mine\n")
    words = r"q.yaml is a spec.*`actbench run .*, which makes .*mine"
    with pytest.raises(ResultsError, match=words):
        find_trials(str(spec), tmp_path)
