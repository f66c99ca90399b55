"""The k-th smallest values of long rows, without sorting what lies between the ends."""

import math
from collections.abc import Sequence

import numpy as np

from actbench.statistics.differences import Floats

_LONG = 2**13
_STRIDE = 16


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
    mirrored = [size - 1 - place for place in reversed(high)]
    return np.array([[*_lowest(row, low), *_highest(row, mirrored)] for row in rows])


def _highest(row: Floats, places: Sequence[int]) -> list[float]:
    return [-value for value in reversed(_lowest(-row, places))]


def _lowest(row: Floats, places: Sequence[int]) -> list[float]:
    """Values at the low `places`: a sample of the row tells how far up they can lie."""
    if not places:
        return []
    sample = np.sort(row[::_STRIDE])
    expected = places[-1] / _STRIDE
    bound = sample[min(math.ceil(expected + 4 * math.sqrt(expected)) + 1, sample.size - 1)]
    tail = row[row <= bound]
    if tail.size <= places[-1]:
        tail = row.copy()
    tail.partition(list(places))
    return [float(tail[place]) for place in places]
