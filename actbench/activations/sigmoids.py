"""Activations with an upper bound: S-shaped, except log_sigmoid."""

from functools import partial

import numpy as np

from actbench.activations.info import ActivationInfo, Array, Range
from actbench.activations.rectifiers import relu6, relu6_slope

# What the members share, unless they say otherwise.
_bounded = partial(ActivationInfo, saturation="both", initializer="glorot_uniform")


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)). SciPy is imported at the first call, because that takes 0.1 s."""
    from scipy.special import expit

    return np.asarray(expit(x))


MEMBERS = (
    _bounded(
        name="sigmoid",
        formula="1 / (1 + exp(-x))",
        function=sigmoid,
        derivative="s * (1 - s), s = sigmoid(x)",
        slope=lambda x: sigmoid(x) * sigmoid(-x),
        range=Range.of("(0, 1)"),
        zero_centred=False,
    ),
    _bounded(
        name="hard_sigmoid",
        formula="clip(x / 6 + 0.5, 0, 1)",  # since Keras 3; Keras 2 had clip(0.2 * x + 0.5, 0, 1)
        function=lambda x: relu6(x + 3) / 6,
        derivative="1/6 if |x| < 3 else 0",
        slope=lambda x: relu6_slope(x + 3) / 6,
        range=Range.of("[0, 1]"),
        zero_centred=False,
        smoothness="kinks",
        zero_gradient="|x| >= 3",
    ),
    _bounded(
        name="log_sigmoid",
        formula="log(sigmoid(x))",
        function=lambda x: -np.logaddexp(0.0, -x),
        derivative="1 - sigmoid(x)",
        slope=lambda x: sigmoid(-x),
        range=Range.of("(-inf, 0)"),
        zero_centred=False,
        saturation="above",
    ),
    _bounded(
        name="sparse_sigmoid",
        formula="clip(0.5 * (x + 1), 0, 1)",
        function=lambda x: np.clip((x + 1) / 2, 0.0, 1.0),
        derivative="1/2 if |x| < 1 else 0",
        slope=lambda x: np.where(np.abs(x) < 1, 0.5, 0.0),
        range=Range.of("[0, 1]"),
        zero_centred=False,
        smoothness="kinks",
        zero_gradient="|x| >= 1",
        papers="Blondel, Martins and Niculae (2019), Learning with Fenchel-Young Losses",
    ),
    _bounded(
        name="softsign",
        formula="x / (1 + |x|)",
        function=lambda x: x / (1 + np.abs(x)),
        derivative="1 / (1 + |x|)^2",
        slope=lambda x: 1 / (1 + np.abs(x)) ** 2,
        range=Range.of("(-1, 1)"),
        smoothness="once",
        papers="Bergstra, Desjardins, Lamblin and Bengio (2009), Quadratic Polynomials Learn "
        "Better Image Features",
    ),
    _bounded(
        name="tanh",
        formula="tanh(x)",
        function=lambda x: np.tanh(x),
        derivative="1 - tanh(x)^2",
        slope=lambda x: 1 - np.tanh(x) ** 2,
        range=Range.of("(-1, 1)"),
    ),
    _bounded(
        name="hard_tanh",
        formula="clip(x, -1, 1)",
        function=lambda x: np.clip(x, -1.0, 1.0),
        derivative="1 if |x| <= 1 else 0",
        slope=lambda x: np.where(np.abs(x) <= 1, 1.0, 0.0),
        range=Range.of("[-1, 1]"),
        smoothness="kinks",
        zero_gradient="|x| > 1",
        papers="Collobert (2004), Large Scale Machine Learning",
    ),
)
