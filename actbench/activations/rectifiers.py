"""Piecewise linear activations without an upper bound, and relu6."""

from math import inf

import numpy as np

from actbench.activations.info import (
    EVERYTHING,
    NOT_NEGATIVE,
    ActivationInfo,
    Array,
    Parameter,
    Range,
)


def _relu(x: Array, negative_slope: float, max_value: float | None, threshold: float) -> Array:
    """min(x, max_value) above the threshold, negative_slope * (x - threshold) up to it."""
    top = inf if max_value is None else max_value
    return np.where(x > threshold, np.minimum(x, top), negative_slope * (x - threshold)) + 0.0


def _relu_slope(
    x: Array, negative_slope: float, max_value: float | None, threshold: float
) -> Array:
    """1 between threshold and max_value, negative_slope below the threshold, 0 above max_value.

    At the threshold Keras gives 0 even with a slope, but the slope in the plain leaky form. At
    max_value it gives 1, but 0 at a max_value of 6, for which it calls relu6.
    """
    if max_value is None and threshold == 0:
        return leaky_relu_slope(x, negative_slope)
    top = inf if max_value is None else max_value
    inside = x < top if top == 6 and threshold == 0 else x <= top
    return np.where(x > threshold, inside, np.where(x < threshold, negative_slope, 0.0)) + 0.0


def _relu_range(negative_slope: float, max_value: float | None, threshold: float) -> Range:
    return Range(
        -inf if negative_slope else 0.0,
        inf if max_value is None else max_value,
        low_reached=not negative_slope,
        high_reached=max_value is not None,
    )


def relu6(x: Array) -> Array:
    """min(max(x, 0), 6)."""
    return np.clip(x, 0.0, 6.0)


def relu6_slope(x: Array) -> Array:
    """1 between 0 and 6, else 0; 0 at both kinks."""
    return np.where((x > 0) & (x < 6), 1.0, 0.0)


def leaky_relu(x: Array, negative_slope: float) -> Array:
    """x above 0, negative_slope * x below."""
    return np.where(x > 0, x, negative_slope * x)


def leaky_relu_slope(x: Array, negative_slope: float) -> Array:
    """1 above 0, negative_slope below and at 0."""
    return np.where(x > 0, 1.0, negative_slope)


def _threshold(x: Array, threshold: float, default_value: float) -> Array:
    return np.where(x > threshold, x, default_value)


MEMBERS = (
    ActivationInfo(
        name="linear",
        formula="x",
        function=lambda x: x.copy(),
        derivative="1",
        slope=lambda x: np.ones_like(x),
        initializer="glorot_uniform",
    ),
    ActivationInfo(
        name="relu",
        formula="max(x, 0)",
        parameters=(
            Parameter("negative_slope", 0.0, minimum=0.0),
            Parameter("max_value", None, optional_number=True, minimum=0.0),
            Parameter("threshold", 0.0, minimum=0.0),
        ),
        function=_relu,
        derivative="1 if x > 0 else 0",
        slope=_relu_slope,
        range=NOT_NEGATIVE,
        range_by_parameters=_relu_range,
        saturation="below",
        smoothness="kinks",
        zero_gradient="x <= 0",
        papers="Nair and Hinton (2010), Rectified Linear Units Improve Restricted Boltzmann "
        "Machines",
    ),
    ActivationInfo(
        name="relu6",
        formula="min(max(x, 0), 6)",
        function=relu6,
        derivative="1 if 0 < x < 6 else 0",
        slope=relu6_slope,
        range=Range.of("[0, 6]"),
        saturation="both",
        smoothness="kinks",
        zero_gradient="x <= 0 and x >= 6",
        papers="Krizhevsky (2010), Convolutional Deep Belief Networks on CIFAR-10",
    ),
    ActivationInfo(
        name="leaky_relu",
        formula="x if x > 0 else negative_slope * x",
        # Keras's layer has the default 0.3, its function 0.2.
        parameters=(Parameter("negative_slope", 0.2, minimum=0.0, spelled_out=True),),
        function=leaky_relu,
        derivative="1 if x > 0 else negative_slope",
        slope=leaky_relu_slope,
        range_by_parameters=lambda negative_slope: EVERYTHING if negative_slope else NOT_NEGATIVE,
        smoothness="kinks",
        papers="Maas, Hannun and Ng (2013), Rectifier Nonlinearities Improve Neural Network "
        "Acoustic Models",
    ),
    ActivationInfo(
        name="prelu",
        formula="x if x > 0 else alpha * x, alpha learnt",
        function=lambda x, alpha=0.0: leaky_relu(x, alpha),
        derivative="1 if x > 0 else alpha",
        slope=lambda x, alpha=0.0: np.where(x > 0, 1.0, np.where(x < 0, alpha, 0.0)),  # 0 at 0
        smoothness="kinks",
        zero_gradient="x <= 0 while alpha is 0, as it starts",
        papers="He, Zhang, Ren and Sun (2015), Delving Deep into Rectifiers: Surpassing "
        "Human-Level Performance on ImageNet Classification",
        learnable=True,
        drawn_with=(("alpha", 0.25),),
    ),
    ActivationInfo(
        name="hard_shrink",
        formula="x if |x| > threshold else 0",
        parameters=(Parameter("threshold", 0.5, minimum=0.0),),
        function=lambda x, threshold: np.where(np.abs(x) > threshold, x, 0.0),
        derivative="1 if |x| > threshold else 0",
        slope=lambda x, threshold: np.where(np.abs(x) > threshold, 1.0, 0.0),
        smoothness="jumps",
        zero_gradient="|x| <= threshold",
        papers="Donoho and Johnstone (1994), Ideal Spatial Adaptation by Wavelet Shrinkage",
    ),
    ActivationInfo(
        name="soft_shrink",
        formula="sign(x) * max(|x| - threshold, 0)",
        parameters=(Parameter("threshold", 0.5, minimum=0.0),),
        function=lambda x, threshold: np.sign(x) * np.maximum(np.abs(x) - threshold, 0.0),
        derivative="1 if |x| > threshold else 0",
        slope=lambda x, threshold: np.where(np.abs(x) > threshold, 1.0, 0.0),
        smoothness="kinks",
        zero_gradient="|x| <= threshold",
        papers="Donoho (1995), De-noising by Soft-Thresholding",
    ),
    ActivationInfo(
        name="threshold",
        formula="x if x > threshold else default_value",
        parameters=(
            Parameter("threshold", required=True),
            Parameter("default_value", required=True),
        ),
        function=_threshold,
        derivative="1 if x > threshold else 0",
        slope=lambda x, threshold, default_value: np.where(x > threshold, 1.0, 0.0),
        # The range and the traits depend on the parameters; these are for `drawn_with`.
        range=NOT_NEGATIVE,
        range_by_parameters=lambda threshold, default_value: Range(
            min(threshold, default_value), inf, low_reached=default_value <= threshold
        ),
        saturation="below",
        smoothness="jumps",
        zero_gradient="x <= threshold",
        drawn_with=(("threshold", 1.0), ("default_value", 0.0)),
    ),
)
