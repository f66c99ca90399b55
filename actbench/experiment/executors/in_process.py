"""Training trials one after another in this process."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actbench import data
from actbench.experiment.executors import Progress, groups
from actbench.experiment.plan import Plan, Trial
from actbench.results import Record
from actbench.results.journal import ERROR
from actbench.spec import Cell

if TYPE_CHECKING:
    from actbench.training import History, Trainer


@dataclass(frozen=True)
class InProcess:
    """Trains in this process, which imports TensorFlow and keeps what it compiled."""

    data_dir: Path | None = None
    engine: str = "auto"

    def train(self, plan: Plan, progress: Progress) -> Generator[Record, None, None]:
        """See `actbench.experiment.executors.Executor`."""
        for trials in groups(plan):
            yield from train_group(trials, self.data_dir, self.engine, progress)


def train_group(
    trials: Sequence[Trial], data_dir: Path | None, engine: str, progress: Progress
) -> Iterator[Record]:
    """Train trials that share a data set, and yield each one's record when it has ended.

    Each cell is compiled once, and its trainer stays open until the last trial has ended. The
    records say that no other cell was trained at the same time.

    Raises:
        DataError: the data set is missing or damaged.
    """
    progress.preparing(f"loading {trials[0].cell.dataset.label}")
    dataset = data.load(trials[0].request, data_dir)
    with ExitStack() as open_trainers:
        trainers: dict[Cell, Trainer] = {}

        def trainer(cell: Cell) -> "Trainer":
            from actbench.training import open_trainer

            if cell not in trainers:
                trainers[cell] = open_trainer(cell, dataset, engine, progress.note)
                open_trainers.callback(trainers[cell].close)
            return trainers[cell]

        for trial in trials:
            progress.started(trial)
            try:
                history = trainer(trial.cell).train(trial.seed, partial(progress.epoch, trial))
                record = _trained(trial, dataset.digest, history)
            except Exception as error:  # an exception is the trial's outcome; the others go on
                words = f"{type(error).__name__}: {error}".strip()
                record = error_record(trial, dataset.digest, words[:2000])
            yield record
            progress.ended(trial, record)


def error_record(trial: Trial, digest: str, message: str) -> Record:
    """The record of a trial that raised, or whose process died."""
    return _record(trial, digest, status=ERROR, message=message)


def _trained(trial: Trial, digest: str, history: "History") -> Record:
    return _record(
        trial,
        digest,
        status=history.status,
        parameters=history.parameters,
        metrics=history.metrics,
        history=history.epochs,
        best_epoch=history.best_epoch,
        best_val_loss=history.best_val_loss,
        diverged_at=history.diverged_at,
        train_seconds=history.train_seconds,
        compile_seconds=history.compile_seconds,
        engine=history.engine,
    )


def _record(trial: Trial, digest: str, **outcome: Any) -> Record:
    cell = trial.cell.identity
    return Record(trial.id, cell=cell, seed=trial.seed, data=digest, side_by_side=1, **outcome)
