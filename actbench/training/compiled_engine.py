"""The compiled engine: a whole epoch is one program, Keras's own `train_step` in a loop.

Losses, metrics, optimizers and layers are Keras's; what is gone is the cost of a call from Python
for each step. One program and one model serve all the seeds of a cell.
"""

import weakref
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from actbench.data.dataset import Array, Dataset
from actbench.spec.grid import Cell
from actbench.training.compilation import on_accelerator, suits_xla
from actbench.training.determinism import settle
from actbench.training.epoch_log import EpochLog, Metrics, prefixed
from actbench.training.history import History
from actbench.training.randomness import order
from actbench.training.setup import EVALUATION_ROWS, Rows, set_up
from actbench.training.sparse_rows import SparseRows, common_columns, sparse_form, split
from actbench.training.trainer import OnEpoch

Step = Callable[[tuple[Any, Any]], Any]


class CompiledTrainer:
    """Trains one cell through compiled epochs; with XLA where that is the faster compiler."""

    def __init__(self, cell: Cell, data: Dataset, *, xla: bool | None = None) -> None:
        started = perf_counter()
        self._columns: NDArray[np.int32] | None = None
        self._setup = set_up(cell, data, lambda model: self._formed(model, data))
        model = self._setup.model
        self._xla = suits_xla(model, cell.batch_size) if xla is None else xla
        self._train = self._placed(self._setup.train)
        self._test = self._placed(self._setup.test)
        held_out = self._setup.validation
        self._validation = None if held_out is None else self._placed(held_out)
        self._make_variables()
        self._epoch = tf.function(self._scan_epoch, autograph=False, jit_compile=self._xla)
        # Evaluation is a few large steps: a plain graph is as fast as XLA, and ready much sooner.
        self._evaluate = tf.function(self._scan_evaluation, autograph=False, jit_compile=False)
        self._compiled = False
        self._opening = perf_counter() - started

    @property
    def parameters(self) -> int:
        """The number of weights of the model."""
        return int(self._setup.model.count_params())

    def train(self, seed: int, on_epoch: OnEpoch | None = None) -> History:
        """Train with one seed, and test the weights it ends with."""
        settle(self._setup.cell)
        self._setup.initial.assign(seed)
        log = EpochLog(on_epoch)
        seconds = []
        for epoch in range(self._setup.cell.epochs):
            begun = perf_counter()
            log.add(self._run_epoch(seed, epoch))
            seconds.append(perf_counter() - begun)
            if log.diverged_at is not None:
                break
        compiling = self._compilation(seconds)
        model = self._setup.model
        model.optimizer.finalize_variable_values(model.trainable_variables)
        opening, self._opening = self._opening, 0.0
        return log.history(
            lambda: _floats(self._evaluate(self._test.x, self._test.y)),
            parameters=self.parameters,
            opening=opening,
            compiling=compiling,
            engine="compiled, XLA" if self._xla else "compiled",
        )

    def close(self) -> None:
        """Let go of the model, its programs and the arrays."""
        del self._setup, self._epoch, self._evaluate
        del self._train, self._validation, self._test

    def _compilation(self, seconds: list[float]) -> float:
        """The first epoch of all compiles the programs: the seconds it took beyond the next."""
        first, self._compiled = not self._compiled, True
        return max(0.0, seconds[0] - median(seconds[1:])) if first and len(seconds) > 1 else 0.0

    def _run_epoch(self, seed: int, epoch: int) -> Metrics:
        rows = order(seed, epoch, len(self._setup.train))
        found = prefixed("train", _floats(self._epoch(self._train.x, self._train.y, rows)))
        held_out = self._validation
        if held_out is None:
            return found
        return found | prefixed("val", _floats(self._evaluate(held_out.x, held_out.y)))

    def _formed(self, model: Any, data: Dataset) -> Any:
        """The model as it is, or for rows without their zeros where that is faster."""
        self._columns = None if on_accelerator() else common_columns(model, data)
        return model if self._columns is None else sparse_form(model, self._columns)

    def _placed(self, rows: Rows) -> "Placed":
        return Placed(rows, self._columns)

    def _make_variables(self) -> None:
        """Run a step of each kind, so that no variable is made while the programs are traced."""
        few = _batch(self._train.x, self._train.y, tf.range(1))
        self._setup.model.train_step(few)
        self._setup.model.test_step(few)

    def _scan_epoch(self, x: Any, y: Any, rows: Any) -> Any:
        """Train on all rows in the given order, shape (rows,); Keras's metrics of the epoch."""
        model = self._setup.model
        _scan(model, model.train_step, x, y, rows, self._setup.cell.batch_size)
        return model.get_metrics_result()

    def _scan_evaluation(self, x: Any, y: Any) -> Any:
        model = self._setup.model
        _scan(model, model.test_step, x, y, tf.range(x.shape[0]), EVALUATION_ROWS)
        return model.get_metrics_result()


def _scan(model: Any, step: Step, x: Any, y: Any, rows: Any, size: int) -> None:
    """Run `step` over batches of `size` rows, and once more over the short batch left at the end.

    Shapes must be static, so full batches go through the loop and the last one follows it.
    """
    model.reset_metrics()
    count = x.shape[0]
    steps = count // size
    if steps:
        batches = tf.reshape(rows[: steps * size], (steps, size))

        def one(i: Any) -> Any:
            step(_batch(x, y, batches[i]))
            return i + 1

        tf.while_loop(lambda i: i < steps, one, (0,), parallel_iterations=1)
    if count % size:
        step(_batch(x, y, rows[steps * size :]))


def _batch(x: Any, y: Any, rows: Any) -> tuple[Any, Any]:
    inputs = x.batch(rows) if isinstance(x, SparseRows) else tf.gather(x, rows)
    return inputs, tf.gather(y, rows)


def _floats(metrics: dict[str, Any]) -> Metrics:
    return {name: float(value) for name, value in metrics.items()}


class Placed:
    """Rows on the device: inputs `x` and targets `y`."""

    def __init__(self, rows: Rows, columns: NDArray[np.int32] | None) -> None:
        self.x = _placed_once(rows.x, columns)
        self.y = tf.constant(rows.y)


# Inputs that are on the device already, by the identity of the array they were made from and
# whether without their zeros: architectures may differ in that.
_placed: dict[tuple[int, bool], tuple["weakref.ref[Array]", Any]] = {}


def _placed_once(array: Array, columns: NDArray[np.int32] | None) -> Any:
    """The array on the device; the cells of a data set share one copy of their inputs."""
    for gone in [key for key, (source, _) in _placed.items() if source() is None]:
        del _placed[gone]
    key = (id(array), columns is not None)
    if key not in _placed:
        made = tf.constant(array) if columns is None else split(array, columns)
        _placed[key] = (weakref.ref(array), made)
    return _placed[key][1]
