"""The catalogue's facts against the numbers of its functions."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.info import ActivationInfo

ELEMENTWISE = [entry for entry in CATALOGUE.values() if entry.elementwise]
X = np.linspace(-30, 30, 60_001)
named = pytest.mark.parametrize("entry", ELEMENTWISE, ids=lambda entry: entry.name)


def drawn(entry: ActivationInfo, x: Any, *, derivative: bool = False) -> np.ndarray:
    return (entry.slopes if derivative else entry.values)(x, **dict(entry.drawn_with))


@named
def test_the_range_holds_every_value_and_no_smaller_one_does(entry: ActivationInfo) -> None:
    values = drawn(entry, X)
    low, high = entry.range.low, entry.range.high
    assert values.min() >= low - 1e-9 and values.max() <= high + 1e-9
    assert values.min() == pytest.approx(low, abs=0.05) if np.isfinite(low) else values.min() < -2
    assert values.max() == pytest.approx(high, abs=0.05) if np.isfinite(high) else values.max() > 9


@pytest.mark.parametrize("name", ["gelu", "silu", "hard_silu", "mish"])
def test_a_gated_activation_reaches_its_minimum_where_its_gradient_is_zero(name: str) -> None:
    entry = CATALOGUE[name]
    lowest = minimize_scalar(entry.values, bounds=(-2.5, 0), options={"xatol": 1e-12})
    assert entry.range.low == pytest.approx(float(lowest.fun), rel=1e-9)
    assert entry.range.low_reached
    assert float(entry.zero_gradient.split("x = ")[1]) == pytest.approx(lowest.x, abs=1e-4)


@named
def test_monotone(entry: ActivationInfo) -> None:
    assert bool(np.all(np.diff(drawn(entry, X)) >= -1e-12)) == entry.monotone


@named
def test_zero_centred(entry: ActivationInfo) -> None:
    assert (float(drawn(entry, 0.0)) == 0) == entry.zero_centred


@named
def test_saturation(entry: ActivationInfo) -> None:
    left, right = np.abs(drawn(entry, np.array([-1e4, 300.0]), derivative=True)) < 1e-4
    words = {(0, 0): "no", (1, 0): "below", (0, 1): "above", (1, 1): "both"}
    assert words[int(left), int(right)] == entry.saturation


@named
def test_smoothness(entry: ActivationInfo) -> None:
    """Steps of size h in the function, the slope and the curvature, at every kink there is."""
    h = 1e-6
    kinks = np.array([-3.0, -1, -0.5, 0, 0.5, 1, 3, 6])

    def steps(f: Any) -> float:
        return float(np.abs(f(kinks + h) - f(kinks - h)).max())

    slope = lambda x: drawn(entry, x, derivative=True)  # noqa: E731
    curvature = lambda x: (slope(x + h / 2) - slope(x - h / 2)) / h  # noqa: E731
    if steps(lambda x: drawn(entry, x)) > 1e-3:
        smoothness = "jumps"
    elif steps(slope) > 1e-3:
        smoothness = "kinks"
    else:
        smoothness = "once" if steps(curvature) > 1e-3 else "smooth"
    assert smoothness == entry.smoothness


@named
def test_the_gradient_vanishes_where_the_entry_says(entry: ActivationInfo) -> None:
    inputs = np.linspace(-10, 10, 2001).round(2)
    inputs = inputs[~np.isin(np.abs(inputs), [0.0, 1.0, 3.0, 6.0])]  # kinks are Keras's business
    flat = np.abs(drawn(entry, inputs, derivative=True)) == 0
    if entry.zero_gradient == "nowhere" or entry.learnable:
        assert not flat.any()
    elif entry.zero_gradient.startswith("x = "):
        assert flat.sum() == 0
    else:
        text = entry.zero_gradient.replace("|x|", "abs(x)").replace(" = ", " == ")
        text = text.replace(" and ", ") | (")
        parameters = {"threshold": 0.5, **dict(entry.drawn_with)}
        expected = eval(f"({text})", {"abs": np.abs}, {"x": inputs, **parameters})
        expected &= np.abs(inputs) != 1.5  # a single point, met only by chance
        np.testing.assert_array_equal(flat & (np.abs(inputs) != 1.5), expected)


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("relu", {}, "[0, inf)"),
        ("relu", {"max_value": 0.0}, "[0, 0]"),
        ("relu", {"max_value": 3.0, "negative_slope": 0.1}, "(-inf, 3]"),
        ("leaky_relu", {}, "(-inf, inf)"),
        ("leaky_relu", {"negative_slope": 0.0}, "[0, inf)"),
        ("elu", {"alpha": 0.0}, "[0, inf)"),
        ("celu", {"alpha": 2.0}, "(-2, inf)"),
        ("squareplus", {"b": 0.0}, "[0, inf)"),
        ("threshold", {"threshold": 1.0, "default_value": -3.0}, "[-3, inf)"),
        ("threshold", {"threshold": 1.0, "default_value": 4.0}, "(1, inf)"),
        ("gelu", {"approximate": True}, "[-0.17, inf)"),
        ("tanh", {}, "(-1, 1)"),
    ],
)
def test_the_range_with_parameters(name: str, parameters: dict[str, Any], expected: str) -> None:
    assert str(CATALOGUE[name].range_with(**parameters)) == expected


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_every_entry_is_complete(entry: ActivationInfo) -> None:
    from actbench.spec.keras_names import INITIALIZERS

    assert entry.formula and entry.derivative and entry.zero_gradient
    assert entry.initializer in INITIALIZERS
    assert entry.dropout == ("AlphaDropout" if entry.name == "selu" else "Dropout")


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_the_range_is_that_of_the_defaults(entry: ActivationInfo) -> None:
    assert entry.range_with(**dict(entry.drawn_with)) == entry.range


def test_celu_refuses_the_alpha_that_it_cannot_divide_by() -> None:
    from pydantic import ValidationError

    from actbench.spec.activation import Activation

    with pytest.raises(ValidationError, match="expected a finite number of at least 1e-06, got 0"):
        Activation.model_validate({"name": "celu", "alpha": 0})


def test_catalogue_and_grammar_need_no_scipy() -> None:
    """Reading a spec must stay quick."""
    heavy = "{'scipy', 'pandas', 'tensorflow', 'keras'} & set(sys.modules)"
    modules = "actbench.activations.catalogue, actbench.activations.grammar"
    code = f"import sys, {modules}; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
