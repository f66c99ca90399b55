"""The best learning rate of a grid, by validation scores."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def best_rate(
    rates: Sequence[float], scores: ArrayLike, *, higher_is_better: bool, usual: float
) -> float:
    """The rate with the best mean score.

    `scores`: shape (rates, seeds), NaN where training diverged; such a seed counts as the worst
    score of the grid. `usual`: the optimizer's default. Of rates with the same mean the one that
    diverged least often is the best, then the one nearest to `usual` on a log scale, then the
    smaller one.

    >>> best_rate([0.001, 0.01, 0.1], [[0.8], [0.9], [0.9]], higher_is_better=True, usual=0.001)
    0.01

    Raises:
        ValueError: the shape of `scores` is not (rates, seeds).
    """
    table = np.asarray(scores, dtype=float)
    if table.ndim != 2 or len(table) != len(rates) or not table.size:
        raise ValueError(f"expected scores of {len(rates)} rates x seeds, got shape {table.shape}")
    losses = -table if higher_is_better else table
    finite = losses[np.isfinite(losses)]
    worst = finite.max() if finite.size else 0.0
    diverged = ~np.isfinite(losses)
    losses = np.where(diverged, worst, losses)

    def place(i: int) -> tuple[float, int, float, float]:
        # The sum is exact, so that the order of the seeds does not decide between equal means.
        distance = round(abs(math.log(rates[i] / usual)), 12)
        return math.fsum(losses[i]), int(diverged[i].sum()), distance, rates[i]

    return rates[min(range(len(rates)), key=place)]
