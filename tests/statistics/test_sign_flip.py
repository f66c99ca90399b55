"""The sign-flip test and interval: R's sleep, SciPy, brute force, and bad inputs."""

import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from actbench.statistics import sign_flip_interval, sign_flip_test
from actbench.statistics.sign_flip import SignFlips
from actbench.statistics.verdict import PairTests

SLEEP = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]
# Whole numbers: sums are exact, so brute force has no rounding of its own.
whole = st.lists(st.integers(-50, 50), min_size=1, max_size=9)


def brute_force_p(d: list[int]) -> float:
    signs = itertools.product([-1, 1], repeat=len(d))
    sums = [abs(sum(s * x for s, x in zip(sign, d, strict=True))) for sign in signs]
    return sum(total >= abs(sum(d)) for total in sums) / len(sums)


def test_sleep():
    assert sign_flip_test(SLEEP) == 4 / 1024
    assert sign_flip_interval(SLEEP) == pytest.approx((2.5 / 3, 7.4 / 3), abs=1e-9)


@given(whole)
def test_p_is_the_share_of_sign_patterns(d):
    assert sign_flip_test(d) == brute_force_p(d)


@given(whole, st.sampled_from([1e-300, 1e-7, 0.1, 1 / 3, 1e300]))
def test_p_does_not_depend_on_the_unit(d, unit):
    assert sign_flip_test(np.array(d) * unit) == brute_force_p(d)


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 11), st.integers(0, 2**32 - 1))
def test_p_agrees_with_scipy(n, seed):
    d = np.random.default_rng(seed).normal(0.4, 1, n)
    theirs = stats.permutation_test(
        (d,), np.sum, permutation_type="samples", n_resamples=np.inf
    ).pvalue
    assert sign_flip_test(d) == pytest.approx(theirs, abs=1e-9)


def test_float_noise_does_not_break_ties():
    # The same differences in exact decimals are 1, 2, 3 hundredths; every sum of 1 + 2 ties with 3.
    noisy = np.array([0.91, 0.92, 0.93, 0.89]) - np.array([0.90, 0.90, 0.90, 0.90])
    assert sign_flip_test(noisy) == brute_force_p([1, 2, 3, -1])


def test_shares_of_a_test_set_tie_too():
    # k/2246 has no short decimal: rounding to nine digits must not tell equal sums apart.
    d = [1, 2, 3, 5, 8, -4, 7]
    assert sign_flip_test(np.array(d) / 2246) == brute_force_p(d)


@given(st.integers(1, 20))
def test_all_zero_differences_give_one(n):
    assert sign_flip_test([0.0] * n) == 1.0


@given(
    st.lists(st.integers(-9, 9), min_size=2, max_size=10), st.sampled_from([0.5, 0.8, 0.9, 0.95])
)
def test_interval_keeps_zero_exactly_when_the_test_does(d, level):
    low, high = sign_flip_interval(d, level)
    rejected = sign_flip_test(d) <= 1 - level + 1e-12
    assert rejected == (not low <= 0 <= high)


@given(whole, st.sampled_from([0.9, 0.95]))
def test_interval_is_made_of_subset_means(d, level):
    means = sorted(
        sum(chosen) / len(chosen)
        for size in range(1, len(d) + 1)
        for chosen in itertools.combinations(d, size)
    )
    k = math.floor(round(2 ** len(d) * (1 - level) / 2, 9))
    expected = (means[k - 1], means[-k]) if k else (-math.inf, math.inf)
    assert sign_flip_interval(d, level) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_five_seeds_give_no_95_percent_interval_and_six_do():
    assert sign_flip_interval([1, 2, 3, 4, 5]) == (-math.inf, math.inf)
    assert sign_flip_interval([1, 2, 3, 4, 5, 6]) == (1, 6)


def test_identical_differences_give_that_difference():
    assert sign_flip_interval([0.1] * 7) == (0.1, 0.1)


def test_beyond_sixteen_agrees_with_the_exact_test_of_twenty():
    d = np.random.default_rng(3).integers(-20, 40, 20)
    sums = np.zeros(1)
    for x in d:
        sums = np.concatenate([sums - x, sums + x])
    exact = np.mean(np.abs(sums) >= abs(d.sum()))
    assert sign_flip_test(d) == pytest.approx(exact, abs=4 * math.sqrt(exact / 99_999))


