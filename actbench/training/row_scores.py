"""The scores of single test rows: what a test metric is the mean of.

They say how far a difference between arms would hold for other rows like these. Metrics that are
no mean over rows (auc, r2, rmse, balanced accuracy, precision, recall) have none.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from actbench.data.dataset import Dataset
from actbench.spec.grid import Cell
from actbench.training import objective
from actbench.training.seeding import row_order

MOST_ROWS = 10_000  # kept of one trial

Scores = dict[str, Any]


class RowScores:
    """Computes the scores of each row of a batch, as the metrics of a compiled model see it.

    `names`: `loss`, then the metrics of the cell that are means over rows. A model with a loss or a
    test step of its own has no scores of rows in what it computes itself.
    """

    def __init__(self, cell: Cell, model: Any, data: Dataset) -> None:
        self._model = model
        self._loss = objective.loss(cell.loss, data.unit, reduction="none")
        by_metric = {n: objective.row_metric(n, data.task, cell.loss) for n in cell.metrics}
        self._functions = {name: function for name, function in by_metric.items() if function}
        kind = type(model)
        has_own_loss = kind.compute_loss is not keras.Model.compute_loss
        has_own_step = kind.test_step is not keras.Model.test_step
        names = self._functions if has_own_loss else ("loss", *self._functions)
        self.names: tuple[str, ...] = () if has_own_step else tuple(names)

    def test_step(self, batch: tuple[Any, Any]) -> Scores:
        """Take Keras's test step on a batch, and return the scores of its rows.

        Each has the shape (rows,), `float32`. They are computed from the very outputs of that step,
        so that a loss which looks for the logits behind them gets them here too.
        """
        if not self.names:
            self._model.test_step(batch)
            return {}
        with _outputs_of(self._model) as steps:
            self._model.test_step(batch)
        ((y, outputs),) = steps
        return self._scores(y, outputs)

    def _scores(self, y: Any, outputs: Any) -> Scores:
        # Weight penalties are part of the test loss, the same for every row.
        loss = self._loss(y, outputs) + sum(self._model.losses)
        values = {"loss": loss} | {name: f(y, outputs) for name, f in self._functions.items()}
        return {name: _one_a_row(values[name]) for name in self.names}


@contextmanager
def _outputs_of(model: Any) -> Iterator[list[tuple[Any, Any]]]:
    """Collect the targets and outputs of each test step that the model takes inside the block."""
    steps: list[tuple[Any, Any]] = []
    compute_metrics: Callable[..., Any] = model.compute_metrics

    def collecting(x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        steps.append((y, y_pred))
        return compute_metrics(x, y, y_pred, sample_weight)

    model.compute_metrics = collecting
    try:
        yield steps
    finally:
        del model.compute_metrics


def _one_a_row(values: Any) -> Any:
    """Values of any shape (rows, …) as their mean by row, shape (rows,), `float32`."""
    values = keras.ops.cast(values, "float32")
    return keras.ops.mean(keras.ops.reshape(values, (keras.ops.shape(values)[0], -1)), axis=1)


def kept(scores: Mapping[str, Any], rows: int) -> dict[str, NDArray[np.float32]]:
    """The scores of all rows, or of the sample that is kept of more than `MOST_ROWS`.

    `scores`: shape (rows,) each. The sample depends on the number of rows alone.
    """
    positions = kept_positions(rows)
    return {
        name: np.asarray(values, dtype=np.float32)[positions] for name, values in scores.items()
    }


def kept_positions(rows: int) -> NDArray[np.int32]:
    """Which of so many test rows are kept, in ascending order.

    >>> kept_positions(3).tolist(), len(kept_positions(60_000))
    ([0, 1, 2], 10000)
    """
    return np.sort(row_order(rows, 0, rows)[:MOST_ROWS])
