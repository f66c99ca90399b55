"""`run --until-decided`: look at fixed numbers of seeds, and stop as soon as it is decided."""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from actbench.statistics.comparison import Comparison
from actbench.statistics.differences import Floats, require_between
from actbench.statistics.pair import Decision, outcome_of
from actbench.statistics.verdict import Rules

DEFAULT_LOOKS = (10, 20, 30, 40)
# The levels come from a simulation, seed by seed: this many take about ten seconds.
MOST_LOOKS, LARGEST_LOOK = 20, 1_000
_PATHS = 2**20
_SEED = 20_250_101
_NODES = 161


def rules_at_look(
    looks: Sequence[int],
    seeds: int,
    *,
    alpha: float = 0.05,
    comparisons: int,
    most_comparisons: int | None = None,
    rope: float | None = None,
    min_effect: float | None = None,
) -> Rules:
    """The rules of the look at so many seeds, which make all looks together keep alpha.

    Each of the m comparisons has α/m to spend over the looks (`student_look_levels`: Lan & DeMets
    1983, Pocock type, for a spread that comes from the seeds themselves). Holm at m times the
    level that this leaves the look is a closed test whose steps each keep alpha, because a smaller
    share of alpha leaves a look no larger a share of itself. The same level holds for each of the
    two one-sided tests of an equivalence. Intervals are at 1 − the level of a single comparison,
    so that the intervals of all looks hold together (Jennison & Turnbull 1989, JRSS B 51, 305–361).

    `looks`: the seeds at each look planned. `comparisons`: of the block; `most_comparisons`: of the
    largest block, if α is shared between so many. `rope`, `min_effect`: in the metric's unit.
    Raises ValueError for a look that is not planned, a bad plan, or alpha outside (0, 1).

    >>> round(rules_at_look(DEFAULT_LOOKS, 10, comparisons=1).alpha, 4)
    0.0179
    """
    if seeds not in looks:
        raise ValueError(f"expected a planned look, at {list(looks)} seeds; got {seeds}")
    at, plan = list(looks).index(seeds), tuple(looks)
    share = alpha / max(1, most_comparisons or comparisons)
    return Rules(
        alpha=max(1, comparisons) * student_look_levels(plan, share)[at],
        level=1 - student_look_levels(plan, alpha)[at],
        rope=rope,
        min_effect=min_effect,
    )


def decisions(comparison: Comparison, *, early: bool) -> dict[str, Decision]:
    """What a look settles, by arm: every arm whose verdict is better, worse or equivalent.

    `comparison`: of the seeds so far, by `rules_at_look`, with the decisions of earlier looks,
    which stay. `early`: whether more looks are planned. What the last look leaves undecided stays
    so; more seeds than planned would need a new plan.
    """
    seeds, rules = comparison.seeds, comparison.rules
    return {
        pair.arm: pair.decided or Decision(seeds, outcome, rules, early)
        for pair in comparison.pairs
        if (outcome := outcome_of(pair)) is not None
    }


@lru_cache(maxsize=64)
def student_look_levels(looks: Sequence[int], alpha: float = 0.05) -> tuple[float, ...]:
    """Two-sided level at each look, so that all looks together keep alpha for paired differences.

    The same spending as `look_levels` (Lan & DeMets 1983, Pocock type), but of Student's t
    instead of means whose spread is known. With few seeds the t's of successive looks are less
    alike, so that levels meant for known spreads let too much through: 0.055 at 10, 20, 30 and 40
    seeds. The boundaries come from 2²⁰ simulated experiments with normal differences (fixed
    generator): at each look a share α(tₖ) − α(tₖ₋₁) of all experiments is beyond for the first
    time. In simulations the sign-flip test keeps alpha at these levels for symmetric differences
    (0.049 to 0.054 for 0.05), and not for skewed ones (`python -m benchmarks.statistics`).

    `looks`: a tuple of the seeds at each look, rising. Raises ValueError as `look_levels` does.

    >>> [round(level, 3) for level in student_look_levels((10, 20, 30, 40))]
    [0.018, 0.017, 0.018, 0.018]
    """
    from scipy.special import stdtr

    _check_looks(looks)
    inside = np.ones(_PATHS, dtype=bool)
    levels: list[float] = []
    spent = 0.0
    for n, level, sizes in zip(
        looks, look_levels(looks, alpha), _student_paths(looks), strict=True
    ):
        due = pocock_spending(n / looks[-1], alpha)
        beyond = round((due - spent) * _PATHS)
        if not beyond:  # too rare to simulate: the share itself, as Bonferroni would
            levels.append(due - spent)
            spent = due
            continue
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

    `looks`: seeds at each look, rising, at most 20 of them and 1,000 seeds. Raises ValueError
    otherwise, or for alpha outside (0, 1).

    >>> [round(level, 4) for level in look_levels([10, 20, 30, 40])]
    [0.0179, 0.0179, 0.0184, 0.0188]
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    _check_looks(looks)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    # The paths inside all boundaries at a time: Gauss–Legendre nodes, density times weights.
    time, spent, at, mass = 0.0, 0.0, np.zeros(1), np.ones(1)
    levels = []
    for t in (n / looks[-1] for n in looks):
        due, step = pocock_spending(t, alpha), math.sqrt(t - time)
        paths = (at, mass, math.sqrt(t), step, due - spent)
        z = float(brentq(_excess_beyond, 0.0, 40.0, args=paths, xtol=1e-12))
        levels.append(2 * float(ndtr(-z)))
        edge, before = z * math.sqrt(t), at
        time, spent, at = t, due, edge * nodes
        density = np.exp(-(((at[:, None] - before) / step) ** 2) / 2) @ mass
        mass = edge * weights * density / (step * math.sqrt(2 * math.pi))
    return tuple(levels)


def _check_looks(looks: Sequence[int]) -> None:
    rising = all(a < b for a, b in pairwise(looks))
    if not looks or looks[0] < 1 or not rising:
        raise ValueError(f"expected rising numbers of seeds, such as 10, 20, got {list(looks)}")
    if len(looks) > MOST_LOOKS or looks[-1] > LARGEST_LOOK:
        raise ValueError(
            f"expected at most {MOST_LOOKS} looks, the last at {LARGEST_LOOK:,} seeds or fewer"
        )


def _excess_beyond(
    z: float, at: Floats, mass: Floats, sd: float, step: float, chance: float
) -> float:
    """The chance of being beyond ±z·sd after a normal step from `at`, less the given chance."""
    from scipy.special import ndtr

    beyond = ndtr((at - z * sd) / step) + ndtr((-at - z * sd) / step)
    return float(mass @ beyond) - chance
