"""The scores of one block, read once and checked: arms x seeds, and why a score is not there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from actbench.statistics.differences import Floats

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class ScoreTable:
    """Scores turned so that more is better, NaN wherever nothing trained; and why it did not.

    `names`: one an arm. `scores`, `failed`, `missing`: arms x seeds. `sign`: −1 where less of the
    metric is better, so that `sign * scores` are in the metric's own direction.
    """

    names: tuple[str, ...]
    scores: Floats
    failed: Mask
    missing: Mask
    sign: float


def read_scores(
    scores: ArrayLike, names: Sequence[str] | None, failed: ArrayLike | None, sign: float
) -> ScoreTable:
    """Check the scores and failures of a block, as `compare` takes them.

    Raises ValueError for scores that are not arms x seeds or infinite where they did not fail,
    fewer than two arms, or names or failures that do not match.

    >>> read_scores([[0.2, 0.1], [0.3, float("nan")]], ["relu", "gelu"], None, -1.0).failed.tolist()
    [[False, False], [False, True]]
    """
    values = _matrix(scores)
    labels = _labels(names, len(values))
    fails = np.isnan(values) if failed is None else np.asarray(failed, dtype=bool)
    if fails.shape != values.shape:
        raise ValueError(f"expected failures of shape {values.shape}, got {fails.shape}")
    infinite = np.isinf(values) & ~fails
    if infinite.any():
        arm, seed = np.argwhere(infinite)[0].tolist()
        raise ValueError(
            f"expected finite scores, or NaN where an arm did not train, got "
            f"{values[arm, seed]} for {labels[arm]!r} at seed position {seed}"
        )
    trained = np.isfinite(values)
    return ScoreTable(
        labels, np.where(trained, sign * values, np.nan), fails, ~trained & ~fails, sign
    )


def _matrix(scores: ArrayLike) -> Floats:
    try:
        values = np.asarray(scores, dtype=float)
    except ValueError as error:
        raise ValueError(f"expected numbers, the same seeds for every arm: {error}") from error
    if values.ndim != 2 or values.shape[0] < 2 or values.shape[1] < 1:
        raise ValueError(
            f"expected scores as arms x seeds, at least two arms and one seed, "
            f"got shape {values.shape}"
        )
    return values


def _labels(names: Sequence[str] | None, arms: int) -> tuple[str, ...]:
    labels = tuple(names) if names is not None else tuple(f"arm {i}" for i in range(arms))
    if len(labels) != arms or len(set(labels)) != arms:
        raise ValueError(f"expected {arms} different names, one per arm, got {list(labels)}")
    return labels
