"""Facts of the activations that multiply x by a gate of x, and of tanh_shrink.

A range's lower end is the function's minimum, at the point where its gradient is zero.
"""

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
        "gelu",
        "x * Phi(x)",
        (Parameter("approximate", False),),
        derivative="Phi(x) + x * phi(x)",
        range=Range.of("[-0.16997120747990369, inf)"),
        monotone=False,
        saturation=Saturation.below,
        zero_gradient="x = -0.7518",
        cost=Cost.dear,
        papers=(Paper("Hendrycks and Gimpel", 2016, "Gaussian Error Linear Units (GELUs)"),),
    ),
    ActivationInfo(
        "silu",
        "x * sigmoid(x)",
        aliases=("swish",),
        derivative="s * (1 + x * (1 - s)), s = sigmoid(x)",
        range=Range.of("[-0.27846454276107379, inf)"),
        monotone=False,
        saturation=Saturation.below,
        zero_gradient="x = -1.2785",
        cost=Cost.moderate,
        papers=(
            Paper(
                "Elfwing, Uchibe and Doya",
                2017,
                "Sigmoid-Weighted Linear Units for Neural Network Function Approximation in "
                "Reinforcement Learning",
            ),
            Paper("Ramachandran, Zoph and Le", 2017, "Searching for Activation Functions"),
        ),
    ),
    ActivationInfo(
        "hard_silu",
        "x * hard_sigmoid(x)",
        aliases=("hard_swish",),
        derivative="0 if x < -3, 1 if x > 3, else (2 * x + 3) / 6",
        range=Range.of("[-0.375, inf)"),
        monotone=False,
        saturation=Saturation.below,
        smoothness=Smoothness.kinks,
        zero_gradient="x <= -3 and x = -1.5",
        papers=(Paper("Howard and others", 2019, "Searching for MobileNetV3"),),
    ),
    ActivationInfo(
        "mish",
        "x * tanh(softplus(x))",
        derivative="t + x * sigmoid(x) * (1 - t^2), t = tanh(softplus(x))",
        range=Range.of("[-0.30884341301725, inf)"),
        monotone=False,
        saturation=Saturation.below,
        zero_gradient="x = -1.1925",
        cost=Cost.dear,
        papers=(
            Paper("Misra", 2019, "Mish: A Self Regularized Non-Monotonic Activation Function"),
        ),
    ),
    ActivationInfo(
        "tanh_shrink",
        "x - tanh(x)",
        derivative="tanh(x)^2",
        zero_gradient="x = 0",
        initializer="glorot_uniform",
    ),
)
