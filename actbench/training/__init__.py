"""Training: a cell and its data become a trainer, and each seed a history.

Importing this room stays quick: TensorFlow comes in when a trainer is opened.
"""

from collections.abc import Callable, Collection
from typing import Protocol

from actbench.data.dataset import Dataset
from actbench.spec.grid import Cell
from actbench.training.history import History, OnEpoch

__all__ = [
    "ENGINES",
    "History",
    "OnEpoch",
    "OnNote",
    "Trainer",
    "open_trainer",
]

ENGINES = ("auto", "compiled", "keras")
OnNote = Callable[[str], None]


class Trainer(Protocol):
    """A cell with its compiled model, ready to be trained with any number of seeds.

    It may be for other cells, too, that differ in the hidden function only: `take` changes to one.
    The numbers of a seed do not depend on what was trained before, nor on the other cells.
    """

    def train(
        self, seed: int, on_epoch: OnEpoch | None = None, learning_rate: float | None = None
    ) -> History:
        """Train with one seed and test the weights it ends with.

        `on_epoch` is called with the number (from 1) and the metrics of each epoch as it ends.
        `learning_rate` is in place of the optimizer's, for this run.
        """
        ...

    def take(self, cell: Cell) -> bool:
        """Train this cell from now on; False if it is none of those that the trainer is for."""
        ...

    def use(self, data: Dataset) -> bool:
        """Train on another split of the data set from now on; False if that takes a new trainer."""
        ...

    def predict_seconds(self) -> float:
        """Seconds per 1,000 test rows of a forward pass; measured alone, or it means nothing."""
        ...

    def close(self) -> None:
        """Free the model and the arrays; the trainer cannot be used afterwards."""
        ...


def open_trainer(
    cell: Cell,
    data: Dataset,
    engine: str = "auto",
    on_note: OnNote = lambda words: None,
    beside: Collection[Cell] = (),
) -> Trainer:
    """Build and compile the model of a cell.

    `beside`: cells that are trained, too; the trainer is also for those that can share the
    program. No number of a cell depends on them.

    The engine "keras" is Keras's own `fit`; "compiled" makes one program of a whole epoch; "auto"
    is "compiled" where that works and "keras" elsewhere, and tells `on_note` why.

    Raises:
        ValueError: there is no such engine.
        BackendError: Keras was imported before, with another backend than TensorFlow.
        SpecError: the architecture, the arm and the data do not make a model.
    """
    if engine not in ENGINES:
        raise ValueError(f"expected one of the engines {', '.join(ENGINES)}, got {engine!r}")
    from actbench.training.backend import import_keras

    import_keras()
    from actbench.training.auto_engine import AutoTrainer
    from actbench.training.compiled_engine import CompiledTrainer
    from actbench.training.keras_engine import KerasTrainer

    if engine == "auto":
        return AutoTrainer(cell, data, on_note, beside)
    if engine == "compiled":
        return CompiledTrainer(cell, data, beside=beside)
    return KerasTrainer(cell, data)
