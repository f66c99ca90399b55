"""When a classifier counts as collapsed to chance: it trained, but learned nothing."""

import math

from actbench.statistics.differences import require_between


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
