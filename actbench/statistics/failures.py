"""Trials that went wrong: failures compared, collapse to chance, scores far from the others."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import (
    LARGEST,
    Mask,
    median,
    require_between,
    round_significant,
)
from actbench.statistics.holm import holm

OUTLIER_THRESHOLD = 14.826
OUTLIER_SHARE = 0.01


@dataclass(frozen=True)
class Failures:
    """Failures of both arms of a pair over the `seeds` where both ended, trained or failed.

    `p`: McNemar's exact test; `p_holm`: after Holm's correction for the pairs of the comparison.
    `words`: both counts with `p`; None where neither arm failed.
    """

    arm: int
    other: int
    seeds: int
    p: float
    p_holm: float
    words: str | None


def compare_failures(
    failed: Sequence[tuple[Mask, Mask]], other_names: Sequence[str], alpha: float
) -> list[Failures]:
    """Compare how often the two arms of each pair failed.

    An arm "fails more often" only where McNemar's p, after Holm over the pairs, is at most alpha.

    `failed`: for each pair the failures of the arm and of the other, shape (seeds,), over the
    seeds where both ended. `other_names`: the other arm of each in a sentence, such as "the
    baseline".

    >>> some, none = np.arange(10) < 3, np.zeros(10, bool)
    >>> compare_failures([(some, none)], ["the baseline"], 0.05)[0].words
    'failed on 3/10 against 0/10 (p = 0.25)'
    >>> compare_failures([(~none, none)], ["the baseline"], 0.05)[0].words
    'fails more often than the baseline (10/10 against 0/10, p = 0.002)'
    """
    p_values = [
        mcnemar_exact(int((arm & ~other).sum()), int((other & ~arm).sum())) for arm, other in failed
    ]
    return [
        Failures(
            arm=int(arm.sum()),
            other=int(other.sum()),
            seeds=arm.size,
            p=p,
            p_holm=p_holm,
            words=_words(arm, other, name, p, significant=p_holm <= alpha),
        )
        for (arm, other), name, p, p_holm in zip(
            failed, other_names, p_values, holm(p_values).tolist(), strict=True
        )
    ]


def _words(arm: Mask, other: Mask, name: str, p: float, *, significant: bool) -> str | None:
    count, other_count = int(arm.sum()), int(other.sum())
    if not count and not other_count:
        return None
    counts = f"{count}/{arm.size} against {other_count}/{arm.size}"
    p_in_words = "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"
    if not significant:
        return f"failed on {counts} ({p_in_words})"
    often = "more" if count > other_count else "less"
    return f"fails {often} often than {name} ({counts}, {p_in_words})"


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


def collapsed_to_chance(accuracy: float, majority_share: float, test_rows: int) -> bool:
    """Whether a classifier is no better than always naming the commonest class.

    It is no better if its accuracy is at most p + 3·√(p(1−p)/n): the majority share of the test
    set, and three standard errors of a binomial proportion, which luck passes about once in 700
    trials. With few rows or one very common class that limit can be 1 or more, so that a perfect
    classifier would count as collapsed; then no trial does. A trial that collapsed counts as
    failed, like one that diverged.

    `accuracy`: on the test rows, a fraction. `majority_share`: share of the commonest class in the
    test set, in (0, 1). `test_rows`: how many rows the accuracy was measured on. Raises ValueError
    for another share or number of rows.

    >>> collapsed_to_chance(0.109, 0.1, 10_000), collapsed_to_chance(0.11, 0.1, 10_000)
    (True, False)
    >>> collapsed_to_chance(0.9, 0.9, 20)
    False
    """
    require_between("the majority share", majority_share)
    if test_rows < 1:
        raise ValueError(f"expected at least one test row, got {test_rows}")
    error = math.sqrt(majority_share * (1 - majority_share) / test_rows)
    threshold = majority_share + 3 * error
    return threshold < 1 and accuracy <= threshold


def outliers(scores: ArrayLike, rope: float | None = None) -> tuple[int, ...]:
    """Positions of the scores that are far from the others: worth a look, never dropped.

    A score is far if |x − median|/MAD > 14.826 and if the distance matters: it is more than the
    ROPE, or more than 1% of the median where there is none. MAD is the median absolute deviation
    from the median; times 1.4826 it estimates a normal standard deviation (Hampel 1974, JASA 69,
    383–393), so the threshold is ten of those. Where more than half of the scores are equal MAD is
    zero, and every other score that is far enough to matter counts.

    `scores`: shape (n,); NaN (did not train) is passed over. `rope`: in the same unit.
    Raises ValueError for another shape.

    >>> outliers([0.90, 0.91, 0.92, 0.91, 0.10])
    (4,)
    >>> outliers([0.91, 0.91, 0.91, 0.91, 0.915])
    ()
    """
    values = np.asarray(scores, dtype=float)
    if values.ndim != 1:
        raise ValueError(f"expected a flat list of scores, got shape {values.shape}")
    places = np.flatnonzero(np.isfinite(values))
    if places.size == 0:
        return ()
    trained = round_significant(values[places])
    middle = median(trained) or 0.0
    with np.errstate(over="ignore"):
        distances = round_significant(np.clip(np.abs(trained - middle), 0.0, LARGEST))
    matters = OUTLIER_SHARE * abs(middle) if rope is None else rope
    far = distances > max(OUTLIER_THRESHOLD * (median(distances) or 0.0), matters)
    return tuple(places[far].tolist())
