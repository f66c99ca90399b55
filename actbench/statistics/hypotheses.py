"""Hypotheses written down before the run, each one supported, refuted or undecided."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import (
    Interval,
    PairedDifferences,
    mean,
    pair_scores,
    require_between,
)
from actbench.statistics.power import seeds_to_reach
from actbench.statistics.sign_flip import SignFlips, sign_flip_test
from actbench.statistics.verdict import side_of

Status = Literal["supported", "refuted", "undecided"]


@dataclass(frozen=True)
class Hypothesis:
    """A claim about one arm and another, by their paired differences (positive = arm better).

    `kind`: "better", "worse" or "equivalent". `margin`: how much better or worse at least (`by`,
    0 by default), or the half-width of equivalence (`within`), in the metric's unit.
    Raises ValueError for another kind, a negative margin, or an equivalence within nothing.
    """

    kind: Literal["better", "worse", "equivalent"]
    margin: float = 0.0

    def __post_init__(self) -> None:
        """Refuse an unknown kind and a margin that makes no sense."""
        if self.kind not in ("better", "worse", "equivalent"):
            raise ValueError(f"expected better, worse or equivalent, got {self.kind!r}")
        if not (math.isfinite(self.margin) and self.margin >= 0):
            raise ValueError(f"expected a margin of at least 0, got {self.margin}")
        if self.kind == "equivalent" and self.margin == 0:
            raise ValueError("expected `within` above 0 for an equivalence, got 0")


@dataclass(frozen=True)
class Finding:
    """The outcome of a hypothesis, with the numbers.

    `n`: seeds on which both trained, and `diverged`: seeds on which either diverged.
    `difference`: mean over the former, positive = better. `interval`: of the same, at `level`;
    None where the seeds are too few for it. `seeds_needed`: the fewest that would do, where these
    are too few; else None. `words`: the outcome and its numbers, to end a sentence with.
    """

    hypothesis: Hypothesis
    status: Status
    n: int
    diverged: int
    difference: float | None
    level: float
    interval: Interval | None
    seeds_needed: int | None
    words: str


def evaluate(
    differences: Sequence[ArrayLike | PairedDifferences],
    hypotheses: Sequence[Hypothesis],
    *,
    alpha: float = 0.05,
    comparisons: int | None = None,
) -> tuple[Finding, ...]:
    """Check m hypotheses, each on its own paired differences.

    `better` and `worse` are supported if the interval at level 1 − α/m lies on the named side
    beyond the margin, and refuted if it lies wholly short of that line. `equivalent` is
    supported if the interval at level 1 − 2α/m lies inside ± margin (two one-sided tests,
    Schuirmann 1987), and refuted if the interval at level 1 − α/m lies wholly outside.
    All else is undecided. Dividing by m is Bonferroni's correction.

    Where an arm diverged on some seed, which is its worst outcome there, only the side counts, by
    the sign-flip test at α/m. Nothing is then said in favour of that arm, of the size of the
    difference, or of an equivalence.

    `differences`: those of each hypothesis (`pair_scores`), or a flat list, an entry per seed,
    positive = the first arm is better; NaN where one did not train. `alpha`: for all hypotheses.
    `comparisons`: m, where it is not the number given.
    Raises ValueError for lists that do not match, infinite differences, or alpha outside (0, 1).

    >>> d = [0.05, 0.06, 0.07, 0.05, 0.07, 0.06]
    >>> [f.status for f in evaluate([d], [Hypothesis("better", 0.01)])]
    ['supported']
    >>> evaluate([d, d], [Hypothesis("better"), Hypothesis("worse")])[1].words
    'undecided: 6 seeds are too few for an interval at level 0.975; run at least 7'
    """
    if len(differences) != len(hypotheses):
        raise ValueError(
            f"expected differences for {len(hypotheses)} hypotheses, got {len(differences)}"
        )
    require_between("alpha", alpha)
    share = alpha / (comparisons or max(1, len(hypotheses)))
    paired = [
        d if isinstance(d, PairedDifferences) else pair_scores(d, np.zeros(np.shape(d)))
        for d in differences
    ]
    return tuple(_finding(d, h, share) for d, h in zip(paired, hypotheses, strict=True))


def _finding(d: PairedDifferences, hypothesis: Hypothesis, share: float) -> Finding:
    tail = _tail_of(hypothesis, share)
    flips = SignFlips.of(d.trained) if d.trained.size > 1 else None
    interval = flips.interval(1 - tail) if flips else None
    wide = flips.interval(1 - share) if flips else None
    if d.diverged:
        status, words, needed = *_side_only(d, hypothesis, share), None
    else:
        status = _status_of(hypothesis, interval, wide)
        needed = seeds_to_reach(tail) if interval is None else None
        words = _words(status, d.trained.size, 1 - tail, interval, needed)
    return Finding(
        hypothesis=hypothesis,
        status=status,
        n=d.trained.size,
        diverged=d.lost + d.won + d.both_diverged,
        difference=mean(d.trained),
        level=1 - tail,
        interval=interval,
        seeds_needed=needed,
        words=words,
    )


def _side_only(d: PairedDifferences, hypothesis: Hypothesis, share: float) -> tuple[Status, str]:
    """Status and words where an arm diverged: the side counts, unless it favours such an arm."""
    counts = (d.lost + d.both_diverged, d.won + d.both_diverged)
    diverged = f"{counts[0]} and {counts[1]} of {d.judged.size} seeds diverged"
    if hypothesis.kind == "equivalent":
        return "undecided", f"undecided: {diverged}, so the size of the difference is not known"
    p, side = sign_flip_test(d.judged), side_of(d.judged)
    counted = f"{diverged}; counting them as losses, p = {p:.3g} at level {share:.3g}"
    if side is None or p > share:
        return "undecided", f"undecided: {counted}"
    if counts[0 if side == "better" else 1]:
        return "undecided", f"undecided: {diverged}, so nothing is said in favour of such an arm"
    if side != hypothesis.kind:
        return "refuted", f"refuted: {counted}"
    if hypothesis.margin:
        return "undecided", f"undecided: {diverged}, so the size of the difference is not known"
    return "supported", f"supported: {counted}"


def _status_of(hypothesis: Hypothesis, interval: Interval | None, wide: Interval | None) -> Status:
    """What an interval of the difference says of a hypothesis, as `evaluate` has it.

    `wide`: the interval that refutes an equivalence where it lies wholly outside the margin.
    """
    if interval is None:
        return "undecided"
    margin, (low, high) = hypothesis.margin, interval
    if hypothesis.kind == "equivalent":
        if -margin < low and high < margin:
            return "supported"
        outside = wide is not None and (wide[0] > margin or wide[1] < -margin)
        return "refuted" if outside else "undecided"
    if hypothesis.kind == "worse":
        low, high = -high, -low
    if low > margin:
        return "supported"
    return "refuted" if high < margin else "undecided"


def finding_by_intervals(
    hypothesis: Hypothesis,
    share: float,
    intervals: Callable[[float], Interval | None],
    *,
    n: int,
    difference: float | None,
    without: str,
) -> Finding:
    """What the intervals of a difference say of a hypothesis, at this share of alpha.

    `intervals`: the interval at a level; None where the difference does not vary, which
    `without` then says in words. `n`: the number of seeds or splits.
    """
    level = level_of(hypothesis, share)
    interval = intervals(level)
    status = _status_of(hypothesis, interval, intervals(1 - share))
    words = f"{status}: {_lies_in(interval, level) if interval else without}"
    return Finding(hypothesis, status, n, 0, difference, level, interval, None, words)


def level_of(hypothesis: Hypothesis, share: float) -> float:
    """The level of the interval that decides a hypothesis at this share of alpha."""
    return 1 - _tail_of(hypothesis, share)


def _tail_of(hypothesis: Hypothesis, share: float) -> float:
    """The share of both tails outside that interval; two one-sided tests take one tail each."""
    return 2 * share if hypothesis.kind == "equivalent" else share


def _words(
    status: Status, n: int, level: float, interval: Interval | None, needed: int | None
) -> str:
    if interval is None:
        few = {0: "no seed trained on both", 1: "one seed decides nothing"}
        because = few.get(n, f"{n} seeds are too few for an interval at level {level:.4g}")
        return f"undecided: {because}; run at least {needed}"
    return f"{status}: {_lies_in(interval, level)}"


def _lies_in(interval: Interval, level: float) -> str:
    low, high = interval
    return f"the difference lies in [{low:.4g}, {high:.4g}] at level {level:.4g}"
