"""A folder that came by mail: every size that is read has a limit, and damage ends in words."""

import shutil
from pathlib import Path

import pytest

from actbench.errors import ResultsError
from actbench.results.reading import read_history, read_trials
from actbench.results.side_files import Looks, read_side_files

REFERENCE = Path(__file__).parents[2] / "results" / "reference" / "boston_output"
HEADER, *ROWS = (REFERENCE / "trials.csv").read_text().splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("trials.csv", "spec.yaml", "environment.json", "history.csv"):
        shutil.copy(REFERENCE / name, tmp_path)
    return tmp_path


LOOKS = '{"looks": [10, 30], "alpha": 0.05, "comparisons": 5, "taken": 30, "rope": null}'


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("10, 30", "10, 1000000000", "looks.1: .* less than or equal to 1000"),
        ("10, 30", ", ".join(map(str, range(2, 3002))), "looks: .* at most 20 items"),
        ("10, 30", "-5, 30", "looks.0: .* greater than or equal to 1"),
        ("10, 30", "true, 30", "looks.0: .* valid integer"),
        ("10, 30", "20, 10, 30", "do not fit together"),
        ("10, 30", "", "do not fit together"),
        ('"taken": 30', '"taken": 7', "do not fit together"),
        ("0.05", "Infinity", "alpha: .* finite"),
        ("0.05", "1e400", "alpha: .* finite"),
        ("0.05", "0.0", "alpha: .* greater than"),
        ('"comparisons": 5', '"comparisons": 1000000000000', "comparisons: .* less than"),
        ('"comparisons": 5', f'"comparisons": {"9" * 5_000}', "number out of range"),
        ("null", "-1.0", "rope: .* greater than or equal to 0"),
        ("null", "[" * 100_000, "recursion limit"),
        ("null", " " * 2_000_000 + "null", "expected at most 1 MB, got 2 MB"),
        ("}", ', "decided": [{"arm": "relu"}]}', "decided.0.block: Field required"),
    ],
)
def test_looks_that_no_run_wrote(folder: Path, old: str, new: str, words: str) -> None:
    (folder / "looks.json").write_text(LOOKS)
    assert read_trials(folder / "trials.csv").side_files.looks == Looks((10, 30), 0.05, 5, 30)
    (folder / "looks.json").write_text(LOOKS.replace(old, new))
    with pytest.raises(ResultsError, match=f"looks.json: .*{words}"):
        read_trials(folder / "trials.csv")


DEEP = "[" * 100_000 + "]" * 100_000
BOMB = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("spec.yaml", f"expect: {DEEP}"),
        ("spec.yaml", f"a0: &a0 [x, x]\n{BOMB}\nexpect: *a11"),
        ("spec.yaml", "expect:\n" + "- {worse: {output: tanh}}\n" * 100_000),
        ("spec.yaml", f"epochs: {'9' * 20_000}"),
        ("environment.json", DEEP),
        ("environment.json", '{"data": Infinity}'),
        ("environment.json", '{"data": {"a": {"digest": "%s"}}}' % ("x" * 2_000_000)),
        ("environment.json", '{"data": 1e400}'),
    ],
)
def test_a_file_that_cannot_be_read_is_named(folder: Path, file: str, content: str) -> None:
    (folder / file).write_text(content)
    side_files = read_side_files(folder)
    assert side_files.notes == (
        f"{folder / file}: cannot be read, so that nothing of it was used.",
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("," * 1_000_000, "got an empty file"),
        (("," * 50 + "\n") * 10_000, "got an empty file"),
        (HEADER + "," * 200_000, "expected at most 1,000 columns, got 200,0"),
        (HEADER + "\n" * 1_500_000, "expected at most 1,000,001 lines, got 1,500,000"),
        (HEADER + '\n"' + "a," * 500_000, ":2: cannot be read as a table: field larger"),
    ],
)
def test_a_table_beyond_all_limits(folder: Path, content: str, words: str) -> None:
    (folder / "trials.csv").write_text(content)
    with pytest.raises(ResultsError, match=words):
        read_trials(folder / "trials.csv")


def test_a_table_of_too_many_cells(folder: Path) -> None:
    rows = [ROWS[0].replace("linear", f"arm{i}") for i in range(10_001)]
    (folder / "trials.csv").write_text("\n".join([HEADER, *rows]))
    with pytest.raises(ResultsError, match="expected at most 10,000 cells, got 10,001"):
        read_trials(folder / "trials.csv")


@pytest.mark.parametrize("number", ["1e308", "-1e308", "1e400", "Infinity", "9" * 400, "1e101"])
def test_a_number_that_is_no_score_counts_as_diverged(folder: Path, number: str) -> None:
    loss = ROWS[0].split(",")[HEADER.split(",").index("test_loss")]
    first = ROWS[0].replace(f",{loss},", f",{number},")
    (folder / "trials.csv").write_text("\n".join([HEADER, first, *ROWS[1:]]))
    trials = read_trials(folder / "trials.csv")
    assert trials.frame["status"].tolist()[:2] == ["diverged", "ok"]
    assert "(line 2): counted as diverged" in trials.notes[0]


def test_a_folder_in_place_of_a_table(folder: Path) -> None:
    (folder / "history.csv").unlink()
    (folder / "history.csv").mkdir()
    with pytest.raises(ResultsError, match=r"cannot read .*history.csv: Is a directory"):
        read_history(folder / "history.csv")
