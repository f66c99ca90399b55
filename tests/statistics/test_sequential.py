"""Looking early: published boundaries, and decisions at the looks."""

import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm, ttest_1samp

from actbench.statistics import (
    DEFAULT_LOOKS,
    Decision,
    compare,
    decisions,
    rules_at_look,
    sign_flip_interval,
    student_look_levels,
)
from actbench.statistics.sequential import look_levels, pocock_spending


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


def at_look(d, looks=DEFAULT_LOOKS, rope=None, **options):
    """One arm against a baseline of zeros at the look with so many seeds."""
    d = np.atleast_2d(np.asarray(d, dtype=float))
    n = d.shape[1]
    rules = rules_at_look(looks, n, comparisons=len(d), rope=rope)
    scores = np.vstack([np.zeros(n), d])
    return compare(scores, 0, higher_is_better=True, rules=rules, **options)


def decided(d, **options):
    """What the look decides of each arm."""
    found = decisions(at_look(d, **options), early=True)
    return {arm: decision.outcome for arm, decision in found.items()}


def test_a_clear_difference_is_decided_at_the_first_look():
    d = np.linspace(1, 2, 10)
    pair = at_look(d).pairs[0]
    assert pair.p == 2 / 1024
    assert pair.interval == sign_flip_interval(d, pair.level)
    assert pair.level == 1 - student_look_levels(DEFAULT_LOOKS)[0]
    assert decided(d) == {"arm 1": "better"}
    assert decided(-d) == {"arm 1": "worse"}


def test_an_unclear_one_stays_open_at_every_look():
    d = [1.0, -1.0] * 20
    assert [decided(d[:n]) for n in DEFAULT_LOOKS] == [{}] * 4


def test_p_below_five_percent_is_not_enough_at_a_look():
    d = [1, 1, 1, 1, 1, 1, 1, 1, 1, -1]  # p = 2·(1 + 10)/1024
    pair = at_look(d).pairs[0]
    assert pair.p == 22 / 1024
    assert at_look(d).rules.alpha < pair.p < 0.05
    assert decided(d) == {}


def test_equivalence_only_with_a_rope():
    d = [0.001, -0.001] * 5
    assert decided(d) == {}
    assert decided(d, rope=0.005) == {"arm 1": "equivalent"}


def test_equivalence_is_tested_at_the_level_of_the_look_shared_among_the_arms():
    d = np.array([0.001, -0.002, 0.003, -0.001, 0.002, -0.003, 0.004, -0.004, 0.0015, -0.0005])
    level = student_look_levels(DEFAULT_LOOKS)[0]
    ropes = np.arange(1, 50) * 1e-4
    widest = max(r for r in ropes if at_look(d, rope=r).pairs[0].p_inside_holm > level)
    assert decided(d, rope=widest) == {}
    assert decided(d, rope=widest + 1e-4) == {"arm 1": "equivalent"}
    four = np.vstack([d, *np.random.default_rng(0).normal(0, 1, (3, 10))])
    assert "arm 1" not in decided(four, rope=widest + 1e-4)
    assert decided(four, rope=0.02)["arm 1"] == "equivalent"


def test_arms_decided_before_leave_more_of_alpha_to_the_others():
    clear, close = np.linspace(1, 2, 20), np.array([1.0] * 17 + [-1.0] * 3)
    both = np.vstack([clear, close])
    first = decisions(at_look(both[:, :10]), early=True)
    assert first["arm 1"].outcome == "better"
    second = at_look(both, decided={"arm 1": first["arm 1"]})
    p = second.pairs[1].p
    assert second.pairs[1].p_holm == p  # not doubled


def test_a_decision_is_final():
    """Better at 10 seeds, and the other way round ever since."""
    d = np.array([*np.linspace(1, 2, 10), *np.linspace(-3, -2, 10)])
    first = decisions(at_look(d[:10]), early=True)
    later = at_look(d, decided=first)
    (pair,) = later.pairs
    assert pair.verdict.words == "better (decided at 10 seeds)"
    assert (pair.n, pair.difference) == (10, pytest.approx(1.5))
    assert pair.interval == at_look(d[:10]).pairs[0].interval
    assert (pair.fresh_seeds, pair.fresh_difference) == (10, pytest.approx(-2.5))
    assert pair.decided.overstates
    assert decisions(later, early=True) == first
    assert at_look(d).pairs[0].verdict.kind != "better"


def test_a_decision_keeps_the_rope_it_was_taken_with():
    d = np.array([0.3, -0.3] * 5 + [5.0] * 10)
    first = decisions(at_look(d[:10], rope=0.5), early=True)
    assert first["arm 1"].rules.rope == 0.5
    (pair,) = at_look(d, rope=0.1, decided=first).pairs
    assert pair.verdict.words == "practically equivalent: within ±0.5 (decided at 10 seeds)"
    assert not pair.decided.overstates


def test_a_decision_stays_where_its_trials_say_otherwise_now():
    d = np.array([0.3, -0.3] * 10)
    rules = rules_at_look(DEFAULT_LOOKS, 10, comparisons=1)
    taken = {"arm 1": Decision(10, "worse", rules)}
    assert at_look(d, decided=taken).pairs[0].verdict.words == "worse (decided at 10 seeds)"
    unknown = {"arm 1": Decision(10, "equivalent", rules)}
    words = "practically equivalent (decided at 10 seeds)"
    assert at_look(d, decided=unknown).pairs[0].verdict.words == words


def test_the_last_look_overstates_nothing():
    d = np.linspace(1, 2, 40)
    (decision,) = decisions(at_look(d), early=False).values()
    assert not decision.overstates


def test_equal_arms_are_seldom_decided_over_all_looks():
    random, wrong, runs = np.random.default_rng(2), 0, 400
    for _ in range(runs):
        d, settled = random.normal(0, 1, (3, 16)), {}
        for n in (8, 12, 16):
            look = at_look(d[:, :n], looks=(8, 12, 16), decided=settled)
            settled = decisions(look, early=n < 16)
        wrong += bool(settled)
    assert wrong / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


def test_seeds_that_diverged_count_as_losses_at_a_look():
    d = [*np.linspace(1, 2, 8), math.nan, math.nan]
    marks = np.zeros((2, 10), bool)
    assert decided(d, diverged=marks) == {"arm 1": "better"}
    marks[1, 8:] = True
    assert decided(d, diverged=marks) == {}
    nothing = at_look([math.nan] * 10, rope=0.1, diverged=np.zeros((2, 10), bool))
    assert decisions(nothing, early=True) == {}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: at_look([1.0] * 9),
            r"a planned look, at \[10, 20, 30, 40\] seeds; got 9",
        ),
        (lambda: at_look([math.inf] * 10), "got inf for 'arm 1'"),
        (lambda: at_look([1.0] * 10, looks=[10, 10]), "rising numbers of seeds"),
        (lambda: look_levels([]), "rising numbers of seeds"),
        (lambda: look_levels([0, 5]), "rising numbers of seeds"),
        (lambda: look_levels([10], 5), "expected alpha between 0 and 1"),
        (lambda: pocock_spending(0), "share of the seeds"),
    ],
)
def test_bad_plans_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
