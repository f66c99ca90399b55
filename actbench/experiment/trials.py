"""Training the trials of a few cells of one block: a record each, whatever becomes of it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from actbench.experiment.plan import Trial
from actbench.experiment.progress import Progress
from actbench.results import Record
from actbench.results.journal import ERROR
from actbench.spec import Cell

if TYPE_CHECKING:
    from actbench.data.dataset import Dataset
    from actbench.training import History, Trainer


def train(
    todo: Sequence[Trial], dataset: "Dataset", progress: Progress, engine: str
) -> Iterator[Record]:
    """The record of each trial as it ends; the trial counts as ended once it was taken.

    Every cell is compiled once, and stays open until the last trial has ended.
    """
    with ExitStack() as opened:
        trainers: dict[Cell, Trainer] = {}
        for trial in todo:
            progress.started(trial)
            record = _train_trial(trial, dataset, trainers, opened, progress, engine)
            yield record
            progress.ended(trial, record)


def _train_trial(
    trial: Trial,
    dataset: "Dataset",
    trainers: dict[Cell, "Trainer"],
    opened: ExitStack,
    progress: Progress,
    engine: str,
) -> Record:
    try:
        if trial.cell not in trainers:
            trainers[trial.cell] = _open(trial.cell, dataset, progress, engine)
            opened.callback(trainers[trial.cell].close)
        history = trainers[trial.cell].train(trial.seed, partial(progress.epoch, trial))
    except Exception as error:  # whatever a trial raises is its outcome, and the rest goes on
        return _failed(trial, dataset, error)
    return _record(trial, dataset, history)


def _open(cell: Cell, dataset: "Dataset", progress: Progress, engine: str) -> "Trainer":
    from actbench.training import open_trainer

    return open_trainer(cell, dataset, engine, progress.note)


def _failed(trial: Trial, dataset: "Dataset", error: Exception) -> Record:
    words = f"{type(error).__name__}: {error}".strip()
    return Record(
        trial=trial.id,
        cell=trial.cell.identity,
        seed=trial.seed,
        data=dataset.digest,
        status=ERROR,
        message=words[:2000],
    )


def _record(trial: Trial, dataset: "Dataset", history: "History") -> Record:
    return Record(
        trial=trial.id,
        cell=trial.cell.identity,
        seed=trial.seed,
        data=dataset.digest,
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
