"""Arms compared over several splits of one data set, by the corrected t test of `scopes`.

Sign flips have no place here: splits share training rows, so their differences are not
exchangeable. In simulations (`python -m benchmarks.scopes`) sign flips call equal arms different
in more than a third of all experiments.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.comparison import Comparison, compare
from actbench.statistics.differences import PairedDifferences, mean, pair_scores
from actbench.statistics.failures import Failures
from actbench.statistics.hypotheses import Finding, Hypothesis, finding_by_intervals, level_of
from actbench.statistics.pair import Pair, with_holm
from actbench.statistics.scopes import corrected_t
from actbench.statistics.verdict import (
    DEFAULT_RULES,
    PairTests,
    Rules,
    Verdict,
    judge_tests,
    side_of,
)

FEWEST_SPLITS = 2
_SAME = "the difference is the same on every split"


def compare_over_splits(
    scores: ArrayLike,
    baseline: int = 0,
    *,
    test_to_train: float,
    higher_is_better: bool,
    names: Sequence[str] | None = None,
    diverged: ArrayLike | None = None,
    at_chance: ArrayLike | None = None,
    rules: Rules = DEFAULT_RULES,
) -> Comparison:
    """Compare arms with a baseline over splits.

    `scores`: arms x splits, each the mean over the seeds of a split. `test_to_train`: test rows
    over training rows of a split. The rest is as for `compare`; a split on which an arm diverged
    with any seed is one on which it diverged, and so its worst outcome.

    What seeds are in other comparisons are splits here. All p-values, the interval and the verdict
    are those of `corrected_t`. Failures are counted without a test, and arms have no ranks, because
    both would take the splits to be independent.

    Raises ValueError as `compare` does, and as `corrected_t` does for `test_to_train`.

    >>> relu, tanh = [6.0, 6.0, 7.0], [5.0, 4.5, 6.5]
    >>> comparison = compare_over_splits(
    ...     [relu, tanh], test_to_train=0.25, higher_is_better=False, names=["relu", "tanh"]
    ... )
    >>> pair = comparison.pairs[0]
    >>> pair.difference, pair.n, pair.wins, round(pair.p, 4), pair.verdict.words
    (1.0, 3, 3, 0.1201, 'inconclusive')
    """
    comparison = compare(
        scores,
        baseline,
        higher_is_better=higher_is_better,
        names=names,
        diverged=diverged,
        at_chance=at_chance,
        rules=rules,
    )
    values = (1.0 if higher_is_better else -1.0) * np.asarray(scores, dtype=float)
    lost = np.isnan(values) if diverged is None else np.asarray(diverged, dtype=bool)
    position = {arm.name: i for i, arm in enumerate(comparison.arms)}
    both = [[position[pair.arm], position[pair.other]] for pair in comparison.pairs]
    differences = [pair_scores(*values[rows], *lost[rows]) for rows in both]
    tests = with_holm([_tests(d, test_to_train, rules) for d in differences])
    return replace(
        comparison,
        arms=tuple(replace(arm, rank=None, outliers=()) for arm in comparison.arms),
        pairs=tuple(
            _judged(pair, d, test, comparison)
            for pair, d, test in zip(comparison.pairs, differences, tests, strict=True)
        ),
        seeds_to_reach=FEWEST_SPLITS,
        seeds_to_rank=None,
    )


def evaluate_over_splits(
    d: PairedDifferences, hypothesis: Hypothesis, test_to_train: float, *, share: float
) -> Finding:
    """Check a hypothesis over splits, as `evaluate` does, by the interval of `corrected_t`.

    `d`: differences by split, positive = the first arm is better. `share`: of alpha, for this
    hypothesis alone. Where an arm diverged on some split it is undecided: the size is not known.
    Raises ValueError as `corrected_t` does.

    >>> d = pair_scores([0.9, 0.8, 0.9, 0.9], [0.7, 0.7, 0.7, 0.6])
    >>> evaluate_over_splits(d, Hypothesis("better"), 0.25, share=0.05).status
    'supported'
    """
    n, failed = d.judged.size, d.lost + d.won + d.both_diverged
    if failed or n < FEWEST_SPLITS:
        why = f"an arm diverged on {failed} of {n} splits" if failed else "too few splits"
        words, level = f"undecided: {why}", level_of(hypothesis, share)
        return Finding(
            hypothesis, "undecided", n, failed, mean(d.trained), level, None, None, words
        )
    return finding_by_intervals(
        hypothesis,
        share,
        lambda level: corrected_t(d.judged, test_to_train, level).interval,
        n=n,
        difference=mean(d.judged),
        without=_SAME,
    )


def _tests(d: PairedDifferences, test_to_train: float, rules: Rules) -> PairTests:
    """The t tests of a pair before Holm's correction."""
    if d.judged.size < FEWEST_SPLITS:
        return PairTests()
    different = corrected_t(d.judged, test_to_train, rules.level)
    if d.diverged:
        some = d.trained.size >= FEWEST_SPLITS
        over = corrected_t(d.trained, test_to_train, rules.level).interval if some else None
        return PairTests(different.p, different.p, interval=over)
    return PairTests.of(
        different.p,
        different.interval,
        rules.rope if different.interval else None,
        lambda size: _p_above(d.judged - size, test_to_train),
        lambda size: _p_above(size - d.judged, test_to_train),
    )


def _p_above(d: ArrayLike, test_to_train: float) -> float:
    """One-sided p that the mean is above 0."""
    test = corrected_t(d, test_to_train)
    if test.p is None or test.t is None:
        return float(test.mean <= 0)
    return test.p / 2 if test.t > 0 else 1 - test.p / 2


def _judged(pair: Pair, d: PairedDifferences, tests: PairTests, comparison: Comparison) -> Pair:
    side = side_of(d.judged)
    if d.informative < FEWEST_SPLITS:
        verdict = Verdict("too_few_seeds", f"too few splits: run at least {FEWEST_SPLITS}")
    else:
        verdict = judge_tests(
            tests,
            comparison.rules,
            comparison.comparisons,
            side or "worse",
            counting=_counting_diverged(d),
            outlook="" if np.ptp(d.judged) else _SAME,
        )
    return replace(
        pair,
        **vars(tests),
        side=side,
        failures=_without_test(pair.failures),
        verdict=verdict,
        seeds_needed=None,
    )


def _without_test(failures: Failures) -> Failures:
    words = failures.words and (
        f"failed on {failures.arm}/{failures.seeds} splits against "
        f"{failures.other}/{failures.seeds}"
    )
    return replace(failures, p=1.0, p_holm=1.0, words=words)


def _counting_diverged(d: PairedDifferences) -> str:
    counts = {"losses": d.lost, "wins": d.won}
    words = [
        f"{count}/{d.judged.size} splits with a diverged seed as {what}"
        for what, count in counts.items()
        if count
    ]
    return f", counting {' and '.join(words)}" if words else ""
