"""Activations that multiply x by a gate of x, and tanh_shrink.

The lower end of a range is the function's minimum, where its gradient is zero.
"""

import numpy as np

from actbench.activations.exponentials import softplus
from actbench.activations.info import ActivationInfo, Array, Parameter, Range
from actbench.activations.rectifiers import relu6, relu6_slope
from actbench.activations.sigmoids import sigmoid

_ROOT = np.sqrt(2 / np.pi)
_CUBE = 0.044715


def erf(x: Array) -> Array:
    """The error function. SciPy is imported at the first call, because that takes 0.1 s."""
    from scipy.special import erf

    return np.asarray(erf(x))


def _normal_gate(x: Array) -> Array:
    """Phi(x), the distribution function of the normal distribution."""
    return (1 + erf(x / np.sqrt(2))) / 2


def _tanh_gate(x: Array) -> Array:
    """The approximation of Phi(x) by tanh."""
    return np.asarray((1 + np.tanh(_ROOT * (x + _CUBE * x**3))) / 2)


def _gelu_slope(x: Array, approximate: bool) -> Array:
    if approximate:
        gate = _tanh_gate(x)
        return np.asarray(gate + 2 * x * gate * (1 - gate) * _ROOT * (1 + 3 * _CUBE * x**2))
    return np.asarray(_normal_gate(x) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


_GELU_RANGES = {
    False: Range.of("[-0.16997120747990369, inf)"),
    True: Range.of("[-0.17004075, inf)"),
}


def _mish_slope(x: Array) -> Array:
    gate = np.tanh(softplus(x))
    return np.asarray(gate + x * sigmoid(x) * (1 - gate**2))


MEMBERS = (
    ActivationInfo(
        name="gelu",
        formula="x * Phi(x)",
        parameters=(Parameter("approximate", False),),
        function=lambda x, approximate: x * (_tanh_gate(x) if approximate else _normal_gate(x)),
        derivative="Phi(x) + x * phi(x)",
        slope=_gelu_slope,
        range=_GELU_RANGES[False],
        range_by_parameters=lambda approximate: _GELU_RANGES[approximate],
        monotone=False,
        saturation="below",
        zero_gradient="x = -0.7518",
        papers="Hendrycks and Gimpel (2016), Gaussian Error Linear Units (GELUs)",
    ),
    ActivationInfo(
        name="silu",
        formula="x * sigmoid(x)",
        aliases=("swish",),
        function=lambda x: x * sigmoid(x),
        derivative="s * (1 + x * (1 - s)), s = sigmoid(x)",
        slope=lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
        range=Range.of("[-0.27846454276107379, inf)"),
        monotone=False,
        saturation="below",
        zero_gradient="x = -1.2785",
        papers="Elfwing, Uchibe and Doya (2017), Sigmoid-Weighted Linear Units for Neural "
        "Network Function Approximation in Reinforcement Learning\n"
        "Ramachandran, Zoph and Le (2017), Searching for Activation Functions",
    ),
    ActivationInfo(
        name="hard_silu",
        formula="x * hard_sigmoid(x)",
        aliases=("hard_swish",),
        function=lambda x: x * relu6(x + 3) / 6,
        derivative="0 if x < -3, 1 if x > 3, else (2 * x + 3) / 6",
        slope=lambda x: (relu6(x + 3) + x * relu6_slope(x + 3)) / 6,  # 0 at -3, 1 at 3
        range=Range.of("[-0.375, inf)"),
        monotone=False,
        saturation="below",
        smoothness="kinks",
        zero_gradient="x <= -3 and x = -1.5",
        papers="Howard and others (2019), Searching for MobileNetV3",
    ),
    ActivationInfo(
        name="mish",
        formula="x * tanh(softplus(x))",
        function=lambda x: x * np.tanh(softplus(x)),
        derivative="t + x * sigmoid(x) * (1 - t^2), t = tanh(softplus(x))",
        slope=_mish_slope,
        range=Range.of("[-0.30884341301725, inf)"),
        monotone=False,
        saturation="below",
        zero_gradient="x = -1.1925",
        papers="Misra (2019), Mish: A Self Regularized Non-Monotonic Activation Function",
    ),
    ActivationInfo(
        name="tanh_shrink",
        formula="x - tanh(x)",
        function=lambda x: x - np.tanh(x),
        derivative="tanh(x)^2",
        slope=lambda x: np.tanh(x) ** 2,
        zero_gradient="x = 0",
        initializer="glorot_uniform",
    ),
)
