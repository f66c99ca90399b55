"""From trials.csv to a comparison with the baseline, checked against pandas and SciPy."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from actbench.errors import ResultsError
from actbench.reporting.chosen_trials import choose_trials
from actbench.reporting.question import Question
from actbench.reporting.report import Report, make_report
from actbench.results.reading import read_trials
from actbench.results.side_files import Decided, Looks, write_looks
from actbench.statistics import student_look_levels
from tests.reporting.conftest import compared, grid, one, table


def test_means_sds_and_differences_agree_with_pandas(trials: Path) -> None:
    frame = pd.read_csv(trials)
    rows = {row["output"]: row for row in Report(compared(trials)).records}
    wide = frame.pivot_table(index="seed", columns="output", values="test_mae")
    for output, row in rows.items():
        assert row["mean"] == pytest.approx(wide[output].mean(), rel=1e-12)
        assert row["sd"] == pytest.approx(wide[output].std(), rel=1e-9, abs=1e-12)
    for output in ("relu", "sigmoid", "tanh"):
        paired = (wide["linear"] - wide[output]).dropna()  # less is better: positive = better
        assert rows[output]["difference"] == pytest.approx(paired.mean(), rel=1e-6)


def test_the_p_value_is_that_of_scipys_paired_permutation_test(trials: Path) -> None:
    frame = pd.read_csv(trials)
    block = one(trials)
    pair = next(row.pair for row in block.rows if row.cell["output"] == "relu")
    assert pair is not None
    wide = frame.pivot_table(index="seed", columns="output", values="test_mae")
    difference = (wide["linear"] - wide["relu"]).to_numpy()
    exact = stats.permutation_test(
        (difference,), lambda d, axis: d.sum(axis), permutation_type="samples", n_resamples=1 << 11
    )
    assert pair.p == pytest.approx(exact.pvalue, abs=1e-12)


def test_best_first_and_failed_seeds_are_counted(trials: Path) -> None:
    block = one(trials)
    rows = block.rows
    assert [row.cell["output"] for row in rows][-2:] == ["sigmoid", "tanh"]
    assert rows[0].mean is not None and rows[1].mean is not None
    assert rows[0].mean <= rows[1].mean
    assert (rows[-1].ok, rows[-1].diverged) == (8, 2)
    assert rows[-1].verdict == (
        "worse, counting 2/10 diverged seeds as losses; failed on 2/10 against 0/10 (p = 0.50)"
    )


def test_more_is_better_for_accuracy(tmp_path: Path) -> None:
    scores = {"softmax": [0.7, 0.71, 0.72], "sigmoid": [0.8, 0.82, 0.81]}
    (tmp_path / "trials.csv").write_text(table(scores, metric="accuracy"))
    block = one(tmp_path / "trials.csv")
    rows = block.rows
    assert [row.cell["output"] for row in rows] == ["sigmoid", "softmax"]
    assert rows[0].pair is not None
    assert rows[0].pair.difference == pytest.approx(0.1)


def test_all_pairs_are_corrected_like_statsmodels_does(tmp_path: Path) -> None:
    block = one(grid(tmp_path), all_pairs=True)
    assert len(block.comparison.pairs) == 6
    expected = multipletests([pair.p for pair in block.comparison.pairs], method="holm")[1]
    assert [pair.p_holm for pair in block.comparison.pairs] == pytest.approx(
        expected.tolist(), abs=1e-12
    )
    assert len(Report((block,)).records) == 4 + 3  # three pairs are without the baseline


def test_the_level_of_the_interval_follows_alpha(tmp_path: Path) -> None:
    wide = one(grid(tmp_path), alpha=0.01)
    usual = one(grid(tmp_path))
    for a, b in zip(wide.rows, usual.rows, strict=True):
        if a.pair and b.pair and a.pair.interval and b.pair.interval:
            assert a.pair.interval[0] < b.pair.interval[0]
            assert a.pair.interval[1] > b.pair.interval[1]


def test_rope_and_smallest_effect_reach_the_verdict(tmp_path: Path) -> None:
    block = one(grid(tmp_path), rope=0.5)
    words = {row.verdict for row in block.rows if row.pair}
    assert words == {"worse by at least 0.5"}
    scores = {"linear": [1.0, 1.2, 0.9, 1.1, 1.05, 0.8], "tanh": [1.1, 1.0, 1.0, 1.2, 0.9, 0.95]}
    (tmp_path / "t.csv").write_text(table(scores))
    planned = one(tmp_path / "t.csv", min_effect=0.05)
    assert (
        "more seeds to detect an effect of 0.05"
        in planned.rows[1].verdict + planned.rows[0].verdict
    )


def test_by_output_compares_within_each_hidden_activation(tmp_path: Path) -> None:
    frame = grid(tmp_path).frame
    blocks = compared(frame, by="output")
    assert [block.trials.cell["hidden"] for block in blocks] == ["relu", "elu"]
    wide = frame[frame.hidden == "elu"].pivot(index="seed", columns="output", values="test_mae")
    pair = next(row.pair for row in blocks[1].rows if row.pair)
    assert pair.difference == pytest.approx((wide["linear"] - wide["tanh"]).mean(), rel=1e-8)
    with pytest.raises(ResultsError, match="--by optimizer: expected several"):
        compared(frame, by="optimizer")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"at": "best", "part": "test"}, "--at best and --split test do not go together"),
        ({"alpha": 2.0}, "--alpha: expected a level between 0 and 1, got 2"),
        ({"rope": -1.0}, "--rope: expected a difference above 0"),
        ({"min_effect": float("nan")}, "--min-effect: expected a difference above 0"),
        ({"by": "output", "baseline": {"hidden": "relu"}}, "--by output do not go together"),
        ({"metrics": ("mae", "loss"), "rope": 1.0}, "name one with --metric"),
        ({"metrics": ("mea",)}, "did you mean 'mae'"),
    ],
)
def test_what_does_not_go_together_is_said(
    options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ResultsError, match=words):
        compared(grid(tmp_path).frame, **options)


def test_the_baseline_beside_the_table_counts(trials: Path) -> None:
    trials.with_name("spec.yaml").write_text("baseline: {output: sigmoid}\n")
    block = one(trials)
    assert block.comparison.baseline == "relu / sigmoid"
    trials.with_name("spec.yaml").write_text("baseline: {output: softmax}\n")
    block = one(trials)
    assert block.comparison.baseline == "relu / linear"
    assert "baseline softmax is not among these arms: relu / linear stands in" in block.notes[0]
    with pytest.raises(ResultsError, match="expected a baseline among the arms, got output=soft"):
        compared(trials, baseline={"output": "softmax"})


def test_another_name_of_an_activation_finds_the_baseline(tmp_path: Path) -> None:
    frame = grid(tmp_path, hidden=("relu", "silu")).frame
    block = one(frame, baseline={"hidden": "swish", "output": "tanh"})
    assert block.comparison.baseline == "silu / tanh"


def test_a_run_until_decided_is_judged_at_its_looks_level(tmp_path: Path) -> None:
    write_looks(tmp_path, Looks((10, 20, 30, 40), 0.05, 3, 10))
    trials = grid(tmp_path)
    rules = one(trials).rules
    assert rules.alpha == pytest.approx(3 * student_look_levels((10, 20, 30, 40), 0.05 / 3)[0])
    assert rules.level == pytest.approx(1 - 0.0179, abs=1e-4)
    assert "look 1 of 4" in choose_trials([trials], Question()).notes[0]
    with pytest.raises(ResultsError, match=r"decided at alpha 0\.05"):
        compared(trials, alpha=0.01)
    with pytest.raises(ResultsError, match="other pairs cannot be tested on it"):
        compared(trials, all_pairs=True)
    (tmp_path / "looks.json").write_text("{}")
    with pytest.raises(ResultsError, match=r"looks\.json: cannot be read"):
        read_trials(tmp_path / "trials.csv")


def decided_at_ten(tmp_path: Path, seeds: int = 20) -> Path:
    """Relu is like linear on the first ten seeds and far worse after them; tanh stays open."""
    noise = np.random.default_rng(1).normal(0, 0.05, 30)
    linear = [5.0] * seeds
    relu = [*(5 + noise[:10]), *(8 + noise[10:])][:seeds]
    tanh = [5 + (0.9 if seed % 2 else -0.9) for seed in range(seeds)]
    path = tmp_path / "trials.csv"
    path.write_text(table({"linear": linear, "relu": relu, "tanh": tanh}))
    (tmp_path / "spec.yaml").write_text(
        "baseline: {output: linear}\n"
        "expect: [{equivalent: {output: relu}, to: {output: linear}, metric: mae, within: 0.5}]\n"
    )
    relu_decided = Decided(
        "boston_housing, mlp(64-64)", "relu / relu", "mae", 10, "equivalent", rope=0.5
    )
    write_looks(
        tmp_path, Looks((10, 20, 30), 0.05, 2, 10 if seeds < 20 else 20, (relu_decided,), 0.5)
    )
    return path


def test_what_a_look_decided_is_the_verdict_in_the_table_and_of_the_expectation(
    tmp_path: Path,
) -> None:
    path = decided_at_ten(tmp_path)
    report = make_report([path], Question())
    relu = next(row for row in report.blocks[0].rows if row.cell["output"] == "relu")
    assert relu.verdict == "practically equivalent: within ±0.5 (decided at 10 seeds)"
    assert relu.pair is not None and relu.pair.decided is not None
    assert (relu.pair.n, relu.pair.fresh_seeds) == (10, 10)
    assert abs(relu.pair.difference or 1) < 0.1
    assert relu.pair.fresh_difference == pytest.approx(-3, abs=0.1)
    assert relu.mean == pytest.approx(6.5, abs=0.1)
    (expected,) = report.expectations
    assert (expected.finding.status, expected.finding.n) == ("supported", 10)
    other = one(path, baseline={"output": "tanh"})
    assert all(row.pair is None or row.pair.decided is None for row in other.rows)


def test_the_rope_of_a_run_until_decided_is_remembered(tmp_path: Path) -> None:
    path = decided_at_ten(tmp_path)
    assert one(path).rules.rope == 0.5
    tighter = one(path, rope=0.1)
    assert tighter.rules.rope == 0.1
    relu = next(row for row in tighter.rows if row.cell["output"] == "relu")
    assert relu.verdict == "practically equivalent: within ±0.5 (decided at 10 seeds)"


def test_a_run_that_was_interrupted_between_looks_is_judged_at_the_last_one(
    tmp_path: Path,
) -> None:
    path = decided_at_ten(tmp_path, seeds=15)
    report = make_report([path], Question())
    assert report.blocks[0].seeds == 10
    assert "Trials after that look, which wait for the next one: 15." in report.notes
    assert report.expectations[0].finding.n == 10


def test_times_of_prediction_need_trials_trained_alone(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text(table({"linear": [1.0, 1.1], "tanh": [2.0, 2.1]}))
    with pytest.raises(ResultsError, match="were trained alone, by `actbench run --jobs 1`"):
        one(tmp_path / "trials.csv", metrics=("predict_seconds",))
