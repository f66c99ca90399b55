"""Piecewise linear activations without an upper bound, and their derivatives.

Every function takes an array of any shape, works in float64 and returns that shape. Where a
derivative does not exist, it has the value that Keras takes on TensorFlow: at most kinks that of
the left side, as said with each.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def as_array(x: ArrayLike) -> Array:
    """`x` as numbers of float64."""
    return np.asarray(x, dtype=np.float64)


def linear(x: ArrayLike) -> Array:
    """The identity, x."""
    return as_array(x).copy()


def linear_derivative(x: ArrayLike) -> Array:
    """1 everywhere."""
    return np.ones_like(as_array(x))


def relu(
    x: ArrayLike,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> Array:
    """min(x, max_value) above the threshold, negative_slope * (x - threshold) up to it.

    Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines (2010).

    >>> relu([-1.0, 0.5, 9.0], max_value=6.0)
    array([0. , 0.5, 6. ])
    """
    x = as_array(x)
    top = np.inf if max_value is None else max_value
    return np.where(x > threshold, np.minimum(x, top), negative_slope * (x - threshold)) + 0.0


def relu_derivative(
    x: ArrayLike,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> Array:
    """1 between threshold and max_value, negative_slope below the threshold, 0 above max_value.

    At the threshold it is 0 even with a slope, except that of the plain leaky form, which is the
    slope; at max_value it is 1, except at 6, for which Keras calls relu6: 0 there.
    """
    x = as_array(x)
    if max_value is None and threshold == 0:
        return leaky_relu_derivative(x, negative_slope)
    top = np.inf if max_value is None else max_value
    inside = x < top if top == 6 and threshold == 0 else x <= top
    return np.where(x > threshold, inside, np.where(x < threshold, negative_slope, 0.0)) + 0.0


def relu6(x: ArrayLike) -> Array:
    """min(max(x, 0), 6).

    Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10 (2010).
    """
    return np.clip(as_array(x), 0.0, 6.0)


def relu6_derivative(x: ArrayLike) -> Array:
    """1 between 0 and 6, else 0; 0 at both kinks."""
    x = as_array(x)
    return np.where((x > 0) & (x < 6), 1.0, 0.0)


def leaky_relu(x: ArrayLike, negative_slope: float = 0.2) -> Array:
    """x above 0, negative_slope * x below.

    Maas, Hannun and Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models (2013).
    """
    x = as_array(x)
    return np.where(x > 0, x, negative_slope * x)


def leaky_relu_derivative(x: ArrayLike, negative_slope: float = 0.2) -> Array:
    """1 above 0, negative_slope below; negative_slope at 0."""
    return np.where(as_array(x) > 0, 1.0, negative_slope)


def prelu(x: ArrayLike, alpha: float = 0.0) -> Array:
    """x above 0, alpha * x below, where alpha is learnt and starts at 0.

    He, Zhang, Ren and Sun, Delving Deep into Rectifiers (2015).
    """
    return leaky_relu(x, alpha)


def prelu_derivative(x: ArrayLike, alpha: float = 0.0) -> Array:
    """1 above 0, alpha below; 0 at 0, whatever alpha."""
    x = as_array(x)
    return np.where(x > 0, 1.0, np.where(x < 0, alpha, 0.0))


def threshold(x: ArrayLike, threshold: float, default_value: float) -> Array:
    """x above the threshold, default_value up to it."""
    x = as_array(x)
    return np.where(x > threshold, x, default_value)


def threshold_derivative(x: ArrayLike, threshold: float, default_value: float) -> Array:
    """1 above the threshold, else 0; 0 at it."""
    return np.where(as_array(x) > threshold, 1.0, 0.0)


def hard_shrink(x: ArrayLike, threshold: float = 0.5) -> Array:
    """x where |x| is above the threshold, else 0.

    Donoho and Johnstone, Ideal Spatial Adaptation by Wavelet Shrinkage (1994).
    """
    x = as_array(x)
    return np.where(np.abs(x) > threshold, x, 0.0)


def hard_shrink_derivative(x: ArrayLike, threshold: float = 0.5) -> Array:
    """1 where |x| is above the threshold, else 0; 0 at both jumps."""
    return np.where(np.abs(as_array(x)) > threshold, 1.0, 0.0)


def soft_shrink(x: ArrayLike, threshold: float = 0.5) -> Array:
    """x drawn towards 0 by the threshold, and 0 within it.

    Donoho, De-noising by Soft-Thresholding (1995).
    """
    x = as_array(x)
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0.0)


def soft_shrink_derivative(x: ArrayLike, threshold: float = 0.5) -> Array:
    """1 where |x| is above the threshold, else 0; 0 at both kinks."""
    return hard_shrink_derivative(x, threshold)
