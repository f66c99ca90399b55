"""What a training run leaves, epoch by epoch, as plain numbers; and which epoch is the best."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from time import perf_counter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from actbench.spec.early_stopping import EarlyStopping

Metrics = dict[str, float]
RowsByMetric = Mapping[str, NDArray[np.float32]]
OnEpoch = Callable[[int, Metrics], None]


@dataclass(frozen=True)
class Measured:
    """What a test gives: Keras's metrics, and the scores of single test rows by metric.

    `rows`: shape (rows,) each, `float32`.
    """

    metrics: Mapping[str, Any]
    rows: RowsByMetric = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """One training run.

    `status` is "diverged" where a loss or metric was not finite, which ends the run; `diverged_at`
    is then the epoch. Epochs are counted from 1 everywhere here. `parameters` is the number of
    weights, the moving averages of batch normalisation included.

    `epochs` holds one mapping an epoch: `train_loss`, `train_<metric>` (Keras's averages through
    the epoch), and `val_loss`, `val_<metric>` where there is a validation set (of the weights at
    the end of the epoch). The epoch that diverged is the last of them, with the numbers it gave.
    `metrics` holds the metrics of the last epoch, and `test_loss`, `test_<metric>`; with early
    stopping all are those of the best epoch. A diverged run has only the `train_` metrics of its
    last epoch, which need not be finite. Accuracies are fractions.

    `epoch_seconds` holds the training time until the end of each epoch. `diagnostics` holds what
    a probe measured before the first epoch and with the weights that were tested, a mapping for
    each layer and time; None where nothing was measured, as it is not asked for.

    `test_rows` holds the score of each test row, shape (rows,), in the metrics that are means over
    rows; of more than 10,000 rows a sample that is the same in every run. Accuracy is then 1 or 0,
    `mae` and `mse` the errors of the row. A diverged run has none.

    `best_epoch` is the epoch of the least `val_loss`, the earliest if several share it, and None
    without a validation set; with early stopping it is the epoch whose weights were tested.
    `train_seconds` is the time spent on the epochs with their validation; `compile_seconds` is the
    time spent on building and compiling, which falls to the first run of a trainer and is 0 for
    later runs. (Where the first run has a single epoch, the compilation of its program cannot be
    told from the epoch and counts as training.)
    """

    status: Literal["ok", "diverged"]
    parameters: int
    epochs: tuple[Metrics, ...]
    metrics: Metrics
    best_epoch: int | None
    best_val_loss: float | None
    diverged_at: int | None
    train_seconds: float
    compile_seconds: float
    engine: str
    epoch_seconds: tuple[float, ...] = ()
    diagnostics: tuple[Metrics, ...] | None = None
    test_rows: RowsByMetric = field(default_factory=dict)


class EpochLog:
    """Collects the epochs of one run, passes each to a listener, and notes where it diverged.

    `measure` looks inside the model; it is called with the epoch whose weights the model has, 0
    before training, and its time does not count.
    """

    def __init__(
        self, on_epoch: OnEpoch | None = None, measure: Callable[[int], list[Metrics]] | None = None
    ) -> None:
        self._measure = measure
        self._at_start = measure(0) if measure else []
        self._epochs: list[Metrics] = []
        self._on_epoch = on_epoch
        self._times = [perf_counter()]  # of the start, and of the end of each epoch
        self.diverged_at: int | None = None

    def add(self, epoch: Metrics) -> None:
        """Add the next epoch; `diverged_at` is set if one of its numbers is not finite."""
        self._epochs.append(epoch)
        self._times.append(perf_counter())
        if not _finite(epoch):
            self.diverged_at = len(self._epochs)
        if self._on_epoch is not None:
            self._on_epoch(len(self._epochs), dict(epoch))

    def history(
        self,
        test: Callable[[], Measured],
        *,
        parameters: int,
        engine: str,
        opening: float,
        first_epoch_compiles: bool = False,
        tested_epoch: int | None = None,
    ) -> History:
        """Make the history after the last epoch, calling `test` unless the run diverged.

        `tested_epoch`: with early stopping, the epoch whose weights the model has now.
        `opening`: seconds that the trainer took to open, if this is its first run, else 0.
        `first_epoch_compiles`: whether the first epoch of that run compiles a program; what it
        takes beyond the median of the others is then no training.
        """
        first, *others = (end - start for start, end in pairwise(self._times))
        compiling = 0.0
        if opening and first_epoch_compiles and others:
            compiling = max(0.0, first - median(others))
        train_seconds = perf_counter() - self._times[0] - compiling
        tested = Measured({}) if self.diverged_at else test()
        number = self.diverged_at or tested_epoch or len(self._epochs)
        metrics = self._epochs[number - 1] | prefixed("test", tested.metrics)
        if not _finite(metrics):
            self.diverged_at = number
            metrics = {name: metrics[name] for name in metrics if name.startswith("train_")}
        at_end = self._measure(number) if self._measure and not self.diverged_at else []
        best_loss, best_epoch = self._least_validation_loss()
        if tested_epoch and self.diverged_at is None:
            best_loss, best_epoch = metrics["val_loss"], tested_epoch
        return History(
            status="diverged" if self.diverged_at else "ok",
            parameters=parameters,
            epochs=tuple(self._epochs),
            metrics=metrics,
            best_epoch=best_epoch,
            best_val_loss=best_loss,
            diverged_at=self.diverged_at,
            train_seconds=train_seconds,
            compile_seconds=opening + compiling,
            engine=engine,
            epoch_seconds=tuple(end - self._times[0] - compiling for end in self._times[1:]),
            diagnostics=(*self._at_start, *at_end) if self._measure else None,
            test_rows={} if self.diverged_at else tested.rows,
        )

    def _least_validation_loss(self) -> tuple[float, int] | tuple[None, None]:
        """The least finite validation loss and its epoch, if there is one."""
        losses = [epoch.get("val_loss", math.nan) for epoch in self._epochs]
        finite_losses = [(loss, n) for n, loss in enumerate(losses, 1) if math.isfinite(loss)]
        return min(finite_losses, default=(None, None))


def prefixed(prefix: str, metrics: Mapping[str, float]) -> Metrics:
    """The metrics under the names that a history gives them, such as `val_loss`."""
    return {f"{prefix}_{name}": float(value) for name, value in metrics.items()}


def _finite(metrics: Metrics) -> bool:
    return all(math.isfinite(value) for value in metrics.values())


class BestEpoch:
    """Follows the validation loss of a run as Keras's `EarlyStopping` does.

    `number`: the best epoch so far, counted from 1; None before the first. It is not the epoch of
    the least loss where a lower one was lower by no more than `min_delta`.
    `patience_is_over`: whether so many epochs have passed since the best one that training ends.

    >>> best = BestEpoch(EarlyStopping(patience=2, min_delta=0.1))
    >>> [best.improved(loss) for loss in (1.0, 0.95, 0.85, 0.9)], best.number
    ([True, False, True, False], 3)
    >>> best.improved(0.8), best.patience_is_over
    (False, True)
    """

    def __init__(self, rule: EarlyStopping) -> None:
        self._rule = rule
        self._loss = float("nan")
        self._epochs = 0
        self.number: int | None = None

    def improved(self, loss: float) -> bool:
        """Take the validation loss of the next epoch; say whether that epoch is the best now."""
        self._epochs += 1
        if self.number is not None and not loss + self._rule.min_delta < self._loss:
            return False
        self.number, self._loss = self._epochs, loss
        return True

    @property
    def patience_is_over(self) -> bool:
        return self._epochs - (self.number or 0) >= self._rule.patience
