"""The least error that any model with a given output can have on given targets: its floor.

An output of at most 1 cannot come nearer to a target of 24 than 23. Every error here falls as the
output draws near to the target, so that the nearest output in reach, the target clipped to the
closed range, is the best one, row by row. The arithmetic is that of float64, over the different
targets and how often each occurs, added up without rounding.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actbench.activations.info import EVERYTHING, Range
from actbench.data.arrays import Array

Floats = NDArray[np.float64]
Error = Callable[[Floats, Floats], Floats]

EPSILON = 1e-7  # keras.config.epsilon(): what Keras keeps logarithms and divisions away from 0 by


_ALMOST_ONE = float(np.float32(1 - EPSILON))  # Keras clips in float32: log(1 - p) is -15.94 there


@dataclass(frozen=True)
class Tally:
    """The different numbers that a model's outputs are measured against, and how often each."""

    values: Floats
    counts: Floats

    def mean(self, of_values: Floats) -> float:
        """The mean of something that each value has, over all that were counted."""
        return math.fsum((of_values * self.counts).tolist()) / math.fsum(self.counts.tolist())

    def beyond(self, reach: Range) -> tuple[int, int]:
        """How many lie below and how many above the closed range."""
        below, above = self.values < reach.low, self.values > reach.high
        return int(self.counts[below].sum()), int(self.counts[above].sum())

    @property
    def total(self) -> int:
        """How many were counted."""
        return int(self.counts.sum())


def tally(targets: Array, *, classes: int = 0, signs: bool = False) -> Tally:
    """The numbers behind targets: themselves, one-hot rows of `classes`, or signs of two classes.

    >>> tally(np.array([0, 2, 2]), classes=3).counts
    array([6., 3.])
    """
    if classes:
        return Tally(np.array([0.0, 1.0]), np.array([len(targets) * (classes - 1.0), len(targets)]))
    values, counts = np.unique(targets.astype(np.float64), return_counts=True)
    return Tally(2 * values - 1 if signs else values, counts.astype(np.float64))


def _relative(y: Floats, output: Floats) -> Floats:
    return 100 * np.abs(y - output) / np.maximum(np.abs(y), EPSILON)


def _logarithmic(y: Floats, output: Floats) -> Floats:
    return np.asarray(
        (np.log1p(np.maximum(y, EPSILON)) - np.log1p(np.maximum(output, EPSILON))) ** 2
    )


def _huber(y: Floats, output: Floats) -> Floats:
    error = np.abs(y - output)
    return np.where(error <= 1, error**2 / 2, error - 0.5)


def _log_cosh(y: Floats, output: Floats) -> Floats:
    return np.asarray(np.logaddexp(y - output, output - y) - math.log(2))


def _hinge(y: Floats, output: Floats) -> Floats:
    return np.maximum(1 - y * output, 0.0)


def _binary_crossentropy(y: Floats, output: Floats) -> Floats:
    p = np.clip(output, EPSILON, _ALMOST_ONE)
    return np.asarray(-(y * np.log(p) + (1 - y) * np.log1p(-p)))


# Keras's losses and metrics that are a mean over single outputs, by their names in a spec.
ERRORS: Mapping[str, Error] = {
    "mae": lambda y, output: np.abs(y - output),
    "mse": lambda y, output: (y - output) ** 2,
    "mape": _relative,
    "msle": _logarithmic,
    "huber": _huber,
    "log_cosh": _log_cosh,
    "hinge": _hinge,
    "squared_hinge": lambda y, output: _hinge(y, output) ** 2,
    "binary_crossentropy": _binary_crossentropy,
}
HINGES = ("hinge", "squared_hinge")


def known(error: str) -> bool:
    """Whether the floor of this loss or metric is known."""
    return error in ERRORS or error == "rmse"


def mean_error(error: str, against: Tally, outputs: Floats) -> float:
    """The loss or metric of that name where each value in the tally gets its own output.

    >>> mean_error("mse", tally(np.array([3.0, 4.0])), np.zeros(2))
    12.5
    """
    if error == "rmse":
        return math.sqrt(mean_error("mse", against, outputs))
    return against.mean(ERRORS[error](against.values, outputs))


def floor(error: str, against: Tally, reach: Range) -> float:
    """What the loss or metric of that name cannot fall below for outputs within `reach`.

    >>> floor("mae", tally(np.array([3.0, 0.5])), Range.of("[0, 1]"))
    1.0
    """
    return mean_error(error, against, np.clip(against.values, reach.low, reach.high))


def raised_floor(error: str, against: Tally, reach: Range) -> float | None:
    """The floor, where it is above that of an output without bounds; else None."""
    found = floor(error, against, reach)
    return found if found > floor(error, against, EVERYTHING) else None
