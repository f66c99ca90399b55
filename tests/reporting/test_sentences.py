"""The sentences above a table: who leads, who is worse, and what numbers alone would hide."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from actbench.reporting.remarks import remarks
from actbench.reporting.sentences import headline, overview, paragraph
from tests.reporting.conftest import compared, grid, one, table
from tests.reporting.test_page import REFERENCE

NAN = float("nan")


def test_the_summary_names_leaders_losers_and_failures(trials: Path) -> None:
    text = paragraph(one(trials))
    frame = pd.read_csv(trials)
    wide = frame.pivot_table(index="seed", columns="output", values="test_mae")
    mean = (wide["sigmoid"] - wide["linear"]).mean()
    assert "share the lead in test mae on boston_housing" in text
    assert f"Worse than the baseline linear: sigmoid (−{abs(mean):.2f} [" in text
    assert "tanh, counting 2/10 diverged seeds as losses (" in text
    assert "Diverged: tanh on 2 of 10 seeds (the baseline failed on 0 of 10: p = 0.50)." in text
    assert "no difference" not in text


@pytest.mark.parametrize("seeds", [1, 2, 3, 10])
@pytest.mark.parametrize("arms", [1, 2, 8])
def test_the_summary_holds_for_any_number_of_arms_and_seeds(
    seeds: int, arms: int, tmp_path: Path
) -> None:
    names = tuple(f"h{i}" for i in range(arms))
    block = one(grid(tmp_path, hidden=names, outputs=("linear",), seeds=seeds))
    text = paragraph(block)
    assert "no difference" not in text
    if arms > 1:
        few = f"{seeds} seeds cannot decide anything here (p cannot go below"
        assert text.startswith({1: "One seed decides nothing", 10: "h0 leads"}.get(seeds, few))
        assert "share the lead" not in text


def test_several_blocks_are_counted(tmp_path: Path) -> None:
    blocks = compared(grid(tmp_path, datasets=("a", "b", "c")))
    assert "in the lead or sharing it: relu / linear in 3 of 3" in overview(blocks)


def summary(folder: Path, scores: dict[str, list[float]], metric: str = "accuracy") -> str:
    path = folder / "trials.csv"
    path.write_text(table(scores, metric=metric))
    return paragraph(one(path))


def test_three_seeds_decide_nothing_and_share_no_lead(tmp_path: Path) -> None:
    words = summary(tmp_path, {"relu": [0.78, 0.79, 0.80], "softmax": [0.31, 0.32, 0.30]})
    assert words.startswith("3 seeds cannot decide anything here (p cannot go below 0.25);")
    assert "at least 6 are needed" in words
    assert "relu 0.790 ± 0.010, softmax 0.310 ± 0.010" in words
    assert "share the lead" not in words


def test_a_baseline_that_failed_is_named(tmp_path: Path) -> None:
    words = summary(tmp_path, {"relu": [NAN] * 8, "tanh": [0.1 * i for i in range(8)]})
    assert "Better than the baseline relu: tanh, counting 8/8 on which the baseline" in words
    assert "choose another with --baseline" in words
    words = summary(tmp_path, {"relu": [NAN] * 3, "tanh": [0.1, 0.2, 0.3]})
    assert "Nothing can be compared with the baseline relu" in words


def test_an_equivalence_finer_than_one_test_row_says_so(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    relu = [float(np.float32(hits / 114)) for hits in random.integers(100, 114, 40)]
    elu = [relu[0] + 1 / 114, *relu[1:]]
    words = summary(tmp_path, {"relu": relu, "elu": elu})
    assert "Practically equivalent to the baseline relu (within ±0.005): elu." in words
    assert "multiples of 1/114 = 0.0088, as of 114 test rows: ±0.005 is less than one" in words
    words = summary(tmp_path, {"relu": relu, "elu": elu}, "balanced_accuracy")
    assert "Practically equivalent to the baseline relu (within ±0.005): elu." in words
    assert "multiples" not in words
    tanh = [float(np.float32(hits / 114)) for hits in random.integers(100, 114, 40)]
    words = summary(tmp_path, {"relu": relu, "tanh": tanh})
    assert "±0.005 is less than one row, and more seeds do not change that." in words
    fine = random.uniform(0.9, 0.95, 40).round(4)
    words = summary(tmp_path, {"relu": list(fine), "elu": [*fine[1:], fine[0]]})
    assert "multiples" not in words


@pytest.mark.parametrize(
    ("shift", "verdict", "ranks", "stands"),
    [
        (1.0, "worse", (1, 2), False),
        (1.0, "worse", (1, 1), True),
        (1.0, "worse", (2, 1), True),
        (-1.0, "better", (2, 1), False),
        (-1.0, "better", (1, 1), True),
        (0.0, "inconclusive", (1, 1), False),
        (0.0, "inconclusive", (1, 2), True),
        (0.0, "inconclusive", (2, 1), True),
    ],
)
def test_a_line_says_why_ranks_and_verdicts_differ(
    tmp_path: Path, shift: float, verdict: str, ranks: tuple[int, int], stands: bool
) -> None:
    scores = {"linear": [2.0 + 0.1 * i for i in range(8)]}
    scores["tanh"] = [x + shift + 0.01 * (-1) ** i for i, x in enumerate(scores["linear"])]
    (tmp_path / "trials.csv").write_text(table(scores))
    block = one(tmp_path / "trials.csv", baseline={"output": "linear"})
    assert [row.verdict for row in block.rows if row.pair] == [verdict]
    rows = tuple(replace(row, rank=ranks[not row.baseline]) for row in block.rows)
    words = "Ranks come from one test of all pairs of arms, verdicts from the comparisons with the "
    words += "baseline; the two can differ."
    assert (words in list(remarks(replace(block, rows=rows)))) == stands


def test_the_headline_over_splits_says_what_they_settled() -> None:
    table = REFERENCE / "scope_splits" / "trials.csv"
    assert headline(compared(table)) == "3 comparisons without ranks. Worse: tanh in 2 of 3."
    words = headline(compared(table, filters=("dataset=digits",)))
    assert words == (
        "Over 20 splits of this data, in test accuracy on digits, mlp(64), output softmax. "
        "Against the baseline: silu and tanh as good in practice; elu not settled."
    )
