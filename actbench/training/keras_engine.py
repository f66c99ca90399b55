"""The plain reference: `model.fit` and `model.evaluate`, on rows in an order of our own.

One `fit` runs all epochs of a seed, so that whatever Keras does once at the end (an optimizer
with `use_ema` puts the averaged weights in place) is done once, before the test.
"""

from collections.abc import Iterator
from math import ceil
from time import perf_counter
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from actbench.data.dataset import Dataset
from actbench.spec.grid import Cell
from actbench.training import Trainer
from actbench.training.history import EpochLog, History, Measured, Metrics, OnEpoch, prefixed
from actbench.training.prepared_cell import EVALUATION_ROWS, prepare_cell
from actbench.training.probe import PREDICTED_ROWS, PROBE_ROWS, Measures, Prediction, Probe
from actbench.training.row_scores import kept
from actbench.training.seeding import row_order
from actbench.training.xla_and_determinism import on_device, set_determinism, suits_xla


class KerasTrainer(Trainer):
    """Trains one cell with Keras's own loop."""

    def __init__(self, cell: Cell, data: Dataset) -> None:
        started = perf_counter()
        self._prepared = prepare_cell(cell, data)
        self._model = self._prepared.model
        # A step of each kind, which traces it; every seed assigns all state anew.
        train = self._prepared.train
        self._model.fit(self._batches(seed=0), steps_per_epoch=1, shuffle=False, verbose=0)
        self._model.evaluate(train.x[:1], train.y[:1], verbose=0)
        self._score = tf.function(self._prepared.row_scores.test_step, reduce_retracing=True)
        self._probe = Probe(self._model, cell.arm.hidden)
        self._prediction = Prediction(self._model, xla=suits_xla(self._model, cell.batch_size))
        self._opening = perf_counter() - started

    def take(self, cell: Cell) -> bool:
        return cell == self._prepared.cell

    def train(
        self, seed: int, on_epoch: OnEpoch | None = None, learning_rate: float | None = None
    ) -> History:
        cell, rows = self._prepared.cell, len(self._prepared.train)
        validation = self._prepared.validation
        set_determinism(cell)
        self._prepared.begin(seed, learning_rate)
        log = EpochLog(on_epoch, self._measure if cell.diagnostics else None)
        stopping = _early_stopping(cell)
        self._model.fit(
            self._batches(seed),
            epochs=cell.epochs,
            steps_per_epoch=ceil(rows / cell.batch_size),
            shuffle=False,
            validation_data=None if validation is None else (validation.x, validation.y),
            validation_batch_size=EVALUATION_ROWS,
            callbacks=[_Listener(log), *stopping],
            verbose=0,
        )
        opening, self._opening = self._opening, 0.0
        return log.history(
            self._tested,
            parameters=int(self._model.count_params()),
            opening=opening,
            engine=on_device("keras"),
            tested_epoch=stopping[0].best_epoch + 1 if stopping else None,
        )

    def use(self, data: Dataset) -> bool:
        prepared = self._prepared.with_data(data)
        if prepared is None:
            return False
        self._prepared = prepared
        return True

    def predict_seconds(self) -> float:
        return self._prediction.seconds(tf.constant(self._prepared.test.x[:PREDICTED_ROWS]))

    def close(self) -> None:
        del self._prepared, self._model, self._score, self._probe, self._prediction

    def _measure(self, epoch: int) -> list[Measures]:
        train = self._prepared.train
        rows = tf.constant(train.x[:PROBE_ROWS]), tf.constant(train.y[:PROBE_ROWS])
        return self._probe.measure(epoch, *rows)

    def _tested(self) -> Measured:
        """Keras's metrics of the test rows; then the scores of each one."""
        test, size = self._prepared.test, EVALUATION_ROWS
        metrics = self._model.evaluate(test.x, test.y, batch_size=size, return_dict=True, verbose=0)
        batches = [
            self._score((tf.constant(test.x[i : i + size]), tf.constant(test.y[i : i + size])))
            for i in range(0, len(test), size)
        ]
        names = self._prepared.row_scores.names
        scores = {name: np.concatenate([batch[name] for batch in batches]) for name in names}
        return Measured(metrics, kept(scores, len(test)))

    def _batches(self, seed: int) -> Iterator[tuple[Any, Any]]:
        """Every batch of every epoch, the short one at an epoch's end included."""
        cell, train = self._prepared.cell, self._prepared.train
        for epoch in range(cell.epochs):
            order = row_order(seed, epoch, len(train))
            for start in range(0, len(train), cell.batch_size):
                batch = order[start : start + cell.batch_size]
                yield train.x[batch], train.y[batch]


def _early_stopping(cell: Cell) -> list[Any]:
    """Keras's callback if the cell has early stopping, else nothing."""
    if cell.early_stopping is None:
        return []
    options = cell.early_stopping.model_dump()
    return [keras.callbacks.EarlyStopping(monitor="val_loss", restore_best_weights=True, **options)]


class _Listener(keras.callbacks.Callback):  # type: ignore[misc]
    """Adds each epoch to the log, and stops the training when it diverged."""

    def __init__(self, log: EpochLog) -> None:
        super().__init__()
        self._log = log

    def on_epoch_end(self, epoch: int, logs: Metrics | None = None) -> None:
        metrics = logs or {}
        train = {name: value for name, value in metrics.items() if not name.startswith("val_")}
        validation = {name: float(value) for name, value in metrics.items() if name not in train}
        self._log.add(prefixed("train", train) | validation)
        if self._log.diverged_at is not None:
            self.model.stop_training = True
