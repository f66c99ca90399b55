"""The charts with one row an arm: differences to the baseline, scores, ranks over data sets."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from actbench.reporting.across_datasets import AcrossDatasets
from actbench.reporting.block_report import BETTER, WORSE, ArmRow, BlockReport
from actbench.reporting.block_scores import Floats
from actbench.reporting.charts import Axis, Dot, DotChart, DotRow, Span, Tone
from actbench.reporting.rows import (
    difference_with_interval,
    interval_alone,
    printed_cells,
    score_alone,
    with_spread,
)
from actbench.results.journal import DIVERGED
from actbench.wording import listed

_EQUAL = ("equivalent", "negligible")
_FURTHEST_BAND = 2.0  # a ROPE this many times wider than the data does not stretch the axis
_FAR_ARM, _FAR_DOT = 4.0, 2.0  # times as far from zero as most arms: what is out of view
_FURTHEST_LINE = 5.0  # times as wide as the scores: the widest axis that a line may ask for


def tone_of(row: ArmRow) -> Tone:
    """The kind of the verdict on an arm."""
    tones: dict[Tone, tuple[str, ...]] = {"better": BETTER, "worse": WORSE, "equal": _EQUAL}
    if row.pair is None:
        return "none"
    return next((tone for tone, kinds in tones.items() if row.judged(*kinds)), "open")


def differences_chart(block: BlockReport) -> DotChart | None:
    """The paired differences of every arm to the baseline; None where there is no pair.

    None also for a comparison with an earlier run, whose scores the block does not hold.
    """
    if block.reference != "baseline":
        return None
    rows = tuple(_differences(block, row) for row in block.rows if row.pair)
    if not rows:
        return None
    rope = block.rules.rope
    values = [0.0, *_values_in_view(rows, rope or 0.0)]
    if rope and rope <= _FURTHEST_BAND * max(map(abs, values)):
        values += [-rope, rope]
    baseline = next(row.label for row in block.rows if row.baseline)
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
    """The dots and intervals of the arms, except those far further from zero than most arms."""
    reaches = sorted(reach for row in rows if (reach := _reach(row)))
    limit = max(reaches, default=0.0)
    for nearer, further in pairwise(reaches[len(reaches) // 2 :]):
        if further > _FAR_ARM * max(nearer, rope):
            limit = nearer
            break
    near = [row for row in rows if _reach(row) <= limit]
    dots = (dot.value for row in near for dot in row.dots)
    return [
        *(end for row in near for end in row.ends),
        *(value for value in dots if not limit or abs(value) <= _FAR_DOT * max(limit, rope)),
    ]


def _reach(row: DotRow) -> float:
    """How far from zero the mean and the intervals of an arm go."""
    return max(map(abs, row.ends), default=0.0)


def _values(row: DotRow) -> list[float]:
    return [*(dot.value for dot in row.dots), *row.ends]


def _differences(block: BlockReport, row: ArmRow) -> DotRow:
    pair = row.pair
    assert pair is not None
    trials, sign = block.trials, 1.0 if block.higher_is_better else -1.0
    arm, other = (trials.position[name] for name in (pair.arm, pair.other))
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
    scores = block.without_activation
    lines = tuple((words, scores[model]) for model, words in names.items() if model in scores)
    rows = tuple(
        DotRow(
            label=row.label,
            dots=_dots(block, block.trials.scores(block.metric, block.trials.position[row.name])),
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
