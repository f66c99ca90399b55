"""Values and derivatives of formulas, against the catalogue's and Keras's."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.formula import FUNCTIONS, evaluate
from actbench.activations.grammar import parse
from actbench.activations.keras_objects import ConfiguredActivation
from tests.activations.conftest import NAME_BY_FORMULA

# No kink falls on one of these, so that both sides agree on the derivative.
SMOOTH = np.linspace(-7.03, 7.01, 400)


@pytest.mark.parametrize("text", NAME_BY_FORMULA)
def test_a_formula_of_a_known_activation_has_its_values_and_derivatives(text: str) -> None:
    value, slope = evaluate(parse(text), SMOOTH)
    known = CATALOGUE[NAME_BY_FORMULA[text]]
    np.testing.assert_allclose(value, known.values(SMOOTH), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(slope, known.slopes(SMOOTH), rtol=1e-9, atol=1e-12)


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
        output = ConfiguredActivation(formula=formula)(tensor)
    assert output.shape == x.shape and output.dtype == "float32"
    np.testing.assert_allclose(output.numpy(), expected.value, rtol=2e-6, atol=1e-6)
    gradient = tape.gradient(output, tensor)
    np.testing.assert_allclose(gradient.numpy(), expected.slope, rtol=2e-5, atol=1e-6)


def test_every_name_of_the_grammar_is_known_to_keras() -> None:
    for name in FUNCTIONS:
        assert hasattr(keras.ops, name) or hasattr(keras.activations, name), name


def test_a_wrapped_layer_copies_a_formula_by_its_configuration() -> None:
    inner = keras.layers.SimpleRNN(2, activation=ConfiguredActivation(formula="x * sigmoid(x)"))
    both = keras.layers.Bidirectional(inner)
    assert both(np.ones((1, 3, 4), np.float32)).shape == (1, 4)
    assert both.backward_layer.activation.get_config() == {"formula": "x * sigmoid(x)"}
