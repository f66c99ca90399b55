"""Ranks within one block that show ties as ties: who cannot be told from the best."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import Floats, round_significant
from actbench.statistics.holm import holm
from actbench.statistics.sign_flip import sign_flip_test


def standings(scores: ArrayLike, *, alpha: float = 0.05) -> tuple[int | None, ...]:
    """Rank arms so that those which cannot be told from the best of their group share its rank.

    The best mean gets rank 1, and with it every arm whose paired sign-flip test against it,
    after Holm over all the other arms, has p > alpha. The rest are ranked the same way among
    themselves, from 1 + the number of arms above them. With too few seeds all arms tie.

    `scores`: arms x seeds, greater = better, NaN = did not train. Returns one rank per arm, None
    for an arm that trained on no seed. Raises ValueError for another shape.

    >>> standings([[9, 8, 9, 8, 9, 9, 8], [9, 9, 8, 8, 9, 8, 9], [1, 2, 1, 2, 1, 2, 1]])
    (1, 1, 3)
    """
    table = np.asarray(scores, dtype=float)
    if table.ndim != 2:
        raise ValueError(f"expected scores as arms x seeds, got shape {table.shape}")
    trained = np.isfinite(table)
    candidates = [arm for arm in range(len(table)) if trained[arm].any()]
    left = sorted(candidates, key=lambda arm: -float(table[arm][trained[arm]].mean()))
    ranks: list[int | None] = [None] * len(table)
    rank = 1
    while left:
        group = _tied_with_first(table, left, alpha)
        for arm in group:
            ranks[arm] = rank
        rank += len(group)
        left = [arm for arm in left if arm not in group]
    return tuple(ranks)


def _tied_with_first(table: Floats, arms: Sequence[int], alpha: float) -> list[int]:
    first, others = arms[0], list(arms[1:])
    adjusted = holm([_p_of_pair(table[first], table[other]) for other in others])
    return [first, *(arm for arm, p in zip(others, adjusted, strict=True) if p > alpha)]


def _p_of_pair(a: Floats, b: Floats) -> float:
    """p-value over the seeds where both trained; 1 where there is none."""
    both = np.isfinite(a) & np.isfinite(b)
    return sign_flip_test(round_significant(a[both] - b[both])) if both.any() else 1.0
