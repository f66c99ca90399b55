"""Activations that multiply x by a gate of x, and their derivatives; tanh_shrink beside them."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf, expit

from actbench.activations.formulas.exponentials import softplus
from actbench.activations.formulas.rectifiers import Array, as_array, relu6, relu6_derivative

_ROOT = np.sqrt(2 / np.pi)
_CUBE = 0.044715


def gelu(x: ArrayLike, approximate: bool = False) -> Array:
    """x * Phi(x), Phi being the normal distribution function; approximate: by tanh.

    Hendrycks and Gimpel, Gaussian Error Linear Units (2016).
    """
    x = as_array(x)
    return x * (_tanh_gate(x) if approximate else _normal(x))


def gelu_derivative(x: ArrayLike, approximate: bool = False) -> Array:
    """Phi(x) + x * phi(x), phi being the normal density; or the approximation's own."""
    x = as_array(x)
    if approximate:
        gate = _tanh_gate(x)
        return np.asarray(gate + 2 * x * gate * (1 - gate) * _ROOT * (1 + 3 * _CUBE * x**2))
    return np.asarray(_normal(x) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


def silu(x: ArrayLike) -> Array:
    """x * sigmoid(x), also known as swish.

    Elfwing, Uchibe and Doya, Sigmoid-Weighted Linear Units (2017); Ramachandran, Zoph and Le,
    Searching for Activation Functions (2017).
    """
    x = as_array(x)
    return np.asarray(x * expit(x))


def silu_derivative(x: ArrayLike) -> Array:
    """sigmoid(x) * (1 + x * (1 - sigmoid(x)))."""
    x = as_array(x)
    return np.asarray(expit(x) * (1 + x * expit(-x)))


def hard_silu(x: ArrayLike) -> Array:
    """x * hard_sigmoid(x), also known as hard swish.

    Howard and others, Searching for MobileNetV3 (2019).
    """
    x = as_array(x)
    return x * relu6(x + 3) / 6


def hard_silu_derivative(x: ArrayLike) -> Array:
    """0 below -3, (2 x + 3) / 6 up to 3, 1 above; 0 at -3 and 1 at 3, the outer sides."""
    x = as_array(x)
    return (relu6(x + 3) + x * relu6_derivative(x + 3)) / 6


def mish(x: ArrayLike) -> Array:
    """x * tanh(softplus(x)).

    Misra, Mish: A Self Regularized Non-Monotonic Activation Function (2019).
    """
    x = as_array(x)
    return x * np.tanh(softplus(x))


def mish_derivative(x: ArrayLike) -> Array:
    """tanh(s) + x * sigmoid(x) * (1 - tanh(s)^2), s = softplus(x)."""
    x = as_array(x)
    gate = np.tanh(softplus(x))
    return np.asarray(gate + x * expit(x) * (1 - gate**2))


def tanh_shrink(x: ArrayLike) -> Array:
    """x - tanh(x)."""
    x = as_array(x)
    return x - np.tanh(x)


def tanh_shrink_derivative(x: ArrayLike) -> Array:
    """tanh(x)^2."""
    return np.tanh(as_array(x)) ** 2


def _normal(x: Array) -> Array:
    return np.asarray((1 + erf(x / np.sqrt(2))) / 2)


def _tanh_gate(x: Array) -> Array:
    return np.asarray((1 + np.tanh(_ROOT * (x + _CUBE * x**3))) / 2)
