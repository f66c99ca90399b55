"""Ranks within one block that show ties as ties: which arms cannot be told from the best."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import Floats
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
    ranks: list[int | None] = [None] * len(table)
    arms = _best_first(table)
    ranked = 0
    while arms:
        group = _tied_with_first(table, arms, alpha)
        for arm in group:
            ranks[arm] = 1 + ranked
        ranked += len(group)
        arms = [arm for arm in arms if arm not in group]
    return tuple(ranks)


def _best_first(table: Floats) -> list[int]:
    """The arms that trained on some seed, the best mean first."""
    trained = np.isfinite(table)
    means = {
        arm: float(table[arm][trained[arm]].mean())
        for arm in np.flatnonzero(trained.any(axis=1)).tolist()
    }
    return sorted(means, key=lambda arm: -means[arm])


def _tied_with_first(table: Floats, arms: Sequence[int], alpha: float) -> list[int]:
    """The first of these arms, and those that cannot be told from it."""
    first, *others = arms
    p_values = holm([_p(table[first], table[other]) for other in others])
    return [first, *(arm for arm, p in zip(others, p_values, strict=True) if p > alpha)]


def _p(arm: Floats, other: Floats) -> float:
    """p-value of the sign-flip test; 1 for arms that share no seed."""
    d = arm - other
    trained = d[np.isfinite(d)]
    return sign_flip_test(trained) if trained.size else 1.0
