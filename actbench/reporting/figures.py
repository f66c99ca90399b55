"""Charts in matplotlib, for a column of a paper; each function takes an `ax` and gives it back.

Nothing is computed here: a chart says what is drawn, on a page as in a paper.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actbench.errors import ResultsError
from actbench.reporting.charts import DotChart, DotRow, Line, Panel, PanelChart, Tone, number
from actbench.wording import escaped, listed

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".svg", ".pdf", ".png")
_COLUMN = 8.5 / 2.54  # inches: one column of a paper
_MARGIN = 0.08  # inches, on all sides
_LABELS = 1.35  # inches at the left, for the names of the arms and the verdicts
_LINE, _ROW = 0.105, 0.09  # inches: a line of text, and the room between two rows
_FOOT = 0.42  # inches: the numbers of an axis and its title
_ACROSS, _AXIS = 3, 0.36  # panels side by side; inches at the left, for the numbers of the axis
_PANEL_FOOT = 0.33  # inches: the numbers below a panel and their name
_PANEL_HEIGHT, _PANEL_WIDTH = 0.72, (_COLUMN - _AXIS - _MARGIN) / _ACROSS - 0.12  # inches
_FONT = "DejaVu Sans"  # comes with matplotlib
_BREAKS = " =_,;"
_POINTS = {"small": 6, "usual": 6.5, "title": 7.5}  # the size of letters
# Colours that people who see few colours can tell apart (Okabe and Ito 2008), here a bit darker.
_COLORS: dict[str, str] = {
    "better": "#005f9e",
    "worse": "#a83e00",
    "equal": "#00664d",
    "open": "#565d66",
    "none": "#3b4149",
}
_STYLES = {"--": "dashed", ":": "dotted"}
_TICKS = {"width": 0.5, "size": 2}  # points
_KEY = 0.16  # inches
_KEY_STYLE: dict[str, Any] = {
    "fontsize": _POINTS["small"],
    "frameon": False,
    "borderpad": 0,
    "borderaxespad": 0,
    "handlelength": 2,
    "columnspacing": 1,
}
_LINE_COLORS = {
    "val": "better",
    "function": "better",
    "train": "worse",
    "slope": "worse",
    "end": "better",
    "start": "worse",
}


def draw_dots(chart: DotChart, ax: "Axes") -> "Axes":
    """One row an arm: its dots, its interval and mean, its name and verdict; the ROPE and zero."""
    tops = _tops(chart)
    if chart.band:
        ax.axvspan(*chart.band, color="#dfe9e5", zorder=0, linewidth=0)
    if chart.axis.low < 0 < chart.axis.high:
        ax.axvline(0, color="black", linewidth=0.6, zorder=1)
    for style, (_, value) in zip(_STYLES, chart.lines_in_view, strict=False):
        ax.axvline(value, color="0.3", linewidth=0.7, linestyle=style)
    for row, (top, height) in zip(chart.rows, tops, strict=True):
        _draw_row(row, chart.beyond(row), top + height / 2, ax)
    ax.set(xlim=(chart.axis.low, chart.axis.high), ylim=(sum(tops[-1]), 0), yticks=[])
    ax.set_xticks(chart.axis.ticks, [number(value) for value in chart.axis.ticks])
    names = [
        f"{words}: {name}"
        for words, (name, _) in zip(_STYLES.values(), chart.lines_in_view, strict=False)
    ]
    ax.set_xlabel("\n".join([_plain(chart.axis_title), *names]), fontsize=_POINTS["usual"])
    ax.spines[["left", "right", "top"]].set_visible(False)
    return ax


def _draw_row(row: DotRow, beyond: tuple[str, str], middle: float, ax: "Axes") -> None:
    """`beyond`: what stands at the left and the right end of the axis for what is further out."""
    color = _COLORS[row.tone]
    spread = [middle - 0.045 + 0.02 * (i % 3 - 1) for i in range(len(row.dots))]
    values = [dot.value for dot in row.dots]
    ax.scatter(values, spread, s=4, color=color, alpha=0.55, linewidths=0, zorder=3)
    for i, span in enumerate(row.spans):
        y = middle + 0.035 + 0.04 * i
        dashes: Any = "-" if i == 0 else (0, (4, 1))
        ends = [span.low, span.high]
        ax.plot(ends, [y, y], linestyle=dashes, color=color, linewidth=1.4 - 0.4 * i)
    if row.mean is not None:
        tick = [middle + 0.005, middle + 0.065]
        ax.plot([row.mean] * 2, tick, color=color, linewidth=1.2, zorder=4)
    beside: Any = {"xycoords": ("axes fraction", "data"), "va": "center"}
    for text, end, side in zip(beyond, (0, 1), ("left", "right"), strict=True):
        style: Any = {"fontsize": _POINTS["small"], "color": color}
        ax.annotate(_plain(text), (end, middle), **beside, ha=side, **style)
    left = (_MARGIN - _LABELS) / (_COLUMN - _LABELS - _MARGIN)
    for text, y, style in _words(row, middle):
        ax.annotate(text, (left, y), **beside, ha="left", **style)


def _words(row: DotRow, middle: float) -> Iterator[tuple[str, float, dict[str, Any]]]:
    """The lines of text beside a row, each with its place and its style."""
    lines = _lines(row)
    first = middle - _LINE * (len(lines) - 1) / 2
    for i, (text, tone) in enumerate(lines):
        size = _POINTS["usual" if tone is None else "small"]
        color = "black" if tone is None else _COLORS[tone]
        yield _plain(text), first + i * _LINE, {"fontsize": size, "color": color}


def _lines(row: DotRow) -> list[tuple[str, Tone | None]]:
    """The name of an arm and its verdict, or else its score, in lines that fit."""
    room = _LABELS - 2 * _MARGIN
    name = _wrapped(row.label, room, "usual") or ("",)
    verdict = _wrapped(row.verdict or row.words, room, "small")
    return [*((line, None) for line in name), *((line, row.tone) for line in verdict)]


@cache
def _wrapped(text: str, room: float, size: str) -> tuple[str, ...]:
    """The text in lines of at most `room` inches, broken after a space or a sign if it can be."""
    lines: list[str] = []
    rest = escaped(text)
    while rest:
        end = len(rest)
        while end > 1 and _width(rest[:end], size) > room:
            end -= 1
        breaks = [i for i in range(end // 2, end + 1) if rest[i - 1] in _BREAKS]
        end = max(breaks) if breaks and end < len(rest) else end
        lines.append(rest[:end].strip())
        rest = rest[end:].lstrip()
    return tuple(lines)


def _width(text: str, size: str) -> float:
    """How wide a text is, in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family=_FONT, size=_POINTS[size])
    wide, _, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(wide) / 72


