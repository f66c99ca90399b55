"""The rules of a comparison, and its verdict in plain words."""

import math
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
    "not_comparable",  # said of values that mean nothing, such as times on a busy machine
]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules that arms are compared by.

    `alpha`: chance of a false "better" or "worse" among all comparisons, after Holm. `level`:
    confidence level of each interval. `rope`: half-width of the region of practical equivalence.
    `min_effect`: smallest difference that matters, for the number of seeds needed (the ROPE by
    default). Both are in the metric's unit. `all_pairs`: compare all pairs of arms, not only each
    arm with the baseline. Raises ValueError for alpha or level outside (0, 1), a ROPE below 0, or
    a `min_effect` that is not above 0.

    >>> Rules(rope=0.005).effect
    0.005
    """

    alpha: float = 0.05
    level: float = 0.95
    rope: float | None = None
    min_effect: float | None = None
    all_pairs: bool = False

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
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
    """The first verdict that fits the evidence.

    In order: too few seeds to reach alpha; different by at least the ROPE; detectable but
    negligible; different; practically equivalent; lost to the correction; inconclusive. It
    never says that there is no difference.

    >>> judge(Evidence(10, 0.02, False, 0.002, (0.01, 0.03), (0.011, 0.029), 1,
    ...                Rules(rope=0.005), None)).words
    'better by at least 0.005'
    """
    needed = seeds_to_reach(evidence.rules.alpha, evidence.comparisons)
    # Where other arms were decided first, Holm multiplies by less: then fewer seeds can reach it.
    if evidence.n < needed and not evidence.significant:
        return Verdict("too_few_seeds", _too_few(evidence, needed))
    if evidence.significant:
        return _different(evidence)
    rope = evidence.rules.rope
    if rope is not None and inside(evidence.interval90, rope):
        return Verdict("equivalent", f"practically equivalent: within ±{rope:g}")
    if evidence.comparisons > 1 and evidence.interval and not _holds_zero(evidence.interval):
        words = f"not significant after correction for {evidence.comparisons} comparisons"
        return Verdict("not_after_correction", words)
    return Verdict("inconclusive", "; ".join(filter(None, ["inconclusive", _outlook(evidence)])))


def _different(e: Evidence) -> Verdict:
    """The verdict on a significant difference."""
    rope = e.rules.rope
    if rope is not None and beyond(e.interval, rope):
        kind: Kind = "better_by_rope" if e.side == "better" else "worse_by_rope"
        return Verdict(kind, f"{e.side} by at least {rope:g}")
    if rope is not None and inside(e.interval, rope):
        return Verdict("negligible", f"detectable but negligible: within ±{rope:g}")
    return Verdict(e.side, e.side)


def _too_few(e: Evidence, needed: int) -> str:
    if e.untrained:
        return f"nothing to compare: {e.untrained}"
    return f"too few seeds: {_limit(e)}; run at least {needed}"


def _limit(e: Evidence) -> str:
    if e.n == 0:
        return "none where both trained"
    if e.n == 1:
        return "one seed decides nothing"
    least = min(1.0, e.comparisons * smallest_p(e.n))
    after = f" after correction for {e.comparisons} comparisons" if e.comparisons > 1 else ""
    return f"p cannot go below {least:.3g}{after}"


def _holds_zero(interval: Interval) -> bool:
    return interval[0] <= 0 <= interval[1]


def _outlook(e: Evidence) -> str:
    if e.constant:
        return f"the {e.n} paired scores are the same"
    if e.rules.effect is None or e.seeds_needed is None:
        return ""  # how many seeds it takes depends on the smallest difference that matters
    more = e.seeds_needed - e.n
    if more <= 0:
        return f"{e.n} seeds would detect an effect of {e.rules.effect:g} four times in five"
    return f"about {more} more seeds to detect an effect of {e.rules.effect:g}"
