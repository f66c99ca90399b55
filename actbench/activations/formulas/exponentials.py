"""Activations that bend by an exponential, a root or a square, unbounded above; derivatives."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from actbench.activations.formulas.rectifiers import Array, as_array

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def elu(x: ArrayLike, alpha: float = 1.0) -> Array:
    """x above 0, alpha * (exp(x) - 1) below.

    Clevert, Unterthiner and Hochreiter, Fast and Accurate Deep Network Learning by Exponential
    Linear Units (2015).
    """
    x = as_array(x)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def elu_derivative(x: ArrayLike, alpha: float = 1.0) -> Array:
    """1 above 0, alpha * exp(x) below; alpha at 0, from the left."""
    x = as_array(x)
    return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0.0)))


def selu(x: ArrayLike) -> Array:
    """SELU_SCALE * elu(x, SELU_ALPHA): keeps mean 0 and variance 1 from layer to layer.

    Klambauer, Unterthiner, Mayr and Hochreiter, Self-Normalizing Neural Networks (2017).
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


def selu_derivative(x: ArrayLike) -> Array:
    """SELU_SCALE above 0 and at it (the right side), SELU_SCALE * SELU_ALPHA * exp(x) below."""
    x = as_array(x)
    return SELU_SCALE * np.where(x < 0, SELU_ALPHA * np.exp(np.minimum(x, 0.0)), 1.0)


def celu(x: ArrayLike, alpha: float = 1.0) -> Array:
    """x above 0, alpha * (exp(x / alpha) - 1) below.

    Barron, Continuously Differentiable Exponential Linear Units (2017).
    """
    x = as_array(x)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0) / alpha))


def celu_derivative(x: ArrayLike, alpha: float = 1.0) -> Array:
    """1 above 0, exp(x / alpha) below; 1 at 0, where both sides agree.

    Keras gives 2 at exactly 0: it adds max(x, 0) to a term of min(x, 0), and TensorFlow passes
    the whole gradient through each at their tie.
    """
    return np.exp(np.minimum(as_array(x), 0.0) / alpha)


def exponential(x: ArrayLike) -> Array:
    """exp(x)."""
    return np.exp(as_array(x))


exponential_derivative = exponential


def softplus(x: ArrayLike) -> Array:
    """log(1 + exp(x)), a smooth relu.

    Dugas, Bengio, Belisle, Nadeau and Garcia, Incorporating Second-Order Functional Knowledge
    for Better Option Pricing (2001).
    """
    return np.logaddexp(0.0, as_array(x))


def softplus_derivative(x: ArrayLike) -> Array:
    """sigmoid(x)."""
    return np.asarray(expit(as_array(x)))


def sparse_plus(x: ArrayLike) -> Array:
    """0 up to -1, (x + 1)^2 / 4 up to 1, x above."""
    x = as_array(x)
    bend = (np.clip(x, -1.0, 1.0) + 1) ** 2 / 4
    return np.where(x < 1, bend, x)


def sparse_plus_derivative(x: ArrayLike) -> Array:
    """0 up to -1, (x + 1) / 2 up to 1, 1 above."""
    return np.clip((as_array(x) + 1) / 2, 0.0, 1.0)


def squareplus(x: ArrayLike, b: float = 4.0) -> Array:
    """(x + sqrt(x^2 + b)) / 2, a smooth relu without exponentials.

    Barron, Squareplus: A Softplus-Like Algebraic Rectifier (2021).
    """
    x = as_array(x)
    return (x + np.sqrt(x**2 + b)) / 2


def squareplus_derivative(x: ArrayLike, b: float = 4.0) -> Array:
    """(1 + x / sqrt(x^2 + b)) / 2."""
    x = as_array(x)
    return (1 + x / np.sqrt(x**2 + b)) / 2
