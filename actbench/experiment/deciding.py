"""`run --until-decided`: add seeds at planned looks until every arm is settled."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from actbench.experiment.run import RunResult
from actbench.results.journal import OK
from actbench.results.side_files import Decided, Looks, read_looks, remove_looks, write_looks
from actbench.spec import Block, Cell, Experiment
from actbench.spec.keras_names import HIGHER_IS_BETTER
from actbench.statistics import DEFAULT_LOOKS, default_rope, look

ALPHA = 0.05
Train = Callable[[Experiment, bool], RunResult]


def until_decided(
    experiment: Experiment,
    train: Train,
    *,
    looks: Sequence[int] = DEFAULT_LOOKS,
    alpha: float = ALPHA,
    rope: float | None = None,
    fresh: bool = False,
) -> RunResult:
    """Train up to each look's number of seeds, and stop when every arm is settled.

    The primary comparisons are those of every arm with the baseline of its block, in the first
    metric on the test rows; each may spend its equal share of alpha over the looks. What a look
    settles stays settled. `rope`: the half-width of equivalence in that metric's unit, by default
    0.005 for an accuracy and none else. The looks are noted in the results folder, for `compare`.

    `train` trains an experiment and tells the outcome; its second argument is whether to set
    earlier results aside, true at the first look at most.

    Raises:
        ResultsError: the note could not be written; and what `train` raises.
    """
    settled: dict[tuple[str, str], Decided] = {}
    for i, seeds in enumerate(looks):
        staged = experiment.model_copy(update={"seeds": tuple(range(seeds))})
        result = train(staged, fresh and i == 0)
        if result.interrupted:
            break
        share = max(len(block.cells) for block in result.plan.blocks) - 1
        found = list(_settled_at(result, seeds, looks, alpha / max(1, share), rope))
        settled = {(d.block, d.arm): d for d in found} | settled
        plan = Looks(tuple(looks), alpha, max(1, share), seeds, tuple(settled.values()))
        write_looks(result.folder.path, plan)
        if len(settled) == sum(len(block.cells) - 1 for block in result.plan.blocks):
            break
    return result


def forget_other_looks(result: RunResult) -> None:
    """After an ordinary run, drop the note of looks that ended at another number of seeds.

    At the same number it stays: those are the trials that the looks chose.

    Raises:
        ResultsError: the note could not be read or removed.
    """
    looks = read_looks(result.folder.path)
    if looks and result.plan.experiment.seeds != tuple(range(looks.taken)):
        remove_looks(result.folder.path)


def _settled_at(
    result: RunResult, seeds: int, looks: Sequence[int], alpha: float, rope: float | None
) -> Iterator[Decided]:
    for block in result.plan.blocks:
        metric = next(iter(block.cells[0].metrics), "loss")
        scores = {cell.arm: _scores(result, cell, metric, seeds) for cell in block.cells}
        sign = 1.0 if metric in HIGHER_IS_BETTER else -1.0
        for arm, of_arm in scores.items():
            if arm == block.baseline:
                continue
            differences = sign * (of_arm - scores[block.baseline])
            seen = look(
                differences,
                looks=looks,
                alpha=alpha,
                rope=default_rope(metric) if rope is None else rope,
            )
            if seen.decision is not None:
                yield Decided(_name(block), arm.label, metric, seeds, seen.decision)


def _name(block: Block) -> str:
    return f"{block.dataset.label}, {block.architecture.name}"


def _scores(result: RunResult, cell: Cell, metric: str, seeds: int) -> NDArray[np.float64]:
    """The cell's test metric by seed, NaN where it did not train."""
    scores = np.full(seeds, np.nan)
    for row in result.rows:
        if row.cell == cell and row.record.status == OK:
            scores[row.record.seed] = row.record.metrics.get(f"test_{metric}", np.nan)
    return scores
