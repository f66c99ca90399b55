"""Paired differences: checked, freed of float noise, and summarised."""

import math

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
    rounded = [float(f"{value:.{digits - 1}e}") for value in array.flat]
    return np.array(rounded, dtype=float).reshape(array.shape)


def paired_differences(d: ArrayLike) -> Floats:
    """Check a list of paired differences, one per seed, and round it to 9 significant digits.

    `d`: shape (n,), n ≥ 1. Raises ValueError if it has another shape, is empty, or holds NaN
    or infinity: the caller decides what a pair that did not train means.

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


def trained_differences(d: Floats) -> Floats:
    """The differences of the pairs that trained: without NaN, else as `paired_differences`.

    Unlike there, none at all is no error: every seed of an arm may fail.

    >>> trained_differences(np.array([0.1, np.nan])).tolist()
    [0.1]
    """
    kept = d[~np.isnan(d)]
    return paired_differences(kept) if kept.size else kept


def score_differences(arm: Floats, other: Floats) -> Floats:
    """Differences of two arms' scores over the seeds where both trained (are finite), rounded.

    >>> score_differences(np.array([0.9, np.nan, 0.8]), np.array([0.8, 0.7, 0.8])).tolist()
    [0.1, 0.0]
    """
    d = arm - other
    return round_significant(d[np.isfinite(d)])


def mean(values: Floats) -> float | None:
    """Mean of a flat array, its sum rounded once; None where it is empty."""
    return math.fsum(values.tolist()) / values.size if values.size else None


def standard_deviation(values: Floats) -> float | None:
    """Sample standard deviation (n − 1) of a flat array; None below two values.

    It is exactly zero where nothing varies.

    >>> [standard_deviation(np.array(d)) for d in ([1.0, 3.0], [0.1, 0.1, 0.1], [1.0])]
    [1.4142135623730951, 0.0, None]
    """
    if values.size < 2:
        return None
    return float(values.std(ddof=1)) if (values != values[0]).any() else 0.0


def require_between(name: str, value: float, low: float = 0.0, high: float = 1.0) -> None:
    """Raise ValueError unless low < value < high.

    >>> require_between("alpha", 5)
    Traceback (most recent call last):
    ValueError: expected alpha between 0 and 1, got 5
    """
    if not low < value < high:
        raise ValueError(f"expected {name} between {low:g} and {high:g}, got {value}")
