"""The levels of the looks where the spread is estimated from the same seeds as the mean."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from actbench.statistics.differences import Floats
from actbench.statistics.spending import look_levels, pocock_spending

_PATHS = 2**20
_SEED = 20_250_101


@lru_cache(maxsize=64)
def student_look_levels(looks: Sequence[int], alpha: float = 0.05) -> tuple[float, ...]:
    """Two-sided level at each look, so that all looks together keep alpha for paired differences.

    The same spending as `look_levels` (Lan & DeMets 1983, Pocock type), but of Student's t
    instead of means whose spread is known. With few seeds the t's of successive looks are less
    alike, so that levels meant for known spreads let too much through: 0.055 at 10, 20, 30 and 40
    seeds. The boundaries are those of 2²⁰ simulated experiments with normal differences (fixed
    generator), of each look the value that leaves α(tₖ) − α(tₖ₋₁) to the paths still inside.
    The sign-flip test keeps these levels at least as well for differences with heavier tails.

    `looks`: a tuple of seeds at each look, rising. Raises ValueError as `look_levels`.

    >>> [round(level, 3) for level in student_look_levels((10, 20, 30, 40))]
    [0.018, 0.017, 0.018, 0.018]
    """
    known = look_levels(looks, alpha)
    inside = np.ones(_PATHS, dtype=bool)
    levels: list[float] = []
    spent = 0.0
    for n, level, sizes in zip(looks, known, _student_paths(tuple(looks)), strict=True):
        due = pocock_spending(n / looks[-1], alpha)
        beyond = round((due - spent) * _PATHS)
        left = sizes[inside]
        boundary = float(np.partition(left, left.size - beyond)[left.size - beyond])
        # The first look is an ordinary test; no level is above that for a known spread.
        levels.append(min(level, _two_sided(boundary, n)) if levels else level)
        inside &= sizes < boundary
        spent = due
    return tuple(levels)


def _two_sided(boundary: float, n: int) -> float:
    from scipy.special import stdtr

    return 2 * float(stdtr(n - 1, -boundary)) if n > 1 else 1.0


@lru_cache(maxsize=1)
def _student_paths(looks: tuple[int, ...]) -> Floats:
    """|t| of simulated experiments at each look, shape (looks, paths)."""
    random = np.random.default_rng(_SEED)
    total, squares = np.zeros(_PATHS), np.zeros(_PATHS)
    paths = np.empty((len(looks), _PATHS))
    for look, (before, n) in enumerate(zip((0, *looks), looks, strict=False)):
        for _ in range(n - before):
            drawn = random.standard_normal(_PATHS)
            total += drawn
            squares += drawn * drawn
        scatter = np.maximum(squares - total * total / n, math.ulp(0.0))
        paths[look] = np.abs(total) / np.sqrt(scatter * n / max(1, n - 1))
    return paths
