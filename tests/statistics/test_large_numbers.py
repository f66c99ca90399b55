"""Scores up to the largest float: numbers without an overflow, and limits in words."""

import itertools
import math
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actbench.statistics import (
    Hypothesis,
    Rules,
    compare,
    compare_blocks,
    compare_runs,
    evaluate,
    pair_scores,
    rules_at_look,
    seeds_to_detect,
    sign_flip_interval,
    student_look_levels,
)
from actbench.statistics.bayesian import bayesian_signed_rank
from actbench.statistics.differences import mean, median, skewness, standard_deviation
from actbench.statistics.failures import outliers

LARGEST = sys.float_info.max
NUMBERS = [LARGEST, -LARGEST, 1e308, -1e308, 1e200, 1.0, 0.0, -1.0, 5e-324, math.nan]


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def finite(value):
    return value is None or math.isfinite(value)


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(
    st.integers(2, 9).flatmap(
        lambda n: st.lists(
            st.lists(st.sampled_from(NUMBERS), min_size=n, max_size=n), min_size=3, max_size=3
        )
    ),
    st.sampled_from([None, 5e-324, 0.5, 1e308]),
    st.booleans(),
)
def test_a_comparison_holds_up_to_the_largest_float(scores, rope, higher_is_better):
    rules = Rules(rope=rope, all_pairs=True)
    options = {"higher_is_better": higher_is_better, "rules": rules}
    marks = [np.isnan(scores), np.zeros_like(scores, dtype=bool)]
    found = [compare(scores, 0, **options)]
    found.append(
        compare_runs(
            scores, scores[::-1], names=list("abc"), diverged=[marks[0], marks[0][::-1]],
            at_chance=[marks[1]] * 2, **options,
        )
    )  # fmt: skip
    for comparison in found:
        assert all(finite(arm.mean) and finite(arm.sd) for arm in comparison.arms)
        for pair in comparison.pairs:
            assert finite(pair.difference) and finite(pair.median) and finite(pair.d_z)
            assert all(map(finite, pair.interval or ()))
            assert pair.verdict.words
    full = np.nan_to_num(scores)
    across = compare_blocks(full, higher_is_better=higher_is_better, rules=Rules(rope=1.0))
    assert all(map(finite, (pair.difference for pair in across.pairs)))
    d = pair_scores(full[0], full[1])
    assert evaluate([d], [Hypothesis("better", 1e308)])[0].words
    assert set(outliers(full[0])) <= set(range(len(full[0])))


@pytest.mark.parametrize("values", [[LARGEST, -LARGEST, 0.0], [LARGEST] * 4, [1e308, 1e308, 1.0]])
def test_numbers_of_a_sample_hold_up_to_the_largest_float(values):
    array, shrunk = np.array(values), np.array(values) / 2.0**1000
    for number in (mean, median, standard_deviation):
        assert number(array) == pytest.approx(min(LARGEST, number(shrunk) * 2.0**1000), rel=1e-12)
    assert skewness(array) == pytest.approx(skewness(shrunk))
    low, high = sign_flip_interval(values, 0.5)
    assert -LARGEST <= low <= high <= LARGEST


def test_a_difference_beyond_the_largest_float_counts_as_that():
    d = pair_scores([LARGEST, 1.0], [-LARGEST, 0.0])
    assert d.judged.tolist() == [pytest.approx(LARGEST), 1.0]
    assert bayesian_signed_rank([LARGEST] * 6, 1.0).better > 0.99


def test_no_plan_is_for_more_than_a_billion_seeds():
    for effect, sd in itertools.product((5e-324, 1e-12), (1.0, LARGEST)):
        assert seeds_to_detect(effect, sd, 10) == 10**9
    assert seeds_to_detect(LARGEST, 5e-324, 10) == 6


@pytest.mark.parametrize("alpha", [2e-6, 5e-7, 5e-8, 1e-13, 1e-300])
def test_looks_keep_an_alpha_that_is_too_small_to_simulate(alpha):
    levels = student_look_levels((10, 20, 30), alpha)
    assert 0 < min(levels) <= sum(levels) <= 1.01 * alpha


@pytest.mark.parametrize("looks", [(10, 1001), (10**9,), tuple(range(1, 22)), (10, 10**400)])
def test_looks_that_would_take_minutes_are_refused(looks):
    for levels in (
        lambda: student_look_levels(looks),
        lambda: rules_at_look(looks, looks[0], comparisons=1),
    ):
        with pytest.raises(ValueError, match="at most 20 looks, the last at 1,000 seeds"):
            levels()
