"""What the figures show, as frozen values: a page and a paper draw the same dots and intervals."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from actbench.reporting.across_datasets import AcrossDatasets
from actbench.reporting.block_report import BETTER, WORSE, ArmRow, BlockReport
from actbench.reporting.block_scores import Floats
from actbench.reporting.curves import shape_of
from actbench.reporting.rows import (
    difference_with_interval,
    interval_alone,
    printed_cells,
    score_alone,
    with_spread,
)
from actbench.results.columns import CELL_KEY
from actbench.results.journal import DIVERGED
from actbench.spec.activation import Activation
from actbench.wording import listed

if TYPE_CHECKING:
    import pandas as pd

Tone = Literal["better", "worse", "equal", "open", "none"]

# The kind of a verdict for those who cannot tell the colours.
SIGNS: dict[Tone, str] = {"better": "▲", "worse": "▼", "equal": "=", "open": "?", "none": ""}

_EQUAL = ("equivalent", "negligible")
_MARGIN = 0.04  # of the range, left and right of the outermost mark
_FURTHEST_BAND = 2.0  # a ROPE this many times wider than the data does not stretch the axis
_FURTHEST_LINE = 5.0  # times as wide as the scores: the widest axis that a line may ask for
_MIDDLE = (10, 50, 90)  # percentiles: the middle 80% of the seeds, and their median
# Of each hidden layer: the title, and what it means.
_MEASURES = {
    "gradient": (
        "gradients, as powers of ten",
        "The root mean square of the gradient at each layer's input; −3 is a thousandth. Between "
        "layers of other widths only its direction means something.",
    ),
    "saturated": ("saturated outputs", "The share of outputs where the slope is nearly 0."),
    "dead": ("dead units", "The share of units that no row moves."),
}
_REACH, _POINTS = 4.0, 65  # of an activation: the inputs that are drawn; one of them is 0
_HIGHEST = 4.0  # an activation that grows further leaves the panel
_FAR = 3.0  # interquartile ranges beyond which a curve may run out of view


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
    """The lines of one arm or activation, and a remark on them in words."""

    label: str
    lines: tuple[Line, ...]
    remark: str = ""


@dataclass(frozen=True)
class PanelChart:
    """Small multiples on shared axes.

    `place`: where it was measured. `across`: the positions on the horizontal axis that have
    a name, the first and the last one being its ends. `across_title`: what that axis shows.
    """

    title: str
    place: str
    description: str
    axis: Axis
    across: tuple[tuple[float, str], ...]
    across_title: str
    panels: tuple[Panel, ...]


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
    values = [0.0, *(value for row in rows for value in _values(row))]
    rope = block.rules.rope
    if rope and rope <= _FURTHEST_BAND * max(map(abs, values)):
        values += [-rope, rope]
    baseline = next((row.label for row in block.rows if row.baseline), block.reference)
    band = f"; the band is ±{rope:g}, too small to matter" if rope else ""
    beside = " The dashed bar is the interval for test rows like these." if block.shows_rows else ""
    return DotChart(
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


def _values(row: DotRow) -> list[float]:
    ends = [end for span in row.spans for end in (span.low, span.high)]
    return [*(dot.value for dot in row.dots), *ends]


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


def curves_chart(block: BlockReport, history: "pd.DataFrame") -> PanelChart | None:
    """The learning curves of every arm in the metric of the block; None where there are none.

    `history`: one row a trial and epoch, as in `history.csv`.
    """
    parts = [part for part in ("train", "val") if f"{part}_{block.metric}" in history.columns]
    trials = _trials_of(block, history)
    panels = []
    for row in block.rows:
        own = _of_arm(block, row, trials)
        lines = tuple(filter(None, [_learning_curve(own, part, block.metric) for part in parts]))
        ends = [f"{line.kind} {score_alone(line.y[-1])}" for line in lines]
        remark = f"median after the last epoch: {', '.join(ends)}" if ends else "did not train"
        panels.append(Panel(row.label, lines, remark))
    drawn = [line for panel in panels for line in panel.lines]
    if not drawn:
        return None
    last = max(line.x[-1] for line in drawn)
    kinds = {
        "train": "Dashed: training rows, averaged through the epoch.",
        "val": "Solid: validation rows, at the end of the epoch.",
    }
    return PanelChart(
        title=f"Learning curves: {block.metric} over the epochs",
        place=block.title,
        description=(
            "One panel an arm, all on the same axes: the median over the trials and the middle "
            f"80% of them. {' '.join(kinds[part] for part in parts)}"
        ),
        axis=Axis.over(_in_view([value for line in drawn for value in (*line.low, *line.high)])),
        across=((1, "1"), (last, f"{last:g}")) if last > 1 else ((0, ""), (1, "1")),
        across_title="epoch",
        panels=tuple(panels),
    )


def _trials_of(block: BlockReport, table: "pd.DataFrame") -> "pd.DataFrame":
    """The rows of a table that belong to the trials of a block."""
    words = table.astype({name: str for name in CELL_KEY if name in table.columns})
    here = words[words[block.unit].isin(block.trials.seeds)]
    for name, value in block.trials.cell.items():
        here = here[here[name] == value]
    return here


def _of_arm(block: BlockReport, row: ArmRow, trials: "pd.DataFrame") -> "pd.DataFrame":
    for axis in block.trials.axes:
        trials = trials[trials[axis] == row.cell[axis]]
    return trials


def _learning_curve(epochs: "pd.DataFrame", part: str, metric: str) -> Line | None:
    column = f"{part}_{metric}"
    return _percentiles(epochs, "epoch", column, part) if column in epochs else None


def _percentiles(table: "pd.DataFrame", across: str, column: str, kind: str) -> Line | None:
    """The median of a column over the trials, and the middle 80%, for each value of `across`."""
    values = table[[across, column]].dropna()
    if values.empty:
        return None
    at, numbers = (values[name].to_numpy(dtype=float) for name in (across, column))
    x = np.unique(at)
    shares = np.array([np.percentile(numbers[at == value], _MIDDLE) for value in x])
    low, median, high = (tuple(column) for column in shares.T.tolist())
    return Line(kind, tuple(x.tolist()), median, low, high)


def diagnostics_charts(block: BlockReport, layers: "pd.DataFrame") -> Iterator[PanelChart]:
    """What happens inside, layer by layer, a chart for each measure that there is.

    `layers`: one row a trial, epoch and layer, as in `diagnostics.csv`.
    """
    trials = _trials_of(block, layers)
    gradient = trials["gradient"].to_numpy(dtype=float)
    trials = trials.assign(gradient=np.log10(np.where(gradient > 0, gradient, np.nan)))
    for column, (title, meaning) in _MEASURES.items():
        panels = [
            Panel(row.label, tuple(_start_and_end(_of_arm(block, row, trials), column)))
            for row in block.rows
        ]
        drawn = [line for panel in panels for line in panel.lines]
        if not drawn:
            continue
        last = max(line.x[-1] for line in drawn)
        ends = [value for line in drawn for value in (*line.low, *line.high)]
        yield PanelChart(
            title=f"Inside: {title}",
            place=block.title,
            description=(
                f"{meaning} One panel an arm, hidden layers from left to right: the median over "
                "the trials and the middle 80%. Dashed: before training. Solid: at its end."
            ),
            axis=Axis.over(ends if column == "gradient" else [0.0, 1.0, *ends]),
            across=((1, "1"), (last, f"{last:g}")) if last > 1 else ((0, ""), (1, "1")),
            across_title="layer",
            panels=tuple(panels),
        )


def _start_and_end(layers: "pd.DataFrame", column: str) -> Iterator[Line]:
    for kind, rows in (("start", layers["epoch"] == 0), ("end", layers["epoch"] > 0)):
        if line := _percentiles(layers[rows], "layer", column, kind):
            yield line


def activations_chart(activations: Mapping[str, Activation]) -> PanelChart | None:
    """The curve and the slope of each activation, by its label; None where none can be drawn.

    A user's own Python function is left out: drawing it would run it.
    """
    x = np.linspace(-_REACH, _REACH, _POINTS)
    panels = []
    for label, activation in activations.items():
        if activation.custom is not None:
            continue
        values, slopes = (tuple(map(float, numbers)) for numbers in shape_of(activation, x))
        inputs = tuple(x.tolist())
        lines = (Line("function", inputs, values), Line("slope", inputs, slopes))
        panels.append(Panel(label, lines))
    if not panels:
        return None
    heights = [value for panel in panels for line in panel.lines for value in line.y]
    finite = [value for value in heights if abs(value) <= _HIGHEST]
    return PanelChart(
        title="The activations and their slopes",
        place="",
        description=(
            f"One panel an activation, all on the same axes, for inputs from -{_REACH:g} to "
            f"{_REACH:g}. Solid: the function. Dashed: its slope, by which gradients are "
            "multiplied. One of a whole row, such as softmax, is drawn for the row (x, 0)."
        ),
        axis=Axis.over([0.0, *finite]),
        across=((-_REACH, f"−{_REACH:g}"), (0, "0"), (_REACH, f"{_REACH:g}")),
        across_title="input",
        panels=tuple(panels),
    )


def _in_view(values: Sequence[float]) -> list[float]:
    """The values but for those far outside of the middle half, which would flatten the rest."""
    quarter, three_quarters = np.percentile(values, (25, 75))
    reach = _FAR * (three_quarters - quarter)
    least, most = quarter - reach, three_quarters + reach
    return [value for value in values if least <= value <= most] or list(values)


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
