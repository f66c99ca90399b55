"""What samples show of a function that the catalogue does not have: its range, order and gaps.

All of it is approximate: samples miss a narrow spike between two of them.
"""

from dataclasses import dataclass
from math import inf

import numpy as np

from actbench.activations.formula import Expression, evaluate
from actbench.activations.info import Array, Range

_FURTHEST = 1e4  # inputs from -_FURTHEST to _FURTHEST
_WINDOWS = (1e2, 1e3, _FURTHEST)
_NEAR = 20.0  # up to here the inputs are evenly spaced
_STEP = 0.001
_INFINITE = 1e9  # a larger output counts as infinite
_SETTLED = 1e-6  # relative growth from window to window that counts as none
# Values that rise to a level by a larger relative step have a kink there and so reach the level;
# a smooth approach to a limit ends with smaller steps.
_ABRUPT = {"float64": 1e-12, "float32": 5e-7}


@dataclass(frozen=True)
class SampledFacts:
    """What samples show of a function of one number.

    `range`: of the finite outputs. `slopes`: the smallest and the largest derivative. `monotone`:
    whether the outputs never decrease. `undefined`: the smallest and the largest input without an
    output; None if all have one.
    """

    range: Range
    slopes: tuple[float, float]
    monotone: bool
    undefined: tuple[float, float] | None


def sample_inputs() -> Array:
    """The inputs, ascending, shape (points,): evenly spaced up to ±20, then by equal ratios."""
    near = np.linspace(0.0, _NEAR, round(_NEAR / _STEP) + 1)
    tiny = np.geomspace(1e-12, 1e-4, 50)  # for poles at 0
    far = np.geomspace(_NEAR, _FURTHEST, 20_001)[1:]
    above = np.unique(np.concatenate([near, tiny, far]))
    return np.concatenate([-above[:0:-1], above])


def formula_facts(tree: Expression) -> SampledFacts:
    """What the samples of a formula show.

    Raises:
        ValueError: the formula has no value at any of the inputs.
    """
    x = sample_inputs()
    return sampled_facts(x, *evaluate(tree, x))


def sampled_facts(
    x: Array, values: Array, slopes: Array, computed_in: str = "float64"
) -> SampledFacts:
    """What values and derivatives at `sample_inputs()` show, all of shape (points,).

    `computed_in` is the precision that they were computed in, float64 or float32.

    Raises:
        ValueError: every value is NaN.
    """
    defined = ~np.isnan(values)
    if not defined.any():
        raise ValueError("expected a function with an output, got NaN for every input")
    gaps, x, values = x[~defined], x[defined], values[defined]
    slopes = slopes[defined & np.isfinite(slopes)]
    abrupt = _ABRUPT[computed_in]
    high, high_reached = _upper_end(x, values, abrupt)
    low, low_reached = _upper_end(x, -values, abrupt)
    slopes = slopes if len(slopes) else np.zeros(1)
    return SampledFacts(
        # Adding 0 turns -0 into 0.
        range=Range(-low + 0.0, high + 0.0, low_reached, high_reached),
        slopes=(float(slopes.min()) + 0.0, float(slopes.max()) + 0.0),
        monotone=_is_monotone(values, abrupt),
        undefined=(float(gaps[0]), float(gaps[-1])) if len(gaps) else None,
    )


def _is_monotone(values: Array, abrupt: float) -> bool:
    """Whether the values never decrease by more than rounding explains."""
    finite = np.abs(values[np.isfinite(values)])
    rounding = abrupt * min(float(finite.max(initial=0.0)), 1.0)
    with np.errstate(invalid="ignore"):  # infinity less infinity
        steps = np.diff(values)
    return bool(np.all(steps[~np.isnan(steps)] >= -rounding))


def _upper_end(x: Array, values: Array, abrupt: float) -> tuple[float, bool]:
    """The upper end of the values, and whether they reach it.

    The largest value within a window grows with the window. If it grows by less and less there is
    a limit, to which Aitken's delta-squared process extrapolates; otherwise there is none.
    """
    inner, middle, top = (
        float(values[np.abs(x) <= window].max(initial=-inf)) for window in _WINDOWS
    )
    if top > _INFINITE:
        return inf, False
    if top - inner <= _SETTLED * max(1.0, abs(top)):
        return top, _is_reached(values[(x == 0) | (np.abs(x) >= _STEP / 2)], top, abrupt)
    before, last = middle - inner, top - middle
    if last > 0.5 * before:
        return inf, False
    return top + last**2 / (before - last), False


def _is_reached(values: Array, top: float, abrupt: float) -> bool:
    """Whether the function has the largest value, rather than rounding to it near its limit.

    It has it if the values fall on both sides of it, or if a stretch at that value ends in a kink.
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
    step_to_level = left[left > 0][:1] if first == 0 else right[right > 0][-1:]
    return not len(step_to_level) or bool(step_to_level[0] > abrupt * max(1.0, abs(top)))
