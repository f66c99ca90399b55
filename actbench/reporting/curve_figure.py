"""Curves drawn by matplotlib, to a PNG or SVG file; nothing is computed here."""

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from actbench.errors import ResultsError, SpecError
from actbench.reporting.curves import Curve

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

SUFFIXES = (".png", ".svg")
_STYLES = ("-", "--", ":", "-.")  # the ten colours come round in another style
_LONGEST_NAME = 50
_HIGHEST = 8.0  # where several share the view, so that exp(x) does not flatten the rest


def check_suffix(file: Path) -> None:
    """Refuse a file that is neither PNG nor SVG by its suffix.

    Raises:
        SpecError: it is another kind of file.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise SpecError(f"expected a file ending in .png or .svg for --plot, got '{file}'")


def draw_values(curves: Sequence[Curve], ax: "Axes") -> "Axes":
    """The functions."""
    return _draw(curves, lambda curve: curve.values, "f(x)", ax)


def draw_slopes(curves: Sequence[Curve], ax: "Axes") -> "Axes":
    """The derivatives."""
    return _draw(curves, lambda curve: curve.slopes, "f'(x)", ax)


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

    # The same file every time: SVG otherwise names its parts at random and holds the date.
    with mpl.rc_context({"svg.hashsalt": "actbench"}):
        lines = sum(2 if curve.remark else 1 for curve in curves)
        height = max(4.2, 0.2 * lines)  # inches, for the legend
        figure = Figure(figsize=(11, height), layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        draw_values(curves, left)
        draw_slopes(curves, right)
        figure.legend(
            handles=left.get_lines()[-len(curves) :], loc="outside right upper", fontsize="small"
        )
        metadata = {"Date": None} if file.suffix.lower() == ".svg" else {}
        try:
            figure.savefig(file, dpi=150, metadata=metadata)
        except OSError as error:
            raise ResultsError(
                f"cannot write the plot '{file}': {error.strerror or error}; "
                "name a file in a folder that exists and can be written to"
            ) from error


def _draw(
    curves: Sequence[Curve],
    of: "Callable[[Curve], NDArray[np.float64]]",
    title: str,
    ax: "Axes",
) -> "Axes":
    """The curves over the lines of zero; the last lines of `ax` are theirs, in their order."""
    ax.axhline(0, color="0.8", linewidth=0.8)
    ax.axvline(0, color="0.8", linewidth=0.8)
    for number, curve in enumerate(curves):
        name = shorten(curve.name, _LONGEST_NAME, placeholder=" …")  # a formula may be long
        label = f"{name}\n({curve.remark})" if curve.remark else name
        ax.plot(curve.x, of(curve), label=label, linestyle=_STYLES[number // 10 % len(_STYLES)])
    if len(curves) > 1:
        low, high = ax.get_ylim()
        ax.set_ylim(max(low, -_HIGHEST), min(high, _HIGHEST))
    ax.set(title=title, xlabel="x")
    return ax
