"""What an engine offers: one cell, made ready once, trained with as many seeds as wanted."""

from collections.abc import Callable
from typing import Protocol

from actbench.training.history import History

OnEpoch = Callable[[int, dict[str, float]], None]


class Trainer(Protocol):
    """A cell, compiled; every seed starts from its own fresh state.

    The numbers of a seed do not depend on which seeds came before it, nor on other trainers in
    the same process.
    """

    @property
    def parameters(self) -> int:
        """The number of weights of the model."""
        ...

    def train(self, seed: int, on_epoch: OnEpoch | None = None) -> History:
        """Train with one seed; `on_epoch` hears of every epoch (counted from 1) as it ends."""
        ...

    def close(self) -> None:
        """Let go of the model and the arrays; the trainer is of no use afterwards."""
        ...
