"""The compiled engine: a whole epoch is one program, Keras's own `train_step` in a loop.

Losses, metrics, optimizers and layers are Keras's; only the call from Python for each step is gone.
One model and its programs serve all the seeds of a cell, and other cells that differ in the hidden
function only. The rows are arguments of the programs: other rows of the same shape need no new
compilation.
"""

import weakref
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import tensorflow as tf

from actbench.data.arrays import Array
from actbench.data.dataset import Dataset, Rows
from actbench.spec.grid import Cell
from actbench.training import Trainer
from actbench.training.chosen_function import ChosenFunction, put_into
from actbench.training.history import (
    BestEpoch,
    EpochLog,
    History,
    Measured,
    OnEpoch,
    prefixed,
)
from actbench.training.prepared_cell import EVALUATION_ROWS, prepare_cell
from actbench.training.probe import PREDICTED_ROWS, PROBE_ROWS, Measures, Prediction, Probe
from actbench.training.row_scores import kept
from actbench.training.seeding import row_order
from actbench.training.sparse_rows import (
    SparseDense,
    SparseRows,
    sparse_form,
    split_columns,
)
from actbench.training.xla_and_determinism import (
    on_accelerator,
    on_device,
    set_determinism,
    suits_xla,
)

Step = Callable[[tuple[Any, Any]], Any]


class CompiledTrainer(Trainer):
    """Trains cells through compiled epochs, with XLA where that is the faster compiler.

    It is opened for `cell`, and for those cells `beside` it that can share its program.
    """

    def __init__(
        self, cell: Cell, data: Dataset, *, xla: bool | None = None, beside: Collection[Cell] = ()
    ) -> None:
        started = perf_counter()
        self._prepared = prepare_cell(cell, data, rewrite=sparse_form)
        self._model = self._prepared.model
        self._xla = suits_xla(self._model, cell.batch_size) if xla is None else xla
        self._cells: tuple[Cell, ...] = (cell,)
        self._function: ChosenFunction | None = None
        if self._xla and cell.may_share and not on_accelerator():
            others = [c for c in beside if c.program == cell.program and c != cell]
            self._function = put_into(self._model, (cell, *others))
            if self._function is not None:
                self._cells += tuple(others)
        self._shapes: set[tuple[int, ...]] = set()
        self._put_on_device()
        # A step of each kind, so that no variable is made while the programs are traced.
        one_row = _batch(*self._train, tf.range(1))
        self._model.train_step(one_row)
        self._model.test_step(one_row)
        self._epoch = tf.function(self._train_rows, autograph=False, jit_compile=self._xla)
        # Evaluation is a few large steps: a plain graph is as fast as XLA, and ready much sooner.
        self._evaluate = tf.function(self._metrics_of, autograph=False, jit_compile=False)
        self._score = tf.function(self._metrics_and_scores, autograph=False, jit_compile=False)
        self._probe = Probe(self._model, cell.arm.hidden)
        self._prediction = Prediction(self._model, xla=self._xla)
        self._opening = perf_counter() - started

    def take(self, cell: Cell) -> bool:
        if cell not in self._cells:
            return False
        if self._function is not None and cell != self._prepared.cell:
            self._function.choose(self._cells.index(cell))
            self._prepared = replace(self._prepared, cell=cell)
        return True

    def use(self, data: Dataset) -> bool:
        started = perf_counter()
        prepared = self._prepared.with_data(data)
        if prepared is None:
            return False
        self._prepared = prepared
        if self._put_on_device():
            self._opening += perf_counter() - started
        return True

    def train(
        self, seed: int, on_epoch: OnEpoch | None = None, learning_rate: float | None = None
    ) -> History:
        cell = self._prepared.cell
        set_determinism(cell)
        self._prepared.begin(seed, learning_rate)
        log = EpochLog(on_epoch, self._measure if cell.diagnostics else None)
        best = BestEpoch(cell.early_stopping) if cell.early_stopping else None
        best_weights: list[tuple[Any, Any]] = []
        for epoch in range(cell.epochs):
            order = row_order(seed, epoch, len(self._prepared.train))
            metrics = prefixed("train", self._epoch(*self._train, order))
            if self._validation is not None:
                metrics |= prefixed("val", self._evaluate(*self._validation))
            log.add(metrics)
            if log.diverged_at is not None:
                break
            if best and best.improved(metrics["val_loss"]):
                best_weights = [(w, tf.identity(w.value)) for w in self._model.weights]
            if best and best.patience_is_over:
                break
        self._model.optimizer.finalize_variable_values(self._model.trainable_variables)
        for weight, value in best_weights:
            weight.assign(value)
        opening, self._opening = self._opening, 0.0
        return log.history(
            self._tested,
            parameters=int(self._model.count_params()),
            opening=opening,
            first_epoch_compiles=True,
            tested_epoch=best.number if best else None,
            engine=on_device("compiled, XLA" if self._xla else "compiled"),
        )

    def predict_seconds(self) -> float:
        inputs, _ = _batch(*self._test, tf.range(min(PREDICTED_ROWS, len(self._prepared.test))))
        if self._function is None:
            return self._prediction.seconds(inputs)
        with self._function.without_branches(self._cells.index(self._prepared.cell)):
            return self._prediction.seconds(inputs)

    def close(self) -> None:
        del self._prepared, self._model, self._epoch, self._evaluate, self._score
        del self._probe, self._prediction
        del self._train, self._validation, self._test

    def _train_rows(self, x: Any, y: Any, order: Any) -> Any:
        """Train on all rows in this order, shape (rows,); Keras's metrics of the epoch."""
        self._model.reset_metrics()
        _scan(self._model.train_step, x, y, order, self._prepared.cell.batch_size)
        return self._model.get_metrics_result()

    def _metrics_of(self, x: Any, y: Any) -> Any:
        """Keras's metrics of all rows."""
        self._model.reset_metrics()
        _scan(self._model.test_step, x, y, tf.range(x.shape[0]), EVALUATION_ROWS)
        return self._model.get_metrics_result()

    def _metrics_and_scores(self, x: Any, y: Any) -> Any:
        """Keras's metrics of all rows, and the scores of each row."""
        self._model.reset_metrics()
        row_scores, order = self._prepared.row_scores, tf.range(x.shape[0])
        scores = _scan(row_scores.test_step, x, y, order, EVALUATION_ROWS, row_scores.names)
        return self._model.get_metrics_result(), scores

    def _measure(self, epoch: int) -> list[Measures]:
        rows = tf.range(min(PROBE_ROWS, len(self._prepared.train)))
        return self._probe.measure(epoch, *_batch(*self._train, rows))

    def _tested(self) -> Measured:
        metrics, scores = self._score(*self._test)
        return Measured(metrics, kept(scores, len(self._prepared.test)))

    def _put_on_device(self) -> bool:
        """Put the rows on the device; whether programs will be compiled for their numbers."""
        prepared = self._prepared
        self._train: tuple[Any, Any] = self._on_device(prepared.train)
        self._test: tuple[Any, Any] = self._on_device(prepared.test)
        validation = prepared.validation
        self._validation = None if validation is None else self._on_device(validation)
        shape = tuple(len(rows) for rows in (prepared.train, prepared.test, validation or ()))
        is_new = shape not in self._shapes
        self._shapes.add(shape)
        return is_new

    def _on_device(self, rows: Rows) -> tuple[Any, Any]:
        return _shared_inputs(rows.x, self._model), tf.constant(rows.y)


