"""Facts of the activations of a whole row: traits are those of one output by its own input."""

from actbench.activations.info import (
    ActivationInfo,
    Cost,
    Paper,
    Parameter,
    Range,
    Saturation,
    Smoothness,
)

_AXIS = Parameter("axis", -1)

ENTRIES = (
    ActivationInfo(
        "softmax",
        "exp(x) / sum(exp(x))",
        (_AXIS,),
        derivative="s * (1 - s), s = softmax(x)",
        range=Range.of("(0, 1]"),
        zero_centred=False,
        saturation=Saturation.both,
        zero_gradient="nowhere; everywhere for a single unit, whose output is 1",
        initializer="glorot_uniform",
        cost=Cost.moderate,
        papers=(
            Paper(
                "Bridle",
                1990,
                "Probabilistic Interpretation of Feedforward Classification Network Outputs, "
                "with Relationships to Statistical Pattern Recognition",
            ),
        ),
        elementwise=False,
    ),
    ActivationInfo(
        "log_softmax",
        "x - log(sum(exp(x)))",
        (_AXIS,),
        derivative="1 - softmax(x)",
        range=Range.of("(-inf, 0]"),
        zero_centred=False,
        saturation=Saturation.above,
        zero_gradient="nowhere; everywhere for a single unit, whose output is 0",
        initializer="glorot_uniform",
        cost=Cost.moderate,
        elementwise=False,
    ),
    ActivationInfo(
        "sparsemax",
        "projection of x onto the simplex",
        (_AXIS,),
        derivative="1 - 1 / k if output > 0 else 0, k outputs being > 0",
        range=Range.of("[0, 1]"),
        zero_centred=False,
        saturation=Saturation.both,
        smoothness=Smoothness.kinks,
        zero_gradient="where the output is 0, or the only one above 0",
        initializer="glorot_uniform",
        cost=Cost.dear,
        papers=(
            Paper(
                "Martins and Astudillo",
                2016,
                "From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label "
                "Classification",
            ),
        ),
        note="Keras 3.15.1 subtracts too much wherever more than one output is above 0: its rows "
        "do not sum to 1 (keras-team/keras#23425, since corrected)",
        elementwise=False,
    ),
    ActivationInfo(
        "glu",
        "a * sigmoid(b), x = [a, b]",
        (_AXIS,),
        derivative="sigmoid(b) by a, a * sigmoid(b) * (1 - sigmoid(b)) by b",
        initializer="glorot_uniform",
        papers=(
            Paper(
                "Dauphin, Fan, Auli and Grangier",
                2017,
                "Language Modeling with Gated Convolutional Networks",
            ),
        ),
        elementwise=False,
    ),
)
