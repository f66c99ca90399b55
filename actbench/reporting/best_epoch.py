"""The metrics of the epoch with the lowest validation loss, instead of those of the last epoch."""

from typing import TYPE_CHECKING

from actbench.errors import ResultsError
from actbench.results.columns import CELL_KEY, metric_columns
from actbench.results.reading import Trials, read_history

if TYPE_CHECKING:
    import pandas as pd


def at_best_epoch(trials: Trials) -> tuple["pd.DataFrame", tuple[str, ...]]:
    """The trials with their training and validation metrics as they were at the best epoch.

    The metrics of every epoch stand in `history.csv`; where that is not beside the table only the
    loss at the best epoch is known, and a note says so. Test metrics are left out: they are
    measured once, after the last epoch.

    Raises:
        ResultsError: the trials had no validation rows.
    """
    frame = trials.frame
    if "best_val_loss" not in frame.columns or not frame["best_val_loss"].notna().any():
        raise ResultsError(
            f"{trials.path}: --at best needs a validation split, and these trials have none; "
            "it needs `validation` in the data set"
        )
    kept = frame.drop(columns=metric_columns(frame.columns))
    history = trials.path.with_name("history.csv")
    if not history.is_file():
        only = kept.assign(val_loss=frame["best_val_loss"])
        return only, (f"Without {history} only the loss at the best epoch is known.",)
    return _joined(kept, read_history(history)), ()


def _joined(kept: "pd.DataFrame", epochs: "pd.DataFrame") -> "pd.DataFrame":
    key = [name for name in (*CELL_KEY, "seed") if name in kept and name in epochs]
    metrics = epochs[[*key, "epoch", *metric_columns(epochs.columns)]]
    left = kept.assign(epoch=kept["best_epoch"])
    return left.merge(metrics, on=[*key, "epoch"], how="left", validate="one_to_one")
