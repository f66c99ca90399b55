"""Activations of a whole row, along `axis`. Traits are those of an output by its own input.

A slope is the diagonal of the Jacobian, d output[i] / d x[i]; of glu, d output[i] / d a[i].
"""

from functools import partial

import numpy as np

from actbench.activations.info import ActivationInfo, Array, Parameter, Range
from actbench.activations.sigmoids import sigmoid

# What the members share, unless they say otherwise.
_of_a_row = partial(
    ActivationInfo,
    parameters=(Parameter("axis", -1),),
    zero_centred=False,
    saturation="both",
    initializer="glorot_uniform",
    elementwise=False,
)


def softmax(x: Array, axis: int) -> Array:
    """exp(x) / sum(exp(x)); the largest x is taken off first, so that nothing overflows."""
    weights = np.exp(x - x.max(axis, keepdims=True))
    return np.asarray(weights / weights.sum(axis, keepdims=True))


def _log_softmax(x: Array, axis: int) -> Array:
    below = x - x.max(axis, keepdims=True)
    return np.asarray(below - np.log(np.exp(below).sum(axis, keepdims=True)))


def sparsemax(x: Array, axis: int) -> Array:
    """The point of the simplex nearest to x: max(x - tau, 0), where tau makes each row sum to 1."""
    rows = np.moveaxis(x, axis, -1)
    sorted_rows = -np.sort(-rows, axis=-1)
    excess = np.cumsum(sorted_rows, axis=-1) - 1
    count = np.arange(1, rows.shape[-1] + 1)
    size = np.sum(sorted_rows * count > excess, axis=-1, keepdims=True)
    tau = np.take_along_axis(excess, size - 1, axis=-1) / size
    return np.moveaxis(np.maximum(rows - tau, 0.0), -1, axis)


def _sparsemax_slope(x: Array, axis: int) -> Array:
    positive = sparsemax(x, axis) > 0
    return np.where(positive, 1 - 1 / positive.sum(axis, keepdims=True), 0.0)


def _glu(x: Array, axis: int) -> Array:
    """Half as many outputs as inputs."""
    a, b = np.split(x, 2, axis)
    return a * sigmoid(b)


MEMBERS = (
    _of_a_row(
        name="softmax",
        formula="exp(x) / sum(exp(x))",
        function=softmax,
        derivative="s * (1 - s), s = softmax(x)",
        slope=lambda x, axis: softmax(x, axis) * (1 - softmax(x, axis)),
        range=Range.of("(0, 1]"),
        zero_gradient="nowhere; everywhere for a single unit, whose output is 1",
        papers="Bridle (1990), Probabilistic Interpretation of Feedforward Classification "
        "Network Outputs, with Relationships to Statistical Pattern Recognition",
    ),
    _of_a_row(
        name="log_softmax",
        formula="x - log(sum(exp(x)))",
        function=_log_softmax,
        derivative="1 - softmax(x)",
        slope=lambda x, axis: 1 - softmax(x, axis),
        range=Range.of("(-inf, 0]"),
        saturation="above",
        zero_gradient="nowhere; everywhere for a single unit, whose output is 0",
    ),
    _of_a_row(
        name="sparsemax",
        formula="projection of x onto the simplex",
        function=sparsemax,
        derivative="1 - 1 / k if output > 0 else 0, k outputs being > 0",
        slope=_sparsemax_slope,
        range=Range.of("[0, 1]"),
        smoothness="kinks",
        zero_gradient="where the output is 0, or the only one above 0",
        papers="Martins and Astudillo (2016), From Softmax to Sparsemax: A Sparse Model of "
        "Attention and Multi-Label Classification",
        note="Keras 3.15.1 subtracts too much wherever more than one output is above 0: its rows "
        "do not sum to 1 (keras-team/keras#23425, since corrected)",
    ),
    _of_a_row(
        name="glu",
        formula="a * sigmoid(b), x = [a, b]",
        function=_glu,
        derivative="sigmoid(b) by a, a * sigmoid(b) * (1 - sigmoid(b)) by b",
        slope=lambda x, axis: sigmoid(np.split(x, 2, axis)[1]),
        zero_centred=True,
        saturation="no",
        papers="Dauphin, Fan, Auli and Grangier (2017), Language Modeling with Gated "
        "Convolutional Networks",
    ),
)
