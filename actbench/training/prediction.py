"""What a prediction costs: the time of a compiled forward pass, warm and in inference mode."""

from time import perf_counter
from typing import Any

import tensorflow as tf

PREDICTED_ROWS = 1000
_REPEATS = 5
_LONG_ENOUGH = 0.01  # seconds; short passes are repeated more often, until so much is spent


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
