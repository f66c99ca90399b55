"""Every activation that a spec can name: its formula, its parameters and its other names.

Facts only, in plain Python: nothing here imports NumPy, TensorFlow or Keras, so that reading a
spec stays quick. Defaults are those of `keras.activations` in Keras 3.
"""

from dataclasses import dataclass

Value = float | int | bool | None


@dataclass(frozen=True)
class Parameter:
    """One parameter of an activation: its default, or `required` where it has none.

    `minimum` is the smallest value allowed; `spelled_out` puts the value into the default label
    even at its default, because forms of the same name disagree on it.
    """

    name: str
    default: Value = None
    required: bool = False
    minimum: float | None = None
    optional_number: bool = False
    spelled_out: bool = False


@dataclass(frozen=True)
class ActivationInfo:
    """What is known of one activation before any training."""

    name: str
    formula: str
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = ()


_AXIS = Parameter("axis", -1)

_ENTRIES = (
    ActivationInfo("linear", "x"),
    ActivationInfo(
        "relu",
        "max(x, 0)",
        (
            Parameter("negative_slope", 0.0, minimum=0.0),
            Parameter("max_value", None, optional_number=True, minimum=0.0),
            Parameter("threshold", 0.0, minimum=0.0),
        ),
    ),
    ActivationInfo("relu6", "min(max(x, 0), 6)"),
    # The layer's default slope is 0.3, the function's 0.2: the name alone says too little.
    ActivationInfo(
        "leaky_relu",
        "x if x > 0 else negative_slope * x",
        (Parameter("negative_slope", 0.2, minimum=0.0, spelled_out=True),),
    ),
    ActivationInfo("prelu", "x if x > 0 else alpha * x, alpha learnt"),
    ActivationInfo(
        "elu", "x if x > 0 else alpha * (exp(x) - 1)", (Parameter("alpha", 1.0, minimum=0.0),)
    ),
    ActivationInfo("selu", "1.0507 * (x if x > 0 else 1.67326 * (exp(x) - 1))"),
    ActivationInfo(
        "celu",
        "max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))",
        (Parameter("alpha", 1.0, minimum=0.0),),
    ),
    ActivationInfo("gelu", "x * Phi(x)", (Parameter("approximate", False),)),
    ActivationInfo("silu", "x * sigmoid(x)", aliases=("swish",)),
    ActivationInfo("hard_silu", "x * hard_sigmoid(x)", aliases=("hard_swish",)),
    ActivationInfo("mish", "x * tanh(softplus(x))"),
    ActivationInfo("sigmoid", "1 / (1 + exp(-x))"),
    ActivationInfo("hard_sigmoid", "clip(x / 6 + 0.5, 0, 1)"),
    ActivationInfo("log_sigmoid", "log(sigmoid(x))"),
    ActivationInfo("sparse_sigmoid", "clip(0.5 * (x + 1), 0, 1)"),
    ActivationInfo("softmax", "exp(x) / sum(exp(x))", (_AXIS,)),
    ActivationInfo("log_softmax", "x - log(sum(exp(x)))", (_AXIS,)),
    ActivationInfo("sparsemax", "projection of x onto the simplex", (_AXIS,)),
    ActivationInfo("softplus", "log(1 + exp(x))"),
    ActivationInfo("sparse_plus", "0 if x < -1, x if x > 1, else (x + 1)^2 / 4"),
    ActivationInfo("squareplus", "(x + sqrt(x^2 + b)) / 2", (Parameter("b", 4.0, minimum=0.0),)),
    ActivationInfo("softsign", "x / (1 + |x|)"),
    ActivationInfo("tanh", "tanh(x)"),
    ActivationInfo("hard_tanh", "clip(x, -1, 1)"),
    ActivationInfo("tanh_shrink", "x - tanh(x)"),
    ActivationInfo(
        "hard_shrink", "x if |x| > threshold else 0", (Parameter("threshold", 0.5, minimum=0.0),)
    ),
    ActivationInfo(
        "soft_shrink",
        "sign(x) * max(|x| - threshold, 0)",
        (Parameter("threshold", 0.5, minimum=0.0),),
    ),
    ActivationInfo(
        "threshold",
        "x if x > threshold else default_value",
        (Parameter("threshold", required=True), Parameter("default_value", required=True)),
    ),
    ActivationInfo("glu", "a * sigmoid(b), x = [a, b]", (_AXIS,)),
    ActivationInfo("exponential", "exp(x)"),
)

CATALOGUE: dict[str, ActivationInfo] = {entry.name: entry for entry in _ENTRIES}
ALIASES: dict[str, str] = {alias: e.name for e in _ENTRIES for alias in e.aliases}


def canonical_name(name: str) -> str | None:
    """The catalogue's name for `name`, or None where there is no such activation.

    >>> canonical_name("swish")
    'silu'
    >>> canonical_name("rellu") is None
    True
    """
    name = ALIASES.get(name, name)
    return name if name in CATALOGUE else None
