"""From trials.csv to a comparison, checked against pandas and SciPy."""

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console
from scipy import stats

from actbench.errors import ResultsError
from actbench.reporting.comparing import report
from actbench.reporting.formats import as_csv, as_json, as_markdown
from actbench.reporting.question import Question
from actbench.reporting.rows import COMPARISON_COLUMNS
from actbench.reporting.terminal import print_reports
from actbench.results.reading import find_trials, read_trials
from tests.reporting.conftest import table


def printed(path: Path, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), highlight=False, markup=False)
    print_reports(console, report(read_trials(path).frame))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_means_sds_and_differences_agree_with_pandas(trials: Path) -> None:
    frame = pd.read_csv(trials)
    reports = report(read_trials(trials).frame)
    rows = {row["output"]: row for row in csv.DictReader(io.StringIO(as_csv(reports)))}
    wide = frame.pivot_table(index="seed", columns="output", values="test_mae")
    for output, row in rows.items():
        assert float(row["mean"]) == pytest.approx(wide[output].mean(), rel=1e-12)
        assert float(row["sd"]) == pytest.approx(wide[output].std(), rel=1e-9, abs=1e-12)
    for output in ("relu", "sigmoid", "tanh"):
        paired = (wide["linear"] - wide[output]).dropna()  # less is better: positive = better
        assert float(rows[output]["difference"]) == pytest.approx(paired.mean(), rel=1e-6)


def test_the_p_value_is_that_of_scipys_paired_permutation_test(trials: Path) -> None:
    frame = pd.read_csv(trials)
    (block,) = report(read_trials(trials).frame)
    pair = next(row.pair for row in block.rows if row.output == "relu")
    assert pair is not None
    wide = frame.pivot_table(index="seed", columns="output", values="test_mae")
    difference = (wide["linear"] - wide["relu"]).to_numpy()
    exact = stats.permutation_test(
        (difference,), lambda d, axis: d.sum(axis), permutation_type="samples", n_resamples=1 << 11
    )
    assert pair.p == pytest.approx(exact.pvalue, abs=1e-12)


def test_best_first_and_failed_seeds_are_counted(trials: Path) -> None:
    (block,) = report(read_trials(trials).frame)
    rows = block.rows
    assert [row.output for row in rows][-2:] == ["sigmoid", "tanh"]
    assert rows[0].mean is not None and rows[1].mean is not None
    assert rows[0].mean <= rows[1].mean
    assert (rows[-1].ok, rows[-1].diverged) == (8, 2)
    assert "fails more often than the baseline (2/10 against 0/10)" in rows[-1].verdict


def test_more_is_better_for_accuracy(tmp_path: Path) -> None:
    scores = {"softmax": [0.7, 0.71, 0.72], "sigmoid": [0.8, 0.82, 0.81]}
    (tmp_path / "trials.csv").write_text(table(scores, metric="accuracy"))
    (block,) = report(read_trials(tmp_path / "trials.csv").frame)
    rows = block.rows
    assert [row.output for row in rows] == ["sigmoid", "softmax"]
    assert rows[0].pair is not None
    assert rows[0].pair.difference == pytest.approx(0.1)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_number_is_broken_or_cut_at_any_width(trials: Path, width: int) -> None:
    text = printed(trials, width)
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    assert "22.0784 ± 0" in text
    assert "8 ok, 2 diverged" in text
    assert "…" not in text
    assert "hidden relu" in " ".join(text.split())


def test_one_seed_gives_no_spread_interval_or_p(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text(table({"linear": [2.8], "tanh": [22.1]}))
    text = printed(tmp_path / "trials.csv", 120)
    assert "One seed decides nothing" in text
    assert "±" not in text.replace("mean ± sd", "")
    assert "p =" not in text
    (block,) = report(read_trials(tmp_path / "trials.csv").frame)
    row = next(r for r in block.rows if r.output == "tanh")
    assert row.pair is not None
    assert (row.sd, row.pair.interval, row.pair.p_holm) == (None, None, None)


def test_all_diverged_still_prints(tmp_path: Path) -> None:
    nan = float("nan")
    (tmp_path / "trials.csv").write_text(table({"linear": [nan, nan], "relu": [nan, nan]}))
    assert "0 ok, 2 diverged" in printed(tmp_path / "trials.csv", 120)


def test_a_single_arm_is_shown_without_a_comparison(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text(table({"linear": [2.8, 2.9, 3.0]}))
    assert "2.90 ± 0.10" in printed(tmp_path / "trials.csv", 120)


def test_json_and_csv_hold_the_same_rows(trials: Path) -> None:
    reports = report(read_trials(trials).frame)
    from_json = json.loads(as_json(reports))
    from_csv = list(csv.DictReader(io.StringIO(as_csv(reports))))
    assert [tuple(row) for row in from_json] == [COMPARISON_COLUMNS] * 4
    for one, other in zip(from_json, from_csv, strict=True):
        assert {k: "" if v is None else str(v) for k, v in one.items()} == other


def test_markdown_is_a_table_of_one_width(trials: Path) -> None:
    text = as_markdown(report(read_trials(trials).frame))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 4
    assert {line.count("|") for line in lines} == {10}


def test_the_baseline_beside_the_table_counts(trials: Path) -> None:
    trials.with_name("spec.yaml").write_text("baseline: {output: sigmoid}\n")
    found = read_trials(trials)
    (block,) = report(found.frame, Question(baseline=found.side_files.baseline))
    assert block.arms[block.baseline] == ("relu", "sigmoid")


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
