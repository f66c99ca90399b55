"""Scores far from the others: worth a look, never a reason to drop a seed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from actbench.statistics.differences import Floats, medians, of_one_length, round_significant

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
    values = np.asarray(scores, dtype=float)
    if values.ndim != 1:
        raise ValueError(f"expected a flat list of scores, got shape {values.shape}")
    return outliers_of_each([values])[0]


def outliers_of_each(samples: Sequence[Floats]) -> list[tuple[int, ...]]:
    """`outliers` of many flat arrays of scores at once."""
    places = [np.flatnonzero(np.isfinite(values)) for values in samples]
    trained = [values[at] for values, at in zip(samples, places, strict=True)]
    found: list[tuple[int, ...]] = [()] * len(samples)
    for where, rows in of_one_length(trained):
        far = _far(rows) if rows.shape[1] else np.zeros(rows.shape, dtype=bool)
        for row in np.flatnonzero(far.any(axis=1)).tolist():
            at = places[where[row]]
            found[where[row]] = tuple(at[far[row]].tolist())
    return found


def _far(rows: Floats) -> NDArray[np.bool_]:
    values = round_significant(rows)
    distance = round_significant(np.abs(values - medians(values)[:, None]))
    return np.asarray(distance > THRESHOLD * medians(distance)[:, None])
