"""Curves of activations and their derivatives: the numbers, a figure, a plot in characters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.formula import Expression, evaluate
from actbench.activations.grammar import parse, text_of
from actbench.activations.info import ActivationInfo
from actbench.errors import SpecError
from actbench.reporting import figures
from actbench.spec.activation import Activation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REACH = 7.0  # relu6 bends within it
OF_A_ROW = "the first output for the row (x, 0)"
_POINTS = 1000  # even, so that none is at 0, where the value of a derivative may be a convention
_SUFFIXES = (".png", ".svg")
_STYLES = ("-", "--", ":", "-.")  # after ten colours they begin again in the next style
_LONGEST_NAME = 50
_HIGHEST = 8.0  # of several in one figure, so that exp(x) does not flatten the rest

# The bit of each dot of a braille character, by row and by column.
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
_BLANK = 0x2800
_DOWN, _ACROSS = _BITS.shape
_MARGIN = 6  # a number and a space, to the left of the axis; more where the number is longer


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
    fixed = ", ".join(f"{name} = {value:g}" for name, value in entry.drawn_with)
    remark = fixed if entry.elementwise else OF_A_ROW
    x = points()
    return Curve(entry.name, remark, x, *_values_and_slopes(entry, dict(entry.drawn_with), x))


def shape_of(activation: Activation, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """The values and the slopes of an activation of a spec at `x`, both of its shape, (points,).

    One of a whole row gives its first output for the row (x, 0). Raises ValueError for a user's
    Python function, which only running it could tell.
    """
    if activation.custom is not None:
        raise ValueError(f"expected a formula or a name of the catalogue, got {activation.custom}")
    if activation.formula is not None:
        return evaluate(parse(activation.formula), x)
    return _values_and_slopes(CATALOGUE[activation.name], dict(activation.parameters), x)


def _values_and_slopes(
    entry: ActivationInfo, parameters: Mapping[str, Any], x: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The values and the slopes at `x`; of a whole row, the first output for the row (x, 0)."""
    if entry.elementwise:
        return entry.values(x, **parameters), entry.slopes(x, **parameters)
    rows = np.stack([x, np.zeros_like(x)], axis=-1)
    return entry.values(rows, **parameters)[:, 0], entry.slopes(rows, **parameters)[:, 0]


def curve_of_formula(tree: Expression) -> Curve:
    """A formula, under its own text."""
    x = points()
    return Curve(text_of(tree), "", x, *evaluate(tree, x))


def check_suffix(file: Path) -> None:
    """Refuse a file that is neither PNG nor SVG by its suffix.

    Raises:
        SpecError: it is another kind of file.
    """
    if file.suffix.lower() not in _SUFFIXES:
        raise SpecError(f"expected a file ending in .png or .svg for --plot, got '{file}'")


