"""The rules of a comparison, and its verdict in plain words: the first that fits."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from actbench.statistics.differences import Interval, require_between
from actbench.statistics.power import seeds_to_reach, smallest_p

ROPE_OF_ACCURACY = 0.005
Kind = Literal[
    "too_few_seeds",
    "better_by_rope",
    "worse_by_rope",
    "negligible",
    "better",
    "worse",
    "equivalent",
    "not_after_correction",
    "inconclusive",
]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules that arms are compared by.

    `alpha`: chance of a false "better" or "worse" among all comparisons, after Holm. `level`: of
    the intervals, each at its own. `rope`: half-width of the region of practical equivalence, and
    `min_effect`: smallest difference that matters, for the number of seeds needed (the ROPE by
    default); both in the metric's unit. `all_pairs`: compare all pairs of arms, not only each arm
    with the baseline. Raises ValueError for alpha or level outside (0, 1), a ROPE below 0, and a
    `min_effect` that is not above 0.

    >>> Rules(rope=0.005).effect
    0.005
    """

    alpha: float = 0.05
    level: float = 0.95
    rope: float | None = None
    min_effect: float | None = None
    all_pairs: bool = False

    def __post_init__(self) -> None:
        """Refuse values that are no probability or no size."""
        require_between("alpha", self.alpha)
        require_between("level", self.level)
        if self.rope is not None and not (math.isfinite(self.rope) and self.rope >= 0):
            raise ValueError(f"expected a rope of at least 0, got {self.rope}")
        size = self.min_effect
        if size is not None and not (math.isfinite(size) and size > 0):
            raise ValueError(f"expected a smallest effect above 0, got {size}")

    @property
    def effect(self) -> float | None:
        """The smallest difference that matters: `min_effect`, or else the ROPE."""
        return self.min_effect if self.min_effect is not None else self.rope


def default_rope(metric: str) -> float | None:
    """Half-width of the ROPE where none is given: 0.005 for accuracies, none for other metrics.

    `metric`: a metric's name, with or without its split, such as "test_accuracy".

    >>> default_rope("test_accuracy"), default_rope("mae")
    (0.005, None)
    """
    return ROPE_OF_ACCURACY if metric.endswith("accuracy") else None


def inside(interval: Interval | None, rope: float) -> bool:
    """Whether the whole interval lies within ±rope.

    >>> inside((-0.001, 0.004), 0.005), inside((0.004, 0.006), 0.005), inside(None, 0.005)
    (True, False, False)
    """
    return interval is not None and -rope <= interval[0] and interval[1] <= rope


def beyond(interval: Interval | None, rope: float) -> bool:
    """Whether the whole interval lies on one side, at least `rope` from zero.

    >>> beyond((0.006, 0.02), 0.005), beyond((-0.02, -0.006), 0.005), beyond((0.0, 0.02), 0.005)
    (True, True, False)
    """
    return interval is not None and (interval[0] >= rope or interval[1] <= -rope)


@dataclass(frozen=True)
class Verdict:
    """What a comparison says: `kind` for programs, `words` for people."""

    kind: Kind
    words: str


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on: the numbers of one comparison of an arm with another.

    `n`: paired seeds. `difference`: mean, positive = better, in the metric's unit; None without
    a pair. `constant`: every paired score is the same. `interval`, `interval90`: None where
    the seeds are too few for one. `comparisons`: how many Holm corrected for. `seeds_needed`:
    seeds in all that would detect `rules.effect`. `untrained`: which arm has no score, in words.
    """

    n: int
    difference: float | None
    constant: bool
    p_holm: float | None
    interval: Interval | None
    interval90: Interval | None
    comparisons: int
    rules: Rules
    seeds_needed: int | None
    untrained: str = ""

    @property
    def significant(self) -> bool:
        """Whether the corrected p-value is at most alpha."""
        return self.p_holm is not None and self.p_holm <= self.rules.alpha

    @property
    def side(self) -> Literal["better", "worse"]:
        """Which way the mean difference points."""
        return "better" if (self.difference or 0.0) > 0 else "worse"


def judge(evidence: Evidence) -> Verdict:
    """The verdict of the first rule that fits.

    In order: too few seeds to reach alpha; different by at least the ROPE; detectable but
    negligible; different; practically equivalent; lost to the correction; inconclusive. It
    never says that there is no difference.

    >>> judge(Evidence(10, 0.02, False, 0.002, (0.01, 0.03), (0.011, 0.029), 1,
    ...                Rules(rope=0.005), None)).words
    'better by at least 0.005'
    """
    for rule in _RULES:
        verdict = rule(evidence)
        if verdict is not None:
            return verdict
    return _inconclusive(evidence)


def _too_few(e: Evidence) -> Verdict | None:
    needed = seeds_to_reach(e.rules.alpha, e.comparisons)
    # Where other arms were decided first, Holm multiplies by less: then these seeds did reach it.
    if e.n >= needed or e.significant:
        return None
    if e.untrained:
        return Verdict("too_few_seeds", f"nothing to compare: {e.untrained}")
    return Verdict("too_few_seeds", f"too few seeds: {_limit(e)}; run at least {needed}")


def _limit(e: Evidence) -> str:
    if e.n == 0:
        return "none where both trained"
    if e.n == 1:
        return "one seed decides nothing"
    least = min(1.0, e.comparisons * smallest_p(e.n))
    after = f" after correction for {e.comparisons} comparisons" if e.comparisons > 1 else ""
    return f"p cannot go below {least:.3g}{after}"


def _beyond_rope(e: Evidence) -> Verdict | None:
    if not e.significant or e.rules.rope is None or not beyond(e.interval, e.rules.rope):
        return None
    kind: Kind = "better_by_rope" if e.side == "better" else "worse_by_rope"
    return Verdict(kind, f"{e.side} by at least {e.rules.rope:g}")


def _negligible(e: Evidence) -> Verdict | None:
    if not e.significant or e.rules.rope is None or not inside(e.interval, e.rules.rope):
        return None
    return Verdict("negligible", f"detectable but negligible: within ±{e.rules.rope:g}")


def _different(e: Evidence) -> Verdict | None:
    return Verdict(e.side, e.side) if e.significant else None


def _equivalent(e: Evidence) -> Verdict | None:
    if e.rules.rope is None or not inside(e.interval90, e.rules.rope):
        return None
    return Verdict("equivalent", f"practically equivalent: within ±{e.rules.rope:g}")


def _lost_to_correction(e: Evidence) -> Verdict | None:
    if e.comparisons < 2 or e.interval is None or e.interval[0] <= 0 <= e.interval[1]:
        return None
    words = f"not significant after correction for {e.comparisons} comparisons"
    return Verdict("not_after_correction", words)


def _inconclusive(e: Evidence) -> Verdict:
    outlook = _outlook(e)
    return Verdict("inconclusive", f"inconclusive; {outlook}" if outlook else "inconclusive")


def _outlook(e: Evidence) -> str:
    if e.constant:
        return f"the {e.n} paired scores are the same"
    if e.rules.effect is None or e.seeds_needed is None:
        return ""  # how many seeds it takes depends on the smallest difference that matters
    more = e.seeds_needed - e.n
    if more <= 0:
        return f"{e.n} seeds would detect an effect of {e.rules.effect:g} four times in five"
    return f"about {more} more seeds to detect an effect of {e.rules.effect:g}"


_RULES: tuple[Callable[[Evidence], Verdict | None], ...] = (
    _too_few,
    _beyond_rope,
    _negligible,
    _different,
    _equivalent,
    _lost_to_correction,
)
