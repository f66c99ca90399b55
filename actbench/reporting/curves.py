"""The curve of an activation and of its derivative: the numbers that drawings are made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actbench.activations.formula import Expression, evaluate
from actbench.activations.grammar import text_of
from actbench.activations.info import ActivationInfo

REACH = 7.0  # relu6 bends within it
OF_A_ROW = "the first output for the row (x, 0)"
_POINTS = 1000  # even, so that none is at 0, where many a derivative has a value of convention


@dataclass(frozen=True)
class Curve:
    """One activation from -REACH to REACH.

    `x`, `values` and `slopes` have one shape, (points,); `remark` says what was fixed to draw it.
    """

    name: str
    remark: str
    x: NDArray[np.float64]
    values: NDArray[np.float64]
    slopes: NDArray[np.float64]


def points() -> NDArray[np.float64]:
    """The inputs of a curve, ascending, shape (points,)."""
    return np.linspace(-REACH, REACH, _POINTS)


def curve_of(entry: ActivationInfo) -> Curve:
    """The activation with its default parameters, or those it is drawn with.

    One of a whole row is drawn for the row (x, 0): its first output.
    """
    parameters = dict(entry.drawn_with)
    x = points()
    rows = x if entry.elementwise else np.stack([x, np.zeros_like(x)], axis=-1)
    values = entry.values(rows, **parameters)
    slopes = entry.slopes(rows, **parameters)
    if not entry.elementwise:
        values, slopes = values[:, 0], slopes[:, 0]
    return Curve(entry.name, _remark(entry), x, values, slopes)


def curve_of_formula(tree: Expression) -> Curve:
    """A formula, under its own text."""
    x = points()
    return Curve(text_of(tree), "", x, *evaluate(tree, x))


def _remark(entry: ActivationInfo) -> str:
    if not entry.elementwise:
        return OF_A_ROW
    return ", ".join(f"{name} = {value:g}" for name, value in entry.drawn_with)
