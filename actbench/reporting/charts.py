"""What figures show, as frozen values: a page, a terminal and a paper draw the same of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Tone = Literal["better", "worse", "equal", "open", "none"]

# The kind of a verdict for those who cannot tell the colours.
SIGNS: dict[Tone, str] = {"better": "▲", "worse": "▼", "equal": "=", "open": "?", "none": ""}

_MARGIN = 0.04  # of the range, left and right of the outermost mark


@dataclass(frozen=True)
class Dot:
    """One value, such as that of a seed, and what it is the value of: `seed 3`."""

    name: str
    value: float


@dataclass(frozen=True)
class Span:
    """An interval, what it is about (`seeds`, `rows` or `ranks`), and its numbers in words."""

    scope: str
    low: float
    high: float
    words: str


@dataclass(frozen=True)
class DotRow:
    """One arm: its dots, their mean and intervals, and its verdict.

    `words`: the numbers in words. `tone`: the kind of the verdict, for its colour and its sign.
    `lost`, `won`: seeds that have no dot because the arm, or the baseline, diverged. `remark`: how
    its trials ended, where not all trained.
    """

    label: str
    dots: tuple[Dot, ...]
    mean: float | None
    words: str
    spans: tuple[Span, ...] = ()
    tone: Tone = "none"
    verdict: str = ""
    lost: tuple[int, ...] = ()
    won: tuple[int, ...] = ()
    remark: str = ""

    @property
    def ends(self) -> list[float]:
        """The mean of the arm and the ends of its intervals."""
        ends = [end for span in self.spans for end in (span.low, span.high)]
        return ends if self.mean is None else [self.mean, *ends]


@dataclass(frozen=True)
class Axis:
    """The numbers that an axis shows, from `low` to `high`, with `ticks` at round ones."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def over(cls, values: Sequence[float]) -> "Axis":
        """The axis that has all these values in view, with a margin.

        >>> Axis.over([0.0, 1.0]).ticks
        (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
        """
        low, high = min(values, default=0.0), max(values, default=1.0)
        size = high - low or abs(high) or 1.0
        low, high = low - _MARGIN * size, high + _MARGIN * size
        step = 10.0 ** math.floor(math.log10((high - low) / 4))
        step *= next(n for n in (1, 2, 5, 10) if (high - low) / (n * step) <= 6)
        first, last = math.ceil(low / step), math.floor(high / step)
        return cls(low, high, tuple(round(n * step, 12) for n in range(first, last + 1)))

    def share(self, value: float) -> float:
        """Where the value stands, from 0 at the low end to 1 at the high end."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class DotChart:
    """One row an arm over a shared axis.

    `place`: where it was measured. `band`: the ROPE, or None. `lines`: values across all
    rows, each with a name.
    """

    title: str
    place: str
    description: str
    axis_title: str
    axis: Axis
    rows: tuple[DotRow, ...]
    band: tuple[float, float] | None = None
    lines: tuple[tuple[str, float], ...] = ()

    @property
    def lines_in_view(self) -> list[tuple[str, float]]:
        """The lines that the axis has room for."""
        return [(name, value) for name, value in self.lines if 0 <= self.axis.share(value) <= 1]

    def beyond(self, row: DotRow) -> tuple[str, str]:
        """What stands at the left and at the right end of the axis for what is further out.

        An arrow with the numbers of an arm whose mean or interval is, or with how many dots are,
        seeds counted that diverged; empty where nothing is.
        """
        ends, dots = row.ends, [dot.value for dot in row.dots]
        low = len(row.lost) + sum(value < self.axis.low for value in dots)
        high = len(row.won) + sum(value > self.axis.high for value in dots)
        left = f" {row.words}" if min(ends, default=0) < self.axis.low else f"{low or ''}"
        right = f"{row.words} " if max(ends, default=0) > self.axis.high else f"{high or ''}"
        return f"◂{left}" if left else "", f"{right}▸" if right else ""


@dataclass(frozen=True)
class Line:
    """One line of a panel: what it shows, its points, and the area around them where there is one.

    `kind`: train, val, function, slope, start or end. `x`, `y`, `low`, `high`: shape
    (points,); the last two may be empty.
    """

    kind: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Panel:
    """The lines of one arm or activation, and a remark on them in words.

    `marks`: points to set off, each an x and a y.
    """

    label: str
    lines: tuple[Line, ...]
    remark: str = ""
    marks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class PanelChart:
    """Small multiples on shared axes.

    `place`: where it was measured. `across`: the positions on the horizontal axis that have
    a name, the first and the last one being its ends. `across_title`: what that axis shows.
    `key`: what each kind of line shows. `logarithmic`: the positions are powers of ten.
    """

    title: str
    place: str
    description: str
    axis: Axis
    across: tuple[tuple[float, str], ...]
    across_title: str
    panels: tuple[Panel, ...]
    key: Mapping[str, str]
    logarithmic: bool = False

    @property
    def samples(self) -> list[tuple[str, str]]:
        """What the panels are drawn with, for a legend: lines by their kind, `area`, `mark`."""
        lines = [line for panel in self.panels for line in panel.lines]
        kinds = {line.kind for line in lines}
        samples = [(kind, words) for kind, words in self.key.items() if kind in kinds]
        samples += [("area", "middle 80%")] * any(line.low for line in lines)
        return samples + [("mark", "chosen")] * any(panel.marks for panel in self.panels)

    def across_panel(self, line: Line) -> Line:
        """The line as it is drawn: that of a single point goes across the panel."""
        if len(line.x) > 1:
            return line
        ends = self.across[0][0], self.across[-1][0]
        return replace(line, x=ends, y=line.y * 2, low=line.low * 2, high=line.high * 2)


def number(value: float) -> str:
    """A number in four significant digits, as figures print it.

    >>> number(-0.0051999), number(120.0)
    ('−0.0052', '120')
    """
    return f"{value:.4g}".replace("-", "−")
