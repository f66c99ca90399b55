"""One arm against another, usually the baseline: its tests, the seeds needed, its verdict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from actbench.statistics.differences import (
    LARGEST,
    Floats,
    Interval,
    PairedDifferences,
    mean,
    median,
    skewed,
    standard_deviation,
)
from actbench.statistics.failures import Failures, compare_failures
from actbench.statistics.holm import holm
from actbench.statistics.power import safeguard_effect, seeds_to_detect, seeds_to_reach
from actbench.statistics.sign_flip import SignFlips
from actbench.statistics.verdict import PairedArms, PairTests, Rules, Side, Verdict, judge, side_of

FEWEST_TO_PLAN = 5
SKEWED = "p and interval assume symmetry; with rare collapses the mean may point the other way"
Outcome = Literal["better", "worse", "equivalent"]


@dataclass(frozen=True)
class Decision:
    """What a look at a run until decided settled of an arm; it is final.

    `seeds`: the seeds at that look. `outcome`: what it settled. `rules`: those of that look, with
    its share of alpha. `early`: whether it was not the last look planned.
    """

    seeds: int
    outcome: Outcome
    rules: Rules
    early: bool = True

    @property
    def overstates(self) -> bool:
        """Whether the mean is probably too large, because the arm stopped when it looked large."""
        return self.early and self.outcome != "equivalent"


@dataclass(frozen=True)
class Pair:
    """An arm against another, usually the baseline, paired by seed.

    `n`: seeds judged: those on which both ended. One on which an arm diverged counts as its worst
    outcome in `p`, `side`, `wins`, `ties` and `losses`. `trained`: seeds on which both trained;
    the rest is over these. `difference`: mean of the differences, positive = `arm` is better, in
    the metric's unit; `median`: of the same. `interval` (at `level`): None where the seeds are
    too few for one. `d_z`: mean/sd of the differences; None where they do not vary. `skewed`:
    whether the differences are so skewed that `p` and `interval` may err (`SKEWED` says it).

    `p`, `p_holm`: that the two differ, before and after Holm; None below two seeds.
    `p_beyond_holm`, `p_inside_holm`: that they differ by more, or by less, than the ROPE; None
    without a ROPE and where either arm diverged, because then the size is not known.
    `side`: None where the judged differences sum to 0. `seeds_needed`: seeds in all to detect the
    smallest effect that matters; None where these are enough, the pair is decided already, no
    effect was named, fewer than five seeds trained, or an arm diverged.

    `decided`: the look that settled the arm, in a run until decided: all numbers are then those
    of that look. `fresh_difference`: mean over the `fresh_seeds` that trained after it.
    `unpaired`: the means of the two are compared; `n` is then the runs of the arm with fewer.
    """

    arm: str
    other: str
    n: int
    trained: int
    difference: float | None
    median: float | None
    interval: Interval | None
    level: float
    d_z: float | None
    skewed: bool
    p: float | None
    p_holm: float | None
    p_beyond_holm: float | None
    p_inside_holm: float | None
    wins: int
    ties: int
    losses: int
    side: Side | None
    failures: Failures
    verdict: Verdict
    seeds_needed: int | None
    decided: Decision | None = None
    fresh_seeds: int = 0
    fresh_difference: float | None = None
    unpaired: bool = False


def judge_pairs(
    pairs: Sequence[PairedArms],
    rules: Rules,
    settled: Mapping[str, Pair],
) -> Iterator[Pair]:
    """Test every pair, correct for their number by Holm's method, and give each its verdict.

    Each kind of statement (different, beyond the ROPE, inside it) is a family of its own.
    `settled`: pairs that an earlier look decided, by arm; they stay, but for later failures. They
    are still members of the families: of that of their verdict as rejected already, of the others
    as never to be rejected (Holm's procedure over the looks: Ye, Li, Liu & Yao 2013, Statistics
    in Medicine 32, 1112–1124).
    """
    tests = [
        PairTests() if pair.arm in settled else _tests(pair.differences, rules) for pair in pairs
    ]
    tests = with_holm(
        tests, {i: settled[pair.arm] for i, pair in enumerate(pairs) if pair.arm in settled}
    )
    failures = compare_failures(
        [pair.failed for pair in pairs], [pair.other_name for pair in pairs], rules.alpha
    )
    for pair, test, failed in zip(pairs, tests, failures, strict=True):
        if pair.arm in settled:
            yield replace(settled[pair.arm], failures=failed)
        else:
            yield _judged(pair, test, failed, rules, len(pairs))


def with_holm(
    tests: Sequence[PairTests], settled: Mapping[int, Pair] = MappingProxyType({})
) -> list[PairTests]:
    """The tests with each family of p-values corrected for the number of pairs.

    `settled`: pairs decided before, by their position, as `judge_pairs` has it.
    """
    corrected = list(tests)
    for family, rejected in _FAMILIES.items():
        p_values = [getattr(test, family) for test in tests]
        # A pair without a test still counts: the number of comparisons was chosen before the data.
        members = [1.0 if p is None else p for p in p_values]
        for i, pair in settled.items():
            members[i] = 0.0 if pair.verdict.kind in rejected else 1.0
        corrected = [
            test if p is None else replace(test, **{family: adjusted})
            for test, p, adjusted in zip(corrected, p_values, holm(members).tolist(), strict=True)
        ]
    return corrected


# Of each family of tests the verdicts that say that its hypothesis was rejected.
_BEYOND = ("better_by_rope", "worse_by_rope")
_FAMILIES = {
    "p_holm": ("better", "worse", "negligible", *_BEYOND),
    "p_beyond_holm": _BEYOND,
    "p_inside_holm": ("equivalent", "negligible"),
}
_OUTCOMES: dict[str, Outcome] = {
    **dict.fromkeys(("better", "better_by_rope"), "better"),
    **dict.fromkeys(("worse", "worse_by_rope"), "worse"),
    "equivalent": "equivalent",
}


def outcome_of(pair: Pair) -> Outcome | None:
    """What the verdict on a pair settles; None where it leaves the pair open."""
    if pair.verdict.kind == "negligible":
        return pair.side
    return _OUTCOMES.get(pair.verdict.kind)


def as_decided(pair: Pair, decision: Decision, later: Floats) -> Pair:
    """The pair as a look decided it: its verdict is that of the look, whatever came later.

    `later`: differences of the seeds that trained on both arms after that look.
    """
    verdict = pair.verdict
    if outcome_of(pair) != decision.outcome:
        within = f": within ±{decision.rules.rope:g}" if decision.rules.rope is not None else ""
        words = {"equivalent": f"practically equivalent{within}"}
        verdict = Verdict(decision.outcome, words.get(decision.outcome, decision.outcome))
    return replace(
        pair,
        verdict=replace(verdict, words=f"{verdict.words} (decided at {decision.seeds} seeds)"),
        seeds_needed=None,
        decided=decision,
        fresh_seeds=later.size,
        fresh_difference=mean(later),
    )


def _tests(d: PairedDifferences, rules: Rules) -> PairTests:
    """The tests of a pair before Holm's correction."""
    if d.judged.size < 2:
        return PairTests()
    flips = SignFlips.of(d.judged)
    if d.diverged:
        interval = SignFlips.of(d.trained).interval(rules.level) if d.trained.size > 1 else None
        return PairTests(flips.p, flips.p, interval=interval)
    interval = flips.interval(rules.level)
    return PairTests.of(flips.p, interval, rules.rope, flips.p_above, flips.p_below)


