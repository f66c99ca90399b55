"""The sign-flip test of paired differences, and the interval that inverts it.

Under the null hypothesis a pair's difference is as likely to have one sign as the other, so the
2ⁿ ways to set the signs are equally likely (Fisher 1935, The Design of Experiments, §21). The
interval holds every shift that the test does not reject: its ends are means of subsets of the
differences (Hartigan 1969, "Using subsample values as typical values", JASA 64, 1303–1317).

Both need only the sums of subsets: flipping the signs outside a subset S gives Σ sᵢdᵢ =
2·Σ_S d − Σ d. All 2ⁿ subsets are listed up to 16 pairs; beyond, 99,999 are drawn at random.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from actbench.statistics.differences import (
    Floats,
    Interval,
    of_one_length,
    paired_differences,
    require_between,
    round_significant,
)
from actbench.statistics.order_statistics import order_statistics
from actbench.statistics.subset_sums import DRAWS, EXACT_PAIRS, Subsets, subsets_of

# A value rounded to 9 significant digits is off by at most 5e-9 of itself, so two sums that are
# equal before rounding are at most 1e-8 Σ|d| apart after it.
TIE = 1e-8
_STAGES = (slice(0, 8_192), slice(8_192, 32_768), slice(32_768, None))


@dataclass(frozen=True)
class Flipped:
    """What flipping the signs of one list of differences says.

    `p`: as `sign_flip_test`. `intervals`: one for each level asked for, as `bounded_interval`.
    """

    p: float
    intervals: tuple[Interval | None, ...] = ()


def sign_flip_test(d: ArrayLike, *, generator: np.random.Generator | None = None) -> float:
    """p-value of the exact two-sided sign-flip test that the differences centre on zero.

    The share of the 2ⁿ sign patterns with |Σ sᵢdᵢ| ≥ |Σ dᵢ| for n ≤ 16 (Fisher 1935); beyond,
    (1 + #)/(1 + B) over B = 99,999 random patterns (Phipson & Smyth 2010, "Permutation p-values
    should never be zero"). Sums that are equal but for rounding count as equal.

    `d`: shape (n,), one paired difference per seed, in the metric's unit. `generator`: where the
    random patterns come from; a fixed one by default, so the same data give the same p.
    Raises ValueError if `d` is empty, not flat, or holds NaN or infinity.

    >>> sign_flip_test([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4])  # R's sleep
    0.00390625
    """
    return flip_all([paired_differences(d)], generator=generator)[0].p


def sign_flip_interval(
    d: ArrayLike, level: float = 0.95, *, generator: np.random.Generator | None = None
) -> Interval:
    """Interval for the centre of the differences: the shifts that `sign_flip_test` keeps.

    For n ≤ 16: of the sorted means of all 2ⁿ − 1 non-empty subsets of d, the k-th from each end,
    k = ⌊2ⁿ·α/2⌋, α = 1 − level (Hartigan 1969); beyond, the same over 99,999 random subsets.
    Where k is zero the seeds are too few for the level, and the interval is (−∞, ∞).

    `d`: shape (n,), one paired difference per seed. Returns (low, high) in the same unit.
    Raises ValueError for a level outside (0, 1), or for `d` as in `sign_flip_test`.

    >>> low, high = sign_flip_interval([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4])
    >>> round(low, 5), round(high, 5)
    (0.83333, 2.46667)
    """
    require_between("level", level)
    found = flip_all([paired_differences(d)], (level,), generator=generator)[0]
    return found.intervals[0] or (-math.inf, math.inf)


def bounded_interval(
    d: Floats, level: float, generator: np.random.Generator | None = None
) -> Interval | None:
    """`sign_flip_interval`, or None where the pairs are too few for a bounded one.

    >>> bounded_interval(np.array([0.1, 0.2]), 0.95) is None
    True
    """
    if d.size < 2:
        return None
    low, high = sign_flip_interval(d, level, generator=generator)
    return (low, high) if math.isfinite(low) else None


def flip_all(
    samples: Sequence[Floats],
    levels: Sequence[float] = (),
    *,
    generator: np.random.Generator | None = None,
) -> list[Flipped]:
    """`sign_flip_test` and the intervals at `levels` for many lists of differences at once.

    Lists of one length share the work, and each gets the numbers that it would get alone.
    `samples`: each of shape (n,), n ≥ 1, checked and rounded by `paired_differences`.

    >>> d = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    >>> flip_all([d, -d], [0.95])[1]
    Flipped(p=0.03125, intervals=((-6.0, -1.0),))
    """
    found = [Flipped(1 / (1 + DRAWS), (None,) * len(levels))] * len(samples)
    for where, values in of_one_length(samples):
        subsets = subsets_of(values.shape[1], generator)
        ends = [_rank_of_end(_patterns(subsets.pairs), level) for level in levels]
        spared = _beyond_every_draw(values)
        summed = np.flatnonzero(~spared | any(ends))
        flip = partial(_flip, values, spared, subsets, ends)
        for row, one in zip(summed.tolist(), chain(*subsets.each(flip, summed)), strict=True):
            found[where[row]] = one
    return found


def tests_about(samples: Sequence[Floats], low: float, high: float) -> list[float]:
    """`sign_flip_test` of many lists, exact where it lies between `low` and `high`.

    Elsewhere the value is on the same side of both as the test's, which is all that a decision
    at some level between the two needs; beyond 16 pairs that often spares most of the draws.
    `samples`: as for `flip_all`.

    >>> tests_about([np.arange(1.0, 7.0), np.ones(40)], 0.01, 0.05) == [1 / 32, 1 / 100_000]
    True
    """
    found = [1 / (1 + DRAWS)] * len(samples)
    for where, values in of_one_length(samples):
        if values.shape[1] <= EXACT_PAIRS:
            p_values = [one.p for one in flip_all(list(values))]
        else:
            p_values = _drawn_about(values, low, high).tolist()
        for i, p in zip(where, p_values, strict=True):
            found[i] = p
    return found


def _drawn_about(values: Floats, low: float, high: float) -> Floats:
    """Draws go on for the rows that are not known yet to be below `low` or above `high`."""
    subsets = subsets_of(values.shape[1])
    counts = np.zeros(len(values))
    left = np.flatnonzero(~_surely_below(values, low))
    for stage in _STAGES:
        drawn = subsets.drawn(stage)
        for rows, more in drawn.each(partial(_counted, values, drawn), left):
            counts[rows] += more
        left = left[(1 + counts[left]) / (1 + DRAWS) <= high]
    return np.asarray((1 + counts) / (1 + DRAWS))


def _counted(
    values: Floats, drawn: Subsets, rows: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    scaled, _ = _scaled(values[rows])
    return rows, _as_extreme(scaled, drawn.sums(scaled))


def _surely_below(values: Floats, low: float) -> NDArray[np.bool_]:
    """Rows whose p is at most `low`, but for less than once in a billion times.

    By Hoeffding's bound q on a draw's chance, B draws reach the observed sum on average at most
    Bq times, and c = low·(1 + B) times with a chance of at most (e·Bq/c)^c (Chernoff 1952).
    """
    count = math.floor(low * (1 + DRAWS))
    chance = _chance_of_reaching(values)
    with np.errstate(divide="ignore"):
        exponent = count * (1 + np.log(DRAWS * chance / max(count, 1)))
    return (count > 0) & (DRAWS * chance < count) & (exponent < math.log(1e-9))


def _flip(
    values: Floats,
    spared: NDArray[np.bool_],
    subsets: Subsets,
    ends: Sequence[int],
    rows: NDArray[np.intp],
) -> Iterable[Flipped]:
    """The findings for some rows of differences; p is known where the draws are spared."""
    scaled, exponents = _scaled(values[rows])
    sums = subsets.sums(scaled)
    p_values = np.where(spared[rows], 1 / (1 + DRAWS), _p_values(scaled, sums, subsets)).tolist()
    return map(Flipped, p_values, _intervals(scaled, exponents, sums, subsets, ends))


def _p_values(scaled: Floats, sums: Floats, subsets: Subsets) -> Floats:
    drawn = subsets.picks is not None
    return np.asarray((_as_extreme(scaled, sums) + drawn) / (sums.shape[1] + drawn))


def _as_extreme(scaled: Floats, sums: Floats) -> NDArray[np.int64]:
    """For each row how many sign patterns are at least as far from zero as the observed one."""
    total, mass = scaled.sum(axis=1), np.abs(scaled).sum(axis=1)
    least = np.abs(total) - TIE * mass
    # |2·s − total| ≥ least, asked of each end: the ties leave room for this rounding.
    above = np.count_nonzero(sums >= ((total + least) / 2)[:, None], axis=1)
    below = np.count_nonzero(sums <= ((total - least) / 2)[:, None], axis=1)
    return np.asarray(np.where(least > 0, above + below, sums.shape[1]))


def _intervals(
    scaled: Floats,
    exponents: NDArray[np.int32],
    sums: Floats,
    subsets: Subsets,
    ends: Sequence[int],
) -> list[tuple[Interval | None, ...]]:
    """The intervals between the k-th smallest and the k-th largest mean, for each k in `ends`.

    A k of zero gives None.
    """
    if not any(ends):
        return [(None,) * len(ends)] * len(scaled)
    places = sorted({at for k in ends if k for at in (k - 1, subsets.filled - k)})
    found = order_statistics(subsets.means(sums), places)
    # The test counts these as ties with zero; the interval must too, or the two would disagree.
    tie = TIE / 2 * np.abs(scaled).sum(axis=1)[:, None]
    near = np.flatnonzero((np.abs(found) <= tie).any(axis=1))
    if near.size:
        found[near] = order_statistics(
            subsets.means(np.where(np.abs(sums[near]) <= tie[near], 0.0, sums[near])), places
        )
    ends_of = np.ldexp(found, exponents[:, None])
    return [
        tuple(
            (row[places.index(k - 1)], row[places.index(subsets.filled - k)]) if k else None
            for k in ends
        )
        for row in round_significant(ends_of, digits=12).tolist()
    ]


def _patterns(pairs: int) -> int:
    return int(2**pairs) if pairs <= EXACT_PAIRS else DRAWS + 1


def _rank_of_end(patterns: int, level: float) -> int:
    # 1 − 0.9 is a little less than 0.1: without the nudge an exact k would lose one.
    return math.floor(patterns * (1 - level) / 2 + 1e-9)


def _scaled(values: Floats) -> tuple[Floats, NDArray[np.int32]]:
    """Divide each row by a power of two, so that no sum overflows; the division is exact."""
    exponents = np.frexp(np.abs(values).max(axis=1))[1]
    return np.ldexp(values, -exponents[:, None]), exponents


def _beyond_every_draw(values: Floats) -> NDArray[np.bool_]:
    """Whether no random pattern can be expected to reach the observed sum, for each row.

    All draws together would reach it less than once in a billion times, so that the draws
    themselves can be spared.
    """
    if values.shape[1] <= EXACT_PAIRS:
        return np.zeros(len(values), dtype=bool)
    return np.asarray(DRAWS * _chance_of_reaching(values) < 1e-9)


def _chance_of_reaching(values: Floats) -> Floats:
    """P(|Σ sᵢdᵢ| ≥ t) ≤ 2·exp(−t²/(2·Σ dᵢ²)) for the observed sum t (Hoeffding 1963)."""
    scaled, _ = _scaled(values)
    squares = np.maximum(np.square(scaled).sum(axis=1), np.finfo(float).tiny)
    return np.asarray(2 * np.exp(-np.square(scaled.sum(axis=1)) / (2 * squares)))
