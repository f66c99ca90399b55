"""Training: a cell and its data become a trainer, and each seed a history.

Importing this room stays quick: TensorFlow comes in when a trainer is opened.
"""

from actbench.data.dataset import Dataset
from actbench.spec.grid import Cell
from actbench.training.history import History
from actbench.training.trainer import OnEpoch, Trainer

__all__ = ["ENGINES", "History", "OnEpoch", "Trainer", "open_trainer"]

ENGINES = ("auto", "keras")


def open_trainer(cell: Cell, data: Dataset, engine: str = "keras") -> Trainer:
    """Build and compile the model of a cell, ready for any number of seeds.

    The engine "keras" is Keras's own `fit`; "auto" is the fastest one that fits the cell.

    Raises:
        ValueError: there is no such engine.
        BackendError: Keras was imported before, with another backend than TensorFlow.
        SpecError: the architecture, the arm and the data do not make a model.
    """
    if engine not in ENGINES:
        raise ValueError(f"expected one of the engines {', '.join(ENGINES)}, got {engine!r}")
    from actbench.training.quiet import prepare

    prepare()
    from actbench.training.keras_engine import KerasTrainer

    return KerasTrainer(cell, data)
