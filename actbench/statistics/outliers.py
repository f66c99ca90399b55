"""Scores far from the others: worth a look, never a reason to drop a seed."""

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import median, round_significant

THRESHOLD = 14.826


def outliers(scores: ArrayLike) -> tuple[int, ...]:
    """Positions of the scores with |x − median|/MAD > 14.826, for a warning.

    MAD is the median absolute deviation from the median; times 1.4826 it estimates a normal
    standard deviation (Hampel 1974, JASA 69, 383–393), so the threshold is ten of those. Where
    more than half of the scores are equal MAD is zero, and every other score is far from them.

    `scores`: shape (n,); NaN (did not train) is passed over. Raises ValueError for another shape.

    >>> outliers([0.90, 0.91, 0.92, 0.91, 0.10])
    (4,)
    """
    values = round_significant(scores)
    if values.ndim != 1:
        raise ValueError(f"expected a flat list of scores, got shape {values.shape}")
    trained = values[np.isfinite(values)]
    if trained.size == 0:
        return ()
    distance = round_significant(np.abs(values - median(trained)))
    mad = median(distance[np.isfinite(values)])
    return tuple(np.flatnonzero(distance > THRESHOLD * mad).tolist())