def _scan(
    step: Step, x: Any, y: Any, order: Any, size: int, names: Sequence[str] = ()
) -> dict[str, Any]:
    """Call `step` on batches of `size` rows in this order, and on the short batch left at the end.

    Returns what `step` gives for each row under these names, shape (rows,) each, in this order.
    Shapes must be static, so full batches go through the loop and the last one follows it.
    """
    count = x.shape[0]
    steps = count // size
    parts: dict[str, list[Any]] = {name: [] for name in names}
    if steps:
        batches = tf.reshape(order[: steps * size], (steps, size))
        arrays = {name: tf.TensorArray(tf.float32, steps, element_shape=(size,)) for name in names}

        def next_step(i: Any, arrays: dict[str, Any]) -> Any:
            values = step(_batch(x, y, batches[i]))
            return i + 1, {name: arrays[name].write(i, values[name]) for name in names}

        _, arrays = tf.while_loop(
            lambda i, arrays: i < steps, next_step, (0, arrays), parallel_iterations=1
        )
        parts = {name: [arrays[name].concat()] for name in names}
    if count % size:
        values = step(_batch(x, y, order[steps * size :]))
        parts = {name: [*parts[name], values[name]] for name in names}
    return {name: tf.concat(parts[name], axis=0) for name in names}


def _batch(x: Any, y: Any, rows: Any) -> tuple[Any, Any]:
    inputs = x.batch(rows) if isinstance(x, SparseRows) else tf.gather(x, rows)
    return inputs, tf.gather(y, rows)


# Inputs on the device, by the identity of the array they were made from and by whether they are
# split into columns: architectures may differ in that.
_inputs: dict[tuple[int, bool], Any] = {}


def _shared_inputs(array: Array, model: Any) -> Any:
    """The inputs on the device, as the model takes them; the cells of a data set share one copy."""
    sparse = (layer for layer in model.layers if isinstance(layer, SparseDense))
    columns = next((layer.columns for layer in sparse), None)
    key = (id(array), columns is not None)
    if key not in _inputs:
        _inputs[key] = tf.constant(array) if columns is None else split_columns(array, columns)
        weakref.finalize(array, _inputs.pop, key)
    return _inputs[key]