def _plain(text: str) -> str:
    """The text without matplotlib's mathematics, which begins and ends with a dollar sign."""
    return text.replace("$", r"\$")


def _tops(chart: DotChart) -> list[tuple[float, float]]:
    """Where each row begins and how high it is, in inches."""
    heights = [len(_lines(row)) * _LINE + _ROW for row in chart.rows]
    return [(sum(heights[:i]), height) for i, height in enumerate(heights)]


def draw_panel(chart: PanelChart, panel: Panel, ax: "Axes") -> "Axes":
    """The lines of one panel, with the areas around them, on the axes of the chart."""
    for line in panel.lines:
        _draw_line(chart.across_panel(line), ax)
    for x, y in panel.marks:
        ax.plot([x], [y], "o", color=_COLORS["better"], markersize=3, clip_on=False)
    ax.set(xlim=(chart.across[0][0], chart.across[-1][0]), ylim=(chart.axis.low, chart.axis.high))
    ax.set_xticks([x for x, _ in chart.across], [name for _, name in chart.across])
    ends = ax.get_xticklabels()  # they stay within the panel, clear of the next one's
    ends[0].set_horizontalalignment("left")
    ends[-1].set_horizontalalignment("right")
    ax.set_xlabel(chart.across_title, fontsize=_POINTS["small"], labelpad=1)
    levels = [chart.axis.ticks[0], chart.axis.ticks[-1]]
    ax.set_yticks(levels, [number(level) for level in levels])
    title = "\n".join(_plain(line) for line in _wrapped(panel.label, _PANEL_WIDTH, "small"))
    ax.set_title(title, fontsize=_POINTS["small"], loc="left", pad=2)
    ax.spines[["right", "top"]].set_visible(False)
    return ax


def _draw_line(line: Line, ax: "Axes") -> None:
    style = _line_style(line.kind)
    ax.plot(line.x, line.y, **style)
    if line.low:
        area = {"color": style["color"], "alpha": 0.2, "linewidth": 0}
        ax.fill_between(line.x, line.low, line.high, **area)


def _line_style(kind: str) -> dict[str, Any]:
    style = "--" if kind in ("train", "slope", "start") else "-"
    return {"color": _COLORS[_LINE_COLORS[kind]], "linestyle": style, "linewidth": 0.9}


