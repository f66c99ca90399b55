"""Keeping some of the trials: those whose columns hold the values that were asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from actbench.errors import ResultsError
from actbench.wording import listed, nearest

if TYPE_CHECKING:
    import pandas as pd

# Not `status` and no metric: whoever keeps only what went well compares something else.
COLUMNS = (
    "experiment",
    "dataset",
    "architecture",
    "hidden",
    "output",
    "optimizer",
    "epochs",
    "batch_size",
    "seed",
)
_MOST_SHOWN = 12


def keep(frame: "pd.DataFrame", filters: Sequence[str]) -> "pd.DataFrame":
    """The rows that fit: any of the values named for a column, and all of the columns.

    `filters` are `column=value`.

    Raises:
        ResultsError: a filter is not understood, or no trial fits it.
    """
    wanted: dict[str, list[str]] = {}
    for text in filters:
        column, value = _parsed(frame, text)
        wanted.setdefault(column, []).append(value)
    for column, values in wanted.items():
        frame = _rows(frame, column, values)
    return frame


def _parsed(frame: "pd.DataFrame", text: str) -> tuple[str, str]:
    column, equals, value = (part.strip() for part in text.partition("="))
    known = [name for name in COLUMNS if name in frame.columns]
    if not equals or not value:
        raise ResultsError(f"--filter: expected column=value, as in hidden=relu, got '{text}'")
    if column == "status":
        raise ResultsError(
            "--filter status=… is not possible: failures are outcomes, and a comparison of those "
            "that went well would be another one"
        )
    if column not in known:
        near = nearest(column, known)
        raise ResultsError(
            f"--filter: expected one of the columns {listed(known)}, got '{column}'{near}"
        )
    return column, value


def _rows(frame: "pd.DataFrame", column: str, values: Sequence[str]) -> "pd.DataFrame":
    cells = frame[column].astype(str)
    there = list(dict.fromkeys(cells))
    for value in values:
        if value not in there:
            more = f" and {len(there) - _MOST_SHOWN} more" if len(there) > _MOST_SHOWN else ""
            raise ResultsError(
                f"--filter {column}={value}: no trial fits; {column} is one of "
                f"{listed(there[:_MOST_SHOWN])}{more}{nearest(value, there)}"
            )
    return frame[cells.isin(list(values))]
