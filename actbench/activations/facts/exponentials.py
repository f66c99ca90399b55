"""Facts of the activations that bend by an exponential, a root or a square, unbounded above."""

from actbench.activations.info import (
    ActivationInfo,
    Cost,
    Paper,
    Parameter,
    Range,
    Saturation,
    Smoothness,
)

ENTRIES = (
    ActivationInfo(
        "elu",
        "x if x > 0 else alpha * (exp(x) - 1)",
        (Parameter("alpha", 1.0, minimum=0.0),),
        derivative="1 if x > 0 else alpha * exp(x)",
        range=Range.of("(-1, inf)"),
        saturation=Saturation.below,
        smoothness=Smoothness.once,
        cost=Cost.moderate,
        papers=(
            Paper(
                "Clevert, Unterthiner and Hochreiter",
                2015,
                "Fast and Accurate Deep Network Learning by Exponential Linear Units (ELUs)",
            ),
        ),
    ),
    ActivationInfo(
        "selu",
        "1.0507 * (x if x > 0 else 1.67326 * (exp(x) - 1))",
        derivative="1.0507 * (1 if x > 0 else 1.67326 * exp(x))",
        range=Range.of("(-1.7580993408473766, inf)"),
        saturation=Saturation.below,
        smoothness=Smoothness.kinks,
        initializer="lecun_normal",
        dropout="AlphaDropout",
        papers=(
            Paper(
                "Klambauer, Unterthiner, Mayr and Hochreiter",
                2017,
                "Self-Normalizing Neural Networks",
            ),
        ),
    ),
    ActivationInfo(
        "celu",
        "max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))",
        (Parameter("alpha", 1.0, minimum=1e-6),),  # it divides by alpha
        derivative="1 if x > 0 else exp(x / alpha)",
        range=Range.of("(-1, inf)"),
        saturation=Saturation.below,
        smoothness=Smoothness.once,
        cost=Cost.moderate,
        papers=(Paper("Barron", 2017, "Continuously Differentiable Exponential Linear Units"),),
        note="at exactly 0 Keras gives the gradient 2 on TensorFlow, where both sides agree on 1",
    ),
    ActivationInfo(
        "softplus",
        "log(1 + exp(x))",
        derivative="sigmoid(x)",
        range=Range.of("(0, inf)"),
        zero_centred=False,
        saturation=Saturation.below,
        papers=(
            Paper(
                "Dugas, Bengio, Belisle, Nadeau and Garcia",
                2001,
                "Incorporating Second-Order Functional Knowledge for Better Option Pricing",
            ),
        ),
    ),
    ActivationInfo(
        "sparse_plus",
        "0 if x < -1, x if x > 1, else (x + 1)^2 / 4",
        derivative="clip((x + 1) / 2, 0, 1)",
        range=Range.of("[0, inf)"),
        zero_centred=False,
        saturation=Saturation.below,
        smoothness=Smoothness.once,
        zero_gradient="x <= -1",
        cost=Cost.moderate,
    ),
    ActivationInfo(
        "squareplus",
        "(x + sqrt(x^2 + b)) / 2",
        (Parameter("b", 4.0, minimum=0.0),),
        derivative="(1 + x / sqrt(x^2 + b)) / 2",
        range=Range.of("(0, inf)"),
        zero_centred=False,
        saturation=Saturation.below,
        papers=(Paper("Barron", 2021, "Squareplus: A Softplus-Like Algebraic Rectifier"),),
    ),
    ActivationInfo(
        "exponential",
        "exp(x)",
        derivative="exp(x)",
        range=Range.of("(0, inf)"),
        zero_centred=False,
        saturation=Saturation.below,
        initializer="glorot_uniform",
    ),
)
