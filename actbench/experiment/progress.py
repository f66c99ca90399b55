"""What a run tells while it goes on."""

from typing import Protocol

from actbench.experiment.plan import Plan, Trial
from actbench.results import Record


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
