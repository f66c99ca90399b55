"""Trials that went wrong: failures compared, collapse to chance, scores far from the others."""

import math
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import ArrayLike, NDArray

from actbench.statistics.differences import require_between, round_significant

OUTLIER_THRESHOLD = 14.826


@dataclass(frozen=True)
class Failures:
    """Failures of both arms of a pair over the `seeds` where both ended, trained or failed.

    `p`: McNemar's exact test. `words`: None unless the arm fails more often.
    """

    arm: int
    other: int
    seeds: int
    p: float
    words: str | None


def compare_failures(
    arm: NDArray[np.bool_], other: NDArray[np.bool_], *, other_name: str
) -> Failures:
    """Compare how often two arms failed.

    `arm`, `other`: shape (seeds,), true where the arm failed, over the seeds where both ended.
    `other_name`: the other arm in a sentence, such as "the baseline".

    >>> compare_failures(np.ones(3, bool), np.zeros(3, bool), other_name="the baseline").words
    'fails more often than the baseline (3/3 against 0/3)'
    """
    count, other_count, seeds = int(arm.sum()), int(other.sum()), arm.size
    words = f"fails more often than {other_name} ({count}/{seeds} against {other_count}/{seeds})"
    return Failures(
        arm=count,
        other=other_count,
        seeds=seeds,
        p=mcnemar_exact(int((arm & ~other).sum()), int((other & ~arm).sum())),
        words=words if count > other_count else None,
    )


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Two-sided p-value of McNemar's exact test on paired yes-or-no outcomes.

    Seeds where both arms ended alike say nothing; of the others each arm is as likely to be the
    one that failed, so only_a is Binomial(only_a + only_b, 1/2) under the null hypothesis
    (McNemar 1947, Psychometrika 12, 153–157; in its exact form).

    `only_a`, `only_b`: on how many seeds only the one, or only the other, failed.
    Returns 1 where there are none. Raises ValueError for negative counts.

    >>> mcnemar_exact(3, 0), mcnemar_exact(0, 0)
    (0.25, 1.0)
    """
    if only_a < 0 or only_b < 0:
        raise ValueError(f"expected counts of at least 0, got {only_a} and {only_b}")
    seeds = only_a + only_b
    tail = sum(math.comb(seeds, k) for k in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / (1 << seeds))


def chance_threshold(majority_share: float, test_rows: int) -> float:
    """Accuracy up to which a classifier is no better than always naming the commonest class.

    p + 3·√(p(1−p)/n): the majority share of the test set, and three standard errors of a
    binomial proportion, so that luck passes it about once in 700 trials.

    With few rows or one very common class it can be 1 or more: then no accuracy tells whether a
    classifier learned anything.

    `majority_share`: share of the commonest class in the test set, in (0, 1). `test_rows`: how
    many rows the accuracy was measured on. Returns a fraction. Raises ValueError otherwise.

    >>> round(chance_threshold(0.1, 10_000), 4)
    0.109
    """
    require_between("the majority share", majority_share)
    if test_rows < 1:
        raise ValueError(f"expected at least one test row, got {test_rows}")
    return majority_share + 3 * math.sqrt(majority_share * (1 - majority_share) / test_rows)


def collapsed_to_chance(accuracy: float, majority_share: float, test_rows: int) -> bool:
    """Whether a test accuracy (a fraction) is at or below `chance_threshold`.

    Such a trial is counted as failed, like one that diverged. Never so where the threshold is 1
    or more: there a perfect classifier would count as collapsed too.

    >>> collapsed_to_chance(0.1001, 0.1, 10_000), collapsed_to_chance(0.11, 0.1, 10_000)
    (True, False)
    >>> collapsed_to_chance(0.9, 0.9, 20)
    False
    """
    threshold = chance_threshold(majority_share, test_rows)
    return threshold < 1 and accuracy <= threshold


def outliers(scores: ArrayLike) -> tuple[int, ...]:
    """Positions of the scores with |x − median|/MAD > 14.826: worth a look, never dropped.

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
    places = np.flatnonzero(np.isfinite(values))
    if places.size == 0:
        return ()
    trained = round_significant(values[places])
    distances = round_significant(np.abs(trained - median(trained.tolist())))
    far = distances > OUTLIER_THRESHOLD * median(distances.tolist())
    return tuple(places[far].tolist())
