"""Training trials one after another in this process."""

import pickle
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actbench import data
from actbench.data import DatasetRequest
from actbench.errors import DataError
from actbench.experiment.executors import Group, Progress, RatesInTraining, TrialEnd, groups
from actbench.experiment.plan import Plan
from actbench.experiment.trials import Trial
from actbench.results.journal import OK
from actbench.spec import Cell

if TYPE_CHECKING:
    from actbench.data import Dataset
    from actbench.training import History, Trainer


@dataclass(frozen=True)
class InProcess:
    """Trains in this process, which imports TensorFlow and keeps what it compiled."""

    data_dir: Path | None = None
    engine: str = "auto"

    def train(self, plan: Plan, progress: Progress) -> Generator[TrialEnd, None, None]:
        """See `actbench.experiment.executors.Executor`."""
        for group in groups(plan):
            yield from train_group(group, self.data_dir, self.engine, progress)


def train_group(
    group: Group, data_dir: Path | None, engine: str, progress: Progress
) -> Iterator[TrialEnd]:
    """Train a group's trials, and yield what each one leaves when it has ended.

    Each cell is compiled once, alone or with others, and its trainer stays open until the last
    trial has ended.

    Raises:
        DataError: the data set is missing or damaged, or another one than was planned with.
        SpecError: Keras refuses an architecture of the plan.
    """
    if group.written_out:
        from actbench.training.backend import import_keras

        progress.preparing("TensorFlow")
        import_keras()
        from actbench.models.building import refuse_unbuildable
        from actbench.training.prepared_cell import build_seedable

        refuse_unbuildable(group.written_out, build_seedable)
    progress.preparing(f"loading {group.trials[0].cell.dataset.label}")
    load = _loader(group, data_dir)
    rates = RatesInTraining(group)
    with _OpenTrainers(group, engine, progress) as trainers:
        for request, trials in groupby(group.trials, key=lambda trial: trial.request):
            trainers.data = load(request)
            for planned in trials:
                trial = rates.at_rate(planned)
                if trial is None:
                    progress.left_out(planned)
                    continue
                progress.started(trial)
                end = _train_one(trial, group, trainers, progress)
                rates.note(trial, end.record)
                yield end
                progress.ended(trial, end.record)


def _loader(group: Group, data_dir: Path | None) -> Callable[[DatasetRequest], "Dataset"]:
    """The function that loads a split of the group's data set; the file is read once.

    Raises:
        DataError: the data set is missing or damaged, or another one than was planned with.
    """
    requests = list(dict.fromkeys(trial.request for trial in group.trials))
    info = requests[0].info
    only_one = len(requests) == 1  # then what was read is freed at once
    load: Callable[[DatasetRequest], Dataset]
    if group.arrays:
        load = pickle.loads(group.arrays.read_bytes())
    else:
        load = partial(data.load, data_dir=data_dir) if only_one else data.loader(info, data_dir)
    first = load(requests[0])
    if first.digest != group.digest:
        raise DataError(
            f"{first.name} changed after the plan was made: planned were arrays of the digest "
            f"{group.digest[:12]}…, read were arrays of {first.digest[:12]}…. Nothing was "
            "trained on them; run the same command again to train on the data as they are now"
        )
    return (lambda request: first) if only_one else load


class _OpenTrainers:
    """The trainers of a group, each opened when one of its cells is first trained.

    `data`: the current split.
    """

    data: "Dataset"

    def __init__(self, group: Group, engine: str, progress: Progress) -> None:
        self._engine = engine
        self._progress = progress
        self._cells = tuple(dict.fromkeys(trial.cell for trial in group.trials))
        self._trainers: dict[Trainer, Dataset] = {}

    def __enter__(self) -> "_OpenTrainers":
        return self

    def __exit__(self, *error: object) -> None:
        for trainer in self._trainers:
            trainer.close()

    def trainer(self, cell: Cell) -> "Trainer":
        """The trainer of a cell, on the current split."""
        from actbench.training import open_trainer

        opened = next((trainer for trainer in self._trainers if trainer.take(cell)), None)
        if opened is not None:
            used = self._trainers.pop(opened)
            if used is self.data or opened.use(self.data):
                self._trainers[opened] = self.data
                return opened
            opened.close()
        trainer = open_trainer(cell, self.data, self._engine, self._progress.note, self._cells)
        self._trainers[trainer] = self.data
        return trainer


def _train_one(trial: Trial, group: Group, trainers: _OpenTrainers, progress: Progress) -> TrialEnd:
    """Train one trial and return what it leaves: an error record if training raised."""
    try:
        trainer = trainers.trainer(trial.cell)
        from actbench.training.seeding import seed_on_split

        seed = seed_on_split(trial.seed, trial.split_number)
        history = trainer.train(seed, partial(progress.epoch, trial), trial.learning_rate)
        rows = {"train_rows": len(trainers.data.train), "test_rows": len(trainers.data.test)}
        alone = trial.cell.diagnostics and group.side_by_side == 1
        cost = trainer.predict_seconds() if alone and history.status == OK else None
        record = group.record(trial, predict_seconds=cost, **_outcome(history), **rows)
        return TrialEnd(record, {} if trial.selects else history.test_rows)
    except (Exception, SystemExit) as error:  # the outcome of this trial; others go on
        words = f"{type(error).__name__}: {error}".strip()
        return TrialEnd(group.error(trial, words[:2000]))


def _outcome(history: "History") -> dict[str, Any]:
    """A history's fields, under the names that a record gives them."""
    fields = dict(vars(history))
    del fields["test_rows"]
    return {"history": fields.pop("epochs"), **fields}
