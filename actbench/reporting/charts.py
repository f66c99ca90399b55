"""What the figures show, as frozen values: a page and a paper draw the same dots and intervals."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from actbench.reporting.across_datasets import AcrossDatasets
from actbench.reporting.block_report import BETTER, WORSE, ArmRow, BlockReport
from actbench.reporting.block_scores import Floats
from actbench.reporting.rows import (
    difference_with_interval,
    interval_alone,
    printed_cells,
    score_alone,
    with_spread,
)
from actbench.results.journal import DIVERGED
from actbench.wording import listed

Tone = Literal["better", "worse", "equal", "open", "none"]

# The kind of a verdict for those who cannot tell the colours.
SIGNS: dict[Tone, str] = {"better": "▲", "worse": "▼", "equal": "=", "open": "?", "none": ""}

_EQUAL = ("equivalent", "negligible")
_MARGIN = 0.04  # of the range, left and right of the outermost mark
_FURTHEST_BAND = 2.0  # a ROPE this many times wider than the data does not stretch the axis
_FAR_ARM, _FAR_DOT = 4.0, 2.0  # times as far from zero as most arms: what is out of view
_FURTHEST_LINE = 5.0  # times as wide as the scores: the widest axis that a line may ask for


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
        ends, dots = _ends(row), [dot.value for dot in row.dots]
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


def tone_of(row: ArmRow) -> Tone:
    """The kind of the verdict on an arm."""
    tones: dict[Tone, tuple[str, ...]] = {"better": BETTER, "worse": WORSE, "equal": _EQUAL}
    if row.pair is None:
        return "none"
    return next((tone for tone, kinds in tones.items() if row.judged(*kinds)), "open")


def differences_chart(block: BlockReport) -> DotChart | None:
    """The paired differences of every arm to the baseline; None where there is no pair."""
    rows = tuple(_differences(block, row) for row in block.rows if row.pair)
    if not rows:
        return None
    rope = block.rules.rope
    values = [0.0, *_values_in_view(rows, rope or 0.0)]
    if rope and rope <= _FURTHEST_BAND * max(map(abs, values)):
        values += [-rope, rope]
    baseline = next((row.label for row in block.rows if row.baseline), block.reference)
    band = f"; the band is ±{rope:g}, too small to matter" if rope else ""
    beside = " The dashed bar is the interval for test rows like these." if block.shows_rows else ""
    chart = DotChart(
        title=f"Difference to {baseline} in {block.measured}",
        place=block.title,
        description=(
            f"One row an arm, one dot a {block.unit}: how much better (right) or worse (left) "
            f"than {baseline} it did on the same {block.unit}. The bar is the "
            f"{block.confidence} interval of the mean, the tick on it the mean{band}.{beside}"
        ),
        axis_title=f"← worse   {block.metric}   better →",
        axis=Axis.over(values),
        rows=rows,
        band=(-rope, rope) if rope else None,
    )
    lefts, rights = zip(*map(chart.beyond, rows), strict=True)  # marks get room beside the dots
    values += [chart.axis.low] * any(lefts) + [chart.axis.high] * any(rights)
    chart = replace(chart, axis=Axis.over(values))
    if far := [row.label for row in rows if any(row.words in end for end in chart.beyond(row))]:
        beyond = f" Beyond the axis, with an arrow and their numbers: {listed(far)}."
        chart = replace(chart, description=chart.description + beyond)
    return chart


def _values_in_view(rows: Sequence[DotRow], rope: float) -> list[float]:
    """The dots and intervals of the arms, but for those far further from zero than most arms."""
    reaches = sorted(reach for row in rows if (reach := _reach(row)))
    limit = max(reaches, default=0.0)
    for nearer, further in pairwise(reaches[len(reaches) // 2 :]):
        if further > _FAR_ARM * max(nearer, rope):
            limit = nearer
            break
    near = [row for row in rows if _reach(row) <= limit]
    dots = (dot.value for row in near for dot in row.dots)
    return [
        *(end for row in near for end in _ends(row)),
        *(value for value in dots if not limit or abs(value) <= _FAR_DOT * max(limit, rope)),
    ]


def _reach(row: DotRow) -> float:
    """How far from zero the mean and the intervals of an arm go."""
    return max(map(abs, _ends(row)), default=0.0)


def _ends(row: DotRow) -> list[float]:
    """The mean of an arm and the ends of its intervals."""
    ends = [end for span in row.spans for end in (span.low, span.high)]
    return ends if row.mean is None else [row.mean, *ends]


def _values(row: DotRow) -> list[float]:
    return [*(dot.value for dot in row.dots), *_ends(row)]


def _differences(block: BlockReport, row: ArmRow) -> DotRow:
    pair = row.pair
    assert pair is not None
    trials, sign = block.trials, 1.0 if block.higher_is_better else -1.0
    arm, other = (_position(block, name) for name in (pair.arm, pair.other))
    differences = sign * (trials.scores(block.metric, arm) - trials.scores(block.metric, other))
    looked_at = pair.decided.seeds if pair.decided else block.seeds
    lost, won = (trials.status[i][:looked_at] == DIVERGED for i in (arm, other))
    return DotRow(
        label=row.label,
        dots=_dots(block, differences[:looked_at]),
        mean=pair.difference,
        words=difference_with_interval(pair),
        spans=tuple(_spans(block, row)),
        tone=tone_of(row),
        verdict=row.verdict,
        lost=tuple(s for s, gone in zip(trials.seeds, lost & ~won, strict=False) if gone),
        won=tuple(s for s, gone in zip(trials.seeds, won & ~lost, strict=False) if gone),
        remark=_outcomes(row),
    )


def _spans(block: BlockReport, row: ArmRow) -> Iterator[Span]:
    """The interval of every scope that there is."""
    for scope, pair in ((block.scope, row.pair), ("rows", row.rows_pair)):
        if pair and pair.interval:
            yield Span(scope, *pair.interval, interval_alone(pair))


def _position(block: BlockReport, name: str) -> int:
    return next(i for i, arm in enumerate(block.comparison.arms) if arm.name == name)


def _dots(block: BlockReport, values: Floats) -> tuple[Dot, ...]:
    pairs = zip(block.trials.seeds, values.tolist(), strict=False)
    return tuple(
        Dot(f"{block.unit} {seed}", value) for seed, value in pairs if math.isfinite(value)
    )


def _outcomes(row: ArmRow) -> str:
    return "" if row.ok == row.trials else printed_cells(row)["seeds"]


def scores_chart(block: BlockReport) -> DotChart:
    """The score of every seed, an arm a row, with the scores without any activation as lines."""
    names = {"linear": "linear model", "constant": "best constant"}
    known = block.without_activation
    lines = tuple((words, known[model]) for model, words in names.items() if model in known)
    rows = tuple(
        DotRow(
            label=row.label,
            dots=_dots(block, block.trials.scores(block.metric, _position(block, row.name))),
            mean=row.mean,
            words=with_spread(row.mean, row.sd),
            remark=_outcomes(row),
        )
        for row in block.rows
    )
    better = "more" if block.higher_is_better else "less"
    values = [value for row in rows for value in _values(row)]
    near = [value for _, value in lines if _is_near(value, values)]
    shown = [
        f"{words} {score_alone(value)}{'' if value in near else ' (out of view)'}"
        for words, value in lines
    ]
    described = f" Lines: {' and '.join(shown)}, without any activation." if lines else ""
    return DotChart(
        title=f"{block.measured} of every {block.unit}",
        place=block.title,
        description=(
            f"One row an arm, one dot a {block.unit}; the tick is the mean; {better} is better."
            f"{described}"
        ),
        axis_title=f"{block.measured} ({better} is better)",
        axis=Axis.over([*values, *near] or [0.0, 1.0]),
        rows=rows,
        lines=lines,
    )


def _is_near(line: float, values: Sequence[float]) -> bool:
    """Whether a line can be in view without squeezing the values into a corner."""
    if not values:
        return True
    low, high = min(values), max(values)
    return max(line, high) - min(line, low) <= _FURTHEST_LINE * (high - low)


def ranks_chart(across: AcrossDatasets) -> DotChart | None:
    """The average ranks over several data sets with Nemenyi's critical difference, as Demšar 2006.

    None below six data sets, where no test is made.
    """
    comparison, difference = across.comparison, across.comparison.critical_difference
    if comparison.average_ranks is None or difference is None:
        return None
    order = np.argsort(comparison.average_ranks, kind="stable").tolist()
    rows = []
    for i in order:
        mean, ranks = comparison.average_ranks[i], comparison.ranks[i]
        ends = mean - difference / 2, mean + difference / 2
        rows.append(
            DotRow(
                label=comparison.names[i],
                dots=tuple(map(Dot, across.datasets, ranks)),
                mean=mean,
                words=f"average rank {mean:.2f}",
                spans=(Span("ranks", *ends, f"{ends[0]:.2f} to {ends[1]:.2f}"),),
            )
        )
    return DotChart(
        title=f"Average ranks over {len(across.datasets)} data sets",
        place=listed(across.datasets),
        description=(
            "One row an arm, one dot a data set; 1 is best. The bar is as wide as the critical "
            f"difference of {difference:.2f} (Nemenyi): two arms differ where their bars do not "
            "overlap. It allows for all pairs; against the baseline the tests above see more."
        ),
        axis_title="← better   rank   worse →",
        axis=Axis.over([value for row in rows for value in _values(row)]),
        rows=tuple(rows),
    )
