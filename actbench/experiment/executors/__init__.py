"""Executors train the missing trials of a plan: here, in processes of their own, on a cluster.

An executor is one class with one method, `train`, in a file of its own beside this one.
"""

from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from typing import Any, Protocol, cast

from actbench.experiment.environment import versions
from actbench.experiment.plan import Plan
from actbench.experiment.trials import Trial, selection_score, selection_scores
from actbench.results import Record
from actbench.results.journal import ERROR
from actbench.results.kept_rows import RowScores
from actbench.spec import Cell

# How many cells a group has at most, because all their programs are held in memory at once. An arm
# that shares a program adds only a tenth of one, so more of them fit.
CELLS_AT_ONCE = 12
SHARING_CELLS_AT_ONCE = 24


class Progress:
    """Listens to a run while it goes on; its own methods do nothing."""

    def planned(self, plan: Plan) -> None:
        """The plan is made; training follows where something is missing."""

    def preparing(self, what: str) -> None:
        """Something that takes a while is being prepared, such as a data set."""

    def note(self, words: str) -> None:
        """Something that the user should know, and that stops nothing."""

    def started(self, trial: Trial) -> None:
        """A trial begins."""

    def epoch(self, trial: Trial, number: int, metrics: dict[str, float]) -> None:
        """A trial has finished an epoch, counted from 1."""

    def ended(self, trial: Trial, record: Record) -> None:
        """A trial has ended and its record is on disk."""

    def left_out(self, trial: Trial) -> None:
        """A trial is not trained: at its chosen learning rate it is done, or none was chosen."""


@dataclass(frozen=True)
class TrialEnd:
    """What a trial leaves: its record, and the scores of its test rows; empty where it has none.

    The record does not hold the digest of the rows yet: it is that of a file.
    """

    record: Record
    rows: RowScores = field(default_factory=dict)


class Executor(Protocol):
    """Trains the missing trials of a plan."""

    def train(self, plan: Plan, progress: Progress) -> Generator[TrialEnd, None, None]:
        """Train `plan.todo`, and yield what each trial leaves when it has ended.

        A trial counts as ended when the next one is asked for: then its record is on disk, and
        `progress` is told. A trial that raises, or that ends its process, yields a record of
        status "error", and the others go on. Closing the generator ends all training.

        Raises:
            ActbenchError: training cannot begin, for example because a data set is damaged.
        """
        ...


