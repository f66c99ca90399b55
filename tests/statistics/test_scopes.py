"""Scopes wider than the seeds, against baycomp, SciPy, a mixed model and the known answers."""

import math

import numpy as np
import pytest
from scipy import stats

from actbench.statistics import corrected_t, rows_effect
from actbench.statistics.scopes import ratio_of_windows

SLEEP = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]


@pytest.mark.parametrize(
    ("ratio", "t", "p", "low", "high"),
    [
        (0.25, 2.171299, 0.057991, -0.06612, 3.22612),  # ten random splits, or 2 x 5 folds
        (1 / 9, 2.795748, 0.020857, 0.30156, 2.85844),  # one division into ten folds
    ],
)
def test_the_known_answers_on_sleep(
    ratio: float, t: float, p: float, low: float, high: float
) -> None:
    test = corrected_t(SLEEP, ratio)
    assert (test.t, test.p) == pytest.approx((t, p), abs=5e-7)
    assert (test.low, test.high) == pytest.approx((low, high), abs=5e-6)
    assert test.df == 9


@pytest.mark.parametrize("repeats", [1, 3])
def test_repeated_folds_agree_with_baycomp(repeats: int) -> None:
    """baycomp gives the posterior whose tail is the one-sided p of the same t distribution."""
    from baycomp import CorrelatedTTest

    folds = 5
    d = np.random.default_rng(1).normal(0.3, 1, folds * repeats)
    test = corrected_t(d, 1 / (folds - 1))
    below = float(CorrelatedTTest.probs(d, np.zeros(d.size), 0, runs=repeats)[0])
    assert test.p == pytest.approx(2 * min(below, 1 - below), rel=1e-6)


def test_without_shared_rows_it_is_the_plain_t_test() -> None:
    plain = stats.ttest_1samp(SLEEP, 0)
    test = corrected_t(SLEEP, 1e-15)
    assert (test.t, test.p) == pytest.approx((plain.statistic, plain.pvalue))
    interval = plain.confidence_interval(0.9)
    wide = corrected_t(SLEEP, 1e-15, level=0.9)
    assert (wide.low, wide.high) == pytest.approx((interval.low, interval.high))


def test_the_known_answer_over_rows() -> None:
    effect = rows_effect([[1, 0, 0, 0], [1, 0, -1, 0]])
    assert effect.mean == 0.125
    assert (effect.se, effect.df, effect.p) == pytest.approx((0.314576, 2.72796, 0.72012), abs=5e-6)
    assert (effect.low, effect.high) == pytest.approx((-0.93504, 1.18504), abs=5e-6)


def test_mean_squares_are_those_of_an_analysis_of_variance() -> None:
    """Against statsmodels's two-way table without replication."""
    import pandas as pd
    import statsmodels.api as sm
    from statsmodels.formula.api import ols

    generator = np.random.default_rng(2)
    d = (
        generator.normal(size=(4, 1))
        + generator.normal(size=(1, 6))
        + generator.normal(size=(4, 6))
    )
    long = pd.DataFrame(d).stack().rename("d").rename_axis(["seed", "row"]).reset_index()
    table = sm.stats.anova_lm(ols("d ~ C(seed) + C(row)", long).fit())
    seed, row, rest = table["mean_sq"]
    variance = seed + row - rest
    assert variance > max(seed, row)
    effect = rows_effect(d)
    assert effect.se == pytest.approx(math.sqrt(variance / d.size))
    assert effect.df == pytest.approx(variance**2 / (seed**2 / 3 + row**2 / 5 + rest**2 / 15))


def test_rows_that_agree_on_every_seed_leave_only_the_spread_of_the_seeds() -> None:
    by_seed = np.array([0.1, 0.3, 0.2, 0.5])
    effect = rows_effect(np.repeat(by_seed[:, None], 50, axis=1))
    plain = stats.ttest_1samp(by_seed, 0)
    assert (effect.df, effect.p) == pytest.approx((3, plain.pvalue))


@pytest.mark.parametrize(("value", "p"), [(0.0, 1.0), (0.1, None)])
def test_differences_that_do_not_vary_have_no_p_unless_they_are_zero(
    value: float, p: float | None
) -> None:
    assert corrected_t([value] * 5, 0.25).p == p
    assert rows_effect(np.full((3, 4), value)).p == p
    # Two splits that happen to agree do not show the difference to be exactly that.
    assert corrected_t([value] * 5, 0.25).low is None
    assert rows_effect(np.full((3, 4), value)).low is None


@pytest.mark.parametrize(
    "differences", [[1.0, 2.0], [[1.0, 2.0]], [[1.0], [2.0]], [[1, 2], [3, math.nan]]]
)
def test_too_few_seeds_or_rows_are_refused(differences: object) -> None:
    with pytest.raises(ValueError, match="seeds x rows"):
        rows_effect(differences)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("d", "ratio", "words"),
    [
        ([1.0], 0.25, "one a split"),
        ([1.0, math.inf], 0.25, "one a split"),
        ([1.0, 2.0], 0.0, "above 0"),
        ([1.0, 2.0], math.nan, "above 0"),
    ],
)
def test_too_few_splits_or_no_test_rows_are_refused(
    d: list[float], ratio: float, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        corrected_t(d, ratio)


@pytest.mark.parametrize("ratio", [0.05, 0.25, 1.5])
def test_the_ratio_of_windows_is_that_of_the_test_rows_that_two_share(ratio: float) -> None:
    rows, window = 2000, 1400
    test = round(window * ratio / (1 + ratio))
    shifts = np.abs(np.subtract.outer(*[np.arange(rows - window + 1)] * 2))
    shared = np.clip(1 - shifts / test, 0, None).mean()
    larger = max(ratio, shared / (1 - shared))
    assert ratio_of_windows(ratio, 0.7) == pytest.approx(larger, rel=0.01)
