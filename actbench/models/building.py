"""From a cell and the shape of its data to a Keras model: a builder for each architecture."""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from actbench.activations.keras_objects import keras_layer
from actbench.data import DatasetRequest
from actbench.data.dataset import Dataset, Rows
from actbench.data.preparation import byte_scale
from actbench.errors import SpecError
from actbench.models.layer_list import dropout_layer, layer_list, plain_message
from actbench.models.own_function import own_function
from actbench.models.saved_model import saved_model
from actbench.spec.activation import Activation
from actbench.spec.architecture import Architecture, Cnn, Embedding, Layers, Mlp
from actbench.spec.builder import Builder
from actbench.spec.grid import Arm, Cell
from actbench.spec.saved import Saved


def mlp(architecture: Mlp, arm: Arm, data: Dataset, outputs: int) -> list[Any]:
    """Dense layers, each with its activation, batch normalisation and dropout."""
    layers: list[Any] = []
    if len(data.input_shape) > 1:
        layers.append(keras.layers.Flatten(name="flatten"))
    for i, units in enumerate(architecture.units, start=1):
        block = _dense(units, f"hidden_{i}", arm.hidden)
        if architecture.batch_norm:
            normalised = keras.layers.BatchNormalization(name=f"batch_norm_{i}")
            block.insert(1 if architecture.batch_norm == "before" else 2, normalised)
        layers += [*block, *_dropout(architecture, arm, i)]
    return [*layers, *_dense(outputs, "output", arm.output)]


def cnn(architecture: Cnn, arm: Arm, data: Dataset, outputs: int) -> list[Any]:
    """Convolutions with max pooling between them, dense layers, the output layer."""
    shape, size = data.input_shape, architecture.kernel_size
    layers = [keras.layers.Reshape((*shape, 1), name="channel")] if len(shape) == 2 else []
    for i, filters in enumerate(architecture.filters, start=1):
        if i > 1:
            layers.append(keras.layers.MaxPooling2D(architecture.pool_size, name=f"pool_{i - 1}"))
        layers += _activated(keras.layers.Conv2D, (filters, size), f"conv_{i}", arm.hidden)
    return [*layers, *_dense_part(architecture, arm, outputs)]


def embedding(architecture: Embedding, arm: Arm, data: Dataset, outputs: int) -> list[Any]:
    """Word vectors laid end to end, dense layers, the output layer."""
    vectors = keras.layers.Embedding(data.vocabulary, architecture.dim, name="embedding")
    return [vectors, *_dense_part(architecture, arm, outputs)]


def _dense_part(architecture: Cnn | Embedding, arm: Arm, outputs: int) -> list[Any]:
    layers = [keras.layers.Flatten(name="flatten")]
    for i, count in enumerate(architecture.units, start=1):
        layers += _dense(count, f"hidden_{i}", arm.hidden)
        layers += _dropout(architecture, arm, i)
    return [*layers, *_dense(outputs, "output", arm.output)]


def _dense(units: int, name: str, activation: Activation) -> list[Any]:
    return _activated(keras.layers.Dense, (units,), name, activation)


def _activated(
    kind: type[Any], sizes: tuple[int, ...], name: str, activation: Activation
) -> list[Any]:
    """A layer of this class with the activation's initialiser, and the activation after it."""
    layer = kind(*sizes, kernel_initializer=activation.kernel_initializer, name=name)
    return [layer, keras_layer(activation, f"{name}_activation")]


def _dropout(architecture: Architecture, arm: Arm, number: int) -> list[Any]:
    """The dropout after a dense hidden layer, as a list that is empty without it."""
    dropout = arm.hidden.dropout_in_place_of(architecture.hidden_dropout)
    return [dropout_layer(dropout, f"dropout_{number}")] if dropout else []


# Each takes an architecture, the arm, the data and the number of outputs a row. It returns the
# layers in order, without the input; a whole Keras model may stand for a layer.
BUILDERS: dict[type[Architecture], Callable[[Any, Arm, Dataset, int], list[Any]]] = {
    Mlp: mlp,
    Cnn: cnn,
    Embedding: embedding,
    Layers: layer_list,
    Builder: own_function,
    Saved: saved_model,
}


