"""`run --until-decided`: look at fixed numbers of seeds, and stop as soon as it is decided."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import Floats, Interval, trained_differences
from actbench.statistics.equivalence import inside
from actbench.statistics.sign_flip import bounded_interval, sign_flip_test
from actbench.statistics.student_levels import student_look_levels

Decision = Literal["better", "worse", "equivalent"]
DEFAULT_LOOKS = (10, 20, 30, 40)


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
    generator: np.random.Generator | None = None,
) -> Look:
    """Decide whether the primary comparison is settled, at one of the planned looks.

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
    >>> found = look(d)
    >>> found.decision, found.p, round(found.level, 4), found.words
    ('better', 0.001953125, 0.0179, 'decided at 10 seeds: better')
    """
    d, seeds = _pairs_at(differences, looks)
    at = list(looks).index(seeds)
    level = student_look_levels(tuple(looks), alpha)[at]
    difference = math.fsum(d.tolist()) / d.size if d.size else None
    p = sign_flip_test(d, generator=generator) if d.size > 1 else None
    decision = _direction(difference, p, level)
    if decision is None and rope is not None:
        narrow = bounded_interval(
            d, 1 - student_look_levels(tuple(looks), 2 * alpha)[at], generator
        )
        decision = "equivalent" if inside(narrow, rope) else None
    next_look = looks[at + 1] if decision is None and at + 1 < len(looks) else None
    return Look(
        seeds=seeds,
        n=d.size,
        difference=difference,
        p=p,
        level=level,
        interval=bounded_interval(d, 1 - level, generator),
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


def _direction(difference: float | None, p: float | None, level: float) -> Decision | None:
    if p is None or difference is None or p > level:
        return None
    return "better" if difference > 0 else "worse"


def _words(seeds: int, decision: str | None, next_look: int | None) -> str:
    if decision is not None:
        named = "practically equivalent" if decision == "equivalent" else decision
        return f"decided at {seeds} seeds: {named}"
    if next_look is not None:
        return f"undecided at {seeds} seeds; next look at {next_look}"
    return f"undecided after the last look, at {seeds} seeds"
