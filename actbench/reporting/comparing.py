"""From the rows of trials to comparisons: one for each block and metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from actbench.errors import ResultsError
from actbench.reporting.blocks import ArmName, ArmRow, BlockReport
from actbench.reporting.matching import matching
from actbench.reporting.question import Question
from actbench.reporting.sorting import sorted_rows
from actbench.reporting.trial_table import BlockTable, blocks_of, metrics_of
from actbench.results.side_files import Looks
from actbench.spec.keras_names import HIGHER_IS_BETTER
from actbench.statistics import (
    Comparison,
    Rules,
    compare,
    default_rope,
    student_look_levels,
)
from actbench.wording import listed, nearest

if TYPE_CHECKING:
    import pandas as pd

ALPHA = 0.05


def report(
    frame: "pd.DataFrame", question: Question | None = None, looks: Looks | None = None
) -> tuple[BlockReport, ...]:
    """Compare the arms of every block in `frame`, the rows of a `trials.csv`.

    `looks`: the plan of a run until decided, whose levels are then used.

    Raises:
        ResultsError: a metric or the baseline is not there, the block mixes what was trained
            otherwise, or options contradict each other.
    """
    asked = question or Question()
    asked.check()
    _check_metrics(frame, asked)
    _check_looks(asked, looks)
    tables = blocks_of(frame, asked.axes, asked.rows, mixed=asked.mixed)
    chosen = [(table, metric) for table in tables for metric in _metrics(table, asked)]
    _check_units(asked, [metric for _, metric in chosen])
    _check_candidates(asked, [table for table, _ in chosen])
    planned = [_planned(table, metric, asked, looks) for table, metric in chosen]
    return tuple(
        _report(block, asked, _compared(block) if len(block.table.arms) > 1 else None)
        for block in planned
    )


def _check_metrics(frame: "pd.DataFrame", asked: Question) -> None:
    known = metrics_of(frame, asked.rows)
    if not known:
        validation = "; a validation split needs `validation` in the data set"
        hint = validation if asked.rows == "val" else ""
        raise ResultsError(f"these trials have no {asked.rows} metrics{hint}")
    for metric in asked.metrics:
        if metric not in known:
            near = nearest(metric, known)
            raise ResultsError(
                f"expected a {asked.rows} metric ({listed(known)}), got '{metric}'{near}"
            )


def _check_looks(asked: Question, looks: Looks | None) -> None:
    if looks and asked.alpha not in (None, looks.alpha):
        raise ResultsError(
            f"--alpha {asked.alpha:g}: this run stopped when it was decided at alpha "
            f"{looks.alpha:g}, spent over its looks; another level needs another run"
        )
    if looks and asked.all_pairs:
        raise ResultsError(
            "--all-pairs: this run stopped when the comparisons with the baseline were decided; "
            "other pairs cannot be tested on it"
        )


def _check_units(asked: Question, metrics: Sequence[str]) -> None:
    several = list(dict.fromkeys(metrics))
    for name, size in (("--rope", asked.rope), ("--min-effect", asked.min_effect)):
        if size is not None and len(several) > 1:
            raise ResultsError(
                f"{name} {size:g} is in the unit of one metric, and here are "
                f"{listed(several)}; name one with --metric"
            )


def _check_candidates(asked: Question, tables: Sequence[BlockTable]) -> None:
    if asked.by != "arm" and all(len(table.arms) == 1 for table in tables):
        (only,) = dict.fromkeys(table.arms[0][0] for table in tables[:1])
        raise ResultsError(
            f"--by {asked.by}: expected several to compare, all else being the same, and found "
            f"none that share it ({only} is alone); leave --by out to compare the arms"
        )


def _metrics(table: BlockTable, asked: Question) -> list[str]:
    """The metrics asked for that this block has; the first one it has where none is named."""
    measured = [metric for metric in table.metrics if table.measured(metric)]
    if asked.metrics:
        return [metric for metric in asked.metrics if metric in measured]
    return (measured or list(table.metrics))[:1]


@dataclass(frozen=True)
class _Levels:
    """What is tested at: `alpha` after Holm, and the intervals' `level`."""

    alpha: float
    level: float


def _levels(asked: Question, looks: Looks | None, comparisons: int) -> _Levels:
    """The level asked for, or the one that this look of a run until decided leaves.

    There alpha/m is spent over the looks for each of m comparisons. Holm at m times that level is
    a closed test whose steps each keep alpha, because a smaller share of alpha leaves a look
    no larger a share of itself.
    """
    if looks is None:
        alpha = asked.alpha or ALPHA
        return _Levels(alpha, 1 - alpha)
    at = looks.looks.index(looks.taken)
    each = student_look_levels(looks.looks, looks.alpha / looks.comparisons)[at]
    return _Levels(
        each * max(1, comparisons), 1 - student_look_levels(looks.looks, looks.alpha)[at]
    )


