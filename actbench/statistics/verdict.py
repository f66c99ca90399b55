"""The rules of a comparison, and its verdict in plain words."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from actbench.statistics.differences import (
    Floats,
    Interval,
    Mask,
    PairedDifferences,
    mean,
    require_between,
    scaled,
)
from actbench.statistics.power import limit_in_words, seeds_to_reach

ALPHA = 0.05  # the level of significance where nobody names another
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
    "no_such_scope",  # nothing can be said about rows like these
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

    alpha: float = ALPHA
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


DEFAULT_RULES = Rules()


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


@dataclass(frozen=True, eq=False)
class PairedArms:
    """The data of a pair, before any test.

    `failed`: of the arm and of the other, shape (seeds,), over the seeds where both ended.
    `other_name`: the other arm in a sentence. `untrained`: which of the two has no score at all,
    in words; empty where both have some.
    """

    arm: str
    other: str
    differences: PairedDifferences
    failed: tuple[Mask, Mask]
    other_name: str = "the baseline"
    untrained: str = ""


@dataclass(frozen=True)
class PairTests:
    """The tests of a pair and its interval; None where there is no such test.

    `p`: before correction. `p_holm`, `p_beyond_holm`, `p_inside_holm`: that the two differ, differ
    by more than the ROPE, or by less, corrected for the number of comparisons.
    """

    p: float | None = None
    p_holm: float | None = None
    p_beyond_holm: float | None = None
    p_inside_holm: float | None = None
    interval: Interval | None = None

    @classmethod
    def of(
        cls,
        p: float | None,
        interval: Interval | None,
        rope: float | None,
        p_above: Callable[[float], float],
        p_below: Callable[[float], float],
    ) -> "PairTests":
        """The tests of a pair before Holm's correction.

        `p_above`, `p_below`: one-sided p-values that the difference is above, or below, a size. It
        is beyond ±rope if it is above rope or below −rope, so the smaller p counts twice. It is
        inside if it is above −rope and below rope, so the larger p counts (two one-sided tests,
        Schuirmann 1987, J. Pharmacokin. Biopharm. 15, 657–680).
        """
        if rope is None:
            return cls(p, p, interval=interval)
        beyond = min(1.0, 2 * min(p_above(rope), p_below(-rope)))
        return cls(p, p, beyond, max(p_above(-rope), p_below(rope)), interval)


def side_of(judged: Floats) -> Side | None:
    """The side that the sum of the judged differences is on.

    >>> import numpy as np
    >>> side_of(np.array([0.2, -0.1])), side_of(np.array([0.1, -0.1]))
    ('better', None)
    """
    total = math.fsum(scaled(judged)[0].tolist())
    return None if total == 0 else "better" if total > 0 else "worse"


def judge(
    pair: PairedArms, tests: PairTests, rules: Rules, comparisons: int, seeds_needed: int | None
) -> Verdict:
    """The first verdict that fits the tests of a pair.

    In order: too few seeds to reach alpha; different by at least the ROPE; detectable but
    negligible; different; practically equivalent; lost to the correction; inconclusive. It
    never says that there is no difference.

    `comparisons`: how many the tests were corrected for. `seeds_needed`: seeds in all that would
    detect `rules.effect`; None where that is not known.
    """
    d = pair.differences
    different = tests.p_holm is not None and tests.p_holm <= rules.alpha
    needed = seeds_to_reach(rules.alpha, comparisons)
    # Where other arms were decided first, Holm multiplies by less: then fewer seeds can reach it.
    if d.informative < needed and not different:
        return Verdict("too_few_seeds", _too_few(pair, comparisons, needed))
    side = side_of(d.judged) or "worse"
    return judge_tests(
        tests,
        rules,
        comparisons,
        side,
        counting=_counting_diverged(pair, side),
        outlook=_outlook(d, rules.effect, seeds_needed),
    )


def judge_tests(
    tests: PairTests,
    rules: Rules,
    comparisons: int,
    side: Side,
    *,
    counting: str = "",
    outlook: str = "",
) -> Verdict:
    """The first verdict that fits these tests, in the order of `judge`, which sees to the seeds.

    `side`: that of the differences, where they differ. `counting`: how seeds that diverged count,
    after the side. `outlook`: what would decide the pair, or why it cannot be; after
    "inconclusive".
    """
    different, beyond, inside = (
        p is not None and p <= rules.alpha
        for p in (tests.p_holm, tests.p_beyond_holm, tests.p_inside_holm)
    )
    if different:
        if beyond:
            kind: Kind = "better_by_rope" if side == "better" else "worse_by_rope"
            return Verdict(kind, f"{side} by at least {rules.rope:g}")
        if inside:
            return Verdict("negligible", f"detectable but negligible: within ±{rules.rope:g}")
        return Verdict(side, f"{side}{counting}")
    if inside:
        return Verdict("equivalent", f"practically equivalent: within ±{rules.rope:g}")
    if comparisons > 1 and tests.p is not None and tests.p <= 1 - rules.level:
        words = f"not significant after correction for {comparisons} comparisons"
        return Verdict("not_after_correction", words)
    return Verdict("inconclusive", "; ".join(filter(None, ["inconclusive", outlook])))


def _counting_diverged(pair: PairedArms, side: Side) -> str:
    """How the seeds that diverged count; and the mean of the others, if it points elsewhere."""
    d = pair.differences
    counts = []
    if d.lost:
        counts.append(f"{d.lost}/{d.judged.size} diverged seeds as losses")
    if d.won:
        counts.append(f"{d.won}/{d.judged.size} on which {pair.other_name} diverged as wins")
    if not counts:
        return ""
    words = f", counting {' and '.join(counts)}"
    difference = mean(d.trained)
    if difference is not None and side_of(d.trained) != side:
        sign = "+" if difference >= 0 else "−"
        words += f"; {sign}{abs(difference):.3g} where both trained"
    return words


def _too_few(pair: PairedArms, comparisons: int, needed: int) -> str:
    n = pair.differences.informative
    if n == 0 and pair.untrained:
        return f"nothing to compare: {pair.untrained}"
    few = {0: "none on which both ended", 1: "one seed decides nothing"}
    limit = few.get(n) or limit_in_words(n, comparisons)
    return f"too few seeds: {limit}; run at least {needed}"


def _outlook(d: PairedDifferences, effect: float | None, seeds_needed: int | None) -> str:
    if not d.judged.any():
        return f"the {d.judged.size} paired scores are the same"
    if effect is None or seeds_needed is None:
        return ""  # how many seeds it takes depends on the smallest difference that matters
    more = seeds_needed - d.judged.size
    if more <= 0:
        return f"{d.judged.size} seeds would detect an effect of {effect:g} four times in five"
    return f"about {more} more seeds to detect an effect of {effect:g}"
