"""Activations of a whole row, and the diagonals of their Jacobians.

Each takes an array of any shape and works along `axis`; a derivative has the output's shape and
holds d output[i] / d x[i], for glu d output[i] / d a[i].
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from actbench.activations.formulas.rectifiers import Array, as_array


def softmax(x: ArrayLike, axis: int = -1) -> Array:
    """exp(x) / sum(exp(x)).

    Bridle, Probabilistic Interpretation of Feedforward Classification Network Outputs (1990).

    >>> softmax([7, 2, 0.1]).round(4)
    array([0.9923, 0.0067, 0.001 ])
    """
    x = as_array(x)
    weights = np.exp(x - x.max(axis, keepdims=True))
    return np.asarray(weights / weights.sum(axis, keepdims=True))


def softmax_derivative(x: ArrayLike, axis: int = -1) -> Array:
    """s * (1 - s), s = softmax(x)."""
    share = softmax(x, axis)
    return share * (1 - share)


def log_softmax(x: ArrayLike, axis: int = -1) -> Array:
    """x - log(sum(exp(x)))."""
    x = as_array(x)
    below = x - x.max(axis, keepdims=True)
    return np.asarray(below - np.log(np.exp(below).sum(axis, keepdims=True)))


def log_softmax_derivative(x: ArrayLike, axis: int = -1) -> Array:
    """1 - softmax(x)."""
    return 1 - softmax(x, axis)


def sparsemax(x: ArrayLike, axis: int = -1) -> Array:
    """The point of the simplex nearest to x: max(x - tau, 0), tau such that the row sums to 1.

    Martins and Astudillo, From Softmax to Sparsemax (2016).

    >>> sparsemax([1.0, 0.5, -1.0])
    array([0.75, 0.25, 0.  ])
    """
    rows = np.moveaxis(as_array(x), axis, -1)
    sorted_rows = -np.sort(-rows, axis=-1)
    excess = np.cumsum(sorted_rows, axis=-1) - 1
    count = np.arange(1, rows.shape[-1] + 1)
    size = np.sum(sorted_rows * count > excess, axis=-1, keepdims=True)
    tau = np.take_along_axis(excess, size - 1, axis=-1) / size
    return np.moveaxis(np.maximum(rows - tau, 0.0), -1, axis)


def sparsemax_derivative(x: ArrayLike, axis: int = -1) -> Array:
    """1 - 1 / k where the output is above 0, k being the number of such outputs; else 0."""
    support = sparsemax(x, axis) > 0
    return np.asarray(np.where(support, 1 - 1 / support.sum(axis, keepdims=True), 0.0))


def glu(x: ArrayLike, axis: int = -1) -> Array:
    """a * sigmoid(b), a and b being the halves of x: half as many outputs as inputs.

    Dauphin, Fan, Auli and Grangier, Language Modeling with Gated Convolutional Networks (2017).
    """
    first, second = np.split(as_array(x), 2, axis)
    return np.asarray(first * expit(second))


def glu_derivative(x: ArrayLike, axis: int = -1) -> Array:
    """sigmoid(b), by a."""
    return np.asarray(expit(np.split(as_array(x), 2, axis)[1]))
