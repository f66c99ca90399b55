"""Formulas and layers as plain Keras: they compute what actbench computes."""

import re

import numpy as np
import pytest

from tests.reproduction.test_file_code import recorded


@pytest.mark.parametrize(
    "formula",
    [
        "(x**2 + 1) * x",
        "(sigmoid(x) - 2) / (1 + x**2)",
        "x - (tanh(x) - x)",
        "-(relu(x) + 1)**2 - -x",
        "2 / (exp(-x) + 3) / x",
    ],
)
def test_a_formula_keeps_its_brackets(formula: str) -> None:
    from actbench.reproduction import keras_calls  # which starts TensorFlow

    config = {"registered_name": "actbench>ConfiguredActivation", "config": {"formula": formula}}
    x = np.linspace(-3.05, 3.0, 50, dtype="float32")
    plain = eval(keras_calls.activation_text(config), {"keras": keras_calls.keras})
    functions = {
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "tanh": np.tanh,
        "relu": lambda x: np.maximum(x, 0),
        "exp": np.exp,
    }
    expected = eval(formula, functions | {"x": x.astype("float64")})
    assert np.allclose(plain(x), expected, rtol=1e-4)


def test_a_function_that_begins_like_another_stays_its_own() -> None:
    from actbench.reproduction.model_code import model_code  # which starts TensorFlow

    trial = recorded(
        name="wine",
        hidden={"formula": "x * 2", "label": "double"},
        output={"formula": "x * 2.05", "label": "more"},
    )
    text = model_code(trial).text
    for name, factor in (("hidden", "2.0"), ("output", "2.05")):
        assert re.search(rf'def {name}\(x\):\n    """\w+"""\n    return x \* {factor}\n', text)
    assert "keras.layers.Activation(output" in text
