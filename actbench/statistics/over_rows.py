"""Arms compared for test rows like these: the pairs of a comparison, judged anew by `rows_effect`.

Seeds and test rows are both taken as drawn at random; the training rows are as they are.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.comparison import Comparison
from actbench.statistics.hypotheses import Finding, Hypothesis, finding_by_intervals, level_of
from actbench.statistics.pair import Pair, with_holm
from actbench.statistics.scopes import RowsEffect, rows_effect
from actbench.statistics.verdict import PairTests, Rules, Side, Verdict, judge_tests

FEWEST_SEEDS = 2
_SAME = "the difference is the same on every seed and row"


def compare_over_rows(
    comparison: Comparison, differences: Mapping[tuple[str, str], ArrayLike | str]
) -> Comparison:
    """The comparison with every pair judged for rows like these, by the same rules.

    `differences`: for the names of each pair's arm and other, its differences as seeds x rows,
    positive = the arm is better; or in words why there are none. Of such a pair nothing is said.
    Holm corrects for all pairs, those without differences included.

    In a pair `trained` is then the number of seeds that have rows, and `difference`, `interval`,
    all p-values, the side and the verdict are those of `rows_effect`; what counts seeds (`n`,
    `wins`, `failures`) stays. Arms have no ranks, which rest on sign flips.

    Raises ValueError as `rows_effect` does.

    >>> from actbench.statistics import compare
    >>> seeds = compare([[0.5, 0.25], [0.75, 0.25]], higher_is_better=True, names=["a", "b"])
    >>> rows = compare_over_rows(seeds, {("b", "a"): [[1, 0, 0, 0], [1, 0, -1, 0]]})
    >>> pair = rows.pairs[0]
    >>> pair.difference, round(pair.p, 5), pair.verdict.words
    (0.125, 0.72012, 'inconclusive')
    """
    rules = comparison.rules
    effects: dict[tuple[str, str], RowsEffect] = {}
    reasons: dict[tuple[str, str], str] = {}
    for names, d in differences.items():
        if isinstance(d, str):
            reasons[names] = d
        else:
            effects[names] = rows_effect(d, rules.level)
    names_of = [(pair.arm, pair.other) for pair in comparison.pairs]
    tests = with_holm(
        [_tests(effects[names], rules) if names in effects else PairTests() for names in names_of]
    )
    seeds = {names: np.shape(differences[names])[0] for names in effects}
    return replace(
        comparison,
        arms=tuple(replace(arm, rank=None) for arm in comparison.arms),
        pairs=tuple(
            _judged(pair, test, effects[names], seeds[names], comparison)
            if names in effects
            else _without(pair, reasons[names])
            for pair, names, test in zip(comparison.pairs, names_of, tests, strict=True)
        ),
        seeds_to_reach=FEWEST_SEEDS,
        seeds_to_rank=None,
    )


def evaluate_over_rows(
    differences: ArrayLike | str, hypothesis: Hypothesis, *, share: float
) -> Finding:
    """Check a hypothesis for rows like these, as `evaluate` does, by the interval of `rows_effect`.

    `differences`: seeds x rows, positive = the first arm is better; or in words why there are none:
    then it is undecided. `share`: of alpha, for this hypothesis alone.
    Raises ValueError as `rows_effect` does.

    >>> d = [[0.5, 0.25, 0.5, 0.75], [0.5, 0.5, 0.25, 0.75]]
    >>> evaluate_over_rows(d, Hypothesis("better"), share=0.05).status
    'supported'
    """
    if isinstance(differences, str):
        words = f"undecided: no verdict about rows: {differences}"
        level = level_of(hypothesis, share)
        return Finding(hypothesis, "undecided", 0, 0, None, level, None, None, words)
    rows = np.asarray(differences, dtype=float)
    return finding_by_intervals(
        hypothesis,
        share,
        lambda level: rows_effect(rows, level).interval,
        n=rows.shape[0],
        difference=rows_effect(rows).mean,
        without=_SAME,
    )


def _tests(effect: RowsEffect, rules: Rules) -> PairTests:
    """The t tests of an effect before Holm's correction."""
    rope = rules.rope if effect.interval else None
    return PairTests.of(effect.p, effect.interval, rope, effect.p_above, effect.p_below)


def _judged(
    pair: Pair, tests: PairTests, effect: RowsEffect, seeds: int, comparison: Comparison
) -> Pair:
    side: Side | None = None if effect.mean == 0 else "better" if effect.mean > 0 else "worse"
    outlook = "" if tests.interval else _SAME
    verdict = judge_tests(
        tests, comparison.rules, comparison.comparisons, side or "worse", outlook=outlook
    )
    return replace(
        pair,
        **vars(tests),
        trained=seeds,
        difference=effect.mean,
        median=None,
        skewed=False,
        side=side,
        verdict=verdict,
        seeds_needed=None,
    )


def _without(pair: Pair, reason: str) -> Pair:
    return replace(
        pair,
        **vars(PairTests()),
        trained=0,
        difference=None,
        median=None,
        skewed=False,
        side=None,
        verdict=Verdict("no_such_scope", f"no verdict about rows: {reason}"),
        seeds_needed=None,
    )
