"""One block: arms over the same seeds, each compared with the baseline."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.arms import Arm, arms_of
from actbench.statistics.differences import require_between
from actbench.statistics.pairs import Pair, Pairing, Rules, pairs_of
from actbench.statistics.reach import seeds_to_reach
from actbench.statistics.scores import read_scores
from actbench.statistics.standings import standings_of_each

SCOPE = "these seeds, this split of this data"


@dataclass(frozen=True)
class Comparison:
    """All arms of one block.

    `arms`: in the order given. `pairs`: every arm but the baseline against it, in that order, or
    all pairs. `seeds`: how many seeds the scores have. `comparisons`: how many Holm corrected for.
    `seeds_to_reach`: fewest seeds with which those comparisons can reach `alpha` at all.
    """

    arms: tuple[Arm, ...]
    pairs: tuple[Pair, ...]
    baseline: str
    seeds: int
    comparisons: int
    seeds_to_reach: int
    alpha: float
    level: float
    rope: float | None
    min_effect: float | None
    scope: str = SCOPE

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


@dataclass(frozen=True, kw_only=True)
class BlockScores:
    """The scores of one block and how to compare its arms: the arguments of `compare`."""

    scores: ArrayLike
    baseline: int | str = 0
    higher_is_better: bool
    names: Sequence[str] | None = None
    rope: float | None = None
    min_effect: float | None = None
    alpha: float = 0.05
    level: float = 0.95
    all_pairs: bool = False
    failed: ArrayLike | None = None


def compare(
    scores: ArrayLike,
    baseline: int | str = 0,
    *,
    higher_is_better: bool,
    names: Sequence[str] | None = None,
    rope: float | None = None,
    min_effect: float | None = None,
    alpha: float = 0.05,
    level: float = 0.95,
    all_pairs: bool = False,
    failed: ArrayLike | None = None,
    generator: np.random.Generator | None = None,
) -> Comparison:
    """Compare arms with a baseline, paired by seed.

    Exact sign-flip tests and their intervals, Holm over the k − 1 comparisons with the baseline
    (over all k(k−1)/2 with `all_pairs`), and a verdict in plain words. Differences rest on the
    seeds where both arms trained; failures are counted and compared by McNemar's exact test.

    `scores`: arms x seeds, in the metric's own unit; NaN = did not train. `baseline`: a row or a
    name. `rope`: half-width of practical equivalence. `min_effect`: smallest difference that
    matters, for the number of seeds needed; the ROPE by default. `failed`: arms x seeds, true
    where a trial diverged (its score is NaN) or collapsed to chance (its score counts in the
    differences like any other: leaving it out would flatter the arm); a NaN elsewhere is a trial
    in error or missing, which only drops the pair. Without it every NaN is a failure.
    `generator`: for the random sign patterns beyond 16 seeds; a fixed one by default.

    Raises ValueError for scores that are not arms x seeds or infinite where they did not fail,
    fewer than two arms, names or failures that do not match, an unknown baseline, a rope below 0,
    a `min_effect` that is not above 0, and alpha or level outside (0, 1).

    >>> relu = [0.80, 0.81, 0.79, 0.80, 0.82, 0.80]
    >>> gelu = [0.85, 0.86, 0.86, 0.85, 0.86, 0.87]
    >>> found = compare([relu, gelu], "relu", higher_is_better=True, names=["relu", "gelu"],
    ...                 rope=0.005)
    >>> pair = found.pairs[0]
    >>> pair.arm, round(pair.difference, 4), pair.p, pair.verdict.words
    ('gelu', 0.055, 0.03125, 'better by at least 0.005')
    """
    block = BlockScores(
        scores=scores,
        baseline=baseline,
        higher_is_better=higher_is_better,
        names=names,
        rope=rope,
        min_effect=min_effect,
        alpha=alpha,
        level=level,
        all_pairs=all_pairs,
        failed=failed,
    )
    return compare_each([block], generator=generator)[0]


def compare_each(
    blocks: Sequence[BlockScores], *, generator: np.random.Generator | None = None
) -> list[Comparison]:
    """`compare` for many blocks at once: the same numbers, computed together.

    Raises ValueError as `compare` does.
    """
    pairings = [_pairing(block) for block in blocks]
    tables = [pairing.table for pairing in pairings]
    ranks = standings_of_each(
        [table.scores for table in tables], alphas=[block.alpha for block in blocks]
    )
    pairs = pairs_of(pairings, generator)
    found = zip(blocks, pairings, arms_of(tables, ranks), pairs, strict=True)
    return [
        Comparison(
            arms=arms,
            pairs=of_block,
            baseline=pairing.table.names[pairing.base],
            seeds=pairing.table.scores.shape[1],
            comparisons=pairing.rules.comparisons,
            seeds_to_reach=seeds_to_reach(block.alpha, pairing.rules.comparisons),
            alpha=block.alpha,
            level=block.level,
            rope=block.rope,
            min_effect=block.min_effect,
        )
        for block, pairing, arms, of_block in found
    ]


def _pairing(block: BlockScores) -> Pairing:
    require_between("alpha", block.alpha)
    require_between("level", block.level)
    _check_sizes(block.rope, block.min_effect)
    sign = 1.0 if block.higher_is_better else -1.0
    table = read_scores(block.scores, block.names, block.failed, sign)
    base = _row_of(block.baseline, table.names)
    chosen = _chosen(len(table.names), base, block.all_pairs)
    rules = Rules(len(chosen), block.alpha, block.level, block.rope, block.min_effect)
    return Pairing(table, chosen, base, rules)


def _check_sizes(rope: float | None, min_effect: float | None) -> None:
    if rope is not None and not (math.isfinite(rope) and rope >= 0):
        raise ValueError(f"expected a rope of at least 0, got {rope}")
    if min_effect is not None and not (math.isfinite(min_effect) and min_effect > 0):
        raise ValueError(f"expected a smallest effect above 0, got {min_effect}")


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
