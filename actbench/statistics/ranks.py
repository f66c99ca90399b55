"""Ranks over several data sets: Friedman, Iman–Davenport, Nemenyi, Wilcoxon.

Scores are arms x blocks: one row per arm, one column per data set, each the mean over that
block's seeds. The procedure is that of Demšar 2006, "Statistical comparisons of classifiers over
multiple data sets", JMLR 7, 1–30.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import (
    Floats,
    paired_differences,
    require_between,
    round_significant,
)
from actbench.statistics.sign_flip import sign_flip_test

_MOST_EXACT = 50


def block_ranks(scores: ArrayLike, *, higher_is_better: bool = True) -> Floats:
    """Rank of every arm within every block: 1 is best, ties share the mean of their ranks.

    `scores`: arms x blocks, finite. Returns the same shape. Raises ValueError otherwise.

    >>> block_ranks([[0.9, 0.8], [0.7, 0.8], [0.8, 0.1]]).tolist()
    [[1.0, 1.5], [3.0, 1.5], [2.0, 3.0]]
    """
    table = _table(scores)
    columns = (-table if higher_is_better else table).T
    return np.stack([_ranks(column) for column in columns], axis=1)


def average_ranks(scores: ArrayLike, *, higher_is_better: bool = True) -> Floats:
    """Mean rank of every arm over the blocks, 1 = best (Demšar 2006, §3.2.2).

    `scores`: arms x blocks, finite. Returns shape (arms,). Raises ValueError otherwise.

    >>> average_ranks([[0.9, 0.8], [0.7, 0.8], [0.8, 0.1]]).tolist()
    [1.25, 2.25, 2.5]
    """
    return np.asarray(block_ranks(scores, higher_is_better=higher_is_better).mean(axis=1))


def friedman(scores: ArrayLike) -> tuple[float, float]:
    """Friedman's χ² that all arms rank alike over the blocks, with its p-value.

    χ² = 12·N/(k(k+1))·[Σ Rⱼ² − k(k+1)²/4], corrected for ties, with k − 1 degrees of freedom
    (Friedman 1937, JASA 32, 675–701). Where every block ties all its arms it is 0, and p is 1.

    `scores`: arms x blocks, at least 3 arms and 2 blocks; which side is better does not matter.
    Raises ValueError for fewer, or for scores that are not finite.

    >>> chi2, p = friedman([[9, 8, 9, 7], [7, 6, 8, 6], [3, 2, 1, 5]])
    >>> round(chi2, 3), round(p, 4)
    (8.0, 0.0183)
    """
    from scipy.special import chdtrc

    table = _table(scores)
    if table.shape[0] < 3 or table.shape[1] < 2:
        raise ValueError(f"expected at least 3 arms and 2 blocks, got {table.shape}")
    if (table == table[0]).all():
        return 0.0, 1.0
    arms, blocks = table.shape
    ranks = block_ranks(scores)
    ties = sum(float((np.unique(of, return_counts=True)[1] ** 3.0).sum()) - arms for of in ranks.T)
    squares = float(np.square(ranks.sum(axis=1)).sum())
    uncorrected = 12 * squares / (blocks * arms * (arms + 1)) - 3 * blocks * (arms + 1)
    chi2 = uncorrected / (1 - ties / (blocks * (arms**3 - arms)))
    return chi2, float(chdtrc(arms - 1, chi2))


def iman_davenport(scores: ArrayLike) -> tuple[float, float]:
    """Iman and Davenport's F, a less conservative form of Friedman's test, with its p-value.

    F = (N−1)·χ²/(N(k−1) − χ²) with k − 1 and (k−1)(N−1) degrees of freedom (Iman & Davenport
    1980, Comm. Statist. A9, 571–595). Where all blocks agree it is infinite, and p is 0.

    `scores`: as for `friedman`, and the same errors.

    >>> f, p = iman_davenport([[9, 8, 9, 7], [7, 6, 8, 6], [3, 2, 1, 8]])
    >>> round(f, 3), round(p, 4)
    (2.333, 0.178)
    """
    from scipy.special import fdtrc

    arms, blocks = _table(scores).shape
    chi2, _ = friedman(scores)
    rest = blocks * (arms - 1) - chi2
    if rest <= 1e-9 * blocks:
        return math.inf, 0.0
    statistic = (blocks - 1) * chi2 / rest
    return statistic, float(fdtrc(arms - 1, (arms - 1) * (blocks - 1), statistic))


def nemenyi_cd(arms: int, blocks: int, alpha: float = 0.05) -> float:
    """Nemenyi's critical difference of average ranks.

    CD = q·√(k(k+1)/(6N)), q the upper alpha point of the studentized range for k groups and
    infinite degrees of freedom over √2 (Nemenyi 1963; Demšar 2006, §3.2.2).

    Raises ValueError for fewer than 2 arms, no block, or alpha outside (0, 1).

    >>> round(nemenyi_cd(4, 14), 3)
    1.254
    """
    from scipy.stats import studentized_range

    require_between("alpha", alpha)
    if arms < 2 or blocks < 1:
        raise ValueError(f"expected at least 2 arms and 1 block, got {arms} and {blocks}")
    q = float(studentized_range.isf(alpha, arms, math.inf)) / math.sqrt(2)
    return q * math.sqrt(arms * (arms + 1) / (6 * blocks))


def wilcoxon_signed_rank(d: ArrayLike) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test; zero differences are left out.

    The distribution of the sum of the positive ranks, exact up to 50 blocks without ties. With
    ties up to 50 blocks the sign-flip test of the signed ranks, which is the same test (Wilcoxon
    1945; Pratt & Gibbons 1981, ch. 3) and exact up to 16 blocks. Beyond 50 blocks its normal
    approximation, with the variance of the ranks as they are. Where nothing differs p is 1.

    `d`: shape (blocks,), one difference per block. Raises ValueError as `sign_flip_test` does.

    >>> wilcoxon_signed_rank([0.5, 0.3, 0.2, 0.1, 0.4, 0.6])
    0.03125
    """
    return float(wilcoxon_of_each(paired_differences(d)[None])[0])


