"""Holm's correction against statsmodels."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from actbench.statistics import holm

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_known_answer():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02], abs=1e-12)


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(p_values)
def test_agrees_with_statsmodels(p):
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-9)


@given(p_values, st.randoms())
def test_order_does_not_matter(p, random):
    order = list(range(len(p)))
    random.shuffle(order)
    assert holm(np.array(p)[order]).tolist() == holm(p)[order].tolist()


def test_nothing_to_correct():
    assert holm([]).size == 0


@pytest.mark.parametrize("p", [[0.5, math.nan], [1.5], [-0.1], [[0.1]]])
def test_bad_p_values_are_refused(p):
    with pytest.raises(ValueError, match="p-values between 0 and 1"):
        holm(p)
