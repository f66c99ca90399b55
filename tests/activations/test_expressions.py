"""Values, derivatives and ranges of formulas: against the catalogue's, Keras's and mathematics."""

from math import inf, log, pi

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize_scalar

from actbench.activations.expression import FUNCTIONS
from actbench.activations.formulas import FORMULAS
from actbench.activations.formulas.expressions import evaluate
from actbench.activations.grammar import parse
from actbench.activations.info import Range
from actbench.activations.keras_objects import FormulaActivation
from actbench.activations.reach import reach
from actbench.activations.sampled import sampled_formula

# Formulas of activations that the catalogue knows by name.
KNOWN = {
    "max(x, 0)": "relu",
    "clip(x, 0, 6)": "relu6",
    "maximum(x, 0.2 * x)": "leaky_relu",
    "x * sigmoid(x)": "silu",
    "x * tanh(softplus(x))": "mish",
    "x * (1 + erf(x / sqrt(2))) / 2": "gelu",
    "clip(x / 6 + 0.5, 0, 1)": "hard_sigmoid",
    "x * clip(x / 6 + 0.5, 0, 1)": "hard_silu",
    "1 / (1 + exp(-x))": "sigmoid",
    "log(1 + exp(x))": "softplus",
    "x / (1 + abs(x))": "softsign",
    "max(x, 0) + expm1(min(x, 0))": "elu",
    "(x + sqrt(x ** 2 + 4)) / 2": "squareplus",
    "x - tanh(x)": "tanh_shrink",
    "exp(x)": "exponential",
    "min(x, 0) - log1p(exp(-abs(x)))": "log_sigmoid",
}
# No kink falls on one of these, so that both sides agree on the derivative.
SMOOTH = np.linspace(-7.03, 7.01, 400)


@pytest.mark.parametrize("text", KNOWN)
def test_a_formula_of_a_known_activation_has_its_values_and_derivatives(text: str) -> None:
    value, slope = evaluate(parse(text), SMOOTH)
    known = FORMULAS[KNOWN[text]]
    np.testing.assert_allclose(value, known.function(SMOOTH), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(slope, known.derivative(SMOOTH), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("text", KNOWN)
def test_the_sampled_range_is_that_of_the_known_activation(text: str) -> None:
    found, exact = sampled_formula(parse(text)).range, reach(KNOWN[text])
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
    found = sampled_formula(parse(text)).range
    np.testing.assert_allclose([found.low, found.high], [expected.low, expected.high], rtol=1e-3)
    assert (found.low_reached, found.high_reached) == (expected.low_reached, expected.high_reached)


def test_a_minimum_between_samples_is_found_to_four_digits() -> None:
    least = minimize_scalar(lambda x: x / (1 + np.exp(-1.5 * x)), bounds=(-5, 0), method="bounded")
    found = sampled_formula(parse("x * sigmoid(1.5 * x)")).range
    assert found.low == pytest.approx(least.fun, rel=1e-6) and found.low_reached


def test_samples_tell_order_slopes_and_gaps() -> None:
    silu = sampled_formula(parse("x * sigmoid(x)"))
    assert not silu.monotone and silu.undefined is None
    assert silu.slopes[1] == pytest.approx(1.09984, rel=1e-5)
    assert sampled_formula(parse("tanh(x)")).monotone
    assert sampled_formula(parse("exp(x)")).monotone
    assert sampled_formula(parse("log(x)")).undefined == (-1e4, -1e-12)


# Arguments at which each function is defined, and at kinks and ties too.
POINTS = np.array([-5.5, -3, -1, -0.5, 0, 0.25, 1, 3, 6, 7.5], dtype=np.float32)
POSITIVE = {"log", "sqrt"}
OTHERS = {
    "maximum": "maximum(x, 1)",
    "minimum": "minimum(1, x)",
    "clip": "clip(x, -1, 3)",
    "log1p": "log1p(square(x))",
}
WITH_OPERATORS = ["x ** 2", "x ** 3", "2 ** x", "1 - 2 * -x / (x + 9)", "abs(x) ** x", "x ** 0"]


@pytest.mark.parametrize("text", [*FUNCTIONS, *WITH_OPERATORS])
def test_keras_gives_the_values_and_gradients_of_numpy(text: str) -> None:
    x = POINTS[POINTS > 0] if text in {*POSITIVE, "abs(x) ** x", "x ** 0"} else POINTS
    formula = OTHERS.get(text, f"{text}(x)" if text in FUNCTIONS else text)
    expected = evaluate(parse(formula), x)
    tensor = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        output = FormulaActivation(formula)(tensor)
    assert output.shape == x.shape and output.dtype == "float32"
    np.testing.assert_allclose(output.numpy(), expected.value, rtol=2e-6, atol=1e-6)
    gradient = tape.gradient(output, tensor)
    np.testing.assert_allclose(gradient.numpy(), expected.slope, rtol=2e-5, atol=1e-6)


def test_every_name_of_the_grammar_is_known_to_keras() -> None:
    for name in FUNCTIONS:
        assert hasattr(keras.ops, name) or hasattr(keras.activations, name), name


def test_a_wrapped_layer_copies_a_formula_by_its_configuration() -> None:
    inner = keras.layers.SimpleRNN(2, activation=FormulaActivation("x * sigmoid(x)"))
    both = keras.layers.Bidirectional(inner)
    assert both(np.ones((1, 3, 4), np.float32)).shape == (1, 4)
    assert both.backward_layer.activation.get_config() == {"formula": "x * sigmoid(x)"}
