"""Ranges and traits told from samples, against the catalogue's and mathematics."""

from math import inf, log, pi

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.grammar import parse
from actbench.activations.info import Range
from actbench.activations.sampling import formula_facts
from tests.activations.conftest import NAME_BY_FORMULA


@pytest.mark.parametrize("text", NAME_BY_FORMULA)
def test_the_sampled_range_is_that_of_the_known_activation(text: str) -> None:
    found, exact = formula_facts(parse(text)).range, CATALOGUE[NAME_BY_FORMULA[text]].range
    np.testing.assert_allclose([found.low, found.high], [exact.low, exact.high], atol=1e-6)
    assert (found.low_reached, found.high_reached) == (exact.low_reached, exact.high_reached)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sin(x)", Range(-1, 1, True, True)),
        ("x + sin(x)", Range(-inf, inf)),
        ("x * sin(x)", Range(-inf, inf)),
        ("exp(-x ** 2)", Range(0, 1, False, True)),
        ("arctan(x)", Range(-pi / 2, pi / 2)),
        ("softplus(x) - log(2)", Range(-log(2), inf)),
        ("log1p(abs(x))", Range(0, inf, True)),
        ("1 / x", Range(-inf, inf)),
        ("log(x)", Range(-inf, inf)),
        ("sqrt(x)", Range(0, inf, True)),
        ("x ** 3", Range(-inf, inf)),
        ("-abs(x) ** 0.1", Range(-inf, 0, False, True)),
        ("relu(x) ** 2", Range(0, inf, True)),
        ("sign(x)", Range(-1, 1, True, True)),
        ("x - x", Range(0, 0, True, True)),
    ],
)
def test_the_sampled_range_is_that_of_mathematics(text: str, expected: Range) -> None:
    found = formula_facts(parse(text)).range
    np.testing.assert_allclose([found.low, found.high], [expected.low, expected.high], rtol=1e-3)
    assert (found.low_reached, found.high_reached) == (expected.low_reached, expected.high_reached)


def test_a_minimum_between_samples_is_found_to_four_digits() -> None:
    least = minimize_scalar(lambda x: x / (1 + np.exp(-1.5 * x)), bounds=(-5, 0), method="bounded")
    found = formula_facts(parse("x * sigmoid(1.5 * x)")).range
    assert found.low == pytest.approx(least.fun, rel=1e-6) and found.low_reached


def test_samples_tell_order_slopes_and_gaps() -> None:
    silu = formula_facts(parse("x * sigmoid(x)"))
    assert not silu.monotone and silu.undefined is None
    assert silu.slopes[1] == pytest.approx(1.09984, rel=1e-5)
    assert formula_facts(parse("tanh(x)")).monotone
    assert formula_facts(parse("exp(x)")).monotone
    assert formula_facts(parse("log(x)")).undefined == (-1e4, -1e-12)
