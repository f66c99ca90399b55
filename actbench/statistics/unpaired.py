"""Arms compared without pairs: the permutation test of the difference of two means.

For runs that have no seed in common. Where seeds are shared, pairing by them takes away what the
runs of a seed share, and so sees smaller differences.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.comparison import Comparison, compare
from actbench.statistics.differences import Floats, Interval
from actbench.statistics.pair import Pair, with_holm
from actbench.statistics.sign_flip import DRAWS
from actbench.statistics.verdict import DEFAULT_RULES, PairTests, Rules, Side, Verdict, judge_tests

MOST_DIVISIONS = 200_000  # two arms of ten runs each can be divided in 184,756 ways
_CHUNK = 10_000_000  # numbers drawn at a time
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class TwoMeans:
    """The permutation test of two independent arms, with its intervals.

    `arm`, `other`: their scores. Dividing all runs anew between the two arms exchanges k runs of
    one for k of the other. Under a true difference δ, the division has a difference of means at
    least as large as the one observed iff mean(moved from arm) − mean(moved from other) ≤ δ.
    So these `shifts`, over all divisions, hold every p-value and interval (Fisher 1935; Pitman
    1937, Supplement to the Journal of the Royal Statistical Society 4, 119–130).

    All divisions are counted where there are at most 200,000; else 99,999 of them are drawn with a
    fixed generator, and the observed one is added.

    >>> test = TwoMeans(np.array([5.0, 6.0, 7.0, 8.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    >>> test.difference, round(test.p, 4), test.divisions
    (4.0, 0.0286, 70)
    """

    arm: Floats
    other: Floats

    @property
    def difference(self) -> float:
        """Mean of the arm minus mean of the other."""
        return float(self.arm.mean() - self.other.mean())

    @property
    def divisions(self) -> int:
        """How many divisions p counts."""
        every = math.comb(self.arm.size + self.other.size, self.arm.size)
        return every if every <= MOST_DIVISIONS else DRAWS + 1

    @cached_property
    def _shifts(self) -> Floats:
        """Sorted; the divisions that move nothing are left out."""
        every = math.comb(self.arm.size + self.other.size, self.arm.size)
        exact = every <= MOST_DIVISIONS
        return np.sort(self._every_shift() if exact else self._drawn_shifts())

    def _every_shift(self) -> Floats:
        shifts = []
        for k in range(1, min(self.arm.size, self.other.size) + 1):
            moved = [
                np.array([sum(some) for some in combinations(values.tolist(), k)])
                for values in (self.arm, self.other)
            ]
            shifts.append(np.subtract.outer(*moved).ravel() / k)
        return np.concatenate(shifts)

    def _drawn_shifts(self) -> Floats:
        random = np.random.default_rng(0)
        size, n = self.arm.size + self.other.size, self.arm.size
        values = np.concatenate([self.arm, self.other])
        shifts = []
        at_once = max(1, _CHUNK // size)
        for first in range(0, DRAWS, at_once):
            order = random.random((min(at_once, DRAWS - first), size)).argsort(axis=1)
            out, into = order[:, n:] < n, order[:, :n] >= n
            k = into.sum(axis=1)
            moved = (values[order[:, n:]] * out).sum(1) - (values[order[:, :n]] * into).sum(1)
            shifts.append(moved[k > 0] / k[k > 0])
        return np.concatenate(shifts)

    @property
    def _unmoved(self) -> int:
        return self.divisions - self._shifts.size

    def p_above(self, shift: float = 0.0) -> float:
        """One-sided p that the true difference is above `shift`."""
        below = int(np.searchsorted(self._shifts, shift + self._ties, side="right"))
        return (self._unmoved + below) / self.divisions

    def p_below(self, shift: float = 0.0) -> float:
        """One-sided p that the true difference is below `shift`."""
        above = int((self._shifts >= shift - self._ties).sum())
        return (self._unmoved + above) / self.divisions

    @property
    def _ties(self) -> float:
        """Means that differ by no more than this differ by rounding alone."""
        return _ROUNDING * float(np.abs(np.concatenate([self.arm, self.other])).max())

    @property
    def p(self) -> float:
        """Two-sided: twice the smaller of the two one-sided p-values."""
        return min(1.0, 2 * min(self.p_above(), self.p_below()))

    def interval(self, level: float = 0.95) -> Interval | None:
        """The differences that the test does not refuse at 1 − level; None if it refuses none."""
        refused = math.floor((1 - level) / 2 * self.divisions + _ROUNDING) - self._unmoved + 1
        if refused < 1:
            return None
        return float(self._shifts[refused - 1]), float(self._shifts[-refused])


def runs_to_reach(alpha: float, comparisons: int) -> int:
    """Fewest runs of each of two arms with which the test can reach alpha after Holm's correction.

    Where that takes more than 10 runs, no number of them is enough: divisions are then drawn at
    random, and p is at least 2/100,000.

    >>> runs_to_reach(0.05, 1), runs_to_reach(0.05, 4)
    (4, 5)
    """
    runs = 2
    while 2 * comparisons / math.comb(2 * runs, runs) > alpha:
        runs += 1
    return runs


def compare_unpaired(
    scores: ArrayLike,
    baseline: int = 0,
    *,
    higher_is_better: bool,
    names: Sequence[str] | None = None,
    rules: Rules = DEFAULT_RULES,
) -> Comparison:
    """Compare the means of arms with that of a baseline, without pairs.

    `scores`: arms x runs, NaN where an arm has fewer runs; their order means nothing. The rest is
    as for `compare`. There are no ranks and no wins, which need pairs, and no median of
    differences.

    Raises ValueError as `compare` does.

    >>> relu, tanh = [6.0, 6.1, 6.3, 6.2], [5.0, 5.2, 5.1, np.nan]
    >>> comparison = compare_unpaired([relu, tanh], higher_is_better=False, names=["relu", "tanh"])
    >>> pair = comparison.pairs[0]
    >>> round(pair.difference, 2), round(pair.p, 3), pair.verdict.words
    (1.05, 0.057, 'too few runs: p cannot go below 0.0571')
    """
    values = np.asarray(scores, dtype=float)
    comparison = compare(
        values,
        baseline,
        higher_is_better=higher_is_better,
        names=names,
        diverged=np.zeros(values.shape, dtype=bool),
        rules=rules,
    )
    sign = 1.0 if higher_is_better else -1.0
    runs = {
        arm.name: sign * row[~np.isnan(row)]
        for arm, row in zip(comparison.arms, values, strict=True)
    }
    means = [TwoMeans(runs[pair.arm], runs[pair.other]) for pair in comparison.pairs]
    tests = with_holm([_tests(one, rules) for one in means])
    return replace(
        comparison,
        arms=tuple(replace(arm, rank=None) for arm in comparison.arms),
        pairs=tuple(
            _judged(pair, one, test, comparison)
            for pair, one, test in zip(comparison.pairs, means, tests, strict=True)
        ),
        seeds_to_reach=runs_to_reach(rules.alpha, max(comparison.comparisons, 1)),
        seeds_to_rank=None,
    )


def _tests(means: TwoMeans, rules: Rules) -> PairTests:
    """The tests of a pair before Holm's correction."""
    if not (means.arm.size and means.other.size):
        return PairTests()
    interval = means.interval(rules.level)
    return PairTests.of(means.p, interval, rules.rope, means.p_above, means.p_below)


def _judged(pair: Pair, means: TwoMeans, tests: PairTests, comparison: Comparison) -> Pair:
    runs = min(means.arm.size, means.other.size)
    difference = means.difference if runs else None
    side: Side | None = None
    if difference:
        side = "better" if difference > 0 else "worse"
    return replace(
        pair,
        **vars(tests),
        unpaired=True,
        n=runs,
        trained=runs,
        difference=difference,
        median=None,
        d_z=None,
        skewed=False,
        wins=0,
        ties=0,
        losses=0,
        side=side,
        verdict=_verdict(means, tests, comparison, side or "worse"),
        seeds_needed=None,
    )


def _verdict(means: TwoMeans, tests: PairTests, comparison: Comparison, side: Side) -> Verdict:
    if tests.p is None:
        return Verdict("too_few_seeds", "nothing to compare: an arm has no run")
    least = min(1.0, 2 * comparison.comparisons / means.divisions)
    different = tests.p_holm is not None and tests.p_holm <= comparison.rules.alpha
    if least > comparison.rules.alpha and not different:
        return Verdict("too_few_seeds", f"too few runs: p cannot go below {least:.3g}")
    return judge_tests(tests, comparison.rules, comparison.comparisons, side)
