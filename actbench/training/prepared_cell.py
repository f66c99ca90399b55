"""A cell made ready for an engine: its compiled model, initial state, rows and targets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actbench.data.dataset import Dataset, Rows
from actbench.models import build
from actbench.spec.grid import Cell
from actbench.training import objective
from actbench.training.row_scores import RowScores
from actbench.training.seeding import InitialState, Origin, recorded, refuse_unseedable
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
        optimizer=objective.optimizer(cell.optimizer),
        loss=objective.loss(cell.loss, data.unit),
        metrics=[objective.metric(name, data.task, cell.loss) for name in cell.metrics],
    )
    model.optimizer.build(model.trainable_variables)

    def with_loss_targets(rows: Rows) -> Rows:
        return Rows(rows.x, objective.targets(rows.y, data, cell.loss))

    return PreparedCell(
        cell=cell,
        model=model,
        initial=InitialState(model, origins),
        train=with_loss_targets(data.train),
        validation=None if data.validation is None else with_loss_targets(data.validation),
        test=with_loss_targets(data.test),
        row_scores=RowScores(cell, model, data),
    )
