"""Small multiples as frozen values: learning curves and rates, what happens inside, shapes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from actbench.reporting.block_report import ArmRow, BlockReport
from actbench.reporting.charts import Axis, Line, Panel, PanelChart, number
from actbench.reporting.curves import shape_of
from actbench.reporting.rows import score_alone
from actbench.results.columns import CELL_KEY
from actbench.spec.activation import Activation
from actbench.wording import listed

if TYPE_CHECKING:
    import pandas as pd

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
_FURTHEST = 20.0  # times the heights of most curves: a median within them is drawn whole
_FAR = 3.0  # interquartile ranges beyond which a curve may run out of view


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
    axis = Axis.over(_with_medians(drawn))
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
        axis=axis,
        across=((1, "1"), (last, f"{last:g}")) if last > 1 else ((0, ""), (1, "1")),
        across_title="epoch",
        panels=tuple(_saying_what_is_cut(panel, axis) for panel in panels),
        key={"train": "training rows", "val": "validation rows"},
    )


def _with_medians(lines: Sequence[Line]) -> list[float]:
    """What the axis of learning curves shows: most of each area, and all of each median.

    A median that runs off so far that it would flatten all others is cut.
    """
    values = _in_view([value for line in lines for value in (*line.low, *line.high)])
    low, high = min(values), max(values)
    reach = _FURTHEST * (high - low)
    medians = (value for line in lines for value in line.y)
    return [*values, *(value for value in medians if low - reach <= value <= high + reach)]


def _saying_what_is_cut(panel: Panel, axis: Axis) -> Panel:
    """The panel, with a remark if one of its medians or areas leaves the axis."""
    values = [value for line in panel.lines for value in (*line.y, *line.low, *line.high)]
    least, most = min(values, default=axis.low), max(values, default=axis.high)
    below = [f"down to {number(least)}"] if least < axis.low else []
    above = [f"up to {number(most)}"] if most > axis.high else []
    cut = f"; out of view: {' and '.join([*below, *above])}" if below or above else ""
    return replace(panel, remark=panel.remark + cut)


def _trials_of(block: BlockReport, table: "pd.DataFrame") -> "pd.DataFrame":
    """The rows of a table that belong to the trials of a block."""
    return _of_block(block, table[table[block.unit].isin(block.trials.seeds)])


def _of_block(block: BlockReport, table: "pd.DataFrame") -> "pd.DataFrame":
    """The rows of a table with the data set and architecture of a block, whatever their seeds."""
    here = table.astype({name: str for name in CELL_KEY if name in table.columns})
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
            across_title="hidden layer",
            panels=tuple(panels),
            key={"start": "before training", "end": "at the end"},
        )


def _start_and_end(layers: "pd.DataFrame", column: str) -> Iterator[Line]:
    for kind, rows in (("start", layers["epoch"] == 0), ("end", layers["epoch"] > 0)):
        if line := _percentiles(layers[rows], "layer", column, kind):
            yield line


def rates_chart(block: BlockReport, selection: "pd.DataFrame") -> PanelChart | None:
    """The validation score of every arm at each learning rate, with the chosen ones marked.

    `selection`: one row an arm, rate and selection seed, as in `selection.csv`.
    """
    if block.rates is None:
        return None
    trials = _of_block(block, selection)
    trials = trials.assign(rate=np.log10(trials["learning_rate"].to_numpy(dtype=float)))
    column, chosen = f"val_{block.rates.metric}", block.rates.chosen
    panels = [
        _rates_panel(_of_arm(block, row, trials), row.label, column, chosen.get(row.label, {}))
        for row in block.rows
    ]
    drawn = [line for panel in panels for line in panel.lines]
    if not drawn:
        return None
    ends = [math.log10(rate) for rate in (block.rates.grid[0], block.rates.grid[-1])]
    return PanelChart(
        title=f"Learning rates: validation {block.rates.metric}",
        place=block.title,
        description=(
            "One panel an arm, learning rates from left to right on a logarithmic axis: the median "
            "over the selection seeds and the middle 80%. The dots mark the rates that were chosen."
        ),
        axis=Axis.over(_in_view([value for line in drawn for value in (*line.low, *line.high)])),
        across=((ends[0], f"{10 ** ends[0]:.4g}"), (ends[1], f"{10 ** ends[1]:.4g}")),
        across_title="learning rate",
        panels=tuple(panels),
        key={"val": "median"},
        logarithmic=True,
    )


def _rates_panel(
    trials: "pd.DataFrame", label: str, column: str, chosen: Mapping[float, int]
) -> Panel:
    """`chosen`: how many trials have which rate."""
    line = _percentiles(trials, "rate", column, "val")
    if line is None:
        return Panel(label, (), "did not train")
    score_by_rate = {_rounded(10**x): (x, y) for x, y in zip(line.x, line.y, strict=True)}
    marks = [score_by_rate[rate] for rate in map(_rounded, chosen) if rate in score_by_rate]
    some = len(chosen) > 1
    words = listed(f"{rate:g}{f' ({count})' if some else ''}" for rate, count in chosen.items())
    return Panel(label, (line,), f"chosen: {words}" if words else "", tuple(marks))


def _rounded(rate: float) -> float:
    return round(rate, 12)


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
        key={"function": "function", "slope": "slope"},
    )


def _in_view(values: Sequence[float]) -> list[float]:
    """The values except those far outside of the middle half, which would flatten the rest."""
    quarter, three_quarters = np.percentile(values, (25, 75))
    reach = _FAR * (three_quarters - quarter)
    least, most = quarter - reach, three_quarters + reach
    return [value for value in values if least <= value <= most] or list(values)
