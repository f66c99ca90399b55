"""Which epoch of a run is the best, and when to stop waiting for a better one."""

from actbench.spec.early_stopping import EarlyStopping


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
