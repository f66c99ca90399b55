"""Activations with an upper bound: S-shaped, except log_sigmoid."""

import numpy as np

from actbench.activations.info import (
    ActivationInfo,
    Array,
    Cost,
    Paper,
    Range,
    Saturation,
    Smoothness,
)
from actbench.activations.rectifiers import relu6, relu6_slope


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)). SciPy is imported at the first call, because that takes 0.1 s."""
    from scipy.special import expit

    return np.asarray(expit(x))


SIGMOID = ActivationInfo(
    name="sigmoid",
    formula="1 / (1 + exp(-x))",
    function=sigmoid,
    derivative="s * (1 - s), s = sigmoid(x)",
    slope=lambda x: sigmoid(x) * sigmoid(-x),
    range=Range.of("(0, 1)"),
    zero_centred=False,
    saturation=Saturation.both,
    initializer="glorot_uniform",
)

HARD_SIGMOID = ActivationInfo(
    name="hard_sigmoid",
    formula="clip(x / 6 + 0.5, 0, 1)",  # since Keras 3; Keras 2 had clip(0.2 * x + 0.5, 0, 1)
    function=lambda x: relu6(x + 3) / 6,
    derivative="1/6 if |x| < 3 else 0",
    slope=lambda x: relu6_slope(x + 3) / 6,
    range=Range.of("[0, 1]"),
    zero_centred=False,
    saturation=Saturation.both,
    smoothness=Smoothness.kinks,
    zero_gradient="|x| >= 3",
    initializer="glorot_uniform",
)

LOG_SIGMOID = ActivationInfo(
    name="log_sigmoid",
    formula="log(sigmoid(x))",
    function=lambda x: -np.logaddexp(0.0, -x),
    derivative="1 - sigmoid(x)",
    slope=lambda x: sigmoid(-x),
    range=Range.of("(-inf, 0)"),
    zero_centred=False,
    saturation=Saturation.above,
    initializer="glorot_uniform",
)

SPARSE_SIGMOID = ActivationInfo(
    name="sparse_sigmoid",
    formula="clip(0.5 * (x + 1), 0, 1)",
    function=lambda x: np.clip((x + 1) / 2, 0.0, 1.0),
    derivative="1/2 if |x| < 1 else 0",
    slope=lambda x: np.where(np.abs(x) < 1, 0.5, 0.0),
    range=Range.of("[0, 1]"),
    zero_centred=False,
    saturation=Saturation.both,
    smoothness=Smoothness.kinks,
    zero_gradient="|x| >= 1",
    initializer="glorot_uniform",
    papers=(Paper("Blondel, Martins and Niculae", 2019, "Learning with Fenchel-Young Losses"),),
)

SOFTSIGN = ActivationInfo(
    name="softsign",
    formula="x / (1 + |x|)",
    function=lambda x: x / (1 + np.abs(x)),
    derivative="1 / (1 + |x|)^2",
    slope=lambda x: 1 / (1 + np.abs(x)) ** 2,
    range=Range.of("(-1, 1)"),
    saturation=Saturation.both,
    smoothness=Smoothness.once,
    initializer="glorot_uniform",
    papers=(
        Paper(
            "Bergstra, Desjardins, Lamblin and Bengio",
            2009,
            "Quadratic Polynomials Learn Better Image Features",
        ),
    ),
)

TANH = ActivationInfo(
    name="tanh",
    formula="tanh(x)",
    function=lambda x: np.tanh(x),
    derivative="1 - tanh(x)^2",
    slope=lambda x: 1 - np.tanh(x) ** 2,
    range=Range.of("(-1, 1)"),
    saturation=Saturation.both,
    initializer="glorot_uniform",
)

HARD_TANH = ActivationInfo(
    name="hard_tanh",
    formula="clip(x, -1, 1)",
    function=lambda x: np.clip(x, -1.0, 1.0),
    derivative="1 if |x| <= 1 else 0",
    slope=lambda x: np.where(np.abs(x) <= 1, 1.0, 0.0),
    range=Range.of("[-1, 1]"),
    saturation=Saturation.both,
    smoothness=Smoothness.kinks,
    zero_gradient="|x| > 1",
    initializer="glorot_uniform",
    cost=Cost.moderate,
    papers=(Paper("Collobert", 2004, "Large Scale Machine Learning"),),
)

MEMBERS = (SIGMOID, HARD_SIGMOID, LOG_SIGMOID, SPARSE_SIGMOID, SOFTSIGN, TANH, HARD_TANH)
