"""From a cell and the shape of its data to a Keras model."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from actbench.data.dataset import Dataset
from actbench.errors import SpecError
from actbench.models.refusal import in_words
from actbench.models.stacks import cnn, embedding, mlp
from actbench.models.written import written
from actbench.spec.architecture import Architecture, Cnn, Embedding, Layers, Mlp
from actbench.spec.grid import Arm, Cell


def build(cell: Cell, data: Dataset) -> Any:
    """The model of a cell, not compiled; weights are Keras's, from no seed of ours.

    It takes rows as loaded: `uint8` inputs are cast and scaled in the first layer. It gives
    shape (batch, 1) for a regression or two classes, (batch, classes) for several. Layer names
    depend on the architecture alone.

    Raises:
        SpecError: the architecture, the arm and the data do not make a model.
    """
    shape, outputs = data.input_shape, output_units(data)
    stack = _stack(cell.architecture, cell.arm, data, outputs)
    inputs = keras.Input(shape, dtype=str(data.train.x.dtype), name="input")
    last = [RealOutput(name="real_output")] if cell.loss_on == "outputs" else []
    try:
        model = keras.Sequential([inputs, *_scaled(data), *stack, *last], name="model")
    except (TypeError, ValueError) as error:
        words = f"{cell.architecture.name} with {cell.arm.label} on {data.name} makes no model"
        raise SpecError(f"{words}: {in_words(error)}") from error
    if model.output_shape != (None, outputs):
        raise SpecError(
            f"{cell.architecture.name} with {cell.arm.label}: expected {outputs} outputs a row "
            f"for {data.name}, got the shape {model.output_shape[1:]}"
        )
    return model


def output_units(data: Dataset) -> int:
    """The number of outputs a row: 1, or the number of classes where there are several."""
    return data.classes if data.task == "multiclass" else 1


def _stack(architecture: Architecture, arm: Arm, data: Dataset, outputs: int) -> list[Any]:
    if isinstance(architecture, Mlp):
        return mlp(architecture, arm, data.input_shape, outputs)
    if isinstance(architecture, Cnn):
        return cnn(architecture, arm, data.input_shape, outputs)
    if isinstance(architecture, Embedding):
        return embedding(architecture, arm, data.vocabulary, outputs)
    assert isinstance(architecture, Layers)
    return written(architecture, arm)


def _scaled(data: Dataset) -> list[Any]:
    """Bytes become numbers inside the model; word ranks stay what they are."""
    bytes_in = data.train.x.dtype == np.uint8 and not data.vocabulary
    return [Scaled(data.scale, name="scaled")] if bytes_in else []


class Scaled(keras.layers.Layer):  # type: ignore[misc]
    """Casts bytes to floats and multiplies them by `scale`, so that arrays stay small.

    Keras's `Rescaling` would also add 0 and multiply by 1, which costs a pass over the batch each.
    """

    def __init__(self, scale: float, **options: Any) -> None:
        super().__init__(**options)
        self._scale = scale

    def call(self, inputs: Any) -> Any:
        x = keras.ops.cast(inputs, self.compute_dtype)
        return x if self._scale == 1 else x * self._scale

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs.shape, self.compute_dtype)


class RealOutput(keras.layers.Layer):  # type: ignore[misc]
    """Hands the output on without the logits that Keras hangs on it.

    Cross-entropies prefer the attribute `_keras_logits` of their input, or the input of a softmax
    or sigmoid operation, to the output itself (`keras/src/backend/tensorflow/nn.py`); a copy has
    neither.
    """

    def call(self, inputs: Any) -> Any:
        return tf.identity(inputs)

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs.shape, inputs.dtype)