def test_beyond_sixteen_is_near_student_for_normal_differences():
    d = np.random.default_rng(5).normal(0.2, 1, 40)
    theirs = stats.ttest_1samp(d, 0).confidence_interval(0.95)
    assert sign_flip_interval(d) == pytest.approx(tuple(theirs), abs=0.03)


def test_the_fixed_draws_stay_the_same_from_version_to_version():
    """Published tables rest on them: another draw would move the last digits of p."""
    d = [(7 * i % 11 - 3) / 10 for i in range(25)]
    assert sign_flip_test(d) == 0.0131
    assert sign_flip_interval(d) == (0.0454545454545, 0.313333333333)
    shorter = [(7 * i % 11 - 2) / 10 for i in range(17)]
    assert sign_flip_test(shorter) == 0.00393
    assert sign_flip_interval(shorter, 0.9) == (0.144444444444, 0.428571428571)


def test_the_same_generator_gives_the_same_numbers():
    d = np.random.default_rng(0).normal(0.3, 1, 30)
    assert sign_flip_test(d) == sign_flip_test(d)
    first, second = (sign_flip_interval(d, generator=np.random.default_rng(7)) for _ in range(2))
    assert first == second
    assert sign_flip_test(d, generator=np.random.default_rng(8)) == pytest.approx(
        sign_flip_test(d), abs=0.01
    )


def test_random_p_is_never_zero():
    assert sign_flip_test(np.ones(40)) == 1 / 100_000


def test_sixteen_pairs_take_under_fifty_milliseconds():
    d = np.random.default_rng(0).normal(size=16)
    sign_flip_test(d)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        sign_flip_test(d)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05


@pytest.mark.parametrize("function", [sign_flip_test, sign_flip_interval])
@pytest.mark.parametrize(
    ("d", "message"),
    [
        ([], "at least one paired difference"),
        ([[1.0, 2.0]], r"got shape \(1, 2\)"),
        ([1.0, math.nan], "got nan at position 1"),
        ([math.inf, 1.0], "got inf at position 0"),
    ],
)
def test_bad_differences_are_refused(function, d, message):
    with pytest.raises(ValueError, match=message):
        function(d)


@pytest.mark.parametrize("level", [0, 1, 95, math.nan])
def test_bad_levels_are_refused(level):
    with pytest.raises(ValueError, match="expected level between 0 and 1"):
        sign_flip_interval([1.0, 2.0], level)


def beyond_and_inside(flips, rope):
    tests = PairTests.of(flips.p, None, rope, flips.p_above, flips.p_below)
    return tests.p_beyond_holm, tests.p_inside_holm


def one_sided(e, tie):
    """Share of the sign patterns whose sum reaches that of e."""
    patterns = np.array(list(itertools.product((1, -1), repeat=len(e))))
    return np.mean(patterns @ e >= e.sum() - tie)


@settings(deadline=None)
@given(
    st.lists(st.floats(-2, 2).map(lambda x: round(x, 2)), min_size=2, max_size=9),
    st.sampled_from([0.0, 0.1, 0.5, 2.0]),
)
def test_beyond_and_inside_agree_with_plain_enumeration(values, rope):
    d = np.array(values)
    tie = 1e-8 * (np.abs(d) + rope).sum()
    beyond = min(1, 2 * min(one_sided(d - rope, tie), one_sided(-d - rope, tie)))
    inside = max(one_sided(d + rope, tie), one_sided(rope - d, tie))
    assert beyond_and_inside(SignFlips.of(d), rope) == (beyond, inside)


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1.0, 1e12])
def test_beyond_and_inside_do_not_depend_on_the_unit(scale):
    d = np.array([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]) * scale
    assert beyond_and_inside(SignFlips.of(d), 0.8 * scale)[0] == 0.04296875
    assert beyond_and_inside(SignFlips.of(d), 2.4 * scale)[1] == 0.037109375
    assert beyond_and_inside(SignFlips.of(d), 1e30)[1] == 2**-10


def test_a_random_sample_of_patterns_comes_near_all_of_them(monkeypatch):
    d = np.random.default_rng(1).normal(0.3, 1, 14)
    exact = SignFlips.of(d)
    monkeypatch.setattr("actbench.statistics.sign_flip.EXACT_PAIRS", 8)
    drawn = SignFlips.of(d)
    assert not drawn.exact
    for rope in (0.1, 0.5, 1.0):
        assert beyond_and_inside(drawn, rope) == pytest.approx(
            beyond_and_inside(exact, rope), abs=0.01
        )
