"""What so many seeds can show: the smallest p, and how many seeds a question takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actbench.statistics.differences import Floats, require_between

Mask = NDArray[np.bool_]
CONFIDENCE_OF_SD = 0.8


@dataclass(frozen=True)
class Wanted:
    """An effect to detect: the first arguments of `seeds_to_detect`, and its alpha."""

    effect: float
    sd: float
    n: float
    alpha: float = 0.05

    @property
    def inflated_sd(self) -> float:
        """The sd at its upper confidence limit."""
        if math.isinf(self.n):
            return self.sd
        from scipy import special

        # The inverse of the upper tail: χ² with a chance of 0.8 to be larger.
        quantile = float(special.chdtri(self.n - 1, CONFIDENCE_OF_SD))
        return self.sd * math.sqrt((self.n - 1) / quantile)


def smallest_p(n: int) -> float:
    """Smallest two-sided p-value that n pairs can give in the sign-flip test: 2^(1−n).

    Of the 2ⁿ sign patterns at least the observed one and its mirror image are as extreme.
    Raises ValueError for n < 1.

    >>> [smallest_p(n) for n in (1, 5, 6)]
    [1.0, 0.0625, 0.03125]
    """
    if n < 1:
        raise ValueError(f"expected at least one seed, got {n}")
    return float(2.0 ** (1 - n))


def seeds_to_reach(alpha: float = 0.05, comparisons: int = 1) -> int:
    """Fewest seeds with which the sign-flip test can reach alpha after Holm's correction.

    ⌈1 + log₂(m/α)⌉: Holm multiplies the smallest of m p-values by m, and n pairs cannot give
    less than 2^(1−n). Raises ValueError for alpha outside (0, 1) or fewer than one comparison.

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
    Never fewer than `seeds_to_reach(alpha)`, since the test that will be used is the sign-flip.

    `effect`: the smallest difference that matters, in the metric's unit, never the observed one.
    `sd`: standard deviation of the paired differences, same unit. `n`: how many differences it
    came from; `math.inf` where it is known. Raises ValueError for an effect of zero, a negative
    sd, n < 2, or power or alpha outside (0, 1).

    >>> [seeds_to_detect(effect, sd=1, n=math.inf) for effect in (0.5, 1)]
    [34, 10]
    >>> seeds_to_detect(0.5, sd=1, n=10)
    55
    """
    return seeds_to_detect_each([Wanted(effect, sd, n, alpha)], power)[0]


def seeds_to_detect_each(plans: Sequence[Wanted], power: float = 0.8) -> list[int]:
    """`seeds_to_detect` for many plans at once.

    >>> seeds_to_detect_each([Wanted(0.5, 1, math.inf), Wanted(1, 1, math.inf)])
    [34, 10]
    """
    require_between("power", power)
    for plan in plans:
        _check_planning(plan)
    fewest = np.array([seeds_to_reach(plan.alpha) for plan in plans], dtype=float)
    planned = [i for i, plan in enumerate(plans) if plan.sd > 0]
    if planned:
        sizes = np.array([abs(plans[i].effect) / plans[i].inflated_sd for i in planned])
        alphas = np.array([plans[i].alpha for i in planned])
        fewest[planned] = _fewest(sizes, alphas, power, fewest[planned])
    return [int(seeds) for seeds in fewest]


def _fewest(sizes: Floats, alphas: Floats, power: float, at_least: Floats) -> Floats:
    """Fewest seeds with the power, at least those given; doubled until enough, then halved."""
    low, high = at_least - 1, at_least.copy()
    short = np.ones(len(sizes), dtype=bool)
    while (short := short & _lacks(power, high, sizes, alphas, short)).any():
        low[short], high[short] = high[short], 2 * high[short]
    # Beyond 2^52 floats skip whole numbers; no one trains so many.
    while (wide := high - low > np.maximum(1.0, high * 2.0**-52)).any():
        middle = np.where(wide, (low + high) // 2, high)
        lacking = _lacks(power, middle, sizes, alphas, wide)
        low = np.where(wide & lacking, middle, low)
        high = np.where(wide & ~lacking, middle, high)
    return high


def _lacks(power: float, seeds: Floats, sizes: Floats, alphas: Floats, asked: Mask) -> Mask:
    """Whether so many seeds have less than the power, where that is asked."""
    lacking = np.zeros(len(seeds), dtype=bool)
    lacking[asked] = _power(seeds[asked], sizes[asked], alphas[asked]) < power
    return lacking


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


def _check_planning(plan: Wanted) -> None:
    effect, sd, n = plan.effect, plan.sd, plan.n
    require_between("alpha", plan.alpha)
    if not math.isfinite(effect) or effect == 0:
        raise ValueError(f"expected an effect that is finite and not zero, got {effect}")
    if not math.isfinite(sd) or sd < 0:
        raise ValueError(f"expected a finite standard deviation of at least 0, got {sd}")
    if not n >= 2:
        raise ValueError(f"expected a standard deviation from at least 2 seeds, got n = {n}")


def _power(seeds: Floats, sizes: Floats, alphas: Floats) -> Floats:
    from scipy import special

    freedom, shift = seeds - 1, sizes * np.sqrt(seeds)
    critical = -special.stdtrit(freedom, alphas / 2)
    upper = 1 - special.nctdtr(freedom, shift, critical)
    lower = special.nctdtr(freedom, shift, -critical)
    # SciPy answers NaN for the far tail where it has no digits left: below 1e-7, from a shift of 5.
    return np.asarray(upper + np.nan_to_num(lower))
