"""How TensorFlow runs a cell: with XLA or plain graphs, and with sums in one order or any."""

from collections.abc import Iterator
from math import prod
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.framework.config import disable_op_determinism

from actbench.spec.grid import Cell

# Above this many operations a step, plain graphs are as fast as XLA's programs, and compile in a
# third of the time. Two cores, an epoch: MNIST, 128 rows into 512 units (3e8), 0.67 s with XLA and
# 0.87 s without; Reuters, 512 rows of 10,000 words (2e9), 0.16 s either way.
LARGE_STEP = 1e9

# On the CPU, XLA draws the random numbers of dropout and noise one by one, 0.2 microseconds each.
# From this many a step, they cost as much as a whole step of a plain graph (Boston, 128 at batch
# size 1: 3.5 ms an epoch with XLA, 40 without; MNIST, 128 rows of 192: 2.9 s against 0.5).
MANY_RANDOM_NUMBERS = 500

# XLA's convolutions on the CPU are some 30 times slower than those of TensorFlow's graphs.
_CONVOLUTIONS = tuple(cls for name, cls in vars(keras.layers).items() if "Conv" in name)


def suits_xla(model: Any, batch_size: int) -> bool:
    """Whether XLA is the faster compiler for this model on the device in use."""
    layers = model._flatten_layers()
    if not all(layer.supports_jit for layer in layers):
        return False
    if on_accelerator():
        return True
    if any(isinstance(layer, _CONVOLUTIONS) for layer in layers):
        return False
    random_layers = [layer for layer in _layers(model) if hasattr(layer, "seed_generator")]
    random_numbers = batch_size * sum(map(_outputs, random_layers))
    return random_numbers < MANY_RANDOM_NUMBERS and _operations(model, batch_size) < LARGE_STEP


def _layers(model: Any) -> Iterator[Any]:
    """The layers of the model, and those inside nested models and layers of the user's."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        elif type(layer).__module__.startswith("keras."):
            yield layer
        else:
            yield from layer._flatten_layers()


def _outputs(layer: Any) -> int:
    """How many numbers a layer gives for a row; very many if only training shows it."""
    try:
        return prod(layer.output.shape[1:])
    except (AttributeError, TypeError, ValueError):  # called inside `call`, or several times
        return MANY_RANDOM_NUMBERS


def _operations(model: Any, batch_size: int) -> float:
    """Operations of a training step of dense layers: six a weight and row."""
    embeddings = [layer for layer in _layers(model) if isinstance(layer, keras.layers.Embedding)]
    looked_up = sum(int(layer.count_params()) for layer in embeddings)
    return 6.0 * batch_size * (int(model.count_params()) - looked_up)


def on_accelerator() -> bool:
    """Whether TensorFlow sees a device other than the processor."""
    return any(d.device_type != "CPU" for d in tf.config.list_physical_devices())


def on_device(engine: str) -> str:
    """The engine's name in records, with the device where it is not the processor."""
    return f"{engine}, GPU" if on_accelerator() else engine


def set_determinism(cell: Cell) -> None:
    """Make TensorFlow add up in one order where the cell needs it to repeat bit for bit.

    The switch holds for the whole process, and puts every matrix product on a single thread, so it
    stays off for architectures that repeat on the processor without it.

    Call it before a cell is built and again before each run: programs are traced differently
    under it, and other cells switch it in between.
    """
    if cell.architecture.repeats_on_processor and not on_accelerator():
        disable_op_determinism()
    else:
        tf.config.experimental.enable_op_determinism()
