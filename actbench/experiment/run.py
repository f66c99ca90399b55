"""Running an experiment: skip what is done, train what is missing, append, write the tables."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from actbench import data
from actbench.experiment.interrupt import interruptible
from actbench.experiment.plan import Plan, Trial, make_plan
from actbench.experiment.provenance import write_environment, write_spec
from actbench.results import Journal, Record, ResultsFolder
from actbench.results.journal import ERROR
from actbench.results.tables import Row, write_tables
from actbench.spec import Cell, Experiment

if TYPE_CHECKING:
    from actbench.data.dataset import Dataset
    from actbench.training import History, Trainer


class Progress(Protocol):
    """What a run tells while it goes on."""

    def planned(self, plan: Plan) -> None:
        """The plan is made; training follows where something is missing."""

    def preparing(self, what: str) -> None:
        """Something that takes a while is being got ready, such as a data set."""

    def note(self, words: str) -> None:
        """Something that the user should know, and that stops nothing."""

    def started(self, trial: Trial) -> None:
        """A trial begins."""

    def epoch(self, trial: Trial, number: int, metrics: dict[str, float]) -> None:
        """A trial has finished an epoch, counted from 1."""

    def ended(self, trial: Trial, record: Record) -> None:
        """A trial has ended and its record is on disk."""


@dataclass(frozen=True)
class RunResult:
    """What a run leaves: its folder, the plan it followed, and every record of the experiment."""

    folder: ResultsFolder
    plan: Plan
    rows: tuple[Row, ...]
    interrupted: bool = False

    @property
    def errors(self) -> tuple[Row, ...]:
        """The trials that raised."""
        return tuple(row for row in self.rows if row.record.status == ERROR)


def run(
    experiment: Experiment,
    out: Path,
    progress: Progress,
    *,
    data_dir: Path | None = None,
    engine: str = "auto",
    fresh: bool = False,
) -> RunResult:
    """Train every trial of `experiment` that `out` does not hold yet, and write the tables.

    An interrupt (Ctrl-C) ends the run after the tables are written, with `interrupted` set; what
    was journalled is kept. A trial that raises becomes a record of status "error" and is tried
    again by the next run.

    Raises:
        DataError: a data set is missing or damaged.
        ResultsError: the folder is in use, cannot be written, or holds another schema.
    """
    folder = ResultsFolder(out / experiment.name)
    with folder.locked():
        if fresh:
            folder.set_aside()
        _fetch_missing(experiment, data_dir, progress)
        plan = make_plan(experiment, out, data_dir)
        progress.planned(plan)
        if plan.todo:
            write_environment(folder, plan.sources)
        interrupted = _train_all(plan, Journal(folder.journal), progress, data_dir, engine)
        # Read anew: an interrupt may fall between a record's way to the disk and our taking note.
        rows = _rows(plan, Journal(folder.journal))
        if plan.todo:
            write_environment(folder, plan.sources)  # now with the engines that were used
        write_spec(folder, experiment)
        write_tables(folder, rows)
    return RunResult(folder, plan, rows, interrupted)


def _fetch_missing(experiment: Experiment, data_dir: Path | None, progress: Progress) -> None:
    for name in dict.fromkeys(choice.name for choice in experiment.dataset):
        if data.locate(name, data_dir) is None:
            progress.preparing(f"downloading {name}")
            data.fetch(name, data_dir)


def _train_all(
    plan: Plan, journal: Journal, progress: Progress, data_dir: Path | None, engine: str
) -> bool:
    """Train block by block; whether the user interrupted."""
    with interruptible() as interrupt, suppress(KeyboardInterrupt):
        for i, block in enumerate(plan.blocks):
            todo = [trial for trial in plan.todo if trial.block == i]
            if todo:
                progress.preparing(f"loading {block.dataset.label}")
                dataset = data.load(block.dataset.name, data_dir=data_dir, **block.dataset.options)
                for record in _train_block(todo, dataset, progress, engine):
                    journal.append(record)
                    interrupt.check()
        return False
    return True


def _train_block(
    todo: list[Trial], dataset: "Dataset", progress: Progress, engine: str
) -> Iterator[Record]:
    """The record of each trial as it ends; the trial counts as ended once it was taken."""
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
    progress.preparing("TensorFlow")
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


def _rows(plan: Plan, journal: Journal) -> tuple[Row, ...]:
    """The records there are, in the order of the plan, however they came about."""
    name = plan.experiment.name
    return tuple(
        Row(name, trial.cell, journal.records[trial.id])
        for trial in plan.trials
        if trial.id in journal.records
    )
