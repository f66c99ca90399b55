"""Training: a cell and its data become a trainer, and each seed a history.

Importing this room stays quick: TensorFlow comes in when a trainer is opened.
"""

from collections.abc import Callable

from actbench.data.dataset import Dataset
from actbench.spec.grid import Cell
from actbench.training.history import History
from actbench.training.trainer import OnEpoch, Trainer

__all__ = ["ENGINES", "History", "OnEpoch", "Trainer", "open_trainer"]

ENGINES = ("auto", "compiled", "keras")
OnNote = Callable[[str], None]


def open_trainer(
    cell: Cell, data: Dataset, engine: str = "auto", on_note: OnNote = lambda words: None
) -> Trainer:
    """Build and compile the model of a cell, ready for any number of seeds.

    The engine "keras" is Keras's own `fit`, "compiled" makes a program of a whole epoch, and
    "auto" is the latter where it works, else the former; `on_note` then hears why.

    Raises:
        ValueError: there is no such engine.
        BackendError: Keras was imported before, with another backend than TensorFlow.
        SpecError: the architecture, the arm and the data do not make a model.
    """
    if engine not in ENGINES:
        raise ValueError(f"expected one of the engines {', '.join(ENGINES)}, got {engine!r}")
    from actbench.training.quiet import prepare

    prepare()
    if engine == "keras":
        from actbench.training.keras_engine import KerasTrainer

        return KerasTrainer(cell, data)
    if engine == "compiled":
        from actbench.training.compiled_engine import CompiledTrainer

        return CompiledTrainer(cell, data)
    from actbench.training.fallback import AutoTrainer

    return AutoTrainer(cell, data, on_note)
