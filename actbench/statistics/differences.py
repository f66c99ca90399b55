"""Paired differences: what every paired test starts from, checked and freed of float noise."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Interval = tuple[float, float]

SIGNIFICANT_DIGITS = 9
_EXACT_POWER = 22  # the largest power of ten that a float holds exactly


def round_significant(values: ArrayLike, digits: int = SIGNIFICANT_DIGITS) -> Floats:
    """Round each value to so many significant digits, in decimal, as it would be printed.

    0.91 − 0.9 and 0.92 − 0.91 differ by float noise alone; rounded they are the tie that they
    are. `values`: any shape. Returns an array of the same shape; NaN and infinity stay.

    >>> round_significant([0.91 - 0.9, 0.92 - 0.91]).tolist()
    [0.01, 0.01]
    """
    array = np.asarray(values, dtype=float)
    size = np.abs(array)
    # Where ten to the power is exact, and the scaled value is no toss-up between two whole
    # numbers, rounding it and dividing back gives the float nearest to the decimal.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        power = digits - 1 - np.floor(np.log10(size))
        scaled = size * 10.0**power
        whole = np.rint(scaled)
        rounded = np.copysign(whole / 10.0**power, array)
        clear = np.abs(np.abs(scaled - whole) - 0.5) > scaled * 2.0**-50
        exact = (power >= 0) & (power <= _EXACT_POWER) & (scaled < 10.0**digits)
        known = clear & exact & (scaled >= 10.0 ** (digits - 1))
    for at in zip(*np.nonzero(~known & (size > 0) & (size < np.inf)), strict=True):
        rounded[at] = float(f"{array[at]:.{digits - 1}e}")
    return np.where((size > 0) & (size < np.inf), rounded, array)


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


def paired_scores(
    blocks: Sequence[tuple[Floats, Sequence[tuple[int, int]]]],
) -> list[list[Floats]]:
    """For each block, scores of arms x seeds and rows to pair, the differences of each pair.

    Over the seeds where both trained, rounded to 9 significant digits.

    >>> paired_scores([(np.array([[0.8, 0.7], [0.9, np.nan]]), [(1, 0)])])[0][0].tolist()
    [0.1]
    """
    raw = [[_difference(scores[a], scores[b]) for a, b in rows] for scores, rows in blocks]
    flat = [d for of_block in raw for d in of_block]
    if not flat:
        return raw
    rounded = round_significant(np.concatenate(flat))
    parts = iter(np.split(rounded, np.cumsum([d.size for d in flat[:-1]])))
    return [[next(parts) for _ in of_block] for of_block in raw]


def _difference(a: Floats, b: Floats) -> Floats:
    d = a - b
    return d[np.isfinite(d)]


def medians(rows: Floats) -> Floats:
    """Median of each row, n ≥ 1, without NaN.

    >>> medians(np.array([[3.0, 1.0, 2.0], [1.0, 2.0, 9.0]])).tolist()
    [2.0, 2.0]
    >>> medians(np.array([[1.0, 2.0]])).tolist()
    [1.5]
    """
    ordered = np.sort(rows, axis=1)
    half = rows.shape[1] // 2
    return ordered[:, half] if rows.shape[1] % 2 else (ordered[:, half - 1] + ordered[:, half]) / 2


def of_one_length(samples: Sequence[Floats]) -> Iterator[tuple[list[int], Floats]]:
    """The flat arrays stacked by their length: for each length their positions, and their rows.

    What is computed along such rows, NumPy computes as it would for each array alone.

    >>> [(at, rows.tolist()) for at, rows in of_one_length([np.ones(2), np.ones(1), np.zeros(2)])]
    [([0, 2], [[1.0, 1.0], [0.0, 0.0]]), ([1], [[1.0]])]
    """
    places: dict[int, list[int]] = {}
    for i, values in enumerate(samples):
        places.setdefault(values.size, []).append(i)
    for where in places.values():
        yield where, np.stack([samples[i] for i in where])


def mean(values: Floats) -> float | None:
    """Mean of a flat array, its sum rounded once; None where it is empty."""
    return math.fsum(values.tolist()) / values.size if values.size else None


def standard_deviations(samples: Sequence[Floats]) -> list[float | None]:
    """Sample standard deviation (n − 1) of each array; None below two values.

    It is exactly zero where nothing varies.

    >>> standard_deviations([np.array([1.0, 3.0]), np.array([0.1, 0.1, 0.1]), np.ones(1)])
    [1.4142135623730951, 0.0, None]
    """
    found: list[float | None] = [None] * len(samples)
    for where, rows in of_one_length(samples):
        if rows.shape[1] > 1:
            varying = (rows != rows[:, :1]).any(axis=1)
            for i, sd in zip(where, np.where(varying, rows.std(axis=1, ddof=1), 0.0), strict=True):
                found[i] = float(sd)
    return found


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
