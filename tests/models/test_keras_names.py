"""The names a spec may use, against the installed Keras."""

import keras
import pytest

from actbench.spec.keras_names import INITIALIZERS, LAYERS, OTHER_LAYERS


@pytest.mark.parametrize("name", sorted(LAYERS | OTHER_LAYERS.keys()))
def test_layers_exist(name: str) -> None:
    assert issubclass(getattr(keras.layers, name), keras.layers.Layer)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initialisers_exist(name: str) -> None:
    assert isinstance(keras.initializers.get(name), keras.initializers.Initializer)
