"""Ranks within one block: one more than the number of arms that are significantly better."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from actbench.statistics.differences import Floats, Mask, scaled, worst_outcomes
from actbench.statistics.power import seeds_to_reach
from actbench.statistics.sign_flip import DRAWS, EXACT_PAIRS, SEED

_CHUNK = 4096
_MOST_COINS = 2**22
_FEWEST_DRAWS = 9_999
_MOST_OPERATIONS = 10**9
# Random draws stop early where every p-value is so many standard errors away from alpha.
_CERTAIN = 6.0
_EXACT_TIE = 1e-9
_FLOAT32_TIE = 1e-5


@dataclass(frozen=True, eq=False)
class Standings:
    """The ranks of arms.

    `ranks`: one an arm, 1 = best, shared by arms that cannot be told apart. None for an arm
    without any outcome, and for all arms where the seeds are too few. `p`: shape (arms, arms), of
    the joint test; NaN where none was made. `seeds_to_rank`: how many seeds would do.
    """

    ranks: tuple[int | None, ...]
    p: Floats
    seeds_to_rank: int


def standings(
    scores: ArrayLike,
    *,
    alpha: float = 0.05,
    diverged: ArrayLike | None = None,
    at_floor: ArrayLike | None = None,
) -> Standings:
    """Rank arms by one more than the number of arms that are significantly better.

    All pairs of arms are tested together (single step of Westfall & Young 1993, Resampling-Based
    Multiple Testing, ch. 2): for a pair T = |Σ d|/‖d‖₂, and 0 where all d are 0. The signs of all
    pairs of a seed are flipped together, and p is the share of the sign patterns whose largest T
    over all pairs is at least the pair's own: all 2ⁿ for n ≤ 16, else (1 + #)/(1 + B) of up to
    99,999 at random. The draws stop as soon as no p is near alpha, and at 9,999 in tables of
    hundreds of arms.

    Ranks are shown from ⌈1 + log₂((k − 1)/α)⌉ seeds, for k arms.

    `scores`: arms x seeds, greater = better, NaN = did not train. `diverged`: the same shape, true
    where a trial diverged, the worst outcome of its seed (`worst_outcomes`); without it every NaN.
    `at_floor`: one an arm, true for arms whose output keeps them from doing better; they rank
    after all others. The random patterns are always the same ones.
    Raises ValueError for another shape.

    >>> table = [[9, 8, 9, 8, 9, 9, 8, 9], [9, 9, 8, 8, 9, 8, 9, 9], [1, 2, 1, 2, 1, 2, 1, 3]]
    >>> standings(table).ranks
    (1, 1, 3)
    """
    table = np.array(scores, dtype=float)
    if table.ndim != 2:
        raise ValueError(f"expected scores as arms x seeds, got shape {table.shape}")
    lost = np.isnan(table) if diverged is None else np.asarray(diverged, dtype=bool)
    floor = np.zeros(len(table), bool) if at_floor is None else np.asarray(at_floor, dtype=bool)
    if lost.shape != table.shape or floor.shape != table.shape[:1]:
        raise ValueError(
            f"expected marks for {table.shape}, got {lost.shape} and {floor.shape} of them"
        )
    table[lost] = np.nan
    ended = lost | ~np.isnan(table)
    arms = np.flatnonzero(ended.any(axis=1))
    seeds = (ended.sum(axis=0) > 1) & ~np.isnan(table).all(axis=0)
    fewest = seeds_to_reach(alpha, max(1, arms.size - 1))
    p = np.full((len(table), len(table)), np.nan)
    ranks: list[int | None] = [None] * len(table)
    if arms.size > 1 and seeds.sum() >= fewest:
        block = np.ix_(arms, seeds)
        p[np.ix_(arms, arms)], better = _tested(table[block], lost[block], alpha)
        above = better & (floor[arms, None] == floor[arms])
        above |= ~floor[arms, None] & floor[arms]
        for arm, count in zip(arms.tolist(), above.sum(axis=0).tolist(), strict=True):
            ranks[arm] = 1 + count
    return Standings(tuple(ranks), p, fewest)


def _tested(scores: Floats, diverged: Mask, alpha: float) -> tuple[Floats, Mask]:
    """The joint p-values, and which arm (row) is significantly better than which (column)."""
    scores, _ = scaled(scores)
    sums, sizes = _statistics(scores, diverged)
    tops = np.abs(sums) / np.where(sizes > 0, sizes, np.inf)
    p = np.ones(sums.shape)
    one, other = np.triu_indices(len(scores), 1)
    p[one, other] = p[other, one] = _joint_p(
        _FlippedPairs(scores, diverged, sizes), tops[one, other], scores.shape[1], alpha
    )
    return p, (p <= alpha) & (sums > 0)


def _statistics(scores: Floats, diverged: Mask) -> tuple[Floats, Floats]:
    """Σ d and ‖d‖₂ of every pair, arms x arms; d is that of the row less that of the column."""
    sums, sizes = np.zeros((2, len(scores), len(scores)))
    for i in range(len(scores)):
        d = _differences(scores, diverged, i, np.arange(len(scores)))
        sums[i], sizes[i] = d.sum(axis=1), np.linalg.norm(d, axis=1)
    return sums, sizes


def _differences(scores: Floats, diverged: Mask, i: int, others: NDArray[np.intp]) -> Floats:
    """Differences of arm i and others, others x seeds, with worst outcomes; 0 if no pair."""
    there = ~np.isnan(scores)
    d = scores[i] - scores[others]
    lost, won = diverged[i] & there[others], diverged[others] & there[i]
    return np.nan_to_num(worst_outcomes(d, lost, won, np.zeros_like(lost)))


class _FlippedPairs:
    """The largest T over all pairs of arms, after the signs of whole seeds are flipped.

    The sum of a pair's flipped differences is the difference of two sums, one an arm; only the
    seeds that did not train on both arms need terms of their own.

    `inverse`: 1/‖d‖₂ of each pair, arms x arms. `scores`: arms x seeds, centred, 0 where an arm
    did not train. `terms`: for each arm, what to add for those after it, arms x seeds; None where
    every arm trained on every seed.
    """

    def __init__(self, scores: Floats, diverged: Mask, sizes: Floats) -> None:
        self.inverse = np.divide(1.0, sizes, out=np.zeros_like(sizes), where=sizes > 0)
        self.scores = np.nan_to_num(scores - np.nanmean(scores, axis=0))
        self.terms: list[Any] = [None] * (len(scores) - 1)
        trained = ~np.isnan(scores)
        if trained.all():
            return
        from scipy.sparse import csr_array

        for i in range(len(scores) - 1):
            after = np.arange(i + 1, len(scores))
            d = _differences(scores, diverged, i, after) - (self.scores[i] - self.scores[after])
            self.terms[i] = csr_array(np.where(trained[i] & trained[after], 0.0, d))

    @property
    def operations(self) -> int:
        """About how many numbers one pattern of signs takes."""
        return self.inverse.size // 2 + 4 * sum(int(t.nnz) for t in self.terms if t is not None)

    def largest(self, signs: NDArray[np.floating]) -> NDArray[np.floating]:
        """The largest T for each pattern. `signs`: seeds x patterns, +1 and −1."""
        largest = np.zeros(signs.shape[1], dtype=signs.dtype)
        sums = self.scores.astype(signs.dtype) @ signs
        for i, terms in enumerate(self.terms):
            gaps = sums[i] - sums[i + 1 :]
            if terms is not None:
                gaps += terms.astype(signs.dtype) @ signs
            gaps *= self.inverse[i, i + 1 :, None].astype(signs.dtype)
            np.maximum(largest, np.abs(gaps, out=gaps).max(axis=0), out=largest)
        return largest


def _joint_p(pairs: _FlippedPairs, tops: Floats, seeds: int, alpha: float) -> Floats:
    """The share of the sign patterns whose largest T reaches each of `tops`."""
    exact = seeds <= EXACT_PAIRS
    limits = tops * (1 - (_EXACT_TIE if exact else _FLOAT32_TIE))
    extra = 0 if exact else 1
    counts, drawn = np.full(tops.shape, extra), extra
    most = min(DRAWS, max(_FEWEST_DRAWS, _MOST_OPERATIONS // pairs.operations))
    for signs in _all_signs(seeds) if exact else _drawn_signs(seeds, most):
        largest = np.sort(pairs.largest(signs))
        counts += largest.size - np.searchsorted(largest, limits)
        drawn += largest.size
        error = _CERTAIN * math.sqrt(alpha * (1 - alpha) / drawn)
        if not exact and drawn >= _FEWEST_DRAWS and (abs(counts / drawn - alpha) > error).all():
            break
    return counts / drawn


def _all_signs(seeds: int) -> Iterator[NDArray[np.floating]]:
    """All patterns of signs, but for mirror images, in parts: seeds x patterns."""
    patterns = 1 << (seeds - 1)
    for start in range(0, patterns, _CHUNK):
        numbers = np.arange(start, min(start + _CHUNK, patterns))
        yield 1.0 - 2.0 * (numbers >> np.arange(seeds)[:, None] & 1)


def _drawn_signs(seeds: int, draws: int) -> Iterator[NDArray[np.floating]]:
    """Random patterns of signs in parts: seeds x patterns; the same ones at every call."""
    generator = np.random.default_rng(SEED)
    chunk = max(1, min(_CHUNK, _MOST_COINS // seeds))
    for start in range(0, draws, chunk):
        coins = generator.integers(0, 2, (seeds, min(chunk, draws - start)), dtype=np.int8)
        yield (1 - 2 * coins).astype(np.float32)
