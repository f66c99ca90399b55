"""Arms compared over several splits of one data set, by the corrected t test of `scopes`.

Sign flips have no place here: splits share training rows, so their differences are not
exchangeable, and sign flips call equal arms different in a third of all experiments.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.comparison import (
    ArmSummary,
    Comparison,
    read_scores,
    row_of,
    rows_to_compare,
)
from actbench.statistics.differences import (
    Floats,
    Mask,
    PairedDifferences,
    mean,
    median,
    paired_differences,
    skewed,
    standard_deviation,
    worst_outcomes,
)
from actbench.statistics.failures import Failures
from actbench.statistics.holm import holm
from actbench.statistics.pair import Pair
from actbench.statistics.scopes import CorrectedT, corrected_t
from actbench.statistics.verdict import PairedArms, PairTests, Rules, Verdict, side_of

FEWEST_SPLITS = 2
_DEFAULT_RULES = Rules()


def compare_over_splits(
    scores: ArrayLike,
    baseline: int = 0,
    *,
    test_to_train: float,
    higher_is_better: bool,
    names: Sequence[str] | None = None,
    diverged: ArrayLike | None = None,
    at_chance: ArrayLike | None = None,
    rules: Rules = _DEFAULT_RULES,
) -> Comparison:
    """Compare arms with a baseline over splits; the seeds of a split are averaged first.

    `scores`: arms x splits x seeds, in the metric's own unit; NaN = did not train. `test_to_train`:
    test rows over training rows of a split. The rest is as for `actbench.statistics.compare`.

    A seed of a split on which exactly one arm of a pair diverged counts as the largest difference
    of that pair on any seed of any split, against the arm that diverged; so every split in which
    it lies counts, as a worse one. Mean and interval are over the seeds where both trained. Numbers
    of failures are given without a test, which would take the splits to be independent.

    In the comparison every number of seeds is one of splits: `n`, `trained`, `wins`. There are no
    ranks, which rest on sign flips.

    Raises ValueError as `compare` does, and as `corrected_t` does for `test_to_train`.

    >>> relu, tanh = [[5, 7], [6, 6], [8, 6]], [[4, 6], [4, 5], [6, 7]]
    >>> comparison = compare_over_splits(
    ...     [relu, tanh], test_to_train=0.25, higher_is_better=False, names=["relu", "tanh"]
    ... )
    >>> pair = comparison.pairs[0]
    >>> pair.difference, pair.n, pair.wins, round(pair.p, 4), pair.verdict.words
    (1.0, 3, 3, 0.1201, 'inconclusive')
    """
    values = np.asarray(scores, dtype=float)
    if values.ndim != 3:
        raise ValueError(f"expected scores as arms x splits x seeds, got shape {values.shape}")

    def flat(marks: ArrayLike | None) -> ArrayLike | None:
        return None if marks is None else np.asarray(marks).reshape(len(values), -1)

    table = read_scores(
        values.reshape(len(values), -1),
        names,
        flat(diverged),
        flat(at_chance),
        higher_is_better=higher_is_better,
    )
    base = row_of(baseline, table.names)
    rows = rows_to_compare(len(table.names), base, rules.all_pairs)
    shape = values.shape[1:]
    pairs = [
        replace(
            pair,
            differences=_over_splits(table.scores[list(both)], table.diverged[list(both)], shape),
        )
        for pair, both in zip(table.pairs(rows, base), rows, strict=True)
    ]
    by_split = (_means(of_arm.reshape(shape)) for of_arm in table.sign * table.scores)
    arms = (one[~np.isnan(one)] for one in by_split)
    return Comparison(
        arms=tuple(
            ArmSummary(name, mean(means), standard_deviation(means), None, ())
            for name, means in zip(table.names, arms, strict=True)
        ),
        pairs=tuple(_judged(pairs, test_to_train, rules)),
        baseline=table.names[base],
        seeds=shape[0],
        comparisons=len(rows),
        seeds_to_reach=FEWEST_SPLITS,
        seeds_to_rank=None,
        rules=rules,
    )


def _means(values: Floats) -> Floats:
    """The mean of each split over its seeds that are not NaN, shape (splits,)."""
    count = np.isfinite(values).sum(axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)


def _over_splits(scores: Floats, diverged: Mask, shape: tuple[int, ...]) -> PairedDifferences:
    """The mean differences of each split between two arms, shape (2, splits * seeds) each."""
    (arm, other), (arm_diverged, other_diverged) = scores, diverged
    d = arm - other
    trained = ~np.isnan(d)
    if trained.any():
        d[trained] = paired_differences(d[trained])
    lost = arm_diverged & ~other_diverged & ~np.isnan(other)
    won = other_diverged & ~arm_diverged & ~np.isnan(arm)
    both = arm_diverged & other_diverged
    judged = _means(worst_outcomes(d, lost, won, both).reshape(shape))
    on_trained = _means(d.reshape(shape))
    return PairedDifferences(
        judged=judged[~np.isnan(judged)],
        trained=on_trained[~np.isnan(on_trained)],
        lost=int(lost.reshape(shape).any(axis=1).sum()),
        won=int(won.reshape(shape).any(axis=1).sum()),
        both_diverged=int(both.reshape(shape).all(axis=1).sum()),
    )


def _judged(pairs: Sequence[PairedArms], test_to_train: float, rules: Rules) -> list[Pair]:
    """Test every pair, correct each kind of statement by Holm's method, and give verdicts."""
    tests = [_tests(pair.differences, test_to_train, rules) for pair in pairs]
    for family in ("p_holm", "p_beyond_holm", "p_inside_holm"):
        p_values = [getattr(test, family) for test in tests]
        adjusted = holm([1.0 if p is None else p for p in p_values]).tolist()
        tests = [
            test if p is None else replace(test, **{family: corrected})
            for test, p, corrected in zip(tests, p_values, adjusted, strict=True)
        ]
    return [_pair(pair, test, rules, len(pairs)) for pair, test in zip(pairs, tests, strict=True)]


