"""The rules of a comparison, and its verdict in plain words."""

import math
from dataclasses import dataclass
from typing import Literal

from actbench.statistics.differences import Floats, PairedDifferences, mean, require_between
from actbench.statistics.power import limit_in_words, seeds_to_reach

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
Side = Literal["better", "worse"]


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


@dataclass(frozen=True)
class Verdict:
    """What a comparison says: `kind` for programs, `words` for people."""

    kind: Kind
    words: str


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on: the numbers of one comparison of an arm with another.

    `differences`: of the pair, positive = better, in the metric's unit. `p`: before correction.
    `p_holm`, `p_beyond_holm`, `p_inside_holm`: that they differ, differ by more than the ROPE, or
    by less, corrected for the `comparisons`; None where there is no such test. `seeds_needed`:
    seeds in all that would detect `rules.effect`. `other_name`: the other arm in a sentence.
    `untrained`: which arm has no score, in words.
    """

    differences: PairedDifferences
    p: float | None
    p_holm: float | None
    p_beyond_holm: float | None
    p_inside_holm: float | None
    comparisons: int
    rules: Rules
    seeds_needed: int | None
    other_name: str = "the baseline"
    untrained: str = ""

    def holds(self, p: float | None) -> bool:
        """Whether a corrected p-value is at most alpha."""
        return p is not None and p <= self.rules.alpha

    @property
    def side(self) -> Side | None:
        """Which way the judged differences point; None where they sum to 0."""
        return side_of(self.differences.judged)


def side_of(judged: Floats) -> Side | None:
    """The side that the sum of the judged differences is on.

    >>> import numpy as np
    >>> side_of(np.array([0.2, -0.1])), side_of(np.array([0.1, -0.1]))
    ('better', None)
    """
    total = math.fsum(judged.tolist())
    return None if total == 0 else "better" if total > 0 else "worse"


def judge(evidence: Evidence) -> Verdict:
    """The first verdict that fits the evidence.

    In order: too few seeds to reach alpha; different by at least the ROPE; detectable but
    negligible; different; practically equivalent; lost to the correction; inconclusive. It
    never says that there is no difference.

    >>> from actbench.statistics import pair_scores
    >>> d = pair_scores([0.92, 0.93, 0.94, 0.92, 0.93, 0.94], [0.90, 0.91, 0.91, 0.90, 0.91, 0.92])
    >>> judge(Evidence(d, 0.03, 0.03, 0.03, 1.0, 1, Rules(rope=0.005), None)).words
    'better by at least 0.005'
    """
    rules, n = evidence.rules, evidence.differences.informative
    needed = seeds_to_reach(rules.alpha, evidence.comparisons)
    # Where other arms were decided first, Holm multiplies by less: then fewer seeds can reach it.
    if n < needed and not evidence.holds(evidence.p_holm):
        return Verdict("too_few_seeds", _too_few(evidence, n, needed))
    if evidence.holds(evidence.p_holm):
        return _different(evidence)
    if evidence.holds(evidence.p_inside_holm):
        return Verdict("equivalent", f"practically equivalent: within ±{rules.rope:g}")
    if evidence.comparisons > 1 and evidence.p is not None and evidence.p <= 1 - rules.level:
        words = f"not significant after correction for {evidence.comparisons} comparisons"
        return Verdict("not_after_correction", words)
    return Verdict("inconclusive", "; ".join(filter(None, ["inconclusive", _outlook(evidence)])))


def _different(e: Evidence) -> Verdict:
    """The verdict on a significant difference."""
    side = e.side or "worse"
    if e.holds(e.p_beyond_holm):
        kind: Kind = "better_by_rope" if side == "better" else "worse_by_rope"
        return Verdict(kind, f"{side} by at least {e.rules.rope:g}")
    if e.holds(e.p_inside_holm):
        return Verdict("negligible", f"detectable but negligible: within ±{e.rules.rope:g}")
    return Verdict(side, f"{side}{_counting_diverged(e, side)}")


def _counting_diverged(e: Evidence, side: Side) -> str:
    """How the seeds that diverged count; and the mean of the others, if it points elsewhere."""
    d = e.differences
    counts = []
    if d.lost:
        counts.append(f"{d.lost}/{d.judged.size} diverged seeds as losses")
    if d.won:
        counts.append(f"{d.won}/{d.judged.size} on which {e.other_name} diverged as wins")
    if not counts:
        return ""
    words = f", counting {' and '.join(counts)}"
    difference = mean(d.trained)
    if difference is not None and side_of(d.trained) != side:
        sign = "+" if difference >= 0 else "−"
        words += f"; {sign}{abs(difference):.3g} where both trained"
    return words


def _too_few(e: Evidence, n: int, needed: int) -> str:
    if n == 0 and e.untrained:
        return f"nothing to compare: {e.untrained}"
    return f"too few seeds: {_limit(n, e.comparisons)}; run at least {needed}"


def _limit(n: int, comparisons: int) -> str:
    if n == 0:
        return "none on which both ended"
    if n == 1:
        return "one seed decides nothing"
    return limit_in_words(n, comparisons)


def _outlook(e: Evidence) -> str:
    d = e.differences
    if not d.judged.any():
        return f"the {d.judged.size} paired scores are the same"
    if e.rules.effect is None or e.seeds_needed is None:
        return ""  # how many seeds it takes depends on the smallest difference that matters
    more = e.seeds_needed - d.judged.size
    if more <= 0:
        return (
            f"{d.judged.size} seeds would detect an effect of {e.rules.effect:g} four times in five"
        )
    return f"about {more} more seeds to detect an effect of {e.rules.effect:g}"
