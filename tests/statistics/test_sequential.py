"""Looking early: published boundaries, and decisions at the looks."""

import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm, ttest_1samp

from actbench.statistics import (
    DEFAULT_LOOKS,
    look,
    look_levels,
    pocock_spending,
    sign_flip_interval,
    student_look_levels,
)


def test_five_looks_as_published():
    """Reboussin, DeMets, Kim & Lan 2000, Controlled Clinical Trials 21: Pocock-type spending."""
    boundaries = norm.isf(np.array(look_levels([1, 2, 3, 4, 5])) / 2)
    assert boundaries == pytest.approx([2.4380, 2.4268, 2.4101, 2.3966, 2.3859], abs=1e-4)


def test_three_looks_as_rpact_prints_them():
    """Lakens, Improving Your Statistical Inferences, §10.5: R's rpact, type "asP"."""
    levels = look_levels([10, 20, 30])
    assert levels == pytest.approx([0.02264162, 0.02173822, 0.02167941], abs=1e-7)


@pytest.mark.parametrize("looks", [(10,), (10, 25), (10, 20, 30, 40), (6, 7, 9, 40), (5, 100)])
@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.1])
def test_all_looks_together_spend_alpha(looks, alpha):
    """The means at n ≤ m seeds correlate by √(n/m): all looks stay inside with 1 − alpha."""
    n = np.array(looks, dtype=float)
    correlation = np.sqrt(np.minimum.outer(n, n) / np.maximum.outer(n, n))
    ends = norm.isf(np.array(look_levels(looks, alpha)) / 2)
    inside = multivariate_normal(cov=correlation, seed=0).cdf(ends, lower_limit=-ends)
    assert inside == pytest.approx(1 - alpha, abs=5e-5)


def test_one_look_is_the_plain_test():
    assert look_levels([12]) == pytest.approx((0.05,))


@pytest.mark.parametrize("looks", [(10, 20, 30, 40), (6, 30)])
def test_levels_for_an_estimated_spread_keep_alpha(looks):
    """Student's own test on simulated normal differences, apart from the draws they came from."""
    random, wrong = np.random.default_rng(11), np.zeros(40_000, dtype=bool)
    d = random.normal(size=(wrong.size, looks[-1]))
    for n, level in zip(looks, student_look_levels(looks), strict=True):
        wrong |= ttest_1samp(d[:, :n], 0, axis=1).pvalue <= level
    assert wrong.mean() == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / wrong.size))


def test_many_seeds_make_the_spread_known():
    student, known = student_look_levels((150, 300)), look_levels((150, 300))
    assert student == pytest.approx(known, rel=0.05)
    assert student_look_levels((12,)) == pytest.approx((0.05,))
    assert all(
        a <= b for a, b in zip(student_look_levels((3, 9)), look_levels((3, 9)), strict=True)
    )


def test_spending_starts_slow_and_ends_at_alpha():
    spent = [pocock_spending(t) for t in (0.01, 0.25, 0.5, 1)]
    assert spent == sorted(spent)
    assert spent[-1] == pytest.approx(0.05)


def test_a_clear_difference_is_decided_at_the_first_look():
    d = np.linspace(1, 2, 10)
    found = look(d)
    assert (found.decision, found.next_look, found.p) == ("better", None, 2 / 1024)
    assert found.interval == sign_flip_interval(d, 1 - found.level)
    assert look(-d).decision == "worse"


def test_an_unclear_one_goes_on_until_the_last_look():
    d = [1.0, -1.0] * 20
    found = [look(d[:n]) for n in DEFAULT_LOOKS]
    assert [f.next_look for f in found] == [20, 30, 40, None]
    assert all(f.decision is None for f in found)
    assert found[0].words == "undecided at 10 seeds; next look at 20"
    assert found[-1].words == "undecided after the last look, at 40 seeds"


def test_p_below_five_percent_is_not_enough_at_a_look():
    found = look([1, 1, 1, 1, 1, 1, 1, 1, 1, -1])  # p = 2·(1 + 10)/1024
    assert found.p == 22 / 1024
    assert found.level < found.p < 0.05
    assert found.decision is None


def test_equivalence_only_with_a_rope():
    d = [0.001, -0.001] * 5
    assert look(d).decision is None
    found = look(d, rope=0.005)
    assert (found.decision, found.words) == (
        "equivalent",
        "decided at 10 seeds: practically equivalent",
    )


def test_equivalence_spends_alpha_on_each_side():
    """Two one-sided tests, each at alpha: an interval at the look's level for twice alpha."""
    d = [0.001, -0.002, 0.003, -0.001, 0.002, -0.003, 0.004, -0.004, 0.0015, -0.0005]
    low, high = sign_flip_interval(d, 1 - student_look_levels(DEFAULT_LOOKS, 0.1)[0])
    rope = max(-low, high)
    assert look(d, rope=rope).decision == "equivalent"
    assert look(d, rope=0.999 * rope).decision is None


def test_seeds_that_did_not_train_drop_their_pair():
    found = look([*np.linspace(1, 2, 8), math.nan, math.nan])
    assert (found.seeds, found.n, found.decision) == (10, 8, "better")
    nothing = look([math.nan] * 10, rope=0.1)
    assert (nothing.p, nothing.difference, nothing.decision) == (None, None, None)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: look([1.0] * 9), r"expected differences at a look, \[10, 20, 30, 40\] seeds"),
        (lambda: look([math.inf] * 10), "got inf at position 0"),
        (lambda: look([1.0] * 10, looks=[10, 10]), "rising numbers of seeds"),
        (lambda: look_levels([]), "rising numbers of seeds"),
        (lambda: look_levels([0, 5]), "rising numbers of seeds"),
        (lambda: look_levels([10], 5), "expected alpha between 0 and 1"),
        (lambda: pocock_spending(0), "share of the seeds"),
    ],
)
def test_bad_plans_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
