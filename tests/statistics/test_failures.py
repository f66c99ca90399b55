"""Failures: McNemar against statsmodels, collapse to chance, outliers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation
from statsmodels.stats.contingency_tables import mcnemar

from actbench.statistics import (
    collapsed_to_chance,
    mcnemar_exact,
)
from actbench.statistics.failures import outliers


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_agrees_with_statsmodels(only_a, only_b):
    if only_a + only_b == 0:
        assert mcnemar_exact(0, 0) == 1.0
        return
    theirs = mcnemar([[5, only_a], [only_b, 7]], exact=True).pvalue
    assert mcnemar_exact(only_a, only_b) == pytest.approx(theirs, abs=1e-9)


def test_mcnemar_refuses_negative_counts():
    with pytest.raises(ValueError, match="at least 0, got -1 and 2"):
        mcnemar_exact(-1, 2)


def test_chance_threshold_is_three_standard_errors_above_the_majority():
    # Ten even classes, 10,000 rows: se = sqrt(0.09/10000) = 0.003.
    assert collapsed_to_chance(0.1089, 0.1, 10_000)
    assert not collapsed_to_chance(0.1091, 0.1, 10_000)
    assert collapsed_to_chance(0.1, 0.1, 10_000)
    assert not collapsed_to_chance(0.5, 0.1, 10_000)


@pytest.mark.parametrize(("share", "rows"), [(0, 10), (1, 10), (0.5, 0), (math.nan, 10)])
def test_bad_chance_is_refused(share, rows):
    with pytest.raises(ValueError, match="expected"):
        collapsed_to_chance(0.5, share, rows)


@pytest.mark.parametrize(("share", "rows"), [(0.95, 20), (0.9, 10), (0.99, 100)])
def test_where_the_threshold_is_no_accuracy_nothing_counts_as_collapsed(share, rows):
    assert not any(collapsed_to_chance(accuracy, share, rows) for accuracy in (0, share, 1))


@given(
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=20),
    st.sampled_from([None, 0, 5, 100]),
)
def test_outliers_are_ten_robust_deviations_away_and_a_distance_that_matters(scores, rope):
    middle = sorted(scores)[len(scores) // 2] if len(scores) % 2 else None
    found = outliers(scores, rope)
    if middle is None:
        return
    least = max(14.826 * median_abs_deviation(scores), abs(middle) / 100 if rope is None else rope)
    assert found == tuple(i for i, x in enumerate(scores) if abs(x - middle) > least)


def test_a_last_digit_is_no_outlier():
    """Without spread any other score is far in deviations, however near it is."""
    nearly = [0.9712] * 9 + [0.9713]
    assert outliers(nearly) == ()
    assert outliers(nearly, rope=0.005) == ()
    assert outliers(nearly, rope=0) == (9,)
    assert outliers([0.9712] * 9 + [0.9612]) == (9,)


def test_outliers_pass_over_what_did_not_train():
    assert outliers([0.9, math.nan, 0.91, 0.92, 0.1]) == (4,)
    assert outliers([math.nan, math.nan]) == ()
    assert outliers([0.5] * 8) == ()


def test_outliers_refuse_a_table():
    with pytest.raises(ValueError, match="flat list of scores"):
        outliers([[1.0, 2.0]])
