"""A cell made ready for an engine: the compiled model, its initial state, rows and targets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from actbench.data.dataset import Dataset, Split
from actbench.models import build
from actbench.spec.grid import Cell
from actbench.spec.optimizer import Optimizer
from actbench.training import objective
from actbench.training.determinism import settle
from actbench.training.initial_state import InitialState, recorded

Form = Callable[[Any], Any]

EVALUATION_ROWS = 512  # rows at once when validating and testing; it changes rounding only

_OPTIMIZERS = {
    cls.__name__.lower(): cls
    for cls in vars(keras.optimizers).values()
    if isinstance(cls, type) and issubclass(cls, keras.optimizers.Optimizer)
}


@dataclass(frozen=True)
class Rows:
    """Inputs as loaded, shape (rows, *input_shape), and the targets that the loss wants."""

    x: NDArray[np.generic]
    y: NDArray[np.generic]

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Setup:
    """What every engine starts from."""

    cell: Cell
    model: Any
    initial: InitialState
    train: Rows
    validation: Rows | None
    test: Rows


def set_up(cell: Cell, data: Dataset, form: Form = lambda model: model) -> Setup:
    """Build and compile the model of a cell and bring the targets into the loss's form.

    `form` may make of the model one that computes the same with the same weights.

    Raises:
        SpecError: the architecture, the arm and the data do not make a model.
    """
    settle(cell)
    with recorded() as origins:
        model = form(build(cell, data))
    model.compile(
        optimizer=optimizer(cell.optimizer),
        loss=objective.loss(cell.loss),
        metrics=[objective.metric(name, data.task, cell.loss) for name in cell.metrics],
    )
    model.optimizer.build(model.trainable_variables)
    return Setup(
        cell=cell,
        model=model,
        initial=InitialState(model, origins),
        train=_rows(data.train, data, cell.loss),
        validation=None if data.validation is None else _rows(data.validation, data, cell.loss),
        test=_rows(data.test, data, cell.loss),
    )


def optimizer(choice: Optimizer) -> Any:
    """The Keras optimizer that a spec names, with its arguments."""
    return _OPTIMIZERS[choice.name](**dict(choice.arguments))


def _rows(split: Split, data: Dataset, loss: str) -> Rows:
    return Rows(split.x, objective.targets(split.y, data, loss))
