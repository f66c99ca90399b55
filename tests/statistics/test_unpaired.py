"""Unpaired comparisons: against SciPy's permutation test, and its inversion."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import permutation_test, ttest_ind

from actbench.statistics import Rules, compare_unpaired
from actbench.statistics.unpaired import TwoMeans, runs_to_reach


def by_scipy(arm: np.ndarray, other: np.ndarray, alternative: Any = "two-sided") -> float:
    done = permutation_test(
        (arm, other),
        lambda a, b, axis: a.mean(axis) - b.mean(axis),
        vectorized=True,
        n_resamples=np.inf,
        alternative=alternative,
    )
    return float(done.pvalue)


@pytest.mark.parametrize(("n", "m"), [(4, 4), (5, 7), (8, 3), (3, 9), (2, 2), (2, 5)])
def test_every_p_is_that_of_scipy(n: int, m: int) -> None:
    random = np.random.default_rng(n * 10 + m)
    for shift in (0.0, 1.0):
        arm, other = random.normal(shift, 1, n), random.normal(0, 1, m)
        test = TwoMeans(arm, other)
        assert test.p == pytest.approx(by_scipy(arm, other), abs=1e-12)
        for by in (-0.4, 0.0, 0.7):
            assert test.p_above(by) == pytest.approx(by_scipy(arm - by, other, "greater"))
            assert test.p_below(by) == pytest.approx(by_scipy(arm - by, other, "less"))


def test_tied_scores_count_as_scipy_counts_them() -> None:
    arm, other = np.array([0.1, 0.2, 0.3, 0.3]), np.array([0.1, 0.1, 0.2, 0.2, 0.3])
    assert TwoMeans(arm, other).p == pytest.approx(by_scipy(arm, other))


@pytest.mark.parametrize(("n", "m"), [(4, 4), (5, 7), (8, 3)])
def test_the_interval_holds_what_the_test_does_not_refuse(n: int, m: int) -> None:
    random = np.random.default_rng(n)
    arm, other = random.normal(1, 1, n), random.normal(0, 1, m)
    interval = TwoMeans(arm, other).interval(0.9)
    assert interval is not None
    for end, inward in zip(interval, (1e-6, -1e-6), strict=True):
        assert by_scipy(arm - end - inward, other) > 0.1
        assert by_scipy(arm - end + inward, other) <= 0.1 + 1e-12


def test_many_runs_are_near_the_t_test() -> None:
    random = np.random.default_rng(2)
    arm, other = random.normal(0.5, 1, 40), random.normal(0, 1, 30)
    test, oracle = TwoMeans(arm, other), ttest_ind(arm, other)
    assert test.p == pytest.approx(oracle.pvalue, abs=0.01)
    assert test.interval() == pytest.approx(tuple(oracle.confidence_interval()), abs=0.03)


def test_verdicts_are_corrected_for_all_arms() -> None:
    random = np.random.default_rng(0)
    scores = np.full((3, 8), np.nan)
    scores[0], scores[1], scores[2, :6] = random.normal([[0], [3], [0]], 1, (3, 8))[0], 3, 0.1
    scores[1] += random.normal(0, 1, 8)
    scores[2, :6] += random.normal(0, 1, 6)
    comparison = compare_unpaired(scores, higher_is_better=True, rules=Rules(rope=0.5))
    better, even = comparison.pairs
    assert better.verdict.kind == "better_by_rope"
    assert better.p_holm == pytest.approx(2 * by_scipy(scores[1], scores[0]))
    assert even.verdict.words == "inconclusive"
    assert even.n == 6
    assert even.difference == pytest.approx(scores[2, :6].mean() - scores[0].mean())


def test_too_few_runs_decide_nothing() -> None:
    scores = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    (pair,) = compare_unpaired(scores, higher_is_better=False).pairs
    assert pair.difference == -3
    assert pair.interval is None
    assert pair.verdict.words == "too few runs: p cannot go below 0.1"
    assert runs_to_reach(0.05, 1) == 4


def test_drawn_divisions_agree_with_all_of_them_and_with_their_own_interval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(3)
    arm, other = random.normal(0.8, 1, 9), random.normal(0, 1, 9)
    every = TwoMeans(arm, other)
    p, interval = every.p, every.interval()
    monkeypatch.setattr("actbench.statistics.unpaired.MOST_DIVISIONS", 100)
    drawn = TwoMeans(arm, other)
    assert drawn.divisions == 100_000
    assert drawn.p == pytest.approx(p, rel=0.1)
    assert drawn.interval() == pytest.approx(interval, abs=0.02)
    low, high = drawn.interval() or (0.0, 0.0)
    assert 2 * drawn.p_above(low - 1e-6) <= 0.05 < 2 * drawn.p_above(low + 1e-6)
    assert 2 * drawn.p_below(high + 1e-6) <= 0.05 < 2 * drawn.p_below(high - 1e-6)
