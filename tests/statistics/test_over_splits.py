"""Arms compared over splits: the corrected t test, failures, and what is never said."""

import numpy as np
import pytest

from actbench.statistics import Rules, compare_over_splits, corrected_t, evaluate_over_splits
from actbench.statistics.differences import pair_scores
from actbench.statistics.hypotheses import Hypothesis
from tests.statistics.test_scopes import SLEEP

BASE = np.linspace(3, 4, 10)


def over(*arms: object, **options: object):  # type: ignore[no-untyped-def]
    defaults = {"test_to_train": 0.25, "higher_is_better": True} | options
    return compare_over_splits([BASE, *arms], **defaults)


def test_the_numbers_are_those_of_the_known_answer() -> None:
    (pair,) = over(BASE + SLEEP).pairs
    assert pair.p == pytest.approx(0.057991, abs=1e-6)
    assert pair.interval == pytest.approx((-0.06612, 3.22612), abs=1e-5)
    assert pair.difference == pytest.approx(1.58)
    assert (pair.n, pair.wins, pair.ties) == (10, 9, 1)
    assert pair.verdict.words == "inconclusive"


def test_less_is_better_turns_the_sign() -> None:
    (pair,) = over(BASE - SLEEP, higher_is_better=False).pairs
    assert pair.p == pytest.approx(0.057991, abs=1e-6)
    assert pair.side == "better"


def test_holm_corrects_for_the_arms() -> None:
    pairs = over(BASE + SLEEP, BASE + np.linspace(0.9, 1.1, 10)).pairs
    assert pairs[0].p_holm == pairs[0].p
    assert pairs[1].p_holm == pytest.approx(2 * (pairs[1].p or 0))
    assert [pair.verdict.words for pair in pairs] == ["inconclusive", "better"]


def test_beyond_and_inside_are_one_sided_tests_of_the_corrected_t() -> None:
    d, rope = np.linspace(-0.2, 0.3, 10), 0.5
    (pair,) = over(BASE + d, rules=Rules(rope=rope)).pairs
    left, within, right = _posterior(d, rope)
    assert pair.p_inside_holm == pytest.approx(max(left, right), rel=1e-6)
    assert pair.verdict.kind == "equivalent"
    (pair,) = over(BASE + np.array(SLEEP) + 3, rules=Rules(rope=rope)).pairs
    left, within, _ = _posterior(np.array(SLEEP) + 3, rope)
    assert pair.p_beyond_holm == pytest.approx(2 * (left + within), rel=1e-6)
    assert pair.verdict.words == "better by at least 0.5"


def _posterior(d: object, rope: float) -> tuple[float, float, float]:
    from scipy.stats import t

    values = np.asarray(d)
    scale = np.sqrt((1 / 10 + 0.25) * values.var(ddof=1))
    low, high = (float(t.cdf(end, 9, values.mean(), scale)) for end in (-rope, rope))
    return low, high - low, 1 - high


def test_a_diverged_split_is_the_worst_one_and_no_size_is_claimed() -> None:
    arm = BASE + np.linspace(0.1, 0.3, 10)
    arm[4] = np.nan
    diverged = np.isnan([BASE, arm])
    (pair,) = over(arm, diverged=diverged, rules=Rules(rope=0.05)).pairs
    judged = arm - BASE
    judged[4] = -np.nanmax(np.abs(judged))
    assert pair.p == pytest.approx(corrected_t(judged, 0.25).p, rel=1e-6)
    trained = corrected_t(np.delete(judged, 4), 0.25)
    assert pair.interval == pytest.approx((trained.low, trained.high), rel=1e-6)
    assert (pair.n, pair.trained, pair.losses) == (10, 9, 1)
    assert pair.p_beyond_holm is None
    assert pair.failures.words == "failed on 1/10 splits against 0/10"
    assert pair.failures.p == 1


def test_differences_that_do_not_vary_have_no_p() -> None:
    (pair,) = over(BASE + 1.0).pairs
    assert (pair.p, pair.interval) == (None, None)
    assert pair.verdict.words == "inconclusive; the difference is the same on every split"
    (same,) = over(BASE, rules=Rules(rope=0.1)).pairs
    assert (same.p, same.interval) == (1, None)
    assert same.verdict.words == "inconclusive; the difference is the same on every split"


def test_there_are_no_ranks_and_no_numbers_of_seeds() -> None:
    comparison = over(BASE + np.linspace(0.9, 1.1, 10), rules=Rules(min_effect=0.01))
    assert [arm.rank for arm in comparison.arms] == [None, None]
    assert comparison.seeds_to_rank is None
    assert comparison.pairs[0].seeds_needed is None


@pytest.mark.parametrize(
    ("kind", "margin", "status"),
    [("better", 0.0, "supported"), ("worse", 0.0, "refuted"), ("better", 1.0, "undecided")],
)
def test_an_expectation_is_judged_by_the_interval(kind: str, margin: float, status: str) -> None:
    d = pair_scores(BASE + np.linspace(0.9, 1.1, 10), BASE)
    finding = evaluate_over_splits(d, Hypothesis(kind, margin), 0.25, share=0.05)  # type: ignore[arg-type]
    assert finding.status == status
    test = corrected_t(d.judged, 0.25)
    assert finding.interval == pytest.approx((test.low, test.high))


def test_an_expectation_of_a_diverged_arm_is_undecided() -> None:
    d = pair_scores([*(BASE[:-1] + SLEEP[:-1]), np.nan], BASE, [False] * 9 + [True])
    assert evaluate_over_splits(d, Hypothesis("better"), 0.25, share=0.05).status == "undecided"
