"""Filters of rows: `--filter column=value`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from actbench.errors import ResultsError
from actbench.results.columns import CELL_KEY
from actbench.wording import listed, nearest

if TYPE_CHECKING:
    import pandas as pd

# Of trials: neither `status` nor a metric, as keeping only what went well is another comparison.
FILTER_COLUMNS = ("experiment", *CELL_KEY, "split", "seed")
_MOST_VALUES = 12


def keep(
    frame: "pd.DataFrame", filters: Sequence[str], columns: Sequence[str] = FILTER_COLUMNS
) -> "pd.DataFrame":
    """The rows that have, in every column named, one of the values named for it.

    `filters`: `column=value`, any number of them. `columns`: those that may be named.

    Raises:
        ResultsError: a filter is not understood, or no trial fits it.
    """
    values_of: dict[str, list[str]] = {}
    for text in filters:
        column, value = _parsed(frame, text, columns)
        values_of.setdefault(column, []).append(value)
    for column, values in values_of.items():
        cells = frame[column].astype(str)
        present = list(dict.fromkeys(cells))
        if absent := [value for value in values if value not in present]:
            rest = len(present) - _MOST_VALUES
            raise ResultsError(
                f"--filter {column}={absent[0]}: no trial fits; {column} is one of "
                f"{listed(present[:_MOST_VALUES])}{f' and {rest} more' if rest > 0 else ''}"
                f"{nearest(absent[0], present)}"
            )
        frame = frame[cells.isin(values)]
    return frame


def _parsed(frame: "pd.DataFrame", text: str, allowed: Sequence[str]) -> tuple[str, str]:
    column, equals, value = (side.strip() for side in text.partition("="))
    columns = [name for name in allowed if name in frame.columns]
    if not equals or not value:
        raise ResultsError(f"--filter: expected column=value, as in hidden=relu, got '{text}'")
    if column == "status" and column not in allowed:
        raise ResultsError(
            "--filter status=… is not possible: failures are outcomes, and a comparison of those "
            "that went well would be another one"
        )
    if column not in columns:
        raise ResultsError(
            f"--filter: expected one of the columns {listed(columns)}, "
            f"got '{column}'{nearest(column, columns)}"
        )
    return column, value
