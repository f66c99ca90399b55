"""A cell made ready for an engine: its compiled model, initial state, rows and targets."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from actbench.data.dataset import Dataset, Rows
from actbench.models import build
from actbench.spec.grid import Cell
from actbench.training import objective
from actbench.training.row_scores import RowScores
from actbench.training.seeding import InitialState, Origin, recorded, refuse_unseedable
from actbench.training.sparse_rows import may_be_sparse
from actbench.training.xla_and_determinism import set_determinism

EVALUATION_ROWS = 512  # rows at once when validating and testing; it changes rounding only


@dataclass(frozen=True)
class PreparedCell:
    """What every engine starts from; the targets are in the form that the loss takes.

    `row_scores`: computes the scores of single rows.
    """

    cell: Cell
    model: Any
    initial: InitialState
    train: Rows
    validation: Rows | None
    test: Rows
    row_scores: RowScores

    def begin(self, seed: int, learning_rate: float | None) -> None:
        """Put the model into the state that a run with this seed starts from.

        `learning_rate`: None for that of the cell. Programs read it from a variable, so that
        another one needs no new compilation.
        """
        self.initial.assign(seed)
        if learning_rate is not None:
            self.model.optimizer.learning_rate = learning_rate

    def with_data(self, data: Dataset) -> "PreparedCell | None":
        """The same model for another split; None where a model holds numbers of its training rows.

        Those are the unit of scaled targets, and which columns a sparse form takes for common.
        """
        if data.unit is not None or may_be_sparse(data):
            return None
        return replace(self, **_rows_by_part(self.cell, data))


def build_seedable(cell: Cell, data: Dataset) -> tuple[Any, list[Origin]]:
    """Build the model of a cell, and record where the first value of each weight comes from.

    Raises:
        SpecError: the architecture, the arm and the data do not make a model, or one whose weights
            a seed cannot set.
    """
    with recorded() as origins:
        model = build(cell, data)
    refuse_unseedable(model, origins)
    return model, origins


def prepare_cell(
    cell: Cell, data: Dataset, rewrite: Callable[[Any, Dataset], Any] = lambda model, data: model
) -> PreparedCell:
    """Build and compile the model of a cell and bring the targets into the loss's form.

    `rewrite` may replace the model, before it is compiled, by one that computes the same with the
    same weights.

    Raises:
        SpecError: the architecture, the arm and the data do not make a model.
    """
    set_determinism(cell)
    built, origins = build_seedable(cell, data)
    model = rewrite(built, data)
    model.compile(
        optimizer=objective.optimizer(cell.arm_optimizer),
        loss=objective.loss(cell.loss, data.unit),
        metrics=[objective.metric(name, data.task, cell.loss) for name in cell.metrics],
    )
    model.optimizer.build(model.trainable_variables)
    return PreparedCell(
        cell=cell,
        model=model,
        initial=InitialState(model, origins),
        row_scores=RowScores(cell, model, data),
        **_rows_by_part(cell, data),
    )


def _rows_by_part(cell: Cell, data: Dataset) -> dict[str, Any]:
    """The parts of a data set, with targets in the form that the loss takes."""

    def with_loss_targets(rows: Rows) -> Rows:
        return Rows(rows.x, objective.targets(rows.y, data, cell.loss))

    return {
        "train": with_loss_targets(data.train),
        "validation": None if data.validation is None else with_loss_targets(data.validation),
        "test": with_loss_targets(data.test),
    }
