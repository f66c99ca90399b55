"""Activations with a bound above, S-shaped but for log_sigmoid; and their derivatives."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from actbench.activations.formulas.rectifiers import Array, as_array, relu6, relu6_derivative


def sigmoid(x: ArrayLike) -> Array:
    """1 / (1 + exp(-x)).

    >>> sigmoid(0.0)
    array(0.5)
    """
    return np.asarray(expit(as_array(x)))


def sigmoid_derivative(x: ArrayLike) -> Array:
    """sigmoid(x) * (1 - sigmoid(x))."""
    return sigmoid(x) * sigmoid(-as_array(x))


def hard_sigmoid(x: ArrayLike) -> Array:
    """clip(x / 6 + 0.5, 0, 1), as of Keras 3; Keras 2 had clip(0.2 * x + 0.5, 0, 1)."""
    return relu6(as_array(x) + 3) / 6


def hard_sigmoid_derivative(x: ArrayLike) -> Array:
    """1/6 between -3 and 3, else 0; 0 at both kinks."""
    return relu6_derivative(as_array(x) + 3) / 6


def log_sigmoid(x: ArrayLike) -> Array:
    """log(sigmoid(x))."""
    return -np.logaddexp(0.0, -as_array(x))


def log_sigmoid_derivative(x: ArrayLike) -> Array:
    """1 - sigmoid(x)."""
    return sigmoid(-as_array(x))


def sparse_sigmoid(x: ArrayLike) -> Array:
    """clip((x + 1) / 2, 0, 1).

    Blondel, Martins and Niculae, Learning with Fenchel-Young Losses (2019).
    """
    return np.clip((as_array(x) + 1) / 2, 0.0, 1.0)


def sparse_sigmoid_derivative(x: ArrayLike) -> Array:
    """1/2 between -1 and 1, else 0; 0 at both kinks."""
    return np.where(np.abs(as_array(x)) < 1, 0.5, 0.0)


def softsign(x: ArrayLike) -> Array:
    """x / (1 + |x|).

    Bergstra, Desjardins, Lamblin and Bengio, Quadratic Polynomials Learn Better Image Features
    (2009).
    """
    x = as_array(x)
    return np.asarray(x / (1 + np.abs(x)))


def softsign_derivative(x: ArrayLike) -> Array:
    """1 / (1 + |x|)^2."""
    return np.asarray(1 / (1 + np.abs(as_array(x))) ** 2)


def tanh(x: ArrayLike) -> Array:
    """tanh(x)."""
    return np.tanh(as_array(x))


def tanh_derivative(x: ArrayLike) -> Array:
    """1 - tanh(x)^2."""
    return 1 - tanh(x) ** 2


def hard_tanh(x: ArrayLike) -> Array:
    """clip(x, -1, 1).

    Collobert, Large Scale Machine Learning (2004).
    """
    return np.clip(as_array(x), -1.0, 1.0)


def hard_tanh_derivative(x: ArrayLike) -> Array:
    """1 from -1 to 1, else 0; 1 at both kinks."""
    return np.where(np.abs(as_array(x)) <= 1, 1.0, 0.0)
