"""The sign-flip test of paired differences, and the interval that inverts it.

Under the null hypothesis a pair's difference is as likely to have one sign as the other, so the
2ⁿ ways to set the signs are equally likely (Fisher 1935, The Design of Experiments, §21). The
interval holds every shift that the test does not reject: its ends are means of subsets of the
differences (Hartigan 1969, "Using subsample values as typical values", JASA 64, 1303–1317).

Both need only the sums of subsets: flipping the signs outside a subset S gives Σ sᵢdᵢ =
2·Σ_S d − Σ d. All 2ⁿ subsets are listed up to 16 pairs; beyond, 99,999 are drawn at random.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from actbench.statistics.differences import (
    Floats,
    Interval,
    paired_differences,
    require_between,
    round_significant,
)

Picks = NDArray[np.uint8]

EXACT_PAIRS = 16
DRAWS = 99_999
SEED = 20_250_101
# A value rounded to 9 significant digits is off by at most 5e-9 of itself, so two sums that are
# equal before rounding are at most 1e-8 Σ|d| apart after it.
TIE = 1e-8
_GROUP = 8


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
    scaled, _ = _scaled(paired_differences(d))
    if scaled.size > EXACT_PAIRS and _beyond_every_draw(scaled):
        return 1 / (1 + DRAWS)
    sums = _sums(scaled, _chosen_subsets(scaled.size, generator))
    total = scaled.sum()
    as_extreme = np.abs(2 * sums - total) >= abs(total) - TIE * np.abs(scaled).sum()
    count = int(np.count_nonzero(as_extreme))
    if scaled.size <= EXACT_PAIRS:
        return count / len(sums)
    return (1 + count) / (1 + len(sums))


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
    scaled, exponent = _scaled(paired_differences(d))
    picks = _chosen_subsets(scaled.size, generator)
    sums, sizes = _sums(scaled, picks).copy(), _sums(np.ones_like(scaled), picks)
    # The test counts these as ties with zero; the interval must too, or the two would disagree.
    sums[np.abs(sums) <= TIE / 2 * np.abs(scaled).sum()] = 0.0
    means = sums[sizes > 0] / sizes[sizes > 0]
    k = _rank_of_end(_patterns(scaled.size), level)
    if k < 1:
        return -math.inf, math.inf
    means.partition((k - 1, len(means) - k))
    ends = np.ldexp(means[[k - 1, len(means) - k]], exponent)
    low, high = round_significant(ends, digits=12).tolist()
    return low, high


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


def _patterns(pairs: int) -> int:
    return int(2**pairs) if pairs <= EXACT_PAIRS else DRAWS + 1


def _rank_of_end(patterns: int, level: float) -> int:
    # 1 − 0.9 is a little less than 0.1: without the nudge an exact k would lose one.
    return math.floor(patterns * (1 - level) / 2 + 1e-9)


def _scaled(d: Floats) -> tuple[Floats, int]:
    """Divide by a power of two, so that no sum overflows; the division is exact."""
    exponent = int(np.frexp(np.abs(d).max())[1])
    return np.ldexp(d, -exponent), exponent


def _beyond_every_draw(d: Floats) -> bool:
    """Whether no random pattern can be expected to reach the observed sum.

    P(|Σ sᵢdᵢ| ≥ t) ≤ 2·exp(−t²/(2·Σ dᵢ²)) (Hoeffding 1963); here all draws together would reach it
    less than once in a billion times, so that the draws themselves can be spared.
    """
    squares = float(d @ d)
    return bool(squares and 2 * DRAWS * math.exp(-(float(d.sum()) ** 2) / (2 * squares)) < 1e-9)


def _chosen_subsets(pairs: int, generator: np.random.Generator | None) -> Picks | None:
    """The subsets that a generator picks; None for all of them, or those of the fixed one."""
    if generator is None or pairs <= EXACT_PAIRS:
        return None
    return _random_subsets(pairs, generator)


def _sums(d: Floats, picks: Picks | None) -> Floats:
    """Sum of each subset of the differences: of all 2ⁿ, or of random ones beyond 16 pairs."""
    return _known_sums(d.tobytes()) if picks is None else _random_sums(d, picks)


@lru_cache(maxsize=16)
def _known_sums(values: bytes) -> Floats:
    """The sums for the fixed generator: the test and both intervals of a pair ask for the same."""
    d = np.frombuffer(values)
    sums = _all_sums(d) if d.size <= EXACT_PAIRS else _random_sums(d, _fixed_subsets(d.size))
    sums.flags.writeable = False
    return sums


@lru_cache(maxsize=2)
def _fixed_subsets(pairs: int) -> Picks:
    return _random_subsets(pairs, np.random.default_rng(SEED))


def _random_subsets(pairs: int, generator: np.random.Generator) -> Picks:
    """Random subsets, a byte for each eight pairs (eight coins at a time).

    Shape (groups of eight, draws).
    """
    return generator.integers(0, 2**_GROUP, size=(-(-pairs // _GROUP), DRAWS), dtype=np.uint8)


def _random_sums(values: Floats, picks: Picks) -> Floats:
    sums = np.zeros(picks.shape[1])
    for row, pick in enumerate(picks):
        group = values[_GROUP * row : _GROUP * (row + 1)]
        fitting = pick if group.size == _GROUP else pick & np.uint8(2**group.size - 1)
        sums += np.take(_all_sums(group), fitting.astype(np.intp))
    return sums


def _all_sums(values: Floats) -> Floats:
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums, sums + value])
    return sums
