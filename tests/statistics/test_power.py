"""Reach and power against the procedure's table and statsmodels."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2
from statsmodels.stats.power import TTestPower

from actbench.statistics import (
    holm,
    limit_in_words,
    seeds_to_detect,
    seeds_to_reach,
    sign_flip_test,
    smallest_p,
)


@pytest.mark.parametrize("n", [*range(1, 17), 40, 1100])
def test_smallest_p_is_what_the_test_gives_at_best(n):
    assert sign_flip_test(range(1, n + 1)) == smallest_p(n)


@pytest.mark.parametrize(("comparisons", "seeds"), [(1, 6), (3, 7), (6, 8), (10, 9)])
def test_reach_after_holm(comparisons, seeds):
    assert seeds_to_reach(0.05, comparisons) == seeds


def test_no_number_of_seeds_makes_the_smallest_p_zero():
    assert limit_in_words(10_000, 1) == "p cannot go below 1e-05"
    assert (
        limit_in_words(10_000, 99)
        == "p cannot go below 0.00099 after correction for 99 comparisons"
    )


@given(st.integers(1, 200), st.floats(0.01, 0.5))  # up to 16 seeds, whose patterns are all tried
def test_reach_is_the_fewest(comparisons, alpha):
    n = seeds_to_reach(alpha, comparisons)
    best = [smallest_p(n)] + [1.0] * (comparisons - 1)
    assert holm(best)[0] <= alpha * (1 + 1e-12)
    assert n == 1 or comparisons * smallest_p(n - 1) > alpha * (1 - 1e-12)


@pytest.mark.parametrize(("effect", "seeds"), [(0.5, 34), (1, 10)])
def test_published_sample_sizes(effect, seeds):
    assert seeds_to_detect(effect, sd=1, n=math.inf) == seeds


@settings(deadline=None, max_examples=25)
@given(
    st.floats(0.02, 0.5), st.floats(0.3, 3), st.integers(3, 40), st.sampled_from([0.05, 0.05 / 3])
)
def test_agrees_with_statsmodels(effect, sd, n, alpha):
    inflated = sd * math.sqrt((n - 1) / chi2.ppf(0.2, n - 1))
    power = TTestPower()
    needed = seeds_to_detect(effect, sd, n, alpha=alpha)
    assert power.power(effect / inflated, needed, alpha) > 0.8 - 1e-6
    if needed > seeds_to_reach(alpha):
        assert power.power(effect / inflated, needed - 1, alpha) < 0.8 + 1e-6


def test_sign_of_the_effect_does_not_matter():
    assert seeds_to_detect(-0.5, 1, 10) == seeds_to_detect(0.5, 1, 10)


@pytest.mark.parametrize("effect", [1.5, 3, 10, 1000])
def test_large_effects_need_no_more_than_smaller_ones(effect):
    """SciPy's noncentral t gives NaN far out; the answer must not follow it."""
    assert 6 <= seeds_to_detect(effect, 1, 10) <= seeds_to_detect(1, 1, 10)


def test_tiny_effects_come_near_the_normal_formula():
    # (z₀.₉₇₅ + z₀.₈)²/δ² = 7.84888/δ², Cohen 1988.
    assert seeds_to_detect(1e-4, 1, math.inf) == pytest.approx(7.84888e8, rel=1e-4)


def test_never_fewer_than_the_test_needs():
    assert seeds_to_detect(100, sd=1, n=10) == 6
    assert seeds_to_detect(1, sd=0, n=10, alpha=0.05 / 3) == seeds_to_reach(0.05, 3) == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"effect": 0}, "expected an effect"),
        ({"effect": math.nan}, "expected an effect"),
        ({"sd": -1}, "expected a finite standard deviation"),
        ({"sd": math.inf}, "expected a finite standard deviation"),
        ({"n": 1}, "at least 2 seeds, got n = 1"),
        ({"power": 1}, "expected power between"),
        ({"alpha": 0}, "expected alpha between"),
    ],
)
def test_bad_plans_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        seeds_to_detect(**{"effect": 1, "sd": 1, "n": 10, **arguments})


def test_bad_reaches_are_refused():
    with pytest.raises(ValueError, match="at least one seed, got 0"):
        smallest_p(0)
    with pytest.raises(ValueError, match="at least one comparison, got 0"):
        seeds_to_reach(0.05, 0)
    with pytest.raises(ValueError, match="expected alpha between 0 and 1, got 5"):
        seeds_to_reach(5)
