"""What a training run leaves behind: plain numbers, made once, handed on."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "diverged"]


@dataclass(frozen=True)
class History:
    """One training run.

    `status` is "diverged" where a loss or metric was not finite, which ends the run; `diverged_at`
    is then the epoch. Epochs are counted from 1 everywhere here. `parameters` is the number of
    weights, the moving averages of batch normalisation included.

    `epochs` holds one mapping an epoch: `train_loss`, `train_<metric>` (Keras's averages through
    the epoch), and `val_loss`, `val_<metric>` where there is a validation set (the weights at the
    end of the epoch). The epoch that diverged is the last of them, with the numbers it gave.
    `metrics` holds those of the last epoch, and `test_loss`, `test_<metric>`; a diverged run has
    only its `train_` ones, which need not be finite. Accuracies are fractions.

    `best_epoch` is the epoch of the least `val_loss`, the earliest if several share it, and None
    without a validation set. `train_seconds` is the time spent on the epochs with their
    validation; `compile_seconds` that of building and compiling, which falls to the first run of
    a trainer and is 0 for those after it. (Where that run has a single epoch, the compilation of
    its program cannot be told from the epoch and counts as training.)
    """

    status: Status
    parameters: int
    epochs: tuple[dict[str, float], ...]
    metrics: dict[str, float]
    best_epoch: int | None
    best_val_loss: float | None
    diverged_at: int | None
    train_seconds: float
    compile_seconds: float
    engine: str
