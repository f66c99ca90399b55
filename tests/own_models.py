"""Models as users write them, for the tests of every room."""

from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

_numbers = count(1)

RESIDUAL = """
import keras
from keras import layers

def build(input_shape, outputs, hidden, output, width=8):
    inputs = keras.Input(input_shape)
    x = layers.Dense(width)(layers.Flatten()(inputs))
    y = layers.Dense(width)(hidden()(x))
    x = layers.Add()([x, layers.Dense(width)(hidden()(y))])
    x = layers.BatchNormalization()(x)
    return keras.Model(inputs, output()(layers.Dense(outputs)(x)))
"""

SUBCLASSED = """
import keras
from keras import layers

class Product(layers.Layer):
    def __init__(self, units, activation):
        super().__init__()
        self.units, self.activation = units, activation

    def build(self, shape):
        self.kernel = self.add_weight((shape[-1], self.units), "he_normal", name="w")

    def call(self, x):
        return self.activation(keras.ops.matmul(x, self.kernel))

class Branches(keras.Model):
    def __init__(self, outputs, hidden, output):
        super().__init__()
        self.flat = layers.Flatten()
        self.one, self.other = Product(6, hidden()), Product(6, hidden())
        self.drop, self.last, self.out = layers.Dropout(0.2), layers.Dense(outputs), output()

    def call(self, inputs, training=None):
        x = self.flat(inputs)
        x = self.drop(self.one(x) * self.other(x), training=training)
        return self.out(self.last(x))

def build(input_shape, outputs, hidden, output):
    return Branches(outputs, hidden, output)
"""


def written(folder: Path, source: str) -> str:
    """Write the source as a module of a name of its own; return `module:build`.

    Python imports a module once, so that a name may not come twice in one process.
    """
    module = f"own_model_{next(_numbers)}"
    (folder / f"{module}.py").write_text(source)
    return f"{module}:build"


def function(body: str, parameters: str = "input_shape, outputs, hidden, output") -> str:
    """The source of a module whose function `build` has this body, a line or several."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"import keras\nfrom keras import layers\n\ndef build({parameters}):\n{lines}"


def saved_example(path: Path) -> Any:
    """Save a model with every form of activation, a nested, a shared and a frozen part."""
    import keras

    keras.utils.set_random_seed(0)
    rows = np.random.default_rng(0).normal(3, 2, size=(50, 5))
    layers = keras.layers
    norm = layers.Normalization(name="norm")
    norm.adapt(rows)
    inner = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(6, activation="relu", name="first"),
            layers.BatchNormalization(name="batch"),
            layers.ReLU(max_value=6, name="capped"),
        ],
        name="inner",
    )
    inputs = keras.Input((5,))
    x = layers.Dense(6, activation=layers.ReLU(), name="fused")(norm(inputs))
    shared = layers.Dense(6, activation="relu", name="shared")
    x = layers.Add(name="sum")([shared(inner(x)), shared(keras.ops.relu(x))])
    x = layers.Dense(6, activation="gelu", trainable=False, name="frozen")(x)
    x = layers.Activation("relu", name="last_hidden")(x)
    model = keras.Model(inputs, layers.Dense(5, activation="softmax", name="out")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(rows, np.arange(50) % 5, epochs=2, verbose=0)
    model.save(path)
    return model
