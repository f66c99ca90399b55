"""Paired differences: checked, freed of float noise, diverged trials as worst outcomes."""

import math
import statistics
import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Interval = tuple[float, float]

LARGEST = sys.float_info.max
_MOST_BITS = sys.float_info.max_exp
SIGNIFICANT_DIGITS = 9
FEWEST_FOR_SKEWNESS = 8


def round_significant(values: ArrayLike, digits: int = SIGNIFICANT_DIGITS) -> Floats:
    """Round each value to `digits` significant digits, in decimal, as it would be printed.

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


@dataclass(frozen=True, eq=False)
class PairedDifferences:
    """The differences of two arms, one per seed, positive = the first arm is better.

    `judged`: shape (n,), over the seeds on which both arms ended; where one diverged, the worst
    outcome (`worst_outcomes`). Tests, sides and wins rest on these. `trained`: shape (m,), over
    the seeds on which both trained; the mean and the interval rest on these. `lost`, `won`,
    `both_diverged`: on how many seeds only the first, only the second, or both diverged.
    """

    judged: Floats
    trained: Floats
    lost: int = 0
    won: int = 0
    both_diverged: int = 0

    @property
    def diverged(self) -> bool:
        """Whether either arm diverged on some seed."""
        return bool(self.lost or self.won or self.both_diverged)

    @property
    def informative(self) -> int:
        """How many of the judged seeds can tell the arms apart: not those where both diverged."""
        return self.judged.size - self.both_diverged


def pair_scores(
    arm: ArrayLike,
    other: ArrayLike,
    arm_diverged: ArrayLike | None = None,
    other_diverged: ArrayLike | None = None,
) -> PairedDifferences:
    """Pair the scores of two arms by seed.

    `arm`, `other`: shape (seeds,), greater = better, NaN where the arm did not train.
    `arm_diverged`, `other_diverged`: true where it diverged, which is its worst outcome; a NaN
    elsewhere (an error, or no trial) drops the pair. None: it diverged nowhere. A difference
    beyond the largest float counts as that.
    Raises ValueError for infinite scores, or lists that are not flat and of one length.

    >>> nan = float("nan")
    >>> pair_scores([0.9, nan, 0.8], [0.7, 0.7, 0.8], [False, True, False]).judged.tolist()
    [0.2, -0.2, 0.0]
    """
    a, b = (np.asarray(scores, dtype=float) for scores in (arm, other))
    a_diverged, b_diverged = (
        np.zeros(a.shape, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
        for mask in (arm_diverged, other_diverged)
    )
    if a.ndim != 1 or len({x.shape for x in (a, b, a_diverged, b_diverged)}) > 1:
        raise ValueError(
            f"expected one score and one mark per seed in flat lists of one length, "
            f"got {a.shape}, {b.shape}, {a_diverged.shape} and {b_diverged.shape}"
        )
    with np.errstate(over="ignore"):
        d = a - b
    d = np.where(np.isinf(d) & np.isfinite(a) & np.isfinite(b), np.copysign(LARGEST, d), d)
    d[a_diverged | b_diverged] = np.nan
    trained = ~np.isnan(d)
    if trained.any():
        d[trained] = paired_differences(d[trained])
    lost = a_diverged & ~b_diverged & ~np.isnan(b)
    won = b_diverged & ~a_diverged & ~np.isnan(a)
    both = a_diverged & b_diverged
    judged = worst_outcomes(d, lost, won, both)
    return PairedDifferences(
        judged=judged[~np.isnan(judged)],
        trained=d[trained],
        lost=int(lost.sum()),
        won=int(won.sum()),
        both_diverged=int(both.sum()),
    )


def worst_outcomes(d: Floats, lost: Mask, won: Mask, both: Mask) -> Floats:
    """Fill in the differences of seeds on which an arm diverged.

    A trial that diverged is the worst outcome, not a missing one (Lachin 1999, Controlled
    Clinical Trials 20, 408–422). Where one of the two diverged the difference is as large as the
    largest of that pair's seeds that trained, against the arm that diverged; it is 1 if none
    trained or all are 0. Where both diverged it is 0. Under the null hypothesis the two arms of a
    seed can still be exchanged, so the sign-flip test stays exact.

    `d`: shape (…, seeds), NaN where not both trained. `lost`, `won`, `both`: the same shape, true
    where only the first, only the second, or both diverged. Returns an array of the same shape,
    NaN where neither diverged and not both trained.

    >>> worst_outcomes(np.array([0.1, -0.3, np.nan]), *np.eye(3, dtype=bool)[[2, 1, 0]]).tolist()
    [0.0, 0.3, -0.3]
    """
    largest = np.max(np.abs(d), axis=-1, keepdims=True, initial=0.0, where=~np.isnan(d))
    size = np.where(largest > 0, largest, 1.0)
    return np.select([lost, won, both], [-size, size, np.zeros_like(size)], d)


def scaled(values: Floats) -> tuple[Floats, int]:
    """Numbers divided by 2^exponent, so that no sum or square overflows, and the exponent.

    The division is exact. `values`: any shape; NaN stays.

    >>> scaled(np.array([6.0, -4.0]))
    (array([ 0.75, -0.5 ]), 3)
    """
    exponent = int(np.frexp(np.max(np.abs(values), initial=0.0, where=~np.isnan(values)))[1])
    return np.ldexp(values, -exponent), exponent


def mean(values: Floats) -> float | None:
    """Mean of a flat array, its sum rounded once; None where it is empty."""
    if not values.size:
        return None
    numbers, exponent = scaled(values)
    return math.ldexp(math.fsum(numbers.tolist()) / values.size, exponent)


def median(values: Floats) -> float | None:
    """Median of a flat array; None where it is empty."""
    if not values.size:
        return None
    numbers, exponent = scaled(values)
    return math.ldexp(statistics.median(numbers.tolist()), exponent)


def standard_deviation(values: Floats) -> float | None:
    """Sample standard deviation (n − 1) of a flat array; None below two values.

    It is exactly zero where nothing varies, and the largest float where it is larger.

    >>> [standard_deviation(np.array(d)) for d in ([1.0, 3.0], [0.1, 0.1, 0.1], [1.0])]
    [1.4142135623730951, 0.0, None]
    """
    if values.size < 2 or not (values != values[0]).any():
        return None if values.size < 2 else 0.0
    numbers, exponent = scaled(values)
    sd = float(numbers.std(ddof=1))
    return LARGEST if math.frexp(sd)[1] + exponent > _MOST_BITS else math.ldexp(sd, exponent)


def skewness(values: ArrayLike) -> tuple[float, float]:
    """The adjusted Fisher–Pearson skewness G₁ of a sample, and the limit of its size.

    G₁ = √(n(n−1))/(n−2) · m₃/m₂^1.5; 5% of normal samples pass the limit of two standard errors,
    2·√(6n(n−1)/((n−2)(n+1)(n+3))) (Joanes & Gill 1998, The Statistician 47, 183–189).

    `values`: shape (n,), n ≥ 3. Without spread G₁ is 0. Raises ValueError for fewer.

    >>> sleep = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]
    >>> [round(number, 4) for number in skewness(sleep)]
    [1.7455, 1.3741]
    """
    array = np.asarray(values, dtype=float)
    n = array.size
    if array.ndim != 1 or n < 3:
        raise ValueError(f"expected at least three values in a flat list, got {array.shape}")
    limit = 2 * math.sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3)))
    array, _ = scaled(array)
    sd = standard_deviation(array)
    if not sd:
        return 0.0, limit
    standardised = (array - array.mean()) / sd  # so that no power underflows
    moments = [float((standardised**power).mean()) for power in (2, 3)]
    return math.sqrt(n * (n - 1)) / (n - 2) * moments[1] / moments[0] ** 1.5, limit


def skewed(values: Floats) -> bool:
    """Whether a sample of at least eight values is more skewed than 95% of normal samples are."""
    if values.size < FEWEST_FOR_SKEWNESS:
        return False
    size, limit = skewness(values)
    return abs(size) > limit


def require_between(name: str, value: float) -> None:
    """Raise ValueError unless 0 < value < 1.

    >>> require_between("alpha", 5)
    Traceback (most recent call last):
    ValueError: expected alpha between 0 and 1, got 5
    """
    if not 0 < value < 1:
        raise ValueError(f"expected {name} between 0 and 1, got {value}")
