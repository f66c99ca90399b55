"""`run --until-decided`: add seeds at planned looks until every arm is settled."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from actbench.errors import SpecError
from actbench.experiment.checks import block_name
from actbench.experiment.run import RunResult
from actbench.results.journal import DIVERGED, OK
from actbench.results.side_files import Decided, Looks, read_looks, write_looks
from actbench.spec import Cell, Experiment
from actbench.spec.grid import Block
from actbench.spec.keras_names import higher_is_better
from actbench.statistics import ALPHA, DEFAULT_LOOKS, compare, decisions, default_rope

Train = Callable[[Experiment, bool], RunResult]


def refuse_splits(experiment: Experiment) -> None:
    """Refuse an experiment with several splits: the looks are at seeds of one split.

    Raises:
        SpecError: it has `splits`.
    """
    if experiment.splits is not None:
        raise SpecError(
            f"{experiment.name}: --until-decided and `splits` do not go together. Its looks share "
            "out alpha between exact sign-flip tests of the seeds, and over splits, which share "
            "training rows, such tests find differences far too often. Choose the number of splits "
            "before the run; more of them can be added later, and then it is one test of all"
        )


def until_decided(
    experiment: Experiment,
    train: Train,
    *,
    looks: Sequence[int] = DEFAULT_LOOKS,
    rope: float | None = None,
    fresh: bool = False,
) -> RunResult:
    """Train up to each look's number of seeds, and stop when every arm is settled.

    The primary comparisons are those of every arm with the baseline of its block, in the first
    metric on the test rows, judged at each look as `compare` judges them, with the share of alpha
    that the look may spend (`rules_at_look`). What a look settles stays settled. `rope`: the
    half-width of equivalence in that metric's unit, by default 0.005 for an accuracy and none
    else. The looks are noted in the results folder, for `compare`.

    `train` trains an experiment and returns the outcome; its second argument is whether to set
    earlier results aside, true at the first look at most.

    Raises:
        SpecError: the experiment has several splits.
        ResultsError: the note could not be written; and what `train` raises.
    """
    refuse_splits(experiment)
    taken = Looks(tuple(looks), ALPHA, 1, 0, (), rope)
    for i, seeds in enumerate(looks):
        staged = experiment.model_copy(update={"seeds": tuple(range(seeds))})
        result = train(staged, fresh and i == 0)
        if result.interrupted:
            break
        blocks = result.plan.blocks
        comparisons = max(1, max(len(block.cells) for block in blocks) - 1)
        taken = replace(taken, comparisons=comparisons, taken=seeds)
        decided = [one for block in blocks for one in _decided(result, block, taken)]
        taken = replace(taken, decided=tuple(sorted(decided, key=lambda one: one.seeds)))
        write_looks(result.folder.path, taken)
        if len(decided) == sum(len(block.cells) - 1 for block in blocks):
            break
    return result


def forget_other_looks(result: RunResult) -> None:
    """After an ordinary run, drop the note of looks that ended at another number of seeds.

    At the same number it stays: those are the trials that the looks chose.

    Raises:
        ResultsError: the note could not be read.
    """
    looks = read_looks(result.folder.path)
    if looks and result.plan.experiment.seeds != tuple(range(looks.taken)):
        result.folder.looks.unlink(missing_ok=True)


def _decided(result: RunResult, block: Block, looks: Looks) -> Iterator[Decided]:
    """What the looks have decided of every arm of a block against its baseline, with this look."""
    if len(block.cells) == 1:
        return
    name, metric = block_name(block), next(iter(block.cells[0].metrics), "loss")
    rope = default_rope(metric) if looks.rope is None else looks.rope
    scores, diverged = zip(
        *(_scores(result, cell, metric, looks.taken) for cell in block.cells), strict=True
    )
    comparison = compare(
        scores,
        [cell.arm for cell in block.cells].index(block.baseline),
        higher_is_better=bool(higher_is_better(metric)),
        names=[cell.arm.label for cell in block.cells],
        diverged=diverged,
        rules=looks.rules(looks.taken, len(block.cells) - 1, rope),
        decided=looks.decisions(name, metric, len(block.cells) - 1),
    )
    for arm, decision in decisions(comparison, early=looks.taken < looks.looks[-1]).items():
        yield Decided(name, arm, metric, decision.seeds, decision.outcome, decision.rules.rope)


def _scores(
    result: RunResult, cell: Cell, metric: str, seeds: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The cell's test metric by seed, NaN where it did not train; and where it diverged."""
    scores, diverged = np.full(seeds, np.nan), np.zeros(seeds, dtype=bool)
    for row in result.rows:
        if row.cell == cell:
            diverged[row.record.seed] = row.record.status == DIVERGED
            if row.record.status == OK:
                scores[row.record.seed] = row.record.metrics.get(f"test_{metric}", np.nan)
    return scores, diverged
