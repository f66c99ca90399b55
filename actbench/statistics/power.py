"""What a number of seeds can show: the smallest p, and how many seeds a question takes."""

import math

from actbench.statistics.differences import require_between
from actbench.statistics.sign_flip import DRAWS

CONFIDENCE_OF_SD = 0.8
MOST_SEEDS = 10**9


def smallest_p(n: int) -> float:
    """Smallest two-sided p-value that n pairs can give in the sign-flip test.

    2^(1−n), as of the 2ⁿ sign patterns the observed one and its mirror image are as extreme;
    beyond 16 pairs not below 1/100,000, the least that 99,999 random patterns can tell.
    Raises ValueError for n < 1.

    >>> [smallest_p(n) for n in (1, 5, 6, 10_000)]
    [1.0, 0.0625, 0.03125, 1e-05]
    """
    if n < 1:
        raise ValueError(f"expected at least one seed, got {n}")
    return max(2.0 ** (1 - n), 1 / (1 + DRAWS))


def limit_in_words(n: int, comparisons: int) -> str:
    """How small a p-value of n pairs can be, after Holm's correction.

    >>> limit_in_words(6, 3)
    'p cannot go below 0.0938 after correction for 3 comparisons'
    """
    least = min(1.0, comparisons * smallest_p(n))
    after = f" after correction for {comparisons} comparisons" if comparisons > 1 else ""
    return f"p cannot go below {least:.3g}{after}"


def seeds_to_reach(alpha: float = 0.05, comparisons: int = 1) -> int:
    """Fewest seeds with which the sign-flip test can reach alpha after Holm's correction.

    ⌈1 + log₂(m/α)⌉: Holm multiplies the smallest of m p-values by m, and n pairs cannot give
    less than 2^(1−n). Where that takes more than 17 seeds, no number of them is enough, because of
    the random patterns beyond 16 pairs (`smallest_p`). Raises ValueError for alpha outside (0, 1)
    or fewer than one comparison.

    >>> [seeds_to_reach(0.05, m) for m in (1, 3, 6, 10)]
    [6, 7, 8, 9]
    """
    require_between("alpha", alpha)
    if comparisons < 1:
        raise ValueError(f"expected at least one comparison, got {comparisons}")
    return math.ceil(1 + math.log2(comparisons / alpha))


def seeds_to_detect(
    effect: float, sd: float, n: float, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Seeds that a two-sided paired test needs to detect an effect with the given power.

    The fewest m with P(|T| > t₁₋α/₂,ₘ₋₁) ≥ power, where T is noncentral t with m − 1 degrees of
    freedom and noncentrality effect·√m/σ (Cohen 1988, Statistical Power Analysis, ch. 2). σ is
    the observed sd inflated to its 80% upper confidence limit, sd·√((n−1)/χ²₀.₂,ₙ₋₁), because an
    sd from few seeds is often too small (Browne 1995, Statistics in Medicine 14, 1933–1940).
    Never fewer than `seeds_to_reach(alpha)`, since the test that will be used is the sign-flip,
    and 10⁹ where it is more.

    `effect`: the smallest difference that matters, in the metric's unit, never the observed one.
    `sd`: standard deviation of the paired differences, same unit. `n`: how many differences it
    came from; `math.inf` where it is known. Raises ValueError for an effect of zero, a negative
    sd, n < 2, or power or alpha outside (0, 1).

    >>> [seeds_to_detect(effect, sd=1, n=math.inf) for effect in (0.5, 1)]
    [34, 10]
    >>> seeds_to_detect(0.5, sd=1, n=10)
    55
    """
    from scipy.special import chdtri

    require_between("power", power)
    if not math.isfinite(effect) or effect == 0:
        raise ValueError(f"expected an effect that is finite and not zero, got {effect}")
    if not math.isfinite(sd) or sd < 0:
        raise ValueError(f"expected a finite standard deviation of at least 0, got {sd}")
    if not n >= 2:
        raise ValueError(f"expected a standard deviation from at least 2 seeds, got n = {n}")
    fewest = seeds_to_reach(alpha)
    if sd == 0:
        return fewest
    if math.isfinite(n):
        # chdtri inverts the upper tail: the χ² that is exceeded with a chance of 0.8.
        sd *= math.sqrt((n - 1) / float(chdtri(n - 1, CONFIDENCE_OF_SD)))
    size = abs(effect) / sd
    low, high = fewest - 1, fewest
    while high < MOST_SEEDS and _power(high, size, alpha) < power:
        low, high = high, min(2 * high, MOST_SEEDS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _power(middle, size, alpha) < power else (low, middle)
    return high


def safeguard_effect(mean: float, sd: float, n: int) -> float:
    """The size that an observed difference surely has: its lower confidence limit at 80%.

    |mean| − t₀.₈,ₙ₋₁·sd/√n, at least 0 (safeguard power, Perugini, Gallucci & Costantini 2014,
    Perspectives on Psychological Science 9, 319–332). Planning for the difference itself would
    promise too much. `n` ≥ 2.

    >>> round(safeguard_effect(-0.4773, 0.053, 3), 4)
    0.4448
    """
    from scipy.special import stdtrit

    return max(0.0, abs(mean) - float(stdtrit(n - 1, CONFIDENCE_OF_SD)) * sd / math.sqrt(n))


def _power(seeds: int, size: float, alpha: float) -> float:
    """Power of the two-sided t test, for an effect of `size` standard deviations."""
    from scipy.special import nctdtr, stdtrit

    freedom, shift = seeds - 1, size * math.sqrt(seeds)
    critical = -stdtrit(freedom, alpha / 2)
    lower = float(nctdtr(freedom, shift, -critical))
    # SciPy answers NaN for the far tail where it has no digits left: below 1e-7, from a shift of 5.
    return 1 - float(nctdtr(freedom, shift, critical)) + (0.0 if math.isnan(lower) else lower)
