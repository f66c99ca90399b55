"""Models as users write them, for the tests of every room."""

from itertools import count
from pathlib import Path

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
