"""The layers of the architectures that a spec names: mlp, cnn, embedding."""

from typing import Any

import keras

from actbench.activations.keras_objects import keras_layer
from actbench.spec.activation import Activation
from actbench.spec.architecture import Cnn, Dropout, Embedding, Mlp
from actbench.spec.grid import Arm


def mlp(architecture: Mlp, arm: Arm, input_shape: tuple[int, ...], outputs: int) -> list[Any]:
    """Dense layers, each with its activation, batch normalisation and dropout."""
    layers: list[Any] = [keras.layers.Flatten(name="flatten")] if len(input_shape) > 1 else []
    for i, units in enumerate(architecture.units, start=1):
        activated = _dense(f"hidden_{i}", units, arm.hidden)
        if architecture.batch_norm:
            normalised = keras.layers.BatchNormalization(name=f"batch_norm_{i}")
            activated.insert(1 if architecture.batch_norm == "before" else 2, normalised)
        layers += [*activated, *_dropout(architecture.dropout, arm, i)]
    return [*layers, *_dense("output", outputs, arm.output)]


def cnn(architecture: Cnn, arm: Arm, input_shape: tuple[int, ...], outputs: int) -> list[Any]:
    """Convolutions with max pooling between them, dense layers, the output layer."""
    grey = len(input_shape) == 2
    layers = [keras.layers.Reshape((*input_shape, 1), name="channel")] if grey else []
    for i, filters in enumerate(architecture.filters, start=1):
        if i > 1:
            layers.append(keras.layers.MaxPooling2D(architecture.pool_size, name=f"pool_{i - 1}"))
        layers += _convolution(f"conv_{i}", filters, architecture.kernel_size, arm.hidden)
    return [*layers, *_dense_part(architecture.units, arm, outputs)]


def embedding(architecture: Embedding, arm: Arm, vocabulary: int, outputs: int) -> list[Any]:
    """Word vectors laid end to end, dense layers, the output layer."""
    vectors = keras.layers.Embedding(vocabulary, architecture.dim, name="embedding")
    return [vectors, *_dense_part(architecture.units, arm, outputs)]


def _dense_part(units: tuple[int, ...], arm: Arm, outputs: int) -> list[Any]:
    hidden = [
        layer
        for i, count in enumerate(units, start=1)
        for layer in _dense(f"hidden_{i}", count, arm.hidden)
    ]
    return [keras.layers.Flatten(name="flatten"), *hidden, *_dense("output", outputs, arm.output)]


def _dense(name: str, units: int, activation: Activation) -> list[Any]:
    initializer = activation.kernel_initializer
    dense = keras.layers.Dense(units, kernel_initializer=initializer, name=name)
    return [dense, keras_layer(activation, f"{name}_activation")]


def _convolution(name: str, filters: int, size: int, activation: Activation) -> list[Any]:
    initializer = activation.kernel_initializer
    layer = keras.layers.Conv2D(filters, size, kernel_initializer=initializer, name=name)
    return [layer, keras_layer(activation, f"{name}_activation")]


def _dropout(dropout: Dropout | None, arm: Arm, number: int) -> list[Any]:
    if dropout is None:
        return []
    kinds = {"standard": keras.layers.Dropout, "alpha": keras.layers.AlphaDropout}
    kind = "alpha" if arm.hidden.companions else dropout.kind
    return [kinds[kind](dropout.rate, name=f"dropout_{number}")]
