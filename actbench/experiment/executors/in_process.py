"""Training trials one after another in this process."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actbench import data
from actbench.errors import DataError
from actbench.experiment.executors import Group, Progress, TrialEnd, groups
from actbench.experiment.plan import Plan
from actbench.spec import Cell

if TYPE_CHECKING:
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

    Each cell is compiled once, and its trainer stays open until the last trial has ended.

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
    request = group.trials[0].request
    progress.preparing(f"loading {group.trials[0].cell.dataset.label}")
    dataset = data.load(request, data_dir)
    if dataset.digest != group.digest:
        raise DataError(
            f"{dataset.name} changed after the plan was made: planned were arrays of the digest "
            f"{group.digest[:12]}…, read were arrays of {dataset.digest[:12]}…. Nothing was "
            "trained on them; run the same command again to train on the data as they are now"
        )
    with ExitStack() as open_trainers:
        trainers: dict[Cell, Trainer] = {}

        def trainer(cell: Cell) -> "Trainer":
            from actbench.training import open_trainer

            if cell not in trainers:
                trainers[cell] = open_trainer(cell, dataset, engine, progress.note)
                open_trainers.callback(trainers[cell].close)
            return trainers[cell]

        for trial in group.trials:
            progress.started(trial)
            try:
                history = trainer(trial.cell).train(trial.seed, partial(progress.epoch, trial))
                end = TrialEnd(group.record(trial, **_outcome(history)), history.test_rows)
            except (Exception, SystemExit) as error:  # the outcome of this trial; others go on
                words = f"{type(error).__name__}: {error}".strip()
                end = TrialEnd(group.error(trial, words[:2000]))
            yield end
            progress.ended(trial, end.record)


def _outcome(history: "History") -> dict[str, Any]:
    """A history's fields, under the names that a record gives them."""
    fields = dict(vars(history))
    del fields["test_rows"]
    return {"history": fields.pop("epochs"), **fields}
