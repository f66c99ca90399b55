"""The trials of an experiment, their identities, and the learning rates that are chosen for them.

Where arms choose among `learning_rates`, selection trials train the grid with seeds of their own.
The trials proper follow them, and know their learning rate when the selection trials have ended.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from actbench.data import DatasetInfo, DatasetRequest, NumberedSplit
from actbench.results import Record
from actbench.results.journal import DIVERGED
from actbench.spec import Block, Cell, Experiment
from actbench.spec.keras_names import LEARNING_RATES, higher_is_better
from actbench.spec.learning_rates import FIRST_SELECTION_SEED
from actbench.statistics.best_rate import best_rate

# Raised when a change to actbench changes the numbers that a cell and seed give. Identities leave
# defaults out: a default that changes is such a change, a new key is none.
IDENTITY_VERSION = 2


@dataclass(frozen=True)
class RateChoice:
    """The learning rates that a trial chooses among, and the selection trials it chooses by.

    `trials`: their identities, rates x selection seeds.
    """

    rates: tuple[float, ...]
    trials: tuple[tuple[str, ...], ...]

    def rate(self, cell: Cell, scores: Mapping[str, float]) -> float | None:
        """The best rate; None while the score of a selection trial is missing.

        `scores`: by identity of the selection trial, NaN where it diverged.
        """
        if any(trial not in scores for trials in self.trials for trial in trials):
            return None
        return best_rate(
            self.rates,
            [[scores[trial] for trial in trials] for trials in self.trials],
            higher_is_better=bool(higher_is_better(selection_metric(cell))),
            usual=LEARNING_RATES[cell.optimizer.name],
        )


@dataclass(frozen=True)
class Trial:
    """One cell with one seed on one split: one training run.

    `block` is the index of the cell's block. `split` is None where there is only the usual one.
    `learning_rate` is in place of the optimizer's; None where the spec has a single one, or it is
    not chosen yet. `selects`: whether the trial is there to choose one. `choice`: how the rate of
    any other trial is chosen; None where there is no choice.
    """

    block: int
    cell: Cell
    seed: int
    id: str
    split: NumberedSplit | None = None
    learning_rate: float | None = None
    selects: bool = False
    choice: RateChoice | None = field(default=None, compare=False, repr=False)

    @property
    def split_number(self) -> int | None:
        """The number of its split, from 0; None for the usual one."""
        return None if self.split is None else self.split.number

    @property
    def request(self) -> DatasetRequest:
        """The arrays it is trained and tested on; trials of one request share them."""
        return replace(self.cell.dataset.request, split=self.split)

    @property
    def waits_for_rate(self) -> bool:
        """Whether its learning rate is not chosen yet; its identity is then a provisional one."""
        return self.choice is not None and self.learning_rate is None

    def at_chosen_rate(self, scores: Mapping[str, float], data_digest: str) -> "Trial":
        """The trial at the rate that these scores choose; itself where it waits for more of them.

        `scores`: as `RateChoice.rate` takes them.
        """
        if self.choice is None or not self.waits_for_rate:
            return self
        rate = self.choice.rate(self.cell, scores)
        if rate is None:
            return self
        identity = trial_id(self.cell, self.seed, data_digest, self.split, rate)
        return replace(self, learning_rate=rate, id=identity)


def selection_metric(cell: Cell) -> str:
    """The metric that learning rates are chosen by: the first, which arms are compared in."""
    return next(iter(cell.metrics), "loss")


def selection_scores(trials: Iterable[Trial], records: Mapping[str, Record]) -> dict[str, float]:
    """The validation scores of the selection trials that have ended, by identity.

    NaN where one diverged. With early stopping it is the score of the best epoch, else that of the
    last one.
    """
    return {
        trial.id: selection_score(trial.cell, record)
        for trial in trials
        if trial.selects and (record := records.get(trial.id)) and record.finished
    }


def selection_score(cell: Cell, record: Record) -> float:
    """The validation score of a selection trial that has ended; NaN where it diverged.

    A trial whose scores are not finite on the test rows alone diverged as well, but has its
    validation score: test rows choose nothing.
    """
    score = f"val_{selection_metric(cell)}"
    if record.status != DIVERGED:
        return record.metrics[score]
    epoch = record.history[record.diverged_at - 1] if record.diverged_at else {}
    names = [f"{part}_{name}" for part in ("train", "val") for name in (*cell.metrics, "loss")]
    finite = all(math.isfinite(epoch.get(name, math.nan)) for name in names)
    return epoch[score] if finite else math.nan


def trials_of(
    experiment: Experiment,
    grid: Sequence[Block],
    digests: Mapping[DatasetInfo, str],
    records: Mapping[str, Record],
) -> tuple[Trial, ...]:
    """The trials in the order they are run, at the learning rates that the records choose.

    Block by block, in each split by split, in each seed by seed. Selection trials stand before the
    trials that they choose a rate for. `digests`: of the data that is here.
    """
    trials = tuple(
        trial
        for i, block in enumerate(grid)
        for split in experiment.numbered_splits
        for trial in _on_split(experiment, i, block, split, digests.get(block.dataset.info, ""))
    )
    return at_chosen_rates(trials, digests, records)


def at_chosen_rates(
    trials: tuple[Trial, ...], digests: Mapping[DatasetInfo, str], records: Mapping[str, Record]
) -> tuple[Trial, ...]:
    """The trials, those whose selection trials have ended at their learning rates."""
    if not any(trial.choice for trial in trials):
        return trials
    scores = selection_scores(trials, records)
    return tuple(
        trial.at_chosen_rate(scores, digests.get(trial.cell.dataset.info, "")) for trial in trials
    )


def _on_split(
    experiment: Experiment, number: int, block: Block, split: NumberedSplit | None, digest: str
) -> Iterator[Trial]:
    if experiment.learning_rates is None:
        for seed in experiment.seeds:
            for cell in block.cells:
                identity = trial_id(cell, seed, digest, split)
                yield Trial(number, cell, seed, identity, split)
        return
    rounds = [(experiment.selection_seed_numbers, experiment.seeds)]
    if experiment.chosen_by_each:
        rounds = [((FIRST_SELECTION_SEED + seed,), (seed,)) for seed in experiment.seeds]
    for selection_seeds, seeds in rounds:
        selection = [
            Trial(number, cell, seed, trial_id(cell, seed, digest, split, rate), split, rate, True)
            for seed in selection_seeds
            for rate in experiment.learning_rates
            for cell in block.cells
        ]
        yield from selection
        choices = _choices(selection, experiment.learning_rates)
        for seed in seeds:
            for cell in block.cells:
                identity = _provisional_id(cell, seed, digest, split, experiment.learning_rates)
                yield Trial(number, cell, seed, identity, split, choice=choices[cell])


def _choices(selection: Sequence[Trial], rates: tuple[float, ...]) -> dict[Cell, RateChoice]:
    """How each cell chooses by these selection trials."""
    trials_by_cell: dict[Cell, dict[float, list[str]]] = {}
    for trial in selection:
        trials = trials_by_cell.setdefault(trial.cell, {rate: [] for rate in rates})
        trials[trial.learning_rate or 0.0].append(trial.id)
    return {
        cell: RateChoice(rates, tuple(tuple(trials[rate]) for rate in rates))
        for cell, trials in trials_by_cell.items()
    }


def trial_id(
    cell: Cell,
    seed: int,
    data_digest: str,
    split: NumberedSplit | None = None,
    learning_rate: float | None = None,
) -> str:
    """A trial's identity: sixteen hexadecimal digits.

    From the cell, the seed, the data, the split, and the learning rate if it is not the cell's.
    Labels do not count, nor how many splits there are, nor from which rates one was chosen.

    >>> from actbench.spec import blocks, load
    >>> cell = blocks(load("boston_output"))[0].cells[0]
    >>> trial_id(cell, 0, "d") == trial_id(cell, 0, "d") != trial_id(cell, 1, "d")
    True
    """
    return short_digest(_text(_parts(cell, seed, data_digest, split, learning_rate)))


def _provisional_id(
    cell: Cell, seed: int, data_digest: str, split: NumberedSplit | None, rates: Sequence[float]
) -> str:
    """Identifies a trial until its learning rate is chosen; no record has it."""
    parts = _parts(cell, seed, data_digest, split, None) | {"learning_rates": list(rates)}
    return short_digest(_text(parts))


def _parts(
    cell: Cell,
    seed: int,
    data_digest: str,
    split: NumberedSplit | None,
    learning_rate: float | None,
) -> dict[str, Any]:
    """What an identity is made of."""
    identity = cell.identity_at(learning_rate)
    parts = {"version": IDENTITY_VERSION, "cell": identity, "seed": seed, "data": data_digest}
    if split is not None:
        parts["split"] = {"number": split.number, **_drawing(cell, split)}
    return parts


def short_digest(text: str) -> str:
    """The first sixteen hexadecimal digits of the text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _drawing(cell: Cell, split: NumberedSplit) -> dict[str, int]:
    """How a split is drawn, as far as its number does not say."""
    if split.scheme.folds:
        return {"folds": split.scheme.folds}
    return {"test_rows": replace(cell.dataset.request, split=split).test_rows}


def _text(values: dict[str, Any]) -> str:
    """Plain values as one text, in which the order of keys counts for nothing."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"))
