"""McNemar's exact test: does one arm fail on more seeds than the other?"""


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
    if only_a + only_b == 0:
        return 1.0
    flips = only_a + only_b
    tail, ways = 0, 1
    for k in range(min(only_a, only_b) + 1):
        tail += ways
        ways = ways * (flips - k) // (k + 1)
    return min(1.0, 2 * tail / (1 << flips))
