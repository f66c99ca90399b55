"""Several data sets at once: which arms rank better across them, and whether that is a result."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.bayesian import Dirichlet, Posterior, bayesian_signed_rank
from actbench.statistics.differences import Floats, round_significant
from actbench.statistics.holm import holm
from actbench.statistics.ranks import (
    average_ranks,
    block_ranks,
    friedman,
    iman_davenport,
    nemenyi_cd,
    wilcoxon_of_each,
)
from actbench.statistics.reach import seeds_to_reach, smallest_p

FEWEST_BLOCKS = 6


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

    `ranks`: arms x blocks, 1 = best. Below six blocks everything after it is None or empty:
    there are only the results on these data sets. `friedman`: (χ², p) and `iman_davenport`:
    (F, p), for three arms or more. `critical_difference`: Nemenyi's.
    `words`: what may be said, in one sentence.
    """

    names: tuple[str, ...]
    blocks: int
    ranks: tuple[tuple[float, ...], ...]
    average_ranks: tuple[float, ...] | None
    friedman: tuple[float, float] | None
    iman_davenport: tuple[float, float] | None
    pairs: tuple[BlockPair, ...]
    critical_difference: float | None
    words: str


def compare_blocks(
    scores: ArrayLike,
    *,
    higher_is_better: bool,
    names: tuple[str, ...] | list[str] | None = None,
    alpha: float = 0.05,
    rope: float | None = None,
    against: str | None = None,
    generator: Dirichlet | None = None,
) -> BlocksComparison:
    """Compare arms over several data sets, as Demšar 2006 (JMLR 7, 1–30) does.

    `scores`: arms x blocks, each the mean over a block's seeds. `rope`: half-width of the region
    of practical equivalence, in the metric's unit; without one there is no Bayesian test.
    `against`: only the pairs with this arm get the Bayesian test; all of them by default.
    Raises ValueError for scores that are not
    arms x blocks or not finite, or for names that do not match.

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
    enough = blocks >= FEWEST_BLOCKS
    tested = enough and arms >= 3
    table = np.asarray(scores, dtype=float) * (1 if higher_is_better else -1)
    return BlocksComparison(
        names=labels,
        blocks=blocks,
        ranks=tuple(tuple(row) for row in ranks.tolist()),
        average_ranks=tuple(average_ranks(table).tolist()) if enough else None,
        friedman=friedman(table) if tested else None,
        iman_davenport=iman_davenport(table) if tested else None,
        pairs=_pairs(table, labels, rope, against, generator) if enough and arms > 1 else (),
        critical_difference=nemenyi_cd(arms, blocks, alpha) if enough and arms > 1 else None,
        words=_words(arms, blocks, alpha),
    )


def _pairs(
    table: Floats,
    names: tuple[str, ...],
    rope: float | None,
    against: str | None,
    generator: Dirichlet | None,
) -> tuple[BlockPair, ...]:
    """All pairs of arms; the later one in the table against the earlier one."""
    later, earlier = np.array([(b, a) for a, b in combinations(range(len(names)), 2)]).T
    differences = round_significant(table[later] - table[earlier])
    p_values = wilcoxon_of_each(differences).tolist()
    found = zip(
        later.tolist(),
        earlier.tolist(),
        differences,
        np.median(differences, axis=1).tolist(),
        p_values,
        holm(p_values).tolist(),
        strict=True,
    )
    return tuple(
        BlockPair(
            arm=names[arm],
            other=names[other],
            difference=median,
            p=p,
            p_holm=p_holm,
            posterior=bayesian_signed_rank(d, rope, draws=_draws(d.size), generator=generator)
            if rope is not None and (against is None or against in (names[arm], names[other]))
            else None,
        )
        for arm, other, d, median, p, p_holm in found
    )


def _draws(blocks: int) -> int:
    """Draws of a posterior: 50,000, fewer where so many data sets leave it little to spread."""
    return max(1_000, min(50_000, 1_000_000 // blocks))


def _words(arms: int, blocks: int, alpha: float) -> str:
    if blocks < FEWEST_BLOCKS:
        return (
            f"on these data sets only: {blocks} are too few for a test across data sets, "
            f"which takes at least {FEWEST_BLOCKS}"
        )
    comparisons = arms * (arms - 1) // 2
    if comparisons and blocks < (needed := seeds_to_reach(alpha, comparisons)):
        least = min(1.0, comparisons * smallest_p(blocks))
        return (
            f"too few data sets: p cannot go below {least:.3g} after correction for "
            f"{comparisons} comparisons; {needed} would do"
        )
    return f"over these {blocks} data sets"