@dataclass(frozen=True)
class _Planned:
    """One block in one metric, and how its arms are to be compared."""

    table: BlockTable
    metric: str
    base: int
    rules: Rules
    notes: tuple[str, ...]


def _planned(table: BlockTable, metric: str, asked: Question, looks: Looks | None) -> _Planned:
    base, notes = _baseline_row(table, asked)
    levels = _levels(asked, looks, len(table.arms) - 1)
    rules = Rules(
        rope=asked.rope if asked.rope is not None else default_rope(metric),
        min_effect=asked.min_effect,
        alpha=levels.alpha,
        level=levels.level,
        all_pairs=asked.all_pairs,
    )
    return _Planned(table, metric, base, rules, notes)


def _compared(planned: _Planned) -> Comparison:
    scores, failed = planned.table.scores(planned.metric)
    return compare(
        scores,
        planned.base,
        higher_is_better=planned.metric in HIGHER_IS_BETTER,
        names=[" / ".join(arm) for arm in planned.table.arms],
        failed=failed,
        rules=planned.rules,
    )


def _report(planned: _Planned, asked: Question, found: Comparison | None) -> BlockReport:
    table, metric, rules = planned.table, planned.metric, planned.rules
    scores, failed = table.scores(metric)
    rows = _rows(table, metric, planned.base, found)
    return BlockReport(
        cell=table.cell,
        metric=metric,
        split=asked.rows,
        axes=asked.axes,
        seeds=table.seeds,
        arms=table.arms,
        baseline=planned.base,
        scores=scores,
        failed=failed,
        collapsed=table.collapsed,
        rows=sorted_rows(rows, asked.sort, higher_is_better=metric in HIGHER_IS_BETTER),
        pairs=found.pairs if found and asked.all_pairs else (),
        alpha=rules.alpha,
        level=rules.level,
        rope=rules.rope,
        min_effect=asked.min_effect,
        seeds_to_reach=found.seeds_to_reach if found else None,
        at=asked.at,
        notes=planned.notes,
    )


def _rows(table: BlockTable, metric: str, base: int, found: Comparison | None) -> list[ArmRow]:
    counts = table.counts(metric)
    return [
        _row(table, metric, i, counts[i], baseline=i == base, found=found)
        for i in range(len(table.arms))
    ]


def _row(
    table: BlockTable,
    metric: str,
    i: int,
    counts: Mapping[str, int],
    *,
    baseline: bool,
    found: Comparison | None,
) -> ArmRow:
    arm = found.arms[i] if found else None
    mean, sd = (arm.mean, arm.sd) if arm else _alone(table, metric)
    return ArmRow(
        cell={**table.cell, **dict(zip(table.axes, table.arms[i], strict=True))},
        rank=arm.rank if arm else None,
        mean=mean,
        sd=sd,
        baseline=baseline,
        pair=found.against_baseline(arm.name) if found and arm else None,
        outliers=tuple(table.seeds[j] for j in arm.outliers) if arm else (),
        notes=table.noted(i),
        **counts,
    )


def _alone(table: BlockTable, metric: str) -> tuple[float | None, float | None]:
    scores, _ = table.scores(metric)
    trained = scores[0][np.isfinite(scores[0])]
    mean = float(trained.mean()) if trained.size else None
    return mean, float(trained.std(ddof=1)) if trained.size > 1 else None


def _baseline_row(table: BlockTable, asked: Question) -> tuple[int, tuple[str, ...]]:
    """The baseline's position, and a note where the one that the spec names is not here."""
    named = {k: v for k, v in asked.baseline.items() if k in asked.axes}
    fitting = matching(named, asked.axes, table.arms, asked.activations)
    if fitting:
        return fitting[0], ()
    if asked.required:
        raise ResultsError(_no_such_arm(table.arms, asked.axes, named))
    words = " / ".join(named.values())
    first = " / ".join(table.arms[0])
    return 0, (f"The spec's baseline {words} is not among these arms: {first} stands in for it.",)


def _no_such_arm(arms: Sequence[ArmName], axes: Sequence[str], named: Mapping[str, str]) -> str:
    words = []
    for axis, labels in zip(axes, zip(*arms, strict=True), strict=True):
        if axis in named:
            known = dict.fromkeys(labels)
            near = nearest(named[axis], known)
            words.append(f"{axis}={named[axis]} (there are {listed(known)}{near})")
    return f"expected a baseline among the arms, got {' and '.join(words)}"