def _judged(
    pair: PairedArms, tests: PairTests, failures: Failures, rules: Rules, comparisons: int
) -> Pair:
    d = pair.differences
    difference, sd = mean(d.trained), standard_deviation(d.trained)
    wins, losses = int((d.judged > 0).sum()), int((d.judged < 0).sum())
    needed = _seeds_needed(d, tests, rules, comparisons)
    varies = sd is not None and sd > abs(difference or 0.0) / LARGEST
    return Pair(
        arm=pair.arm,
        other=pair.other,
        n=d.judged.size,
        trained=d.trained.size,
        difference=difference,
        median=median(d.trained),
        level=rules.level,
        d_z=difference / sd if varies and difference is not None and sd else None,
        skewed=skewed(d.trained),
        **vars(tests),
        wins=wins,
        ties=d.judged.size - wins - losses,
        losses=losses,
        side=side_of(d.judged),
        failures=failures,
        verdict=judge(pair, tests, rules, comparisons, needed),
        seeds_needed=needed if needed is not None and needed > d.judged.size else None,
    )


def _seeds_needed(
    d: PairedDifferences, tests: PairTests, rules: Rules, comparisons: int
) -> int | None:
    """Seeds in all to detect the smallest effect that matters; None if decided or none is named.

    Planned at alpha over the number of comparisons, the most that Holm can ask; never from fewer
    than five seeds, whose spread says too little, nor where an arm diverged. With seeds too few
    for any test, a larger difference already observed is planned for instead.
    """
    n, sd, effect = d.trained.size, standard_deviation(d.trained), rules.effect
    if sd is None or n < FEWEST_TO_PLAN or not effect or d.diverged:
        return None
    decisive = (tests.p_holm, tests.p_inside_holm)
    if any(p is not None and p <= rules.alpha for p in decisive):
        return None
    if n < seeds_to_reach(rules.alpha, comparisons):
        effect = max(effect, safeguard_effect(mean(d.trained) or 0.0, sd, n))
    return seeds_to_detect(effect, sd, n, alpha=rules.alpha / comparisons)
