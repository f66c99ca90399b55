"""The plain reference: `model.fit` and `model.evaluate`, on rows in an order of our own.

One `fit` runs all epochs of a seed, so that whatever Keras does once at the end (an optimizer
with `use_ema` puts the averaged weights in place) is done once, before the test.
"""

from collections.abc import Iterator
from math import ceil
from time import perf_counter
from typing import Any

import keras

from actbench.data.dataset import Dataset
from actbench.spec.grid import Cell
from actbench.training.determinism import settle
from actbench.training.epoch_log import EpochLog, Metrics, prefixed
from actbench.training.history import History
from actbench.training.randomness import order
from actbench.training.setup import EVALUATION_ROWS, Rows, Setup, set_up
from actbench.training.trainer import OnEpoch

Batch = tuple[Any, Any]


class KerasTrainer:
    """Trains one cell with Keras's own loop."""

    def __init__(self, cell: Cell, data: Dataset) -> None:
        started = perf_counter()
        self._setup: Setup = set_up(cell, data)
        self._compile()
        self._opening = perf_counter() - started

    @property
    def parameters(self) -> int:
        """The number of weights of the model."""
        return int(self._setup.model.count_params())

    def train(self, seed: int, on_epoch: OnEpoch | None = None) -> History:
        """Train with one seed, and test the weights it ends with."""
        setup = self._setup
        settle(setup.cell)
        setup.initial.assign(seed)
        log = EpochLog(on_epoch)
        self._fit(self._batches(seed), epochs=setup.cell.epochs, callbacks=[_Listener(log)])
        opening, self._opening = self._opening, 0.0
        return log.history(
            lambda: self._evaluate(setup.test),
            parameters=self.parameters,
            opening=opening,
            engine="keras",
        )

    def close(self) -> None:
        """Let go of the model and the arrays."""
        del self._setup

    @property
    def _steps(self) -> int:
        return ceil(len(self._setup.train) / self._setup.cell.batch_size)

    def _batches(self, seed: int) -> Iterator[Batch]:
        """Every batch of every epoch, the short one at an epoch's end included."""
        train, size = self._setup.train, self._setup.cell.batch_size
        for epoch in range(self._setup.cell.epochs):
            rows = order(seed, epoch, len(train))
            for start in range(0, len(train), size):
                batch = rows[start : start + size]
                yield train.x[batch], train.y[batch]

    def _fit(self, batches: Iterator[Batch], epochs: int, callbacks: list[Any]) -> None:
        held_out = self._setup.validation
        self._setup.model.fit(
            batches,
            epochs=epochs,
            steps_per_epoch=self._steps,
            shuffle=False,
            validation_data=None if held_out is None else (held_out.x, held_out.y),
            validation_batch_size=EVALUATION_ROWS,
            callbacks=callbacks,
            verbose=0,
        )

    def _evaluate(self, rows: Rows) -> Metrics:
        found: Metrics = self._setup.model.evaluate(
            rows.x, rows.y, batch_size=EVALUATION_ROWS, return_dict=True, verbose=0
        )
        return found

    def _compile(self) -> None:
        """Trace the training and test steps on a few rows; every seed assigns all state anew."""
        train, size = self._setup.train, self._setup.cell.batch_size
        few = (train.x[:size], train.y[:size])
        self._setup.model.fit(
            (batch for batch in [few]), steps_per_epoch=1, shuffle=False, verbose=0
        )
        self._setup.model.evaluate(train.x[:1], train.y[:1], verbose=0)


class _Listener(keras.callbacks.Callback):  # type: ignore[misc]
    """Hands each epoch to the log, and stops the training when it diverged."""

    def __init__(self, log: EpochLog) -> None:
        super().__init__()
        self._log = log

    def on_epoch_end(self, epoch: int, logs: Metrics | None = None) -> None:
        found = logs or {}
        train = {name: value for name, value in found.items() if not name.startswith("val_")}
        held_out = {name: float(value) for name, value in found.items() if name not in train}
        self._log.add(prefixed("train", train) | held_out)
        if self._log.diverged_at is not None:
            self.model.stop_training = True
