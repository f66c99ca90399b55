"""What can be said of an activation before any training: the fields of the catalogue.

Plain Python: nothing here imports NumPy, TensorFlow or Keras, so that reading a spec stays quick.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

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
class Range:
    """The smallest interval that holds every output, and whether its ends are reached.

    >>> str(Range.of("[-0.278464542761, inf)"))
    '[-0.2785, inf)'
    """

    low: float
    high: float
    low_reached: bool = False
    high_reached: bool = False

    @classmethod
    def of(cls, text: str) -> "Range":
        """The interval that mathematics writes so: `[0, inf)`."""
        low, high = map(float, text[1:-1].split(","))
        return cls(low, high, text[0] == "[", text[-1] == "]")

    def __contains__(self, value: float) -> bool:
        above = value > self.low or (self.low_reached and value == self.low)
        below = value < self.high or (self.high_reached and value == self.high)
        return above and below

    def __str__(self) -> str:
        left, right = "[" if self.low_reached else "(", "]" if self.high_reached else ")"
        return f"{left}{self.low:.4g}, {self.high:.4g}{right}"


EVERYTHING = Range(-inf, inf)


class Saturation(StrEnum):
    """Where the derivative tends to 0: towards minus infinity, plus infinity, both or neither."""

    none = "no"
    below = "below"
    above = "above"
    both = "both"


class Smoothness(StrEnum):
    """How far the function can be differentiated everywhere."""

    smooth = "smooth"
    once = "once"
    kinks = "kinks"
    jumps = "jumps"

    @property
    def meaning(self) -> str:
        """The word in a sentence."""
        return {
            "smooth": "yes, every derivative is continuous",
            "once": "the derivative is continuous, the second one jumps",
            "kinks": "no, the derivative jumps",
            "jumps": "no, the function itself jumps",
        }[self.value]


class Cost(StrEnum):
    """The time of one forward and backward pass, against that of relu.

    Measured with Keras 3.15 on TensorFlow 2.21, one CPU thread, a compiled gradient over 512 x 512
    normal numbers in float32, the least of 40 times. A class, because the ratio itself varies from
    machine to machine.
    """

    cheap = "cheap"
    moderate = "moderate"
    dear = "dear"

    @property
    def meaning(self) -> str:
        """The class in numbers."""
        return {
            "cheap": "at most 1.5 times relu",
            "moderate": "1.5 to 3 times relu",
            "dear": "more than 3 times relu",
        }[self.value]


@dataclass(frozen=True)
class Paper:
    """Where the activation was proposed, or made known to this field."""

    authors: str
    year: int
    title: str

    def __str__(self) -> str:
        return f"{self.authors} ({self.year}), {self.title}"


@dataclass(frozen=True)
class ActivationInfo:
    """What is known of one activation before any training, at its default parameters.

    Fields:
        derivative: by x; of a vector activation, d output[i] / d x[i].
        monotone: never decreasing.
        zero_centred: f(0) = 0.
        zero_gradient: the inputs at which the gradient is exactly 0.
        initializer: the usual `kernel_initializer` of the layer before it.
        dropout: the Keras layer that drops units beside it.
        elementwise: each output depends on one input; otherwise on a whole row.
        learnable: has weights of its own.
        note: where Keras does other than the formula.
        drawn_with: the parameters to draw it with, where the defaults show nothing or are missing.
    """

    name: str
    formula: str
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = ()
    derivative: str = ""
    range: Range = EVERYTHING
    monotone: bool = True
    zero_centred: bool = True
    saturation: Saturation = Saturation.none
    smoothness: Smoothness = Smoothness.smooth
    zero_gradient: str = "nowhere"
    initializer: str = "he_normal"
    dropout: str = "Dropout"
    cost: Cost = Cost.cheap
    papers: tuple[Paper, ...] = ()
    elementwise: bool = True
    learnable: bool = False
    note: str = ""
    drawn_with: tuple[tuple[str, Value], ...] = ()
