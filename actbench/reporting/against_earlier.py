"""Compares two runs of one spec: every arm with itself in the earlier run, seed by seed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from actbench.errors import ResultsError
from actbench.reporting.block_report import ArmRow, BlockReport, full_name, without_verdict
from actbench.reporting.block_scores import ArmName
from actbench.statistics import Comparison, Pair, compare, compare_runs, seeds_to_reach

BEFORE = "before"


def compare_with_earlier(
    after: Sequence[BlockReport], before: Sequence[BlockReport]
) -> tuple[BlockReport, ...]:
    """Compare each arm of `after` with the same arm of `before`; Holm over the arms of a block.

    Raises:
        ResultsError: the two have no block, arm and seed in common.
    """
    earlier = {_place(block): block for block in before}
    both = [(block, earlier[_place(block)]) for block in after if _place(block) in earlier]
    reports = [
        _report(now, then, *_shared(now, then)) for now, then in both if all(_shared(now, then))
    ]
    if not reports:
        raise ResultsError(
            "--against: the two results have no trial in common (same data set, architecture, "
            "arm, metric and seed); they should come from one spec"
        )
    return tuple(reports)


def _place(block: BlockReport) -> tuple[object, ...]:
    return (tuple(block.cell.items()), block.metric)


def _shared(now: BlockReport, then: BlockReport) -> tuple[list[ArmName], list[int]]:
    """The arms and the seeds that both runs have."""
    arms = [arm for arm in now.arms if arm in then.arms]
    seeds = [seed for seed in now.seeds if seed in then.seeds]
    return arms, seeds


def _report(
    now: BlockReport, then: BlockReport, arms: list[ArmName], seeds: list[int]
) -> BlockReport:
    here, there = _where(now, arms, seeds), _where(then, arms, seeds)
    new, old, collapsed = now.scores[here], then.scores[there], now.collapsed[here]
    at_chance = (collapsed, then.collapsed[there])
    diverged = (now.failed[here] & ~at_chance[0], then.failed[there] & ~at_chance[1])
    pairs = compare_runs(
        new,
        old,
        higher_is_better=now.higher_is_better,
        names=[full_name(arm) for arm in arms],
        diverged=diverged,
        at_chance=at_chance,
        rules=now.rules,
    )
    not_comparable = now.not_comparable or then.not_comparable
    rows = []
    for i, arm in enumerate(arms):
        alone = compare(
            np.stack([old[i], new[i]]),
            higher_is_better=now.higher_is_better,
            names=[BEFORE, "after"],
            diverged=np.stack([diverged[1][i], diverged[0][i]]),
            at_chance=np.stack([at_chance[1][i], at_chance[0][i]]),
            rules=now.rules,
        )
        row = now.row_of(full_name(arm))
        pair = without_verdict(pairs[i]) if not_comparable else pairs[i]
        rows.append(_row(row, alone, pair, int(collapsed[i].sum())))
    unpaired = [arm for arm in dict.fromkeys([*now.arms, *then.arms]) if arm not in arms]
    return replace(
        now,
        arms=tuple(arms),
        seeds=tuple(seeds),
        baseline=-1,
        scores=new,
        failed=now.failed[here],
        collapsed=collapsed,
        rows=tuple(rows),
        pairs=(),
        seeds_to_reach=seeds_to_reach(now.rules.alpha, len(arms)),
        seeds_to_rank=None,
        reference=BEFORE,
        not_comparable=not_comparable,
        notes=(*now.notes, *(f"{full_name(arm)} is in one of the runs only." for arm in unpaired)),
    )


def _where(block: BlockReport, arms: list[ArmName], seeds: list[int]) -> tuple[Any, ...]:
    """The indices of these arms and seeds in the block's arrays."""
    return np.ix_(
        [block.arms.index(arm) for arm in arms], [block.seeds.index(seed) for seed in seeds]
    )


def _row(row: ArmRow, alone: Comparison, pair: Pair, at_chance: int) -> ArmRow:
    before, after = alone.arms
    error = min(row.error, after.missing)
    return replace(
        row,
        rank=None,
        ok=after.ok,
        diverged=after.failed - at_chance,
        at_chance=at_chance,
        error=error,
        missing=after.missing - error,
        mean=after.mean,
        sd=after.sd,
        before=before.mean,
        baseline=False,
        pair=pair,
        notes=(),
    )
