"""How much of alpha each look at the data may spend, so that all looks together spend alpha."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from actbench.statistics.differences import Floats, require_between

_NODES = 161


def pocock_spending(t: float, alpha: float = 0.05) -> float:
    """Alpha spent by the time a share t of the seeds is in: α·ln(1 + (e − 1)·t).

    Lan and DeMets's function of Pocock type ("Discrete sequential boundaries for clinical
    trials", Biometrika 70, 1983, 659–663). Raises ValueError for t outside (0, 1].

    >>> [round(pocock_spending(t), 4) for t in (0.25, 0.5, 0.75, 1)]
    [0.0179, 0.031, 0.0414, 0.05]
    """
    require_between("alpha", alpha)
    if not 0 < t <= 1:
        raise ValueError(f"expected a share of the seeds in (0, 1], got {t}")
    return alpha * math.log1p((math.e - 1) * t)


def look_levels(looks: Sequence[int], alpha: float = 0.05) -> tuple[float, ...]:
    """Two-sided level of significance at each look, so that all looks together keep alpha.

    Under the null hypothesis the standardised means at n₁ < n₂ < … seeds are a Brownian motion
    seen at tₖ = nₖ/n_last. The boundary cₖ solves P(first beyond at look k) = α(tₖ) − α(tₖ₋₁) with
    α(t) as in `pocock_spending`; the density of the paths still inside is carried from look to
    look by numerical integration (Armitage, McPherson & Rowe 1969, JRSS A 132, 235–244; Jennison &
    Turnbull 2000, Group Sequential Methods, ch. 7 and 19). The level is 2·(1 − Φ(cₖ)).

    `looks`: seeds at each look, rising. Raises ValueError otherwise, or for alpha outside (0, 1).

    >>> [round(level, 4) for level in look_levels([10, 20, 30, 40])]
    [0.0179, 0.0179, 0.0184, 0.0188]
    """
    return _levels(tuple(_times(looks)), alpha)


@lru_cache(maxsize=64)
def _levels(times: tuple[float, ...], alpha: float) -> tuple[float, ...]:
    spent = [0.0, *(pocock_spending(t, alpha) for t in times)]
    walk = _Walk()
    levels = []
    for t, (before, after) in zip(times, pairwise(spent), strict=True):
        boundary = walk.boundary(t, after - before)
        walk.stop_beyond(boundary, t)
        levels.append(_two_sided(boundary))
    return tuple(levels)


def false_positive_rate(levels: Sequence[float], looks: Sequence[int]) -> float:
    """Chance that some look comes out significant though nothing is there.

    `levels`: two-sided level tested at each look. `looks`: seeds at each look, rising. Computed
    as in `look_levels`. Raises ValueError where the two do not match.

    >>> round(false_positive_rate([0.05] * 5, [10, 20, 30, 40, 50]), 3)
    0.142
    """
    if len(levels) != len(looks):
        raise ValueError(f"expected a level for each of {len(looks)} looks, got {len(levels)}")
    from scipy.special import ndtri

    walk, total = _Walk(), 0.0
    for t, level in zip(_times(looks), levels, strict=True):
        boundary = -float(ndtri(level / 2))
        total += walk.chance_beyond(boundary, t)
        walk.stop_beyond(boundary, t)
    return total


def _times(looks: Sequence[int]) -> list[float]:
    rising = all(a < b for a, b in pairwise(looks))
    if not looks or looks[0] < 1 or not rising:
        raise ValueError(f"expected rising numbers of seeds, such as 10, 20, got {list(looks)}")
    return [n / looks[-1] for n in looks]


def _two_sided(z: float) -> float:
    from scipy.special import ndtr

    return 2 * float(ndtr(-z))


class _Walk:
    """Density of Brownian motion over the paths not stopped yet, on Gauss–Legendre nodes."""

    def __init__(self) -> None:
        self._time = 0.0
        self._at: Floats = np.zeros(1)
        self._mass: Floats = np.ones(1)

    def chance_beyond(self, z: float, t: float) -> float:
        """Chance that the path is inside until now, and beyond ±z (standardised) at time t."""
        from scipy.special import ndtr

        edge, step = z * math.sqrt(t), math.sqrt(t - self._time)
        beyond = ndtr((self._at - edge) / step) + ndtr((-self._at - edge) / step)
        return float(self._mass @ beyond)

    def boundary(self, t: float, chance: float) -> float:
        """The z that is passed for the first time at t with this chance."""
        return _falling_root(lambda z: self.chance_beyond(z, t) - chance)

    def stop_beyond(self, z: float, t: float) -> None:
        """Go on to time t and keep the paths within ±z."""
        edge, step = z * math.sqrt(t), math.sqrt(t - self._time)
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        at = edge * nodes
        density = np.exp(-(((at[:, None] - self._at) / step) ** 2) / 2) @ self._mass
        self._mass = edge * weights * density / (step * math.sqrt(2 * math.pi))
        self._at, self._time = at, t


def _falling_root(f: Callable[[float], float]) -> float:
    from scipy.optimize import brentq

    return float(brentq(f, 0.0, 40.0, xtol=1e-12))
