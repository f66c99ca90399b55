"""Two runs of one spec, before and after a change: every arm paired with itself, seed by seed."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actbench.errors import ResultsError
from actbench.reporting.blocks import ArmName, ArmRow, BlockReport, Floats
from actbench.reporting.question import Question
from actbench.statistics import Comparison, Failures, Pair, Rules, compare

BEFORE = "before"


def against(
    after: tuple[BlockReport, ...], before: tuple[BlockReport, ...], question: Question
) -> tuple[BlockReport, ...]:
    """Compare each arm of `after` with the same arm of `before`; Holm over the arms of a block.

    Raises:
        ResultsError: the two have no block, arm and seed in common.
    """
    earlier = {_key(block): block for block in before}
    paired = [(block, earlier[_key(block)]) for block in after if _key(block) in earlier]
    found = tuple(_block(now, then, question) for now, then in paired if _shared(now, then))
    if not found:
        raise ResultsError(
            "--against: the two results have no trial in common (same data set, architecture, "
            "arm, metric and seed); they should come from one spec"
        )
    return found


def _key(block: BlockReport) -> tuple[object, ...]:
    return (tuple(block.cell.items()), block.metric)


def _shared(now: BlockReport, then: BlockReport) -> tuple[list[ArmName], list[int]] | None:
    arms = [arm for arm in now.arms if arm in then.arms]
    seeds = [seed for seed in now.seeds if seed in then.seeds]
    return (arms, seeds) if arms and seeds else None


def _block(now: BlockReport, then: BlockReport, question: Question) -> BlockReport:
    arms, seeds = _shared(now, then) or ([], [])
    new, new_failed = _picked(now, arms, seeds)
    old, old_failed = _picked(then, arms, seeds)
    collapsed = now.collapsed[_where(now, arms, seeds)]
    missing = [arm for arm in dict.fromkeys([*now.arms, *then.arms]) if arm not in arms]
    whole = _compare(now, new - old, np.zeros_like(new_failed), arms, question)
    rows = []
    for i, arm in enumerate(arms):
        single = _compare_one(now, (old[i], new[i]), (old_failed[i], new_failed[i]))
        pair = _with_failures(whole.pairs[i], single.pairs[0].failures)
        row = next(row for row in now.rows if _arm(now, row) == arm)
        rows.append(_row(row, single, pair, int(collapsed[i].sum())))
    return replace(
        now,
        arms=tuple(arms),
        seeds=tuple(seeds),
        baseline=-1,
        scores=new,
        failed=new_failed,
        collapsed=collapsed,
        rows=tuple(rows),
        pairs=(),
        seeds_to_reach=whole.seeds_to_reach,
        reference=BEFORE,
        notes=(*now.notes, *(f"{' / '.join(arm)} is in one of the runs only." for arm in missing)),
    )


def _arm(block: BlockReport, row: ArmRow) -> ArmName:
    return tuple(row.cell[axis] for axis in block.axes)


def _picked(
    block: BlockReport, arms: list[ArmName], seeds: list[int]
) -> tuple[Floats, NDArray[np.bool_]]:
    where = _where(block, arms, seeds)
    return block.scores[where], block.failed[where]


def _where(block: BlockReport, arms: list[ArmName], seeds: list[int]) -> tuple[Any, ...]:
    """The indices of these arms and seeds in the block's arrays."""
    return np.ix_(
        [block.arms.index(arm) for arm in arms], [block.seeds.index(seed) for seed in seeds]
    )


def _compare(
    block: BlockReport,
    differences: Floats,
    failed: NDArray[np.bool_],
    arms: list[ArmName],
    question: Question,
) -> Comparison:
    """Every arm's differences against zero: the same as against the arm's own scores before."""
    return compare(
        np.vstack([np.zeros(differences.shape[1]), differences]),
        0,
        higher_is_better=block.higher_is_better,
        names=[BEFORE, *(" / ".join(arm) for arm in arms)],
        failed=np.vstack([np.zeros((1, failed.shape[1]), dtype=bool), failed]),
        rules=Rules(
            alpha=block.alpha, level=block.level, rope=block.rope, min_effect=question.min_effect
        ),
    )


def _compare_one(
    block: BlockReport,
    scores: tuple[Floats, Floats],
    failed: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> Comparison:
    return compare(
        np.vstack(scores),
        0,
        higher_is_better=block.higher_is_better,
        names=[BEFORE, "after"],
        failed=np.vstack(failed),
        rules=Rules(alpha=block.alpha, level=block.level),
    )


def _with_failures(pair: Pair, failures: Failures) -> Pair:
    words = failures.words and failures.words.replace("the baseline", BEFORE)
    return replace(pair, failures=replace(failures, words=words))


def _row(row: ArmRow, single: Comparison, pair: Pair, at_chance: int) -> ArmRow:
    before, after = single.arms
    return replace(
        row,
        rank=None,
        mean=after.mean,
        sd=after.sd,
        before=before.mean,
        ok=after.ok,
        diverged=after.failed - at_chance,
        at_chance=at_chance,
        notes=(),
        error=min(row.error, after.missing),
        missing=after.missing - min(row.error, after.missing),
        baseline=False,
        pair=pair,
    )
