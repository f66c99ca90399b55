"""One block: arms over the same seeds, each compared with the baseline."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.arms import Arm, arms_of
from actbench.statistics.pairs import Pair, Pairing, pairs_of
from actbench.statistics.reach import seeds_to_reach
from actbench.statistics.scores import read_scores
from actbench.statistics.standings import standings_of_each
from actbench.statistics.verdict import Rules

_USUAL = Rules()


@dataclass(frozen=True)
class Comparison:
    """All arms of one block.

    `arms`: in the order given. `pairs`: every arm but the baseline against it, in that order, or
    all pairs. `seeds`: how many seeds the scores have. `comparisons`: how many Holm corrected for.
    `seeds_to_reach`: fewest seeds with which those comparisons can reach alpha at all.
    """

    arms: tuple[Arm, ...]
    pairs: tuple[Pair, ...]
    baseline: str
    seeds: int
    comparisons: int
    seeds_to_reach: int
    rules: Rules

    def against_baseline(self, name: str) -> Pair | None:
        """The pair of this arm and the baseline; None for the baseline itself.

        Raises KeyError for an arm that is not there.
        """
        if name == self.baseline:
            return None
        for pair in self.pairs:
            if (pair.arm, pair.other) == (name, self.baseline):
                return pair
        raise KeyError(name)


def compare(
    scores: ArrayLike,
    baseline: int | str = 0,
    *,
    higher_is_better: bool,
    names: Sequence[str] | None = None,
    failed: ArrayLike | None = None,
    rules: Rules = _USUAL,
    generator: np.random.Generator | None = None,
) -> Comparison:
    """Compare arms with a baseline, paired by seed.

    Exact sign-flip tests and their intervals, Holm over the k − 1 comparisons with the baseline
    (over all k(k−1)/2 with `rules.all_pairs`), and a verdict in plain words. Differences rest on
    the seeds where both arms trained; failures are counted and compared by McNemar's exact test.

    `scores`: arms x seeds, in the metric's own unit; NaN = did not train. `baseline`: a row or a
    name. `failed`: arms x seeds, true
    where a trial diverged (its score is NaN) or collapsed to chance (its score counts in the
    differences like any other: leaving it out would flatter the arm); a NaN elsewhere is a trial
    in error or missing, which only drops the pair. Without it every NaN is a failure.
    `generator`: for the random sign patterns beyond 16 seeds; a fixed one by default.

    Raises ValueError for scores that are not arms x seeds or infinite where they did not fail,
    fewer than two arms, names or failures that do not match, or an unknown baseline.

    >>> relu = [0.80, 0.81, 0.79, 0.80, 0.82, 0.80]
    >>> gelu = [0.85, 0.86, 0.86, 0.85, 0.86, 0.87]
    >>> found = compare([relu, gelu], "relu", higher_is_better=True, names=["relu", "gelu"],
    ...                 rules=Rules(rope=0.005))
    >>> pair = found.pairs[0]
    >>> pair.arm, round(pair.difference, 4), pair.p, pair.verdict.words
    ('gelu', 0.055, 0.03125, 'better by at least 0.005')
    """
    sign = 1.0 if higher_is_better else -1.0
    table = read_scores(scores, names, failed, sign)
    base = _row_of(baseline, table.names)
    rows = _chosen(len(table.names), base, rules.all_pairs)
    ranks = standings_of_each([table.scores], alphas=[rules.alpha])
    return Comparison(
        arms=arms_of([table], ranks)[0],
        pairs=pairs_of([Pairing(table, rows, base, rules)], generator)[0],
        baseline=table.names[base],
        seeds=table.scores.shape[1],
        comparisons=len(rows),
        seeds_to_reach=seeds_to_reach(rules.alpha, len(rows)),
        rules=rules,
    )


def _row_of(baseline: int | str, names: tuple[str, ...]) -> int:
    if isinstance(baseline, str):
        if baseline not in names:
            raise ValueError(f"expected a baseline among {', '.join(names)}; got {baseline!r}")
        return names.index(baseline)
    if not 0 <= baseline < len(names):
        raise ValueError(f"expected a baseline row from 0 to {len(names) - 1}, got {baseline}")
    return int(baseline)


def _chosen(arms: int, base: int, all_pairs: bool) -> list[tuple[int, int]]:
    """Rows to compare, (arm, other): the baseline is always the other, and comes first."""
    order = [base, *(i for i in range(arms) if i != base)]
    if all_pairs:
        return [(arm, other) for other, arm in combinations(order, 2)]
    return [(arm, base) for arm in order[1:]]
