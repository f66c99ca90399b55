"""Ranks within one block that show ties as ties: who cannot be told from the best."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import Floats, paired_scores
from actbench.statistics.holm import holm
from actbench.statistics.sign_flip import tests_about


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
    return standings_of_each([table], alphas=[alpha])[0]


def standings_of_each(
    tables: Sequence[Floats], *, alphas: Sequence[float]
) -> list[tuple[int | None, ...]]:
    """`standings` of many tables of arms x seeds at once, each at its own alpha."""
    ranks: list[list[int | None]] = [[None] * len(table) for table in tables]
    left = {i: _best_first(table) for i, table in enumerate(tables)}
    taken = dict.fromkeys(left, 0)
    while left := {i: arms for i, arms in left.items() if arms}:
        groups = _tied_with_first([(tables[i], arms, alphas[i]) for i, arms in left.items()])
        for (i, arms), group in zip(left.items(), groups, strict=True):
            for arm in group:
                ranks[i][arm] = 1 + taken[i]
            taken[i] += len(group)
            left[i] = [arm for arm in arms if arm not in group]
    return [tuple(of_table) for of_table in ranks]


def _best_first(table: Floats) -> list[int]:
    trained = np.isfinite(table)
    candidates = np.flatnonzero(trained.any(axis=1)).tolist()
    means = {arm: float(table[arm][trained[arm]].mean()) for arm in candidates}
    return sorted(candidates, key=lambda arm: -means[arm])


def _tied_with_first(
    groups: Sequence[tuple[Floats, Sequence[int], float]],
) -> list[list[int]]:
    """For each table the arms that cannot be told from the first of those given."""
    differences = paired_scores(
        [(table, [(arms[0], other) for other in arms[1:]]) for table, arms, _ in groups]
    )
    found = iter(_p_values(groups, differences))
    tied = []
    for (_, arms, alpha), of_table in zip(groups, differences, strict=True):
        # Arms that share no seed with the first cannot be told from it.
        adjusted = holm([next(found) if d.size else 1.0 for d in of_table])
        others = [arm for arm, p in zip(arms[1:], adjusted, strict=True) if p > alpha]
        tied.append([arms[0], *others])
    return tied


def _p_values(
    groups: Sequence[tuple[Floats, Sequence[int], float]], differences: Sequence[Sequence[Floats]]
) -> list[float]:
    """p of each pair that shares a seed: what Holm decides at alpha lies above alpha/m."""
    least = min(alpha / len(arms) for _, arms, alpha in groups)
    most = max(alpha for _, _, alpha in groups)
    return tests_about([d for of_table in differences for d in of_table if d.size], least, most)