def wilcoxon_of_each(rows: Floats) -> Floats:
    """`wilcoxon_signed_rank` of each row of differences, checked and rounded before.

    >>> wilcoxon_of_each(np.array([[5.0, 3, 2, 1, 4, 6], [0, 0, 0, 0, 0, 0]])).tolist()
    [0.03125, 1.0]
    """
    ordered = np.sort(np.abs(rows), axis=1)
    plain = (ordered[:, 0] > 0) & (np.diff(ordered, axis=1) > 0).all(axis=1)
    ranks = 1.0 + np.argsort(np.argsort(np.abs(rows), axis=1), axis=1)
    p_values = _p_of_sums((ranks * (rows > 0)).sum(axis=1), rows.shape[1])
    for i in np.flatnonzero(~plain).tolist():
        p_values[i] = _with_ties(rows[i][rows[i] != 0])
    return p_values


def _with_ties(nonzero: Floats) -> float:
    if nonzero.size == 0:
        return 1.0
    ranks = _ranks(np.abs(nonzero))
    if nonzero.size > _MOST_EXACT:
        from scipy.special import ndtr

        spread = math.sqrt(float(ranks @ ranks) / 4)  # each rank is there or not, as a coin falls
        return float(2 * ndtr(-abs(ranks[nonzero > 0].sum() - ranks.sum() / 2) / spread))
    if np.unique(ranks).size < ranks.size:
        return sign_flip_test(np.sign(nonzero) * ranks)
    return float(_p_of_sums(np.array([ranks[nonzero > 0].sum()]), nonzero.size)[0])


def _p_of_sums(sums: Floats, blocks: int) -> Floats:
    """Two-sided p of the sums of the positive ranks 1 … blocks, all different."""
    most = blocks * (blocks + 1) // 2
    if blocks <= _MOST_EXACT:
        tail = _ways_up_to(blocks)[np.minimum(sums, most - sums).astype(np.intp)]
        return np.minimum(1.0, 2 * tail / 2.0**blocks)
    from scipy.special import ndtr

    spread = math.sqrt(blocks * (blocks + 1) * (2 * blocks + 1) / 24)
    return np.asarray(2 * ndtr(-np.abs(sums - most / 2) / spread))


@lru_cache(maxsize=8)
def _ways_up_to(blocks: int) -> Floats:
    """How many subsets of the ranks 1 … blocks sum to at most 0, 1, 2, …; exact below 2^53."""
    ways = np.zeros(blocks * (blocks + 1) // 2 + 1)
    ways[0] = 1
    for rank in range(1, blocks + 1):
        ways[rank:] += ways[:-rank].copy()
    return np.cumsum(ways)


def _ranks(values: Floats) -> Floats:
    """Ranks from 1, the smallest; equal values share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])


def _table(scores: ArrayLike) -> Floats:
    table = np.asarray(scores, dtype=float)
    if table.ndim != 2 or 0 in table.shape:
        raise ValueError(f"expected scores as arms x blocks, got shape {table.shape}")
    if not np.isfinite(table).all():
        arm, block = np.argwhere(~np.isfinite(table))[0].tolist()
        raise ValueError(f"expected finite scores, got {table[arm, block]} at [{arm}, {block}]")
    return round_significant(table)
