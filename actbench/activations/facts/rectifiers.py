"""Facts of the piecewise linear activations without an upper bound, and of relu6."""

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
    ActivationInfo("linear", "x", derivative="1", initializer="glorot_uniform"),
    ActivationInfo(
        "relu",
        "max(x, 0)",
        (
            Parameter("negative_slope", 0.0, minimum=0.0),
            Parameter("max_value", None, optional_number=True, minimum=0.0),
            Parameter("threshold", 0.0, minimum=0.0),
        ),
        derivative="1 if x > 0 else 0",
        range=Range.of("[0, inf)"),
        saturation=Saturation.below,
        smoothness=Smoothness.kinks,
        zero_gradient="x <= 0",
        papers=(
            Paper(
                "Nair and Hinton",
                2010,
                "Rectified Linear Units Improve Restricted Boltzmann Machines",
            ),
        ),
    ),
    ActivationInfo(
        "relu6",
        "min(max(x, 0), 6)",
        derivative="1 if 0 < x < 6 else 0",
        range=Range.of("[0, 6]"),
        saturation=Saturation.both,
        smoothness=Smoothness.kinks,
        zero_gradient="x <= 0 and x >= 6",
        papers=(Paper("Krizhevsky", 2010, "Convolutional Deep Belief Networks on CIFAR-10"),),
    ),
    # The layer's default slope is 0.3, the function's 0.2: the name alone says too little.
    ActivationInfo(
        "leaky_relu",
        "x if x > 0 else negative_slope * x",
        (Parameter("negative_slope", 0.2, minimum=0.0, spelled_out=True),),
        derivative="1 if x > 0 else negative_slope",
        smoothness=Smoothness.kinks,
        papers=(
            Paper(
                "Maas, Hannun and Ng",
                2013,
                "Rectifier Nonlinearities Improve Neural Network Acoustic Models",
            ),
        ),
    ),
    ActivationInfo(
        "prelu",
        "x if x > 0 else alpha * x, alpha learnt",
        derivative="1 if x > 0 else alpha",
        smoothness=Smoothness.kinks,
        zero_gradient="x <= 0 while alpha is 0, as it starts",
        papers=(
            Paper(
                "He, Zhang, Ren and Sun",
                2015,
                "Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet "
                "Classification",
            ),
        ),
        learnable=True,
        drawn_with=(("alpha", 0.25),),
    ),
    ActivationInfo(
        "hard_shrink",
        "x if |x| > threshold else 0",
        (Parameter("threshold", 0.5, minimum=0.0),),
        derivative="1 if |x| > threshold else 0",
        smoothness=Smoothness.jumps,
        zero_gradient="|x| <= threshold",
        papers=(
            Paper("Donoho and Johnstone", 1994, "Ideal Spatial Adaptation by Wavelet Shrinkage"),
        ),
    ),
    ActivationInfo(
        "soft_shrink",
        "sign(x) * max(|x| - threshold, 0)",
        (Parameter("threshold", 0.5, minimum=0.0),),
        derivative="1 if |x| > threshold else 0",
        smoothness=Smoothness.kinks,
        zero_gradient="|x| <= threshold",
        cost=Cost.moderate,
        papers=(Paper("Donoho", 1995, "De-noising by Soft-Thresholding"),),
    ),
    # No range, order or zero holds for every value of its parameters; these hold for the drawn.
    ActivationInfo(
        "threshold",
        "x if x > threshold else default_value",
        (Parameter("threshold", required=True), Parameter("default_value", required=True)),
        derivative="1 if x > threshold else 0",
        range=Range.of("[0, inf)"),
        saturation=Saturation.below,
        smoothness=Smoothness.jumps,
        zero_gradient="x <= threshold",
        drawn_with=(("threshold", 1.0), ("default_value", 0.0)),
    ),
)
