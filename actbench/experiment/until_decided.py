"""`run --until-decided`: add seeds at planned looks until every arm is settled."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from actbench.experiment.checks import block_name
from actbench.experiment.run import RunResult
from actbench.results.journal import OK
from actbench.results.side_files import Decided, Looks, read_looks, remove_looks, write_looks
from actbench.spec import Cell, Experiment
from actbench.spec.keras_names import higher_is_better
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
    decisions: dict[tuple[str, str], Decided] = {}
    for i, seeds in enumerate(looks):
        staged = experiment.model_copy(update={"seeds": tuple(range(seeds))})
        result = train(staged, fresh and i == 0)
        if result.interrupted:
            break
        blocks = result.plan.blocks
        comparisons = max(1, max(len(block.cells) for block in blocks) - 1)
        for decided in _decisions(result, seeds, looks, alpha / comparisons, rope):
            decisions.setdefault((decided.block, decided.arm), decided)
        plan = Looks(tuple(looks), alpha, comparisons, seeds, tuple(decisions.values()))
        write_looks(result.folder.path, plan)
        if len(decisions) == sum(len(block.cells) - 1 for block in blocks):
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


def _decisions(
    result: RunResult, seeds: int, looks: Sequence[int], alpha: float, rope: float | None
) -> Iterator[Decided]:
    """What this look decides, of every arm against the baseline of its block."""
    for block in result.plan.blocks:
        metric = next(iter(block.cells[0].metrics), "loss")
        scores = {cell.arm: _scores(result, cell, metric, seeds) for cell in block.cells}
        sign = 1.0 if higher_is_better(metric) else -1.0
        for arm in [arm for arm in scores if arm != block.baseline]:
            at_look = look(
                sign * (scores[arm] - scores[block.baseline]),
                looks=looks,
                alpha=alpha,
                rope=default_rope(metric) if rope is None else rope,
            )
            if at_look.decision is not None:
                yield Decided(block_name(block), arm.label, metric, seeds, at_look.decision)


def _scores(result: RunResult, cell: Cell, metric: str, seeds: int) -> NDArray[np.float64]:
    """The cell's test metric by seed, shape (seeds,); NaN where it did not train."""
    scores = np.full(seeds, np.nan)
    for row in result.rows:
        if row.cell == cell and row.record.status == OK:
            scores[row.record.seed] = row.record.metrics.get(f"test_{metric}", np.nan)
    return scores
