"""The epochs of a run as they come in, and the history they end in; the same for every engine."""

import math
from collections.abc import Callable, Mapping
from time import perf_counter

from actbench.training.history import History
from actbench.training.trainer import OnEpoch

Metrics = dict[str, float]


def prefixed(prefix: str, metrics: Mapping[str, float]) -> Metrics:
    """The metrics under the names of a history.

    >>> prefixed("val", {"loss": 0.5})
    {'val_loss': 0.5}
    """
    return {f"{prefix}_{name}": float(value) for name, value in metrics.items()}


def finite(metrics: Mapping[str, float]) -> bool:
    """Whether every number is finite."""
    return all(math.isfinite(value) for value in metrics.values())


class EpochLog:
    """Collects the epochs of one run, tells a listener, and notes where the run diverged."""

    def __init__(self, on_epoch: OnEpoch | None = None) -> None:
        self._epochs: list[Metrics] = []
        self._on_epoch = on_epoch
        self._started = perf_counter()
        self.diverged_at: int | None = None

    def add(self, epoch: Metrics) -> None:
        """Take in the next epoch; `diverged_at` is set if one of its numbers is not finite."""
        self._epochs.append(epoch)
        number = len(self._epochs)
        if not finite(epoch):
            self.diverged_at = number
        if self._on_epoch is not None:
            self._on_epoch(number, dict(epoch))

    def history(
        self,
        evaluate_test: Callable[[], Mapping[str, float]],
        *,
        parameters: int,
        engine: str,
        opening: float,
        compiling: float = 0.0,
    ) -> History:
        """The history, once the last epoch is in; a run that diverged is not tested.

        `opening` are the seconds that the trainer took to open, if this is its first run;
        `compiling` those of this run that went into compilation.
        """
        train_seconds = perf_counter() - self._started - compiling
        test = self._tested(evaluate_test)
        best = self._best_epoch()
        return History(
            status="ok" if self.diverged_at is None else "diverged",
            parameters=parameters,
            epochs=tuple(self._epochs),
            metrics=self._last() | test,
            best_epoch=best,
            best_val_loss=None if best is None else self._epochs[best - 1]["val_loss"],
            diverged_at=self.diverged_at,
            train_seconds=train_seconds,
            compile_seconds=opening + compiling,
            engine=engine,
        )

    def _tested(self, evaluate_test: Callable[[], Mapping[str, float]]) -> Metrics:
        """The test metrics; none after divergence, which the test itself may bring to light."""
        if self.diverged_at is not None:
            return {}
        test = prefixed("test", evaluate_test())
        if finite(test):
            return test
        self.diverged_at = len(self._epochs)
        return {}

    def _last(self) -> Metrics:
        last = self._epochs[-1]
        if self.diverged_at is None:
            return dict(last)
        return {name: value for name, value in last.items() if name.startswith("train_")}

    def _best_epoch(self) -> int | None:
        losses = {
            number: epoch["val_loss"]
            for number, epoch in enumerate(self._epochs, start=1)
            if math.isfinite(epoch.get("val_loss", math.nan))
        }
        return min(losses, key=losses.__getitem__) if losses else None
