"""An arm against another, usually the baseline: the evidence of a pair, and its verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from actbench.statistics.differences import (
    Floats,
    Interval,
    mean,
    paired_scores,
    standard_deviations,
)
from actbench.statistics.holm import holm
from actbench.statistics.mcnemar import mcnemar_exact
from actbench.statistics.reach import (
    Wanted,
    safeguard_effect,
    seeds_to_detect_each,
    seeds_to_reach,
)
from actbench.statistics.scores import ScoreTable
from actbench.statistics.sign_flip import Flipped, flip_all
from actbench.statistics.verdict import Evidence, Rules, Verdict, judge


@dataclass(frozen=True)
class Failures:
    """Failures of both arms over the seeds where both ended, trained or failed.

    `p`: McNemar's exact test. `words`: None unless the arm fails more often.
    """

    arm: int
    other: int
    seeds: int
    p: float
    words: str | None


@dataclass(frozen=True)
class Pair:
    """An arm against another, usually the baseline, over the `n` seeds where both trained.

    `difference`: mean of the differences, positive = `arm` is better, in the metric's unit.
    `interval` (at the comparison's level) and `interval90`: None where the seeds are too few for
    one. `d_z`: mean/sd of the differences; None where they do not vary. `p`, `p_holm`: None below
    two seeds. `probability_better`: (wins + ties/2)/n. `seeds_needed`: seeds in all to detect the
    smallest effect that matters; None where p_holm decided already or no effect was named.
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
class Pairing:
    """The pairs of one block: rows (arm, other) of its scores, and what they are judged by."""

    table: ScoreTable
    rows: Sequence[tuple[int, int]]
    base: int
    rules: Rules

    @property
    def comparisons(self) -> int:
        """How many comparisons Holm corrects for."""
        return len(self.rows)


def pairs_of(
    pairings: Sequence[Pairing], generator: np.random.Generator | None = None
) -> list[tuple[Pair, ...]]:
    """The pairs of each block; tests and intervals of all blocks are computed together."""
    differences = paired_scores([(pairing.table.scores, pairing.rows) for pairing in pairings])
    flipped = _flipped(pairings, differences, generator)
    adjusted = [_adjusted(flips) for flips in flipped]
    sds = standard_deviations([d for of_block in differences for d in of_block])
    needed = iter(_seeds_needed(pairings, differences, adjusted, sds))
    spreads = iter(sds)
    return [
        tuple(
            _pair(pairing, rows, d, flips, p_holm, next(spreads), next(needed))
            for rows, d, flips, p_holm in zip(pairing.rows, ds, of_block, p_values, strict=True)
        )
        for pairing, ds, of_block, p_values in zip(
            pairings, differences, flipped, adjusted, strict=True
        )
    ]


def _flipped(
    pairings: Sequence[Pairing],
    differences: Sequence[Sequence[Floats]],
    generator: np.random.Generator | None,
) -> list[list[Flipped | None]]:
    """What flipping signs says of each pair; None below two seeds."""
    found: list[list[Flipped | None]] = [[None] * len(of_block) for of_block in differences]
    for level in dict.fromkeys(pairing.rules.level for pairing in pairings):
        places = [
            (i, j)
            for i, pairing in enumerate(pairings)
            for j, d in enumerate(differences[i])
            if pairing.rules.level == level and d.size > 1
        ]
        samples = [differences[i][j] for i, j in places]
        flips = flip_all(samples, (level, 0.9), generator=generator)
        for (i, j), one in zip(places, flips, strict=True):
            found[i][j] = one
    return found


def _adjusted(flips: Sequence[Flipped | None]) -> list[float | None]:
    # A pair without a test still counts as a comparison: what is corrected for was chosen before.
    adjusted = holm([1.0 if one is None else one.p for one in flips]).tolist()
    return [None if one is None else p for one, p in zip(flips, adjusted, strict=True)]


def _seeds_needed(
    pairings: Sequence[Pairing],
    differences: Sequence[Sequence[Floats]],
    adjusted: Sequence[Sequence[float | None]],
    sds: Sequence[float | None],
) -> list[int | None]:
    """For each pair in order the seeds that it takes; None where it is decided, or no effect named.

    Planned at alpha over the number of comparisons, the most that Holm can ask.
    """
    spreads = iter(sds)
    wanted: list[Wanted | None] = []
    for pairing, of_block, p_values in zip(pairings, differences, adjusted, strict=True):
        rules = pairing.rules
        for d, p_holm in zip(of_block, p_values, strict=True):
            sd = next(spreads)
            decided = p_holm is not None and p_holm <= rules.alpha
            plan = None
            if sd is not None and rules.effect and not decided:
                plan = _plan(rules.effect, d, sd, pairing)
            wanted.append(plan)
    found = iter(seeds_to_detect_each([plan for plan in wanted if plan]))
    return [next(found) if plan else None for plan in wanted]


def _plan(effect: float, d: Floats, sd: float, pairing: Pairing) -> Wanted:
    """With seeds too few for any test, a difference already seen may be what there is to detect."""
    alpha = pairing.rules.alpha
    if d.size < seeds_to_reach(alpha, pairing.comparisons):
        effect = max(effect, safeguard_effect(mean(d) or 0.0, sd, d.size))
    return Wanted(effect, sd, d.size, alpha / pairing.comparisons)


def _pair(
    pairing: Pairing,
    rows: tuple[int, int],
    d: Floats,
    flips: Flipped | None,
    p_holm: float | None,
    sd: float | None,
    seeds_needed: int | None,
) -> Pair:
    arm, other = rows
    table, rules = pairing.table, pairing.rules
    wins, losses = int(np.count_nonzero(d > 0)), int(np.count_nonzero(d < 0))
    ties = d.size - wins - losses
    difference = mean(d)
    called = "the baseline" if other == pairing.base else table.names[other]
    interval, interval90 = flips.intervals if flips else (None, None)
    verdict = judge(
        Evidence(
            n=d.size,
            difference=difference,
            constant=ties == d.size,
            p_holm=p_holm,
            interval=interval,
            interval90=interval90,
            comparisons=pairing.comparisons,
            rules=rules,
            seeds_needed=seeds_needed,
            untrained=_untrained(table, arm, other, called),
        )
    )
    return Pair(
        arm=table.names[arm],
        other=table.names[other],
        n=d.size,
        difference=difference,
        interval=interval,
        interval90=interval90,
        d_z=difference / sd if difference is not None and sd else None,
        p=flips.p if flips else None,
        p_holm=p_holm,
        probability_better=(wins + ties / 2) / d.size if d.size else None,
        wins=wins,
        ties=ties,
        losses=losses,
        failures=_failures(table, arm, other, called),
        verdict=verdict,
        seeds_needed=seeds_needed,
    )


def _untrained(table: ScoreTable, arm: int, other: int, called: str) -> str:
    """Which of the two has no score at all, in words; empty where both have some."""
    for row, name in ((other, called), (arm, "it")):
        if not np.isfinite(table.scores[row]).any():
            return f"{name} trained on no seed"
    return ""


def _failures(table: ScoreTable, arm: int, other: int, called: str) -> Failures:
    both = ~table.missing[arm] & ~table.missing[other]
    a, b = table.failed[arm] & both, table.failed[other] & both
    mine, theirs, seeds = int(a.sum()), int(b.sum()), int(both.sum())
    words = f"fails more often than {called} ({mine}/{seeds} against {theirs}/{seeds})"
    return Failures(
        arm=mine,
        other=theirs,
        seeds=seeds,
        p=mcnemar_exact(int((a & ~b).sum()), int((b & ~a).sum())),
        words=words if mine > theirs else None,
    )
