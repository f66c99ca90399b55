"""What a plan's trials are trained on: this process, or processes of their own on this machine.

An executor is one class with one method, `train`; a further one is a further file here.
"""

from collections.abc import Generator, Iterator, Sequence
from math import ceil
from typing import Protocol

from actbench.experiment.plan import Plan, Trial
from actbench.results import Record
from actbench.spec import Cell

# Cells whose programs are held at once; more would take memory, fewer would compile in vain.
CELLS_AT_ONCE = 12


class Progress:
    """Listens to a run while it goes on; does nothing, but for what a subclass overrides."""

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


class Executor(Protocol):
    """Trains the missing trials of a plan."""

    def train(self, plan: Plan, progress: Progress) -> Generator[Record, None, None]:
        """Train `plan.todo`, and yield the record of each trial when it has ended.

        A trial counts as ended when the next record is asked for: then the record is on disk, and
        `progress` is told. A trial that raises, or that ends its process, yields a record of
        status "error", and the others go on. Closing the generator ends all training.

        Raises:
            ActbenchError: training cannot begin, for example because a data set is damaged.
        """
        ...


def groups(plan: Plan) -> Iterator[tuple[Trial, ...]]:
    """The missing trials in groups to be trained one after another, in the plan's order.

    A group's trials share a block and their arrays, and at most `CELLS_AT_ONCE` cells; the groups
    of one block and request have about equally many.
    """
    for block, request in dict.fromkeys((trial.block, trial.request) for trial in plan.todo):
        todo = [t for t in plan.todo if (t.block, t.request) == (block, request)]
        cells = list(dict.fromkeys(trial.cell for trial in todo))
        count = ceil(len(cells) / CELLS_AT_ONCE)
        size = ceil(len(cells) / max(1, count))
        yield from trials_of(todo, [cells[k * size : (k + 1) * size] for k in range(count)])


def trials_of(todo: Sequence[Trial], parts: Sequence[Sequence[Cell]]) -> list[tuple[Trial, ...]]:
    """The trials of each part of the cells, in the order given."""
    return [tuple(trial for trial in todo if trial.cell in part) for part in parts]