def _tests(d: PairedDifferences, test_to_train: float, rules: Rules) -> PairTests:
    """The tests of a pair before Holm's correction."""
    if d.judged.size < FEWEST_SPLITS:
        return PairTests()
    different = corrected_t(d.judged, test_to_train, rules.level)
    mean_of = different
    if d.diverged:
        if d.trained.size < FEWEST_SPLITS:
            return PairTests(different.p, different.p)
        mean_of = corrected_t(d.trained, test_to_train, rules.level)
    low, high = mean_of.low, mean_of.high
    interval = None if low is None or high is None else (low, high)
    if d.diverged or rules.rope is None or different.t is None:
        return PairTests(different.p, different.p, interval=interval)
    above, below = (
        _p_above(corrected_t(sign * d.judged - rules.rope, test_to_train)) for sign in (1, -1)
    )
    inside = max(
        _p_above(corrected_t(sign * d.judged + rules.rope, test_to_train)) for sign in (1, -1)
    )
    beyond = min(1.0, 2 * min(above, below))
    return PairTests(different.p, different.p, beyond, inside, interval)


def _p_above(test: CorrectedT) -> float:
    """One-sided p that the mean is above 0."""
    if test.p is None or test.t is None:
        return 1.0
    return test.p / 2 if test.t > 0 else 1 - test.p / 2


def _pair(pair: PairedArms, tests: PairTests, rules: Rules, comparisons: int) -> Pair:
    d = pair.differences
    difference, sd = mean(d.trained), standard_deviation(d.trained)
    wins, losses = int((d.judged > 0).sum()), int((d.judged < 0).sum())
    return Pair(
        arm=pair.arm,
        other=pair.other,
        n=d.judged.size,
        trained=d.trained.size,
        difference=difference,
        median=median(d.trained),
        level=rules.level,
        d_z=difference / sd if sd and difference is not None else None,
        skewed=skewed(d.trained),
        **vars(tests),
        wins=wins,
        ties=d.judged.size - wins - losses,
        losses=losses,
        side=side_of(d.judged),
        failures=_failures(pair),
        verdict=_verdict(pair, tests, rules, comparisons),
        seeds_needed=None,
    )


def _failures(pair: PairedArms) -> Failures:
    """How often both arms failed, over all seeds of all splits, without a test."""
    arm, other = (int(failed.sum()) for failed in pair.failed)
    trials = pair.failed[0].size
    words = f"failed on {arm}/{trials} against {other}/{trials}" if arm or other else None
    return Failures(arm, other, trials, 1.0, 1.0, words)


def _verdict(pair: PairedArms, tests: PairTests, rules: Rules, comparisons: int) -> Verdict:
    """The first verdict that fits, in the order of `actbench.statistics.verdict.judge`."""
    d = pair.differences
    different, beyond, inside = (
        p is not None and p <= rules.alpha
        for p in (tests.p_holm, tests.p_beyond_holm, tests.p_inside_holm)
    )
    if d.informative < FEWEST_SPLITS:
        why = pair.untrained or f"too few splits: run at least {FEWEST_SPLITS}"
        return Verdict("too_few_seeds", why)
    if different:
        side = side_of(d.judged) or "worse"
        if beyond:
            words = f"{side} by at least {rules.rope:g}"
            return Verdict("better_by_rope" if side == "better" else "worse_by_rope", words)
        if inside:
            return Verdict("negligible", f"detectable but negligible: within ±{rules.rope:g}")
        return Verdict(side, side + _counting_diverged(d))
    if inside:
        return Verdict("equivalent", f"practically equivalent: within ±{rules.rope:g}")
    if comparisons > 1 and tests.p is not None and tests.p <= 1 - rules.level:
        words = f"not significant after correction for {comparisons} comparisons"
        return Verdict("not_after_correction", words)
    if not d.judged.any():
        return Verdict(
            "inconclusive", f"inconclusive; the {d.judged.size} paired means are the same"
        )
    constant = "" if tests.p is not None else "; the difference is the same on every split"
    return Verdict("inconclusive", f"inconclusive{constant}")


def _counting_diverged(d: PairedDifferences) -> str:
    splits = d.lost + d.won
    if not splits:
        return ""
    return f", counting diverged seeds as losses in {splits}/{d.judged.size} splits"
