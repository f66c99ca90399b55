"""Compares two runs of one spec: every arm with itself in the earlier run, seed by seed."""

from collections.abc import Sequence
from dataclasses import replace

from actbench.errors import ResultsError
from actbench.reporting.block_report import (
    ArmRow,
    BlockReport,
    versions_in_words,
    without_verdicts,
)
from actbench.reporting.block_scores import full_name
from actbench.statistics import compare_runs


def compare_with_earlier(
    after: Sequence[BlockReport], before: Sequence[BlockReport]
) -> tuple[BlockReport, ...]:
    """Compare each arm of `after` with the same arm of `before`; Holm over the arms of a block.

    Raises:
        ResultsError: the two have no block, arm and seed in common.
    """
    earlier = {(block.trials.name, block.metric): block for block in before}
    both = [(now, earlier.get((now.trials.name, now.metric))) for now in after]
    reports = [report for now, then in both if then and (report := _report(now, then))]
    if not reports:
        raise ResultsError(
            "--against: the two results have no trial in common (same data set, architecture, "
            "arm, metric and seed); they should come from one spec"
        )
    return tuple(reports)


def _report(now: BlockReport, then: BlockReport) -> BlockReport | None:
    """The comparison on the arms and seeds that both runs have; None if there are none."""
    every_arm = dict.fromkeys([*now.trials.arms, *then.trials.arms])
    arms = [arm for arm in now.trials.arms if arm in then.trials.arms]
    seeds = [seed for seed in now.trials.seeds if seed in then.trials.seeds]
    if not arms or not seeds:
        return None
    runs = [report.trials.of(arms, seeds) for report in (now, then)]
    comparison = compare_runs(
        *(trials.scores(now.metric) for trials in runs),
        higher_is_better=now.higher_is_better,
        names=[full_name(arm) for arm in arms],
        diverged=[trials.failed(now.metric) for trials in runs],
        at_chance=[trials.at_chance(now.metric) for trials in runs],
        rules=now.rules,
    )
    not_comparable = now.not_comparable or then.not_comparable
    if not_comparable:
        comparison = without_verdicts(comparison)
    rows = [
        replace(
            ArmRow.of(runs[0], now.metric, i, comparison.arms[i], pair),
            before=comparison.arms[len(arms) + i].mean,
            notes=(),
        )
        for i, pair in enumerate(comparison.pairs)
    ]
    unpaired = [full_name(arm) for arm in every_arm if arm not in arms]
    return replace(
        now,
        trials=runs[0],
        rows=tuple(rows),
        comparison=comparison,
        not_comparable=not_comparable,
        reference="before",
        test_rows=0,
        rows_remarks=(),
        versions=versions_in_words(reversed(runs)),
        notes=(*now.notes, *(f"{arm} is in one of the runs only." for arm in unpaired)),
    )