def _key(chart: PanelChart) -> "list[Artist]":
    """A sample of each line, area and mark that the panels have, with its meaning."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    def sample(kind: str, words: str) -> "Artist":
        if kind == "area":
            return Patch(color="0.3", alpha=0.2, linewidth=0, label=words)
        dot: Any = {"linestyle": "none", "marker": "o", "color": _COLORS["better"]}
        style = {**dot, "markersize": 3} if kind == "mark" else _line_style(kind)
        return Line2D([], [], **style, label=words)

    return [sample(kind, words) for kind, words in chart.samples]


def save(charts: Sequence[DotChart | PanelChart], file: Path) -> None:
    """Write the charts one below the other, as wide as a column, as the file's suffix says.

    The file is the same for the same charts, and its letters are in it.

    Raises:
        ResultsError: the suffix names no such kind of file, or it cannot be written.
    """
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise ResultsError(f"expected a file ending in {listed(SUFFIXES)}, got '{file}'")
    figure = figure_of(charts)
    with _style():
        write(figure, file, dpi=300)


def write(figure: "Figure", file: Path, *, dpi: int) -> None:
    """Write a figure without the date, so that the same one gives the same file.

    Raises:
        ResultsError: the file cannot be written.
    """
    dates: Any = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    try:
        figure.savefig(file, dpi=dpi, metadata=dates.get(file.suffix.lower(), {}))
    except OSError as error:
        raise ResultsError(
            f"cannot write the plot '{file}': {error.strerror or error}; "
            "name a file in a folder that exists and can be written to"
        ) from None


@contextmanager
def _style() -> Iterator[None]:
    """Letters of the sizes above; in a PDF as fonts, in an SVG as shapes."""
    import matplotlib as mpl

    settings: Any = {
        "font.family": _FONT,
        **{f"{axis}tick.labelsize": _POINTS["small"] for axis in "xy"},
        **{f"{axis}tick.major.{part}": size for axis in "xy" for part, size in _TICKS.items()},
        "axes.linewidth": 0.5,
        "svg.hashsalt": "actbench",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
    }
    with mpl.rc_context(settings):
        yield


def figure_of(charts: Sequence[DotChart | PanelChart]) -> "Figure":
    """All charts in one figure as wide as a column, each with its title above it."""
    with _style():
        return _figure(charts)


@cache
def _column_figure() -> "type[Figure]":
    """The class of the figures; a notebook shows them, also without pyplot."""
    from matplotlib.figure import Figure

    class ColumnFigure(Figure):
        def _repr_png_(self) -> bytes:
            content = io.BytesIO()
            self.savefig(content, format="png", dpi=200)
            return content.getvalue()

    return ColumnFigure


def _figure(charts: Sequence[DotChart | PanelChart]) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    heights = [_height(chart) for chart in charts]
    whole = sum(heights)
    figure = _column_figure()(figsize=(_COLUMN, whole))
    FigureCanvasAgg(figure)
    top = whole
    for chart, height in zip(charts, heights, strict=True):
        y, left = (top - _MARGIN) / whole, _MARGIN / _COLUMN
        title = figure.text(left, y, _title(chart), fontsize=_POINTS["title"], va="top")
        title.set_linespacing(1.25)

        def add(left: float, bottom: float, wide: float, high: float, top: float = top) -> Any:
            """An ax at so many inches from the left end and below the top of this chart."""
            place = (left / _COLUMN, (top - bottom) / whole, wide / _COLUMN, high / whole)
            return figure.add_axes(place)

        if isinstance(chart, DotChart):
            rows = height - _head(chart) - _foot(chart)
            draw_dots(chart, add(_LABELS, _head(chart) + rows, _COLUMN - _LABELS - _MARGIN, rows))
        else:
            below = (top - _head(chart) + _KEY) / whole
            samples = _key(chart)
            figure.legend(
                handles=samples,
                loc="upper left",
                bbox_to_anchor=(left, below),
                **_KEY_STYLE,
                ncols=len(samples),
            )
            _draw_panels(chart, add)
        top -= height
    return figure


def _title(chart: DotChart | PanelChart) -> str:
    """The title and the place in lines as wide as the column."""
    texts, room = (chart.title, chart.place), _COLUMN - 2 * _MARGIN
    return "\n".join(_plain(line) for text in texts for line in _wrapped(text, room, "title"))


def _head(chart: DotChart | PanelChart) -> float:
    """The height of the title, and of the key of a chart of panels, in inches."""
    key = _KEY if isinstance(chart, PanelChart) else 0
    return 2 * _MARGIN + 0.14 * (1 + _title(chart).count("\n")) + key


def _foot(chart: DotChart) -> float:
    """The height of the numbers and the names below the rows, in inches."""
    return _FOOT + _LINE * len(chart.lines_in_view)


def _height(chart: DotChart | PanelChart) -> float:
    if isinstance(chart, DotChart):
        return _head(chart) + sum(_tops(chart)[-1]) + _foot(chart)
    return _head(chart) + sum(_band_height(band) for band in _bands(chart))


def _bands(chart: PanelChart) -> list[tuple[Panel, ...]]:
    """The panels that stand side by side."""
    starts = range(0, len(chart.panels), _ACROSS)
    return [chart.panels[start : start + _ACROSS] for start in starts]


def _band_height(band: Sequence[Panel]) -> float:
    """The height of a band of panels: names of several lines take more."""
    lines = max(len(_wrapped(panel.label, _PANEL_WIDTH, "small")) for panel in band)
    return _PANEL_HEIGHT + lines * _LINE + _PANEL_FOOT + _MARGIN


def _draw_panels(chart: PanelChart, add: Callable[..., Any]) -> None:
    below = _head(chart)
    wide = (_COLUMN - _AXIS - _MARGIN) / _ACROSS
    for band in _bands(chart):
        below += _band_height(band)
        for i, panel in enumerate(band):
            ax = add(_AXIS + i * wide, below - _PANEL_FOOT, _PANEL_WIDTH, _PANEL_HEIGHT)
            draw_panel(chart, panel, ax)
            if i:
                ax.set_yticklabels([])
