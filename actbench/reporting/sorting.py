"""The order in which the arms of a block are shown."""

import math
from collections.abc import Callable, Iterable

from actbench.reporting.blocks import ArmRow

_Key = Callable[[ArmRow], tuple[float | str, ...]]


def sorted_rows(rows: Iterable[ArmRow], by: str, *, higher_is_better: bool) -> tuple[ArmRow, ...]:
    """The rows by rank (best first), mean, difference, p, name, or in the order of the trials.

    Arms without the number that is sorted by come last.
    """
    sign = -1.0 if higher_is_better else 1.0

    def mean(row: ArmRow) -> float:
        return math.inf if row.mean is None else sign * row.mean

    keys: dict[str, _Key] = {
        "rank": lambda row: (math.inf if row.rank is None else row.rank, mean(row)),
        "mean": lambda row: (mean(row),),
        "difference": lambda row: (-_difference(row), mean(row)),
        "p": lambda row: (_p(row), mean(row)),
        "name": lambda row: tuple(row.cell.values()),
        "order": lambda row: (),
    }
    return tuple(sorted(rows, key=keys[by]))


def _difference(row: ArmRow) -> float:
    if row.baseline:
        return 0.0
    found = row.pair.difference if row.pair else None
    return -math.inf if found is None else found


def _p(row: ArmRow) -> float:
    return row.pair.p_holm if row.pair and row.pair.p_holm is not None else math.inf