def build(cell: Cell, data: Dataset) -> Any:
    """Build the model of a cell, not compiled, with random weights that no seed of ours set.

    The model takes rows as loaded: its first layer casts and scales `uint8` inputs. Its outputs
    have shape (batch, 1) for a regression or two classes, (batch, classes) for several classes;
    where targets are scaled, its last layer brings them to the target's own unit.
    Layer names depend on the architecture, not on the arm, which may add dropout of its own.

    Raises:
        SpecError: the architecture, the arm and the data do not make a model.
    """
    outputs = data.classes if data.task == "multiclass" else 1
    layers = BUILDERS[type(cell.architecture)](cell.architecture, cell.arm, data, outputs)
    dtype = data.train.x.dtype
    inputs = keras.Input(data.input_shape, dtype=str(dtype), name="input")
    is_bytes = dtype == np.uint8 and not data.vocabulary  # word ranks are no bytes to be scaled
    first = [Scaled(data.scale, name="scaled")] if is_bytes else []
    last = [RealOutput(name="real_output")] if cell.loss_on == "outputs" else []
    if data.unit is not None:
        unit = keras.layers.Rescaling(data.unit.width, data.unit.centre, name="own_unit")
        last.append(unit)
    candidate = f"{cell.architecture.name} with {cell.arm.label}"
    try:
        model = keras.Sequential([inputs, *first, *layers, *last], name="model")
    except (TypeError, ValueError) as error:
        raise SpecError(
            f"{candidate} on {data.name} makes no model: {plain_message(error)}"
        ) from error
    if model.output_shape != (None, outputs):
        raise SpecError(
            f"{candidate}: expected {outputs} outputs a row for {data.name}, "
            f"got the shape {model.output_shape[1:]}"
        )
    return model


def refuse_unbuildable(cells: Iterable[Cell], make: Callable[[Cell, Dataset], Any] = build) -> None:
    """Refuse architectures of which Keras makes a model with none of their arms.

    Their models are built by `make` for a single row of zeros, so that nothing has to be loaded.

    Raises:
        SpecError: what Keras says of each.
    """
    refusals: dict[Any, str] = {}
    for cell in cells:
        key = cell.dataset.request, cell.architecture
        if refusals.get(key) == "":  # one arm that can be trained is enough
            continue
        try:
            make(cell, one_row(cell.dataset.request))
            refusals[key] = ""
        except SpecError as error:
            refusals.setdefault(key, f"{_who_refuses(cell.architecture)}{error}")
    if problems := list(dict.fromkeys(filter(None, refusals.values()))):
        raise SpecError("nothing was trained; " + "\nand ".join(problems))


def _who_refuses(architecture: Architecture) -> str:
    """How a refusal begins; an error of the user's own function names the function itself."""
    if not isinstance(architecture, Builder):
        return f"Keras refuses the architecture {architecture.name}: "
    if architecture.name == architecture.build:
        return ""
    return f"the architecture {architecture.name}: "


def one_row(request: DatasetRequest) -> Dataset:
    """A data set like the one that the request makes, of a single row of zeros."""
    info, texts = request.info, request.maxlen if request.vocabulary else request.num_words
    dtype = "float32" if info.kind == "table" else "int32" if request.vocabulary else "uint8"
    row = Rows(np.zeros((1, *(info.input_shape or (texts,))), dtype), np.zeros(1))
    return Dataset(
        name=info.name,
        task=info.task,
        classes=info.classes,
        train=row,
        validation=None,
        test=row,
        scale=byte_scale(request),
        vocabulary=request.vocabulary,
        digest="",
        origin="",
    )


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
    """Copies the output, so that the loss is computed from it and not from its logits.

    Keras's cross-entropies prefer the attribute `_keras_logits` of the output, or the input of the
    softmax or sigmoid that made it (`keras/src/backend/tensorflow/nn.py`); a copy has neither.
    """

    def call(self, inputs: Any) -> Any:
        return tf.identity(inputs)

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs.shape, inputs.dtype)
