"""Paired differences: what every paired test starts from, checked and freed of float noise."""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Interval = tuple[float, float]

SIGNIFICANT_DIGITS = 9


def round_significant(values: ArrayLike, digits: int = SIGNIFICANT_DIGITS) -> Floats:
    """Round each value to so many significant digits, in decimal, as it would be printed.

    0.91 − 0.9 and 0.92 − 0.91 differ by float noise alone; rounded they are the tie that they
    are. `values`: any shape. Returns an array of the same shape; NaN and infinity stay.

    >>> round_significant([0.91 - 0.9, 0.92 - 0.91]).tolist()
    [0.01, 0.01]
    """
    array = np.asarray(values, dtype=float)
    return _rounded(array.tobytes(), digits).reshape(array.shape).copy()


@lru_cache(maxsize=64)
def _rounded(values: bytes, digits: int) -> Floats:
    """The flat values rounded; a pair's differences pass here for its test and each interval."""
    flat: Iterable[float] = np.frombuffer(values).tolist()
    return np.array([float(f"{value:.{digits - 1}e}") for value in flat], dtype=float)


def paired_differences(d: ArrayLike) -> Floats:
    """Check a list of paired differences, one per seed, and round it to 9 significant digits.

    `d`: shape (n,), n ≥ 1. Raises ValueError if it has another shape, is empty, or holds NaN
    or infinity: whoever calls decides what a pair that did not train means.

    >>> paired_differences([0.3 - 0.2, 0.1]).tolist()
    [0.1, 0.1]
    """
    array = np.asarray(d, dtype=float)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(
            f"expected at least one paired difference in a flat list, got shape {array.shape}"
        )
    if not np.isfinite(array).all():
        where = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"expected finite differences, got {array[where]} at position {where}")
    return round_significant(array)


def median(values: Floats) -> float:
    """Median of a short flat array without NaN, n ≥ 1; `numpy.median` takes ten times as long.

    >>> median(np.array([3.0, 1.0, 2.0])), median(np.array([1.0, 2.0]))
    (2.0, 1.5)
    """
    ordered = np.sort(values)
    half = ordered.size // 2
    return float(ordered[half] if ordered.size % 2 else (ordered[half - 1] + ordered[half]) / 2)


def trained_differences(d: Floats) -> Floats:
    """The differences of the pairs that trained: without NaN, else as `paired_differences`.

    Unlike there, none at all is no error: every seed of an arm may fail.

    >>> trained_differences(np.array([0.1, np.nan])).tolist()
    [0.1]
    """
    kept = d[~np.isnan(d)]
    return paired_differences(kept) if kept.size else kept


def require_between(name: str, value: float, low: float = 0.0, high: float = 1.0) -> None:
    """Raise ValueError unless low < value < high.

    >>> require_between("alpha", 5)
    Traceback (most recent call last):
    ValueError: expected alpha between 0 and 1, got 5
    """
    if not low < value < high:
        raise ValueError(f"expected {name} between {low:g} and {high:g}, got {value}")
