"""The sign-flip test of paired differences, and the interval that inverts it.

Under the null hypothesis a pair's difference is as likely to have one sign as the other, so the
2ⁿ ways to set the signs are equally likely (Fisher 1935, The Design of Experiments, §21). The
interval holds every shift that the test does not reject: its ends are means of subsets of the
differences (Hartigan 1969, "Using subsample values as typical values", JASA 64, 1303–1317).

Both need only the sums of subsets: flipping the signs outside a subset S gives Σ sᵢdᵢ =
2·Σ_S d − Σ d. All 2ⁿ subsets are summed up to 16 pairs; beyond, 99,999 that are drawn at random.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from actbench.statistics.differences import (
    Floats,
    Interval,
    paired_differences,
    require_between,
    round_significant,
    scaled,
)

EXACT_PAIRS = 16
DRAWS = 99_999
SEED = 20_250_101
# A value rounded to 9 significant digits is off by at most 5e-9 of itself, so two sums that are
# equal before rounding are at most 1e-8 Σ|d| apart after it.
TIE = 1e-8


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
    return SignFlips.of(paired_differences(d), generator).p


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
    interval = SignFlips.of(paired_differences(d), generator).interval(level)
    return interval or (-math.inf, math.inf)


@dataclass(frozen=True, eq=False)
class SignFlips:
    """The sums of subsets of one list of differences: its p-value, and its interval at any level.

    `scaled`: the differences divided by 2^exponent, so that no sum overflows; the division is
    exact. `sums`, `sizes`: of each subset. `exact`: whether these are all 2ⁿ subsets.
    """

    scaled: Floats
    exponent: int
    sums: Floats
    sizes: Floats
    exact: bool

    @classmethod
    def of(cls, d: Floats, generator: np.random.Generator | None = None) -> "SignFlips":
        """Sum the subsets of `d`, shape (n,), n ≥ 1, rounded by `paired_differences`."""
        numbers, exponent = scaled(d)
        if d.size <= EXACT_PAIRS:
            return cls(numbers, exponent, subset_sums(numbers), _subset_sizes(d.size), True)
        coins, sizes = _fixed_draws(d.size) if generator is None else _draws(d.size, generator)
        return cls(numbers, exponent, _drawn_sums(numbers, coins), sizes, False)

    @property
    def p(self) -> float:
        """Two-sided p-value of the sign-flip test; see `sign_flip_test`."""
        total, mass = self.scaled.sum(), np.abs(self.scaled).sum()
        least = abs(total) - TIE * mass
        extreme = self.sums.size
        if least > 0:
            # |2·sum − total| ≥ least, at either end; the tolerance for ties covers the rounding.
            above, below = (total + least) / 2, (total - least) / 2
            extreme = int(np.count_nonzero((self.sums >= above) | (self.sums <= below)))
        return self._share(extreme)

    def p_above(self, size: float) -> float:
        """One-sided p that the differences centre above `size`."""
        return self._p_one_sided(size, 1)

    def p_below(self, size: float) -> float:
        """One-sided p that the differences centre below `size`."""
        return self._p_one_sided(size, -1)

    def _p_one_sided(self, size: float, sign: int) -> float:
        """p-value of sign·(d − size) > 0: the share of the subsets whose sum is at least the whole.

        Flipping the signs outside a subset S gives 2·Σ_S e − Σ e, which reaches Σ e where Σ_S e
        does.
        """
        # In the unit of `scaled`; at most 2³⁰⁰, where no difference counts beside it.
        exponent = min(math.frexp(size)[1] - self.exponent, 300)
        shift = math.ldexp(math.frexp(size)[0], exponent)
        shifted = self.sums - shift * self.sizes
        total = self.scaled.sum() - shift * self.scaled.size
        tie = TIE / 2 * (np.abs(self.scaled) + abs(shift)).sum()
        reached = int(np.count_nonzero(sign * shifted >= sign * total - tie))
        return self._share(reached)

    def _share(self, patterns: int) -> float:
        """The share of this many sign patterns; the observed one is added to random ones."""
        extra = 0 if self.exact else 1
        return (patterns + extra) / (self.sums.size + extra)

    def interval(self, level: float) -> Interval | None:
        """See `sign_flip_interval`; None where the pairs are too few for a bounded interval."""
        patterns = self.sums.size if self.exact else 1 + self.sums.size
        # 1 − 0.9 is a little less than 0.1: without the nudge an exact k would lose one.
        k = math.floor(patterns * (1 - level) / 2 + 1e-9)
        if k == 0:
            return None
        places = [k - 1, self._means.size - k]
        ends = np.ldexp(np.partition(self._means, places)[places], self.exponent)
        low, high = round_significant(ends, digits=12).tolist()
        return low, high

    @cached_property
    def _means(self) -> Floats:
        """Means of the subsets that are not empty.

        Sums that the test counts as ties with zero are zero, so that interval and test agree.
        """
        near_zero = np.abs(self.sums) <= TIE / 2 * np.abs(self.scaled).sum()
        filled = self.sizes > 0
        return np.asarray(np.where(near_zero, 0.0, self.sums)[filled] / self.sizes[filled])


def subset_sums(values: Floats) -> Floats:
    """Sum of each of the 2ⁿ subsets of n values; bit i of the place tells if value i is in it.

    >>> subset_sums(np.array([1.0, 10.0, 100.0])).tolist()
    [0.0, 1.0, 10.0, 11.0, 100.0, 101.0, 110.0, 111.0]
    """
    sums = np.zeros(1)
    for value in values.tolist():
        sums = np.concatenate([sums, sums + value])
    return sums


@lru_cache(maxsize=EXACT_PAIRS)
def _subset_sizes(pairs: int) -> Floats:
    return subset_sums(np.ones(pairs))


def _draws(pairs: int, generator: np.random.Generator) -> tuple[NDArray[np.uint8], Floats]:
    """Random subsets, and their sizes; bit j of the byte in row i picks difference 8i + j."""
    coins = generator.integers(0, 256, size=(-(-pairs // 8), DRAWS), dtype=np.uint8)
    return coins, _drawn_sums(np.ones(pairs), coins)


@lru_cache(maxsize=4)
def _fixed_draws(pairs: int) -> tuple[NDArray[np.uint8], Floats]:
    return _draws(pairs, np.random.default_rng(SEED))


def _drawn_sums(values: Floats, coins: NDArray[np.uint8]) -> Floats:
    """Sum of each random subset: a byte of eight coins picks one of the 2⁸ sums of eight values."""
    eights = np.zeros((len(coins), 8))
    eights.flat[: values.size] = values
    sums = np.zeros(coins.shape[1])
    for eight, picks in zip(eights, coins, strict=True):
        sums += subset_sums(eight)[picks]
    return sums
