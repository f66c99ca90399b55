"""Values near the ends of long rows, without sorting what lies between."""

import math
from collections.abc import Sequence

import numpy as np

from actbench.statistics.differences import Floats

_LONG = 2**13
_STRIDE = 64


def order_statistics(rows: Floats, places: Sequence[int]) -> Floats:
    """The values that stand at `places` (from 0, rising) in each row when it is sorted.

    `rows`: shape (rows, n), without NaN; their order may change. Returns (rows, places).

    >>> order_statistics(np.array([[5.0, 1.0, 4.0, 2.0, 3.0]]), [0, 3]).tolist()
    [[1.0, 4.0]]
    """
    size = rows.shape[1]
    low = [place for place in places if place < size / 4]
    high = [place for place in places if place >= size - size / 4]
    if size < _LONG or len(low) + len(high) < len(places):
        rows.partition(list(places), axis=1)
        return rows[:, list(places)]
    return np.array([[*_lowest(row, low), *_highest(row, high)] for row in rows])


def _lowest(row: Floats, places: Sequence[int]) -> list[float]:
    """Values at low places: a sample of the row tells how far up they can lie."""
    if not places:
        return []
    tail = row[row <= np.partition(row[::_STRIDE], at := _place_in_sample(places[-1]))[at]]
    return _at(tail if tail.size > places[-1] else row, places)


def _highest(row: Floats, places: Sequence[int]) -> list[float]:
    """Values at high places, in the same way from the other end."""
    if not places:
        return []
    at = -1 - _place_in_sample(row.size - 1 - places[0])
    tail = row[row >= np.partition(row[::_STRIDE], at)[at]]
    above = row.size - tail.size
    return (
        _at(tail, [place - above for place in places]) if above <= places[0] else _at(row, places)
    )


def _place_in_sample(place: int) -> int:
    """Where a value of the sample surely lies beyond that place of the row: four sigma further."""
    expected = place / _STRIDE
    return math.ceil(expected + 4 * math.sqrt(expected)) + 1


def _at(values: Floats, places: Sequence[int]) -> list[float]:
    found: list[float] = np.partition(values, list(places))[list(places)].tolist()
    return found
