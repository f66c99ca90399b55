"""Several data sets at once: the tests of Friedman, Iman and Davenport, Wilcoxon and Nemenyi.

Scores are arms x blocks: one row per arm, one column per data set, each the mean over that
block's seeds. The procedure is that of Demšar 2006, "Statistical comparisons of classifiers over
multiple data sets", JMLR 7, 1–30.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.bayesian import Posterior, bayesian_signed_rank
from actbench.statistics.differences import (
    Floats,
    median,
    pair_scores,
    paired_differences,
    require_between,
    round_significant,
)
from actbench.statistics.holm import holm
from actbench.statistics.power import limit_in_words, seeds_to_reach
from actbench.statistics.sign_flip import sign_flip_test
from actbench.statistics.verdict import DEFAULT_RULES, Rules

FEWEST_BLOCKS = 6
_MOST_EXACT = 50


@dataclass(frozen=True)
class BlockPair:
    """Two arms over all blocks; positive differences favour `arm`.

    `difference`: median over the blocks. `p`, `p_holm`: Wilcoxon's signed-rank test, before and
    after Holm over all pairs. `posterior`: the Bayesian signed-rank test, descriptive only.
    """

    arm: str
    other: str
    difference: float
    p: float
    p_holm: float
    posterior: Posterior | None


@dataclass(frozen=True)
class BlocksComparison:
    """What several data sets say together.

    `ranks`: arms x blocks, 1 = best. `words`: what may be said, in one sentence. Below six blocks
    everything after it is None or empty: there are only the results on these data sets.
    `friedman`: (χ², p) and `iman_davenport`: (F, p), for three arms or more.
    `critical_difference`: Nemenyi's, of the average ranks.
    """

    names: tuple[str, ...]
    ranks: tuple[tuple[float, ...], ...]
    words: str
    average_ranks: tuple[float, ...] | None = None
    friedman: tuple[float, float] | None = None
    iman_davenport: tuple[float, float] | None = None
    pairs: tuple[BlockPair, ...] = ()
    critical_difference: float | None = None


def compare_blocks(
    scores: ArrayLike,
    *,
    higher_is_better: bool,
    names: Sequence[str] | None = None,
    rules: Rules = DEFAULT_RULES,
    against: str | None = None,
) -> BlocksComparison:
    """Compare arms over several data sets, as Demšar 2006 (JMLR 7, 1–30) does.

    `scores`: arms x blocks, each the mean over a block's seeds. `rules`: its alpha, and its ROPE,
    without which there is no Bayesian test. `against`: only the pairs with this arm get the
    Bayesian test; all of them by default. Raises ValueError for scores that are not arms x blocks
    or not finite, or for names that do not match.

    >>> few = compare_blocks([[0.9, 0.8], [0.7, 0.6]], higher_is_better=True)
    >>> few.ranks, few.average_ranks
    (((1.0, 1.0), (2.0, 2.0)), None)
    >>> few.words
    'on these data sets only: 2 are too few for a test across data sets, which takes at least 6'
    """
    ranks = block_ranks(scores, higher_is_better=higher_is_better)
    arms, blocks = ranks.shape
    labels = tuple(names) if names is not None else tuple(f"arm {i}" for i in range(arms))
    if len(labels) != arms:
        raise ValueError(f"expected {arms} names, one per arm, got {len(labels)}")
    comparison = BlocksComparison(
        names=labels,
        ranks=tuple(tuple(row) for row in ranks.tolist()),
        words=_words(arms, blocks, rules.alpha),
    )
    if blocks < FEWEST_BLOCKS:
        return comparison
    table = np.asarray(scores, dtype=float) * (1 if higher_is_better else -1)
    return replace(
        comparison,
        average_ranks=tuple(ranks.mean(axis=1).tolist()),
        friedman=friedman(table) if arms >= 3 else None,
        iman_davenport=iman_davenport(table) if arms >= 3 else None,
        pairs=tuple(_pairs(table, labels, rules.rope, against)),
        critical_difference=nemenyi_cd(arms, blocks, rules.alpha) if arms > 1 else None,
    )


def _pairs(
    table: Floats, names: Sequence[str], rope: float | None, against: str | None
) -> Iterator[BlockPair]:
    """All pairs of arms, the later row of the table against the earlier one."""
    rows = [(later, earlier) for earlier, later in combinations(range(len(names)), 2)]
    draws = max(1_000, min(50_000, 1_000_000 // table.shape[1]))  # many blocks spread little
    differences = [pair_scores(table[arm], table[other]).trained for arm, other in rows]
    p_values = [wilcoxon_signed_rank(d) for d in differences]
    adjusted = holm(p_values).tolist()
    for (arm, other), d, p, p_holm in zip(rows, differences, p_values, adjusted, strict=True):
        pair = names[arm], names[other]
        posterior = None
        if rope is not None and (against is None or against in pair):
            posterior = bayesian_signed_rank(d, rope, draws=draws)
        yield BlockPair(*pair, median(d) or 0.0, p, p_holm, posterior)


def _words(arms: int, blocks: int, alpha: float) -> str:
    if blocks < FEWEST_BLOCKS:
        return (
            f"on these data sets only: {blocks} are too few for a test across data sets, "
            f"which takes at least {FEWEST_BLOCKS}"
        )
    comparisons = max(1, arms * (arms - 1) // 2)
    if blocks < (needed := seeds_to_reach(alpha, comparisons)):
        return f"too few data sets: {limit_in_words(blocks, comparisons)}; {needed} would do"
    return f"over these {blocks} data sets"


def block_ranks(scores: ArrayLike, *, higher_is_better: bool = True) -> Floats:
    """Rank of every arm within every block: 1 is best, ties share the mean of their ranks.

    `scores`: arms x blocks, finite. Returns the same shape. Raises ValueError otherwise.

    >>> block_ranks([[0.9, 0.8], [0.7, 0.8], [0.8, 0.1]]).tolist()
    [[1.0, 1.5], [3.0, 1.5], [2.0, 3.0]]
    """
    table = _table(scores) * (1 if higher_is_better else -1)
    better = (table[None] > table[:, None]).sum(axis=1)
    equal = (table[None] == table[:, None]).sum(axis=1)
    return np.asarray(better + (equal + 1) / 2)


def friedman(scores: ArrayLike) -> tuple[float, float]:
    """Friedman's χ² for the hypothesis that all arms rank alike over the blocks, and its p-value.

    χ² = 12·N/(k(k+1))·[Σ Rⱼ² − k(k+1)²/4], corrected for ties, with k − 1 degrees of freedom
    (Friedman 1937, JASA 32, 675–701). Where every block ties all its arms it is 0, and p is 1.

    `scores`: arms x blocks, at least 3 arms and 2 blocks; which side is better does not matter.
    Raises ValueError for fewer, or for scores that are not finite.

    >>> chi2, p = friedman([[9, 8, 9, 7], [7, 6, 8, 6], [3, 2, 1, 5]])
    >>> round(chi2, 3), round(p, 4)
    (8.0, 0.0183)
    """
    table = _table(scores)
    if table.shape[0] < 3 or table.shape[1] < 2:
        raise ValueError(f"expected at least 3 arms and 2 blocks, got {table.shape}")
    if (table == table[0]).all():
        return 0.0, 1.0
    from scipy.stats import friedmanchisquare

    chi2, p = friedmanchisquare(*table)
    return float(chi2), float(p)


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
    from scipy.stats import rankdata, wilcoxon

    differences = paired_differences(d)
    nonzero = differences[differences != 0]
    sizes = np.abs(nonzero)
    if sizes.size == 0:
        return 1.0
    if sizes.size > _MOST_EXACT:
        return float(wilcoxon(nonzero, method="asymptotic").pvalue)
    if np.unique(sizes).size < sizes.size:
        return sign_flip_test(np.sign(nonzero) * rankdata(sizes))
    return float(wilcoxon(nonzero, method="exact").pvalue)


def _table(scores: ArrayLike) -> Floats:
    table = np.asarray(scores, dtype=float)
    if table.ndim != 2 or 0 in table.shape:
        raise ValueError(f"expected scores as arms x blocks, got shape {table.shape}")
    if not np.isfinite(table).all():
        arm, block = np.argwhere(~np.isfinite(table))[0].tolist()
        raise ValueError(f"expected finite scores, got {table[arm, block]} at [{arm}, {block}]")
    return round_significant(table)
