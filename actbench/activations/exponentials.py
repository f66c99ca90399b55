"""Activations that bend by an exponential, a root or a square, without an upper bound."""

from math import inf

import numpy as np

from actbench.activations.info import NOT_NEGATIVE, ActivationInfo, Array, Parameter, Range
from actbench.activations.sigmoids import sigmoid

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def elu(x: Array, alpha: float) -> Array:
    """x above 0, alpha * (exp(x) - 1) below."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def _elu_range(alpha: float) -> Range:
    return Range(-alpha, inf) if alpha else NOT_NEGATIVE


def _selu_slope(x: Array) -> Array:
    """At 0 it is SELU_SCALE, the slope of the right side."""
    return SELU_SCALE * np.where(x < 0, SELU_ALPHA * np.exp(np.minimum(x, 0.0)), 1.0)


def softplus(x: Array) -> Array:
    """log(1 + exp(x))."""
    return np.logaddexp(0.0, x)


MEMBERS = (
    ActivationInfo(
        name="elu",
        formula="x if x > 0 else alpha * (exp(x) - 1)",
        parameters=(Parameter("alpha", 1.0, minimum=0.0),),
        function=elu,
        derivative="1 if x > 0 else alpha * exp(x)",
        slope=lambda x, alpha: np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0.0))),
        range=Range.of("(-1, inf)"),
        range_by_parameters=_elu_range,
        saturation="below",
        smoothness="once",
        papers="Clevert, Unterthiner and Hochreiter (2015), Fast and Accurate Deep Network "
        "Learning by Exponential Linear Units (ELUs)",
    ),
    ActivationInfo(
        name="selu",
        formula="1.0507 * (x if x > 0 else 1.67326 * (exp(x) - 1))",
        function=lambda x: SELU_SCALE * elu(x, SELU_ALPHA),
        derivative="1.0507 * (1 if x > 0 else 1.67326 * exp(x))",
        slope=_selu_slope,
        range=Range.of("(-1.7580993408473766, inf)"),
        saturation="below",
        smoothness="kinks",
        # With these two, outputs keep mean 0 and variance 1 from layer to layer.
        initializer="lecun_normal",
        dropout="AlphaDropout",
        papers="Klambauer, Unterthiner, Mayr and Hochreiter (2017), Self-Normalizing Neural "
        "Networks",
    ),
    ActivationInfo(
        name="celu",
        formula="max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))",
        parameters=(Parameter("alpha", 1.0, minimum=1e-6),),  # it divides by alpha
        function=lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0) / alpha)),
        derivative="1 if x > 0 else exp(x / alpha)",
        # Keras gives 2 at exactly 0: it adds max(x, 0) to a term of min(x, 0), and at their tie
        # TensorFlow passes the whole gradient through each.
        slope=lambda x, alpha: np.exp(np.minimum(x, 0.0) / alpha),
        range=Range.of("(-1, inf)"),
        range_by_parameters=_elu_range,
        saturation="below",
        smoothness="once",
        papers="Barron (2017), Continuously Differentiable Exponential Linear Units",
        note="at exactly 0 Keras gives the gradient 2 on TensorFlow, where both sides agree on 1",
    ),
    ActivationInfo(
        name="softplus",
        formula="log(1 + exp(x))",
        function=softplus,
        derivative="sigmoid(x)",
        slope=sigmoid,
        range=Range.of("(0, inf)"),
        zero_centred=False,
        saturation="below",
        papers="Dugas, Bengio, Belisle, Nadeau and Garcia (2001), Incorporating Second-Order "
        "Functional Knowledge for Better Option Pricing",
    ),
    ActivationInfo(
        name="sparse_plus",
        formula="0 if x < -1, x if x > 1, else (x + 1)^2 / 4",
        function=lambda x: np.where(x < 1, (np.clip(x, -1.0, 1.0) + 1) ** 2 / 4, x),
        derivative="clip((x + 1) / 2, 0, 1)",
        slope=lambda x: np.clip((x + 1) / 2, 0.0, 1.0),
        range=NOT_NEGATIVE,
        zero_centred=False,
        saturation="below",
        smoothness="once",
        zero_gradient="x <= -1",
    ),
    ActivationInfo(
        name="squareplus",
        formula="(x + sqrt(x^2 + b)) / 2",
        parameters=(Parameter("b", 4.0, minimum=0.0),),
        function=lambda x, b: (x + np.sqrt(x**2 + b)) / 2,
        derivative="(1 + x / sqrt(x^2 + b)) / 2",
        slope=lambda x, b: (1 + x / np.sqrt(x**2 + b)) / 2,
        range=Range.of("(0, inf)"),
        range_by_parameters=lambda b: Range(0.0, inf) if b else NOT_NEGATIVE,
        zero_centred=False,
        saturation="below",
        papers="Barron (2021), Squareplus: A Softplus-Like Algebraic Rectifier",
    ),
    ActivationInfo(
        name="exponential",
        formula="exp(x)",
        function=lambda x: np.exp(x),
        derivative="exp(x)",
        slope=lambda x: np.exp(x),
        range=Range.of("(0, inf)"),
        zero_centred=False,
        saturation="below",
        initializer="glorot_uniform",
    ),
)
