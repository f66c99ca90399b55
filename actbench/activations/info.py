"""What the catalogue says of an activation: its formula, derivative, range, traits and papers."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import inf
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Value = float | int | bool | None
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Parameter:
    """One parameter of an activation: its default, or `required` if it has none.

    `minimum` is the smallest value allowed. `optional_number` allows null beside a number.
    `spelled_out` puts the value into an arm's label even at the default, because Keras's function
    and layer of that name have different defaults.
    """

    name: str
    default: Value = None
    required: bool = False
    minimum: float | None = None
    optional_number: bool = False
    spelled_out: bool = False


@dataclass(frozen=True)
class Range:
    """The smallest interval that holds every output, and whether the ends are outputs too.

    >>> str(Range.of("[-0.278464542761, inf)"))
    '[-0.2785, inf)'
    """

    low: float
    high: float
    low_reached: bool = False
    high_reached: bool = False

    @classmethod
    def of(cls, text: str) -> "Range":
        """The interval from its mathematical notation, such as `[0, inf)`."""
        low, high = map(float, text[1:-1].split(","))
        return cls(low, high, text[0] == "[", text[-1] == "]")

    def __str__(self) -> str:
        left, right = "[" if self.low_reached else "(", "]" if self.high_reached else ")"
        return f"{left}{self.low:.4g}, {self.high:.4g}{right}"


EVERYTHING = Range(-inf, inf)
NOT_NEGATIVE = Range.of("[0, inf)")

# Where the derivative tends to 0: below (x to minus infinity), above, at both ends or not.
Saturation = Literal["no", "below", "above", "both"]

# How often the function can be differentiated everywhere, with the words for it.
Smoothness = Literal["smooth", "once", "kinks", "jumps"]
SMOOTHNESS_MEANING: dict[Smoothness, str] = {
    "smooth": "yes, every derivative is continuous",
    "once": "the derivative is continuous, the second one jumps",
    "kinks": "no, the derivative jumps",
    "jumps": "no, the function itself jumps",
}


@dataclass(frozen=True, kw_only=True)
class ActivationInfo:
    """One activation: its functions, and its traits at the default parameters.

    Fields:
        formula: the function of x as text.
        derivative: its derivative by x as text; of a vector activation d output[i] / d x[i].
        function: the formula in NumPy, called with a float64 array and every parameter by name.
        slope: the derivative in NumPy, called in the same way. Where there is no derivative, it has
            the value that Keras uses on TensorFlow: at most kinks, that of the left side.
        aliases: Keras's other names for it.
        range: the outputs that it can have; of a vector activation, for any number of units.
        range_by_parameters: the range as a function of every parameter, if it depends on them.
        monotone: it never decreases.
        zero_centred: f(0) = 0.
        zero_gradient: the inputs at which the gradient is exactly 0.
        initializer: the usual `kernel_initializer` of the layer before it.
        dropout: the Keras layer to drop units with.
        elementwise: each output depends on one input; if not, on a whole row.
        learnable: it has weights of its own.
        papers: those that proposed it or made it known, each on a line: "Authors (year), Title".
        note: where Keras differs from the formula.
        drawn_with: the parameters to draw it with, if the defaults are missing or show nothing.
    """

    name: str
    formula: str
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = ()
    derivative: str
    function: Callable[..., Array]
    slope: Callable[..., Array]
    range: Range = EVERYTHING
    range_by_parameters: Callable[..., Range] | None = None
    monotone: bool = True
    zero_centred: bool = True
    saturation: Saturation = "no"
    smoothness: Smoothness = "smooth"
    zero_gradient: str = "nowhere"
    initializer: str = "he_normal"
    dropout: str = "Dropout"
    papers: str = ""
    elementwise: bool = True
    learnable: bool = False
    note: str = ""
    drawn_with: tuple[tuple[str, Value], ...] = ()

    def values(self, x: ArrayLike, **parameters: Value) -> Array:
        """The outputs at x, in float64 and of x's shape; glu halves the axis that it works along.

        Parameters that are left out have their defaults.

        >>> from actbench.activations.catalogue import CATALOGUE
        >>> CATALOGUE["relu"].values([-1.0, 0.5, 9.0], max_value=6.0)
        array([0. , 0.5, 6. ])
        """
        return np.asarray(self.function(np.asarray(x, np.float64), **self._all(parameters)))

    def slopes(self, x: ArrayLike, **parameters: Value) -> Array:
        """The derivatives at x, of the shape of the values.

        Of a vector activation, this is the diagonal of the Jacobian: d output[i] / d x[i].
        """
        return np.asarray(self.slope(np.asarray(x, np.float64), **self._all(parameters)))

    def range_with(self, **parameters: Value) -> Range:
        """The range with these parameters; those left out have their defaults."""
        if self.range_by_parameters is None:
            return self.range
        return self.range_by_parameters(**self._all(parameters))

    def as_dict(self) -> dict[str, Any]:
        """Every fact by its name: all fields but the three functions; papers by their parts."""
        papers = [
            {"authors": authors, "year": int(year), "title": title}
            for authors, year, title in re.findall(r"(.+) \((\d+)\), (.+)", self.papers)
        ]
        facts = asdict(self) | {"papers": papers}
        functions = ("function", "slope", "range_by_parameters")
        return {key: value for key, value in facts.items() if key not in functions}

    def _all(self, parameters: dict[str, Value]) -> dict[str, Value]:
        """These parameters, and the defaults of the others."""
        return {p.name: p.default for p in self.parameters if not p.required} | parameters
