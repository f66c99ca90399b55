"""What can be told of a function from its values alone: its range, its order, where it has none.

Everything here is approximate: a narrow spike between two samples goes unseen.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from actbench.activations.expression import Expression
from actbench.activations.formulas.expressions import evaluate
from actbench.activations.info import Range

FURTHEST = 1e4  # inputs from -FURTHEST to FURTHEST
_WINDOWS = (1e2, 1e3, FURTHEST)
_NEAR = 20.0  # up to here the inputs are evenly spaced
_STEP = 0.001
_ENDLESS = 1e9  # an output beyond it counts as infinite
_SETTLED = 1e-6  # relative growth from window to window that counts as none
# Relative step into a level from which on it is a kink: a smooth approach ends with smaller ones.
_ABRUPT = {"float64": 1e-12, "float32": 5e-7}

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sampled:
    """A function of one number as its samples show it.

    `range` is of the finite outputs, `slopes` the least and the largest derivative; `undefined`
    are some inputs from the least to the largest at which there is no output, or none.
    """

    range: Range
    slopes: tuple[float, float]
    monotone: bool
    undefined: tuple[float, float] | None


def inputs() -> Array:
    """The sampled inputs, ascending, shape (points,): dense up to 20, then even in logarithm."""
    near = np.linspace(0.0, _NEAR, round(_NEAR / _STEP) + 1)
    tiny = np.geomspace(1e-12, 1e-4, 50)  # for poles at 0
    far = np.geomspace(_NEAR, FURTHEST, 20_001)[1:]
    above = np.unique(np.concatenate([near, tiny, far]))
    return np.concatenate([-above[:0:-1], above])


def sampled_formula(tree: Expression) -> Sampled:
    """What the samples of a formula show.

    >>> from actbench.activations.grammar import parse
    >>> str(sampled_formula(parse("tanh(x) / 2")).range)
    '(-0.5, 0.5)'
    """
    x = inputs()
    value, slope = evaluate(tree, x)
    return sampled(x, value, slope)


def sampled(x: Array, values: Array, slopes: Array, computed_in: str = "float64") -> Sampled:
    """What values and derivatives at `inputs()` show; `computed_in` tells their rounding.

    Raises:
        ValueError: no value is a number.
    """
    known = ~np.isnan(values)
    if not known.any():
        raise ValueError("expected a function with an output, got NaN for every input")
    missing = x[~known]
    steep = slopes[known & np.isfinite(slopes)]
    abrupt = _ABRUPT[computed_in]
    high, high_reached = _top(x[known], values[known], abrupt)
    low, low_reached = _top(x[known], -values[known], abrupt)
    with np.errstate(invalid="ignore"):  # infinity less infinity
        steps = np.diff(values[known])
    return Sampled(
        # Adding 0 takes the sign from a zero.
        range=Range(-low + 0.0, high + 0.0, low_reached, high_reached),
        slopes=(float(steep.min()) + 0.0, float(steep.max()) + 0.0) if len(steep) else (0.0, 0.0),
        monotone=bool(np.all(steps[~np.isnan(steps)] >= -_rounding(values[known], abrupt))),
        undefined=(float(missing[0]), float(missing[-1])) if len(missing) else None,
    )


def _rounding(values: Array, abrupt: float) -> float:
    """How far rounding alone can turn values back."""
    finite = np.abs(values[np.isfinite(values)])
    return abrupt * min(float(finite.max(initial=0.0)), 1.0)


def _top(x: Array, values: Array, abrupt: float) -> tuple[float, bool]:
    """The upper end of the values, and whether they reach it.

    The largest values within growing windows tell a limit from growth without end: those of a
    limit come closer and closer, and Aitken's delta-squared process says to what.
    """
    inner, middle, top = (_largest(x, values, window) for window in _WINDOWS)
    if top > _ENDLESS:
        return inf, False
    if top - inner <= _SETTLED * max(1.0, abs(top)):
        return top, _is_reached(values[(x == 0) | (np.abs(x) >= _STEP / 2)], top, abrupt)
    before, last = middle - inner, top - middle
    if last > 0.5 * before:
        return inf, False
    return top + last**2 / (before - last), False


def _largest(x: Array, values: Array, window: float) -> float:
    within = values[np.abs(x) <= window]
    return float(within.max(initial=-inf))


def _is_reached(values: Array, top: float, abrupt: float) -> bool:
    """Whether the largest value is taken, and not only met by rounding on the way to a limit.

    It is where values fall off on both sides of it, or where a level of it ends in a kink.
    """
    (at,) = np.nonzero(values == top)
    if not len(at):
        return True
    first, last = at[0], at[-1]
    if first > 0 and last < len(values) - 1:
        return True
    with np.errstate(invalid="ignore"):
        steps = np.abs(np.diff(values))
    left, right = steps[: last + 1], steps[max(first - 1, 0) :]
    into = left[left > 0][:1] if first == 0 else right[right > 0][-1:]
    return not len(into) or bool(into[0] > abrupt * max(1.0, abs(top)))