def save_figure(curves: Sequence[Curve], file: Path) -> None:
    """Functions and derivatives side by side, in a file of the kind that its suffix names.

    Raises:
        SpecError: the suffix is neither .png nor .svg.
        ResultsError: the file cannot be written.
    """
    check_suffix(file)
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # SVG otherwise names its parts at random; so the file is always the same.
    with mpl.rc_context({"svg.hashsalt": "actbench"}):
        lines = sum(2 if curve.remark else 1 for curve in curves)
        height = max(4.2, 0.2 * lines)  # inches, for the legend
        figure = Figure(figsize=(11, height), layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        _draw(curves, [curve.values for curve in curves], "f(x)", left)
        _draw(curves, [curve.slopes for curve in curves], "f'(x)", right)
        figure.legend(
            handles=left.get_lines()[-len(curves) :], loc="outside right upper", fontsize="small"
        )
        figures.write(figure, file, dpi=150)


def _draw(
    curves: Sequence[Curve], heights: Sequence[NDArray[np.float64]], title: str, ax: "Axes"
) -> None:
    """Draw the curves over the lines of zero; the last lines of `ax` are theirs, in order."""
    ax.axhline(0, color="0.8", linewidth=0.8)
    ax.axvline(0, color="0.8", linewidth=0.8)
    for number, (curve, y) in enumerate(zip(curves, heights, strict=True)):
        name = shorten(curve.name, _LONGEST_NAME, placeholder=" …")  # a formula may be long
        label = f"{name}\n({curve.remark})" if curve.remark else name
        ax.plot(curve.x, y, label=label, linestyle=_STYLES[number // 10 % len(_STYLES)])
    if len(curves) > 1:
        low, high = ax.get_ylim()
        ax.set_ylim(max(low, -_HIGHEST), min(high, _HIGHEST))
    ax.set(title=title, xlabel="x")


@dataclass(frozen=True)
class _Scale:
    """Numbers from `low` to `high`, laid out over `size` characters of `dots` dots each."""

    low: float
    high: float
    size: int
    dots: int

    def dot(self, value: float) -> int:
        """The dot that shows the value, counted from `low`."""
        share = (value - self.low) / (self.high - self.low)
        return round(share * (self.size * self.dots - 1))

    def cell(self, value: float) -> int:
        """The character that shows the value, counted from `low`."""
        return self.dot(value) // self.dots


def dot_plot(
    title: str,
    x: Sequence[float],
    y: Sequence[float],
    *,
    width: int,
    height: int,
    braille: bool = True,
) -> list[str]:
    """Lines of at most `width` characters: the title, `height` rows of curve, the x axis.

    Dots are not joined, so that a jump stays open; give more points than dots. Values that are
    not finite are left out. Without `braille`, a star stands for any dot in its character.

    >>> lines = dot_plot("y", [0, 1, 2], [0, 1, 2], width=12, height=3, braille=False)
    >>> print("\\n".join(line.replace(" ", "~") for line in lines))
    ~~~~~~~y
    ~~~~2~|~~~~*
    ~~~~~~|~~*
    ~~~~0~|*
    ~~~~~~+-----
    ~~~~~~~0~~~2
    """
    up = _Scale(*_limits(y), height, _DOWN)
    numbers = {up.cell(v): _number(v) for v in (up.low, up.high, 0.0)}
    indent = max(_MARGIN, 1 + max(map(len, numbers.values())))
    across = _Scale(min(x), max(x), max(width - indent - 1, 4), _ACROSS)
    dots = np.zeros((height * _DOWN, across.size * _ACROSS), dtype=int)
    for a, b in zip(x, y, strict=True):
        if isfinite(b):
            dots[-1 - up.dot(b), across.dot(a)] = 1
    codes = np.einsum("idjk,dk->ij", dots.reshape(height, _DOWN, across.size, _ACROSS), _BITS)
    bar, corner, dash = "│└─" if braille else "|+-"
    rows = [
        f"{numbers.get(height - 1 - row, ''):>{indent - 1}} {bar}"
        + "".join((chr(_BLANK + code) if braille else "*") if code else " " for code in line)
        for row, line in enumerate(codes.tolist())
    ]
    margin = " " * indent
    axis = [f"{margin}{corner}{dash * across.size}", f"{margin} {_below(across)}"]
    return [line.rstrip() for line in (f"{margin} {title}", *rows, *axis)]


def _limits(y: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest finite value, 0 being always in view."""
    finite = [0.0, *(v for v in y if isfinite(v))]
    low, high = min(finite), max(finite)
    return (low, high) if high > low else (low, low + 1)


def _number(value: float) -> str:
    return f"{value:.0f}" if 1000 <= abs(value) < 100_000 else f"{value:.3g}"


def _below(across: _Scale) -> str:
    """The numbers under the x axis: both ends, and 0 where it lies between with room to spare."""
    left, right = _number(across.low), _number(across.high)
    line = left.ljust(across.size - len(right)) + right
    middle = across.cell(0.0) if across.low < 0 < across.high else 0
    if len(left) < middle < across.size - len(right) - 1:
        line = f"{line[:middle]}0{line[middle + 1 :]}"
    return line
