"""One arm against another, usually the baseline: its test, the seeds needed, its verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from actbench.statistics.differences import Floats, Interval, mean, standard_deviation
from actbench.statistics.failures import Failures
from actbench.statistics.holm import holm
from actbench.statistics.power import safeguard_effect, seeds_to_detect, seeds_to_reach
from actbench.statistics.sign_flip import SignFlips
from actbench.statistics.verdict import Evidence, Rules, Verdict, judge


@dataclass(frozen=True)
class Pair:
    """An arm against another, usually the baseline, over the `n` seeds where both trained.

    `difference`: mean of the differences, positive = `arm` is better, in the metric's unit.
    `interval` (at the rules' level) and `interval90` (at 90%): None where the seeds are too few
    for one. `d_z`: mean/sd of the differences; None where they do not vary. `p`, `p_holm`: None
    below two seeds. `probability_better`: (wins + ties/2)/n. `seeds_needed`: seeds in all to
    detect the smallest effect that matters; None where p_holm decided already or no effect was
    named.
    """

    arm: str
    other: str
    n: int
    difference: float | None
    interval: Interval | None
    interval90: Interval | None
    d_z: float | None
    p: float | None
    p_holm: float | None
    probability_better: float | None
    wins: int
    ties: int
    losses: int
    failures: Failures
    verdict: Verdict
    seeds_needed: int | None


@dataclass(frozen=True)
class PairedScores:
    """The data of a pair, before any test.

    `differences`: shape (n,), positive = `arm` is better, rounded to 9 significant digits.
    `untrained`: which of the two has no score at all, in words; empty where both have some.
    """

    arm: str
    other: str
    differences: Floats
    failures: Failures
    untrained: str


def judge_pairs(
    pairs: Sequence[PairedScores], rules: Rules, generator: np.random.Generator | None = None
) -> Iterator[Pair]:
    """Test every pair, correct for their number by Holm's method, and give each its verdict."""
    tests = [_test(pair.differences, rules.level, generator) for pair in pairs]
    # A pair without a test still counts as a comparison: their number was chosen before the data.
    adjusted = holm([1.0 if test.p is None else test.p for test in tests]).tolist()
    for pair, test, p_holm in zip(pairs, tests, adjusted, strict=True):
        yield _judged(pair, test, None if test.p is None else p_holm, rules, len(pairs))


@dataclass(frozen=True)
class _Test:
    """The sign-flip test of a pair and its intervals; None below two seeds."""

    p: float | None
    interval: Interval | None
    interval90: Interval | None


def _test(d: Floats, level: float, generator: np.random.Generator | None) -> _Test:
    if d.size < 2:
        return _Test(None, None, None)
    flips = SignFlips.of(d, generator)
    return _Test(flips.p, flips.interval(level), flips.interval(0.9))


def _judged(
    pair: PairedScores, test: _Test, p_holm: float | None, rules: Rules, comparisons: int
) -> Pair:
    d = pair.differences
    difference, sd = mean(d), standard_deviation(d)
    wins, losses = int((d > 0).sum()), int((d < 0).sum())
    ties = d.size - wins - losses
    needed = _seeds_needed(d, p_holm, rules, comparisons)
    evidence = Evidence(
        n=d.size,
        difference=difference,
        constant=ties == d.size,
        p_holm=p_holm,
        interval=test.interval,
        interval90=test.interval90,
        comparisons=comparisons,
        rules=rules,
        seeds_needed=needed,
        untrained=pair.untrained,
    )
    return Pair(
        arm=pair.arm,
        other=pair.other,
        n=d.size,
        difference=difference,
        interval=test.interval,
        interval90=test.interval90,
        d_z=difference / sd if difference is not None and sd else None,
        p=test.p,
        p_holm=p_holm,
        probability_better=(wins + ties / 2) / d.size if d.size else None,
        wins=wins,
        ties=ties,
        losses=losses,
        failures=pair.failures,
        verdict=judge(evidence),
        seeds_needed=needed,
    )


def _seeds_needed(d: Floats, p_holm: float | None, rules: Rules, comparisons: int) -> int | None:
    """Seeds in all to detect the smallest effect that matters; None if decided or none is named.

    Planned at alpha over the number of comparisons, the most that Holm can ask. With seeds too few
    for any test, a larger difference already observed is planned for instead.
    """
    sd, effect = standard_deviation(d), rules.effect
    if sd is None or not effect or (p_holm is not None and p_holm <= rules.alpha):
        return None
    if d.size < seeds_to_reach(rules.alpha, comparisons):
        effect = max(effect, safeguard_effect(mean(d) or 0.0, sd, d.size))
    return seeds_to_detect(effect, sd, d.size, alpha=rules.alpha / comparisons)
