"""What happens inside a model: a few numbers of each hidden activation, on a few training rows.

The program that measures is its own: a plain graph, in which the hidden activations are wrapped
while it is traced. Training's program is another one, and its numbers stay the same to the bit.
The output's activation is never wrapped: the cross-entropies look at where it came from.

And what a prediction costs: the time of a compiled forward pass, warm and in inference mode.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.keras_objects import sample_custom
from actbench.spec.activation import Activation

PROBE_ROWS = 1024
PREDICTED_ROWS = 1000
DEAD_SLOPE = 1e-6  # a unit whose slope is at most this on every row is dead
SATURATED_SHARE = 0.05  # of the greatest slope
STEEPER = 1.5  # a function whose slope grows by more from ±10 to ±20 does not saturate
_TINY = np.geomspace(1e-6, 1e-3, 4)  # beside a kink at 0
_GRID = np.concatenate([np.linspace(-20.0, 20.0, 4001), -_TINY, _TINY]).astype(np.float32)
_NEAR = np.abs(_GRID) <= 10
_NONE = np.float64(np.nan)
_REPEATS = 5  # passes that are timed
_LONG_ENOUGH = 0.01  # seconds; short passes are repeated more often, until so much is spent

Measures = dict[str, float]


class _Passage(NamedTuple):
    """One pass through a hidden activation: its layer, its input z and its output a."""

    layer: Any
    z: Any
    a: Any


class Probe:
    """Measures the hidden activations of a compiled model on some rows."""

    def __init__(self, model: Any, hidden: Activation) -> None:
        self._model, self._hidden = model, hidden
        self._elementwise = is_elementwise(hidden)  # no graph is traced now: this runs user code
        self._names: list[list[str]] = []  # of the measures of each layer; set by tracing
        self._program = tf.function(self._measure, autograph=False, jit_compile=False)

    def measure(self, epoch: int, inputs: Any, targets: Any) -> list[Measures]:
        """The measures of each hidden activation with the present weights, in inference mode.

        `inputs`, `targets`: as the model and its loss take them, at most `PROBE_ROWS` rows.

        In the order of the forward pass: the `epoch` as given, the number of the `layer` from 1,
        `z_mean`, `z_sd` of the activation's input, `mean`, `sd` of its output, `dead`, `saturated`,
        `gradient`, `off_centre`, `largest` (docs/diagnostics.md). NaN where a measure has no value;
        only `epoch` and `layer` for an activation inside a recurrent loop, which is not measured.
        """
        layers = zip(self._program(inputs, targets), self._names, strict=True)
        return [
            {"epoch": epoch, "layer": i, **dict(zip(names, map(float, numbers), strict=True))}
            for i, (numbers, names) in enumerate(layers, start=1)
        ]

    def _measure(self, inputs: Any, targets: Any) -> list[Any]:
        layers = hidden_layers(self._model, self._hidden)
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            with watched(layers, tape) as passages:
                outputs = self._model(inputs, training=False)
            rows = tf.cast(tf.shape(outputs)[0], outputs.dtype)
            loss = self._model.loss(targets, outputs) * rows  # the sum over the rows
        measures = [_measures(passage, loss, tape, self._elementwise) for passage in passages]
        self._names = [list(of_layer) for of_layer in measures]
        return [list(of_layer.values()) for of_layer in measures]


def _measures(passage: _Passage, loss: Any, tape: Any, elementwise: bool) -> dict[str, Any]:
    """The measures of one passage; none if it is inside a recurrent loop."""
    if passage.z is None:
        return {}
    z, a = (tf.cast(x, tf.float64) for x in (passage.z, passage.a))
    delta = tape.gradient(loss, passage.z, unconnected_gradients="zero")
    dead, saturated = _dead_and_saturated(passage, tape) if elementwise else (_NONE, _NONE)
    return {
        "z_mean": tf.reduce_mean(z),
        "z_sd": tf.math.reduce_std(z),
        "mean": tf.reduce_mean(a),
        "sd": tf.math.reduce_std(a),
        "dead": dead,
        "saturated": saturated,
        "gradient": tf.sqrt(tf.reduce_mean(tf.square(tf.cast(delta, tf.float64)))),
        "off_centre": _off_centre(a),
        "largest": tf.reduce_max(tf.abs(a)),
    }


def _dead_and_saturated(passage: _Passage, tape: Any) -> tuple[Any, Any]:
    """The share of dead units, and of pairs of a row and a unit that are saturated."""
    slopes = tf.abs(tape.gradient(passage.a, passage.z, unconnected_gradients="zero"))
    steepest = tf.reduce_max(slopes, axis=_all_but_units(slopes))
    dead = _share(steepest <= DEAD_SLOPE)
    near, everywhere = _greatest_slopes(passage.layer)
    saturated = _share(slopes <= SATURATED_SHARE * everywhere)
    return dead, tf.where(tf.reduce_any(everywhere > STEEPER * near), _NONE, saturated)


def hidden_layers(model: Any, hidden: Activation) -> list[Any]:
    """The layers that hold the hidden activation of an arm, as `keras_layer` marked them."""
    layers = model._flatten_layers()
    return [layer for layer in layers if getattr(layer, "spec_activation", None) is hidden]


def is_elementwise(activation: Activation) -> bool:
    """Whether each output depends on one input only, rather than on a whole row."""
    if activation.custom is not None:
        samples = sample_custom(np.linspace(-3.0, 3.0, 7), **activation.configuration)
        return samples.elementwise
    return activation.formula is not None or CATALOGUE[activation.name].elementwise


@contextmanager
def watched(layers: list[Any], tape: Any) -> Iterator[list[_Passage]]:
    """Note every pass through the activations of these layers while the block is traced."""
    passages: list[_Passage] = []

    def watching(layer: Any, activation: Callable[..., Any]) -> Callable[..., Any]:
        def noted(inputs: Any, *others: Any, **options: Any) -> Any:
            if isinstance(layer, keras.layers.RNN):
                passages.append(_Passage(layer, None, None))
                return activation(inputs, *others, **options)
            z = tf.identity(inputs)
            tape.watch(z)
            a = tf.convert_to_tensor(activation(z, *others, **options))
            passages.append(_Passage(layer, z, a))
            return a

        return noted

    originals = [(layer, *_activation_of(layer)) for layer in layers]
    # Straight into the attributes: a model that is built refuses to track new ones.
    saved = [(layer, name, vars(layer).get(name)) for layer, name, _ in originals]
    for layer, name, activation in originals:
        vars(layer)[name] = watching(layer, activation)
    try:
        yield passages
    finally:
        for layer, name, value in saved:
            vars(layer).pop(name)
            if value is not None:
                vars(layer)[name] = value


def _activation_of(layer: Any) -> tuple[str, Callable[..., Any]]:
    """The attribute of a layer that is its activation: `activation`, or else its own `call`."""
    has_one = callable(getattr(layer, "activation", None)) and not isinstance(
        layer, keras.layers.RNN
    )
    name = "activation" if has_one else "call"
    return name, getattr(layer, name)


def _greatest_slopes(layer: Any) -> tuple[Any, Any]:
    """The greatest |slope| of an activation on [-10, 10] and on [-20, 20], for each parameter.

    Both have a shape that goes with one row of the activation's input.
    """
    alphas = [tuple(weight.shape) for weight in layer.weights]
    _, activation = _activation_of(layer)
    shape = alphas[0] if activation == layer.call and alphas else (1,)
    grid = tf.reshape(tf.constant(_GRID), (len(_GRID), *(1 for _ in shape)))
    grid = tf.broadcast_to(grid, (len(_GRID), *shape))
    with tf.GradientTape() as tape:
        tape.watch(grid)
        values = tf.convert_to_tensor(activation(grid))
    slopes = tf.abs(tape.gradient(values, grid, unconnected_gradients="zero"))
    slopes = tf.where(tf.math.is_finite(slopes), slopes, 0.0)
    return tf.reduce_max(slopes[_NEAR], axis=0), tf.reduce_max(slopes, axis=0)


def _off_centre(a: Any) -> Any:
    """How far the units' means are from 0, in standard deviations of the units."""
    means, variances = tf.nn.moments(a, axes=_all_but_units(a))
    spread = tf.reduce_mean(variances)
    return tf.where(spread > 0, tf.sqrt(tf.reduce_mean(tf.square(means)) / spread), _NONE)


def _all_but_units(values: Any) -> list[int]:
    """Rows and places: the axes over which a unit, or a channel, is one."""
    return list(range(len(values.shape) - 1))


def _share(condition: Any) -> Any:
    return tf.reduce_mean(tf.cast(condition, tf.float64))


class Prediction:
    """Times the forward pass of a model, which is compiled once."""

    def __init__(self, model: Any, *, xla: bool) -> None:
        def forward(inputs: Any) -> Any:
            return model(inputs, training=False)

        self._forward = tf.function(forward, autograph=False, jit_compile=xla)

    def seconds(self, inputs: Any) -> float:
        """Seconds per 1,000 rows of such inputs: the least of at least five passes."""
        rows = int(self._forward(inputs).shape[0])  # compiles, or warms up
        times = [self._timed(inputs) for _ in range(_REPEATS)]
        while sum(times) < _LONG_ENOUGH:
            times.append(self._timed(inputs))
        return min(times) * 1000 / rows

    def _timed(self, inputs: Any) -> float:
        started = perf_counter()
        self._forward(inputs).numpy()
        return perf_counter() - started
