"""The outputs that an activation can give, its parameters taken into account."""

from dataclasses import dataclass
from math import inf
from typing import Protocol

from actbench.activations.catalogue import CATALOGUE, Value
from actbench.activations.info import EVERYTHING, Range

_NOT_NEGATIVE = Range.of("[0, inf)")
_APPROXIMATE_GELU = Range.of("[-0.17004075, inf)")


class Activation(Protocol):
    """What is asked of an activation here: what makes its function."""

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> tuple[tuple[str, Value], ...]: ...

    @property
    def formula(self) -> str | None: ...

    @property
    def custom(self) -> str | None: ...


@dataclass(frozen=True)
class Reach:
    """The outputs that an activation can give; `approximate` where they were sampled.

    >>> str(Reach(Range.of("[0, inf)"))), str(Reach(Range.of("[0, inf)"), approximate=True))
    ('[0, inf)', 'about [0, inf)')
    """

    range: Range
    approximate: bool = False

    def __str__(self) -> str:
        return f"about {self.range}" if self.approximate else str(self.range)


def reach_of(activation: Activation) -> Reach | None:
    """The range of a spec's activation; None for a user's function, which is not run here."""
    if activation.custom is not None:
        return None
    if activation.formula is None:
        return Reach(reach(activation.name, **dict(activation.parameters)))
    from actbench.activations.grammar import parse
    from actbench.activations.sampled import sampled_formula

    return Reach(sampled_formula(parse(activation.formula)).range, approximate=True)


def reach(name: str, **parameters: Value) -> Range:
    """The range of the activation with these parameters; the rest have their defaults.

    A vector activation's range holds for any number of units.

    >>> str(reach("elu", alpha=0.5)), str(reach("relu", max_value=6.0))
    ('(-0.5, inf)', '[0, 6]')
    """
    defaults = {p.name: p.default for p in CATALOGUE[name].parameters}
    given = {key: float(v) for key, v in {**defaults, **parameters}.items() if v is not None}
    match name:
        case "relu":
            return _relu(**given)
        case "leaky_relu":
            return EVERYTHING if given["negative_slope"] else _NOT_NEGATIVE
        case "elu" | "celu":
            return Range(-given["alpha"], inf) if given["alpha"] else _NOT_NEGATIVE
        case "squareplus":
            return Range(0.0, inf) if given["b"] else _NOT_NEGATIVE
        case "threshold":
            return _threshold(**given)
        case "gelu" if given["approximate"]:
            return _APPROXIMATE_GELU
    return CATALOGUE[name].range


def _relu(negative_slope: float, threshold: float, max_value: float = inf) -> Range:
    return Range(
        -inf if negative_slope else 0.0,
        max_value,
        low_reached=not negative_slope,
        high_reached=max_value < inf,
    )


def _threshold(threshold: float, default_value: float) -> Range:
    return Range(min(threshold, default_value), inf, default_value <= threshold)
