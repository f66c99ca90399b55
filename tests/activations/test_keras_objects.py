"""Both forms in Keras, the `activation` argument and the layer, give the numbers of NumPy.

Models work in float32, hence the tolerance.
"""

from typing import Any

import keras
import numpy as np
import pytest

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.keras_objects import keras_function, keras_layer
from actbench.spec.activation import Activation

# Four units each: with the third far above the others, sparsemax is right in Keras 3.15.1 too.
ROWS = np.array([[-2.0, -0.3, 4.1, 0.7], [-5.0, 0.1, 2.5, 1.2]], dtype=np.float32)
AS_FUNCTIONS = sorted(set(CATALOGUE) - {"prelu", "glu"})


def made(name: str) -> Activation:
    needed = {p.name: 0.5 for p in CATALOGUE[name].parameters if p.required}
    return Activation.model_validate({"name": name, **needed})


@pytest.mark.parametrize("name", AS_FUNCTIONS)
def test_the_argument_and_the_layer_give_the_same_numbers(name: str) -> None:
    activation = made(name)
    dense: dict[str, Any] = {"kernel_initializer": "identity", "use_bias": False}
    argument = keras.layers.Dense(4, activation=keras_function(activation), **dense)
    plain, layer = keras.layers.Dense(4, **dense), keras_layer(activation, "it")
    by_argument, by_layer = np.asarray(argument(ROWS)), np.asarray(layer(plain(ROWS)))
    np.testing.assert_array_equal(by_argument, by_layer)
    expected = CATALOGUE[name].values(ROWS, **dict(activation.parameters))
    np.testing.assert_allclose(by_layer, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["prelu", "glu"])
def test_what_is_only_a_layer_follows_the_formula_too(name: str) -> None:
    found = np.asarray(keras_layer(made(name), "it")(ROWS))
    np.testing.assert_allclose(found, CATALOGUE[name].values(ROWS), rtol=1e-5)
