"""`run --until-decided`: look at fixed numbers of seeds, and stop as soon as it is decided."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import (
    Floats,
    Interval,
    mean,
    require_between,
    trained_differences,
)
from actbench.statistics.sign_flip import SignFlips
from actbench.statistics.verdict import inside

Decision = Literal["better", "worse", "equivalent"]
DEFAULT_LOOKS = (10, 20, 30, 40)
_PATHS = 2**20
_SEED = 20_250_101
_NODES = 161


@dataclass(frozen=True)
class Look:
    """What one look says.

    `seeds`: the look's planned number of seeds, and `n`: the pairs that trained on both arms.
    `p`: sign-flip test, significant if at most `level`, this look's share of alpha; None without
    two pairs. `interval`: at 1 − `level`, so that the intervals of all looks hold together
    (Jennison & Turnbull 1989, JRSS B 51, 305–361); None where the seeds are too few.
    `decision`: "better", "worse", "equivalent", or None to go on. `next_look`: seeds to add up
    to; None where it is decided or was the last look. `words`: the same in plain words.
    """

    seeds: int
    n: int
    difference: float | None
    p: float | None
    level: float
    interval: Interval | None
    decision: Decision | None
    next_look: int | None
    words: str


def look(
    differences: ArrayLike,
    *,
    looks: Sequence[int] = DEFAULT_LOOKS,
    alpha: float = 0.05,
    rope: float | None = None,
) -> Look:
    """Decide whether a comparison is settled, at one of the planned looks.

    Better or worse if the sign-flip test's p is at most the look's level (`student_look_levels`:
    Lan and DeMets 1983, Pocock type, for a spread that comes from the seeds themselves), so that
    all looks together spend alpha. `benchmarks/statistics.py` shows it by simulation.

    With a ROPE also equivalent, if the interval lies inside it at the looks' level for 2·alpha:
    each of the two one-sided tests spends alpha over the looks. At the last look an undecided
    comparison stays undecided; more seeds than planned would need a new plan.

    `differences`: one per seed so far, positive = better than the baseline, NaN where one of the
    two did not train; their number is one of `looks`. `rope`: half-width, the metric's unit.
    Raises ValueError for another number of seeds, infinite values, a bad plan, or alpha outside
    (0, 1); with a ROPE outside (0, 0.5).

    >>> d = [0.03, 0.05, 0.02, 0.04, 0.06, 0.01, 0.03, 0.05, 0.04, 0.02]
    >>> first = look(d)
    >>> first.decision, first.p, round(first.level, 4), first.words
    ('better', 0.001953125, 0.0179, 'decided at 10 seeds: better')
    """
    d, seeds = _pairs_at(differences, looks)
    at = list(looks).index(seeds)
    level = student_look_levels(tuple(looks), alpha)[at]
    flips = SignFlips.of(d) if d.size > 1 else None
    decision = _decision(d, flips, level)
    if decision is None and rope is not None and flips:
        narrow = flips.interval(1 - student_look_levels(tuple(looks), 2 * alpha)[at])
        decision = "equivalent" if inside(narrow, rope) else None
    next_look = looks[at + 1] if decision is None and at + 1 < len(looks) else None
    return Look(
        seeds=seeds,
        n=d.size,
        difference=mean(d),
        p=flips.p if flips else None,
        level=level,
        interval=flips.interval(1 - level) if flips else None,
        decision=decision,
        next_look=next_look,
        words=_words(seeds, decision, next_look),
    )


def _pairs_at(differences: ArrayLike, looks: Sequence[int]) -> tuple[Floats, int]:
    """The differences of the seeds that trained on both arms, and how many seeds there are."""
    values = np.asarray(differences, dtype=float)
    if values.ndim != 1 or values.size not in looks:
        raise ValueError(f"expected differences at a look, {list(looks)} seeds; got {values.shape}")
    return trained_differences(values), values.size


def _decision(d: Floats, flips: SignFlips | None, level: float) -> Decision | None:
    if flips is None or flips.p > level:
        return None
    return "better" if (mean(d) or 0.0) > 0 else "worse"


def _words(seeds: int, decision: str | None, next_look: int | None) -> str:
    if decision is not None:
        named = "practically equivalent" if decision == "equivalent" else decision
        return f"decided at {seeds} seeds: {named}"
    if next_look is not None:
        return f"undecided at {seeds} seeds; next look at {next_look}"
    return f"undecided after the last look, at {seeds} seeds"


@lru_cache(maxsize=64)
def student_look_levels(looks: Sequence[int], alpha: float = 0.05) -> tuple[float, ...]:
    """Two-sided level at each look, so that all looks together keep alpha for paired differences.

    The same spending as `look_levels` (Lan & DeMets 1983, Pocock type), but of Student's t
    instead of means whose spread is known. With few seeds the t's of successive looks are less
    alike, so that levels meant for known spreads let too much through: 0.055 at 10, 20, 30 and 40
    seeds. The boundaries come from 2²⁰ simulated experiments with normal differences (fixed
    generator): at each look a share α(tₖ) − α(tₖ₋₁) of all experiments is beyond for the first
    time.
    The sign-flip test keeps these levels at least as well for differences with heavier tails.

    `looks`: a tuple of the seeds at each look, rising. Raises ValueError as `look_levels` does.

    >>> [round(level, 3) for level in student_look_levels((10, 20, 30, 40))]
    [0.018, 0.017, 0.018, 0.018]
    """
    from scipy.special import stdtr

    inside = np.ones(_PATHS, dtype=bool)
    levels: list[float] = []
    spent = 0.0
    for n, level, sizes in zip(
        looks, look_levels(looks, alpha), _student_paths(looks), strict=True
    ):
        due = pocock_spending(n / looks[-1], alpha)
        beyond = round((due - spent) * _PATHS)
        boundary = float(np.sort(sizes[inside])[-beyond])
        # The first look is an ordinary test; no level is above that for a known spread.
        student = 2 * float(stdtr(n - 1, -boundary)) if n > 1 else 1.0
        levels.append(min(level, student) if levels else level)
        inside &= sizes < boundary
        spent = due
    return tuple(levels)


@lru_cache(maxsize=1)
def _student_paths(looks: tuple[int, ...]) -> Floats:
    """|t| of simulated experiments at each look, shape (looks, paths)."""
    random = np.random.default_rng(_SEED)
    total, squares = np.zeros(_PATHS), np.zeros(_PATHS)
    paths = np.empty((len(looks), _PATHS))
    for look, (before, n) in enumerate(pairwise((0, *looks))):
        for _ in range(n - before):
            drawn = random.standard_normal(_PATHS)
            total += drawn
            squares += drawn * drawn
        scatter = np.maximum(squares - total * total / n, math.ulp(0.0))
        paths[look] = np.abs(total) / np.sqrt(scatter * n / max(1, n - 1))
    return paths


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
    from scipy.optimize import brentq
    from scipy.special import ndtr

    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    spent = [0.0, *(pocock_spending(t, alpha) for t in times)]
    levels = []
    inside = _Paths(0.0, np.zeros(1), np.ones(1))
    for t, (before, after) in zip(times, pairwise(spent), strict=True):
        z = float(brentq(inside.excess_beyond, 0.0, 40.0, args=(t, after - before), xtol=1e-12))
        levels.append(2 * float(ndtr(-z)))
        inside = inside.stopped_beyond(z, t, nodes, weights)
    return tuple(levels)


@dataclass(frozen=True)
class _Paths:
    """Density of Brownian motion at `time` over the paths inside all boundaries so far.

    `at`: Gauss–Legendre nodes between the boundaries; `mass`: the density times their weights.
    """

    time: float
    at: Floats
    mass: Floats

    def excess_beyond(self, z: float, t: float, chance: float) -> float:
        """The chance of being beyond ±z (standardised) at time t, less the given chance."""
        from scipy.special import ndtr

        edge, step = z * math.sqrt(t), math.sqrt(t - self.time)
        beyond = ndtr((self.at - edge) / step) + ndtr((-self.at - edge) / step)
        return float(self.mass @ beyond) - chance

    def stopped_beyond(self, z: float, t: float, nodes: Floats, weights: Floats) -> "_Paths":
        """The paths that are within ±z at time t."""
        edge, step = z * math.sqrt(t), math.sqrt(t - self.time)
        at = edge * nodes
        density = np.exp(-(((at[:, None] - self.at) / step) ** 2) / 2) @ self.mass
        return _Paths(t, at, edge * weights * density / (step * math.sqrt(2 * math.pi)))


def _times(looks: Sequence[int]) -> list[float]:
    rising = all(a < b for a, b in pairwise(looks))
    if not looks or looks[0] < 1 or not rising:
        raise ValueError(f"expected rising numbers of seeds, such as 10, 20, got {list(looks)}")
    return [n / looks[-1] for n in looks]