@dataclass(frozen=True)
class Group:
    """Trials that one process trains one after another, in the plan's order, on one data set.

    `digest`: that of its arrays. `side_by_side`: the number of groups trained at the same time.
    `written_out`: cells of the whole plan that Keras may refuse, to be tried before any training.
    `scores`: of selection trials that have ended, as `selection_scores` gives them. `finished`:
    the identities of trials that need no training, for those whose learning rate is still to be
    chosen. `arrays`: a file with the pickled loader of the data set, on a machine without its own
    files.
    """

    trials: tuple[Trial, ...]
    digest: str
    side_by_side: int = 1
    written_out: tuple[Cell, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    finished: frozenset[str] = frozenset()
    arrays: Path | None = None

    def divided(self, count: int) -> "list[Group]":
        """The trials, divided by cells among `count` groups that are trained side by side."""
        cells = list(dict.fromkeys(trial.cell for trial in self.trials))
        parts = [set(cells[i::count]) for i in range(count)]
        trials = [tuple(t for t in self.trials if t.cell in part) for part in parts]
        return [replace(self, trials=part, side_by_side=count) for part in trials]

    def record(self, trial: Trial, **outcome: Any) -> Record:
        """The record of one of the trials; `outcome` holds its other fields."""
        outcome["versions"] = versions(outcome.get("engine", ""))
        return Record(
            trial.id,
            cell=trial.cell.identity_at(trial.learning_rate),
            seed=trial.seed,
            split=trial.split_number,
            data=self.digest,
            side_by_side=self.side_by_side,
            **outcome,
        )

    def error(self, trial: Trial, message: str) -> Record:
        """The record of a trial that raised, or whose process died."""
        return self.record(trial, status=ERROR, message=message)


class RatesInTraining:
    """Follows the selection trials of a group, and gives the other trials their learning rates."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self.scores = dict(group.scores)

    def at_rate(self, trial: Trial) -> Trial | None:
        """The trial at the learning rate that it is to be trained at; None if it is left out.

        It is left out if it is done at the chosen rate, or if a selection trial raised and so no
        rate can be chosen; the next run tries the selection trial again.
        """
        chosen = trial.at_chosen_rate(self.scores, self._group.digest)
        if chosen is trial:
            return None if trial.waits_for_rate else trial
        return None if chosen.id in self._group.finished else chosen

    def note(self, trial: Trial, record: Record) -> None:
        """Note the score of a selection trial that has ended."""
        if trial.selects and record.finished:
            self.scores[trial.id] = selection_score(trial.cell, record)


class TrialsLeft:
    """The trials of a group that another process trains, and that have not ended yet.

    The first of them is the one in training, at its learning rate. The training process leaves out
    the same trials, from the same scores.
    """

    def __init__(self, group: Group, progress: Progress) -> None:
        self._group = group
        self._progress = progress
        self._rates = RatesInTraining(group)
        self.trials = list(group.trials)
        self._begin_next()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.trials)

    @property
    def group(self) -> Group:
        """The trials that are left, as a group for another process."""
        return replace(self._group, trials=tuple(self.trials), scores=self._rates.scores)

    def receive(self, message: tuple[Any, ...]) -> TrialEnd | None:
        """Pass a message on to the progress. Return what a trial leaves if the message ends one.

        Raises:
            ActbenchError: the process could not begin to train.
        """
        kind, *content = message
        if kind == "raised":
            raise content[0]
        if kind == "ended":
            return cast(TrialEnd, content[0])
        if kind in ("started", "epoch"):
            content.insert(0, self.trials[0])
        getattr(self._progress, kind)(*content)
        return None

    def end(self, record: Record) -> None:
        """Note that the record of the first trial is on disk, and go on to the next."""
        trial = self.trials.pop(0)
        self._progress.ended(trial, record)
        self._rates.note(trial, record)
        self._begin_next()

    def _begin_next(self) -> None:
        while self.trials:
            trial = self._rates.at_rate(self.trials[0])
            if trial is not None:
                self.trials[0] = trial
                return
            self._progress.left_out(self.trials.pop(0))


def group_count(cells: Collection[Cell], shapes: int) -> int:
    """In how many groups the cells of one block are trained; `shapes`: those of its splits."""
    sharing = 2 * len({cell.program for cell in cells}) <= len(cells)
    at_once = SHARING_CELLS_AT_ONCE if sharing else CELLS_AT_ONCE
    return ceil(len(cells) / max(2, at_once // shapes))


def groups(plan: Plan) -> Iterator[Group]:
    """The missing trials in groups to be trained one after another, in the plan's order.

    A group's trials share a block, and have at most `CELLS_AT_ONCE` cells, more where they may
    share a program, fewer where splits of different sizes need programs of their own; the groups
    of one block have about equally many.
    """
    cells_left = dict.fromkeys(trial.cell for trial in plan.todo)
    written_out = tuple(cell for cell in cells_left if cell.architecture.tried_before_training)
    scores = selection_scores(plan.selection, plan.records)
    waiting = any(trial.waits_for_rate for trial in plan.todo)
    finished = frozenset(id for id in plan.records if waiting and plan.has_finished(id))
    for block in dict.fromkeys(trial.block for trial in plan.todo):
        todo = [trial for trial in plan.todo if trial.block == block]
        cells = list(dict.fromkeys(trial.cell for trial in todo))
        dataset = cells[0].dataset
        count = group_count(cells, plan.shapes(dataset))
        size = ceil(len(cells) / count)
        for start in range(0, len(cells), size):
            part = set(cells[start : start + size])
            trials = tuple(trial for trial in todo if trial.cell in part)
            digest = plan.sources[dataset.info].digest
            yield Group(trials, digest, written_out=written_out, scores=scores, finished=finished)
            written_out = ()
