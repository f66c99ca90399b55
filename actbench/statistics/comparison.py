"""One block: arms over the same seeds, each compared with the baseline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

import numpy as np
from numpy.typing import ArrayLike, NDArray

from actbench.statistics.differences import Floats, mean, score_differences, standard_deviation
from actbench.statistics.failures import compare_failures, outliers
from actbench.statistics.pair import Pair, PairedScores, judge_pairs
from actbench.statistics.power import seeds_to_reach
from actbench.statistics.ranks import standings
from actbench.statistics.verdict import Rules

_DEFAULT_RULES = Rules()


@dataclass(frozen=True)
class ArmSummary:
    """One arm by itself.

    `ok`, `failed`, `missing`: trials that trained, that diverged or collapsed, and that ended in
    an error or are not there. `mean`, `sd`, `median`: over the seeds that have a score, those that
    collapsed included, in the metric's own unit and direction; `sd` needs two. `rank`: 1 = best,
    shared by arms that cannot be told from the best of their group; None where nothing trained.
    `outliers`: positions of seeds to look at; none is dropped.
    """

    name: str
    ok: int
    failed: int
    missing: int
    mean: float | None
    sd: float | None
    median: float | None
    rank: int | None
    outliers: tuple[int, ...]


@dataclass(frozen=True)
class Comparison:
    """All arms of one block.

    `arms`: in the order given. `pairs`: every arm but the baseline against it, in that order, or
    all pairs. `seeds`: how many seeds the scores have. `comparisons`: how many Holm corrected for.
    `seeds_to_reach`: fewest seeds with which those comparisons can reach alpha at all.
    """

    arms: tuple[ArmSummary, ...]
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
    rules: Rules = _DEFAULT_RULES,
    generator: np.random.Generator | None = None,
) -> Comparison:
    """Compare arms with a baseline, paired by seed.

    Exact sign-flip tests and their intervals, Holm over the k − 1 comparisons with the baseline
    (over all k(k−1)/2 with `rules.all_pairs`), and a verdict in plain words. Differences rest on
    the seeds where both arms trained; failures are counted and compared by McNemar's exact test.

    `scores`: arms x seeds, in the metric's own unit; NaN = did not train. `baseline`: a row or a
    name. `failed`: arms x seeds, true where a trial diverged (its score is NaN) or collapsed to
    chance (its score counts in the differences like any other: leaving it out would flatter the
    arm); a NaN elsewhere is a trial in error or missing, which only drops the pair. Without it
    every NaN is a failure. `generator`: for the random sign patterns beyond 16 seeds; a fixed one
    by default.

    Raises ValueError for scores that are not arms x seeds or infinite where they did not fail,
    fewer than two arms, names or failures that do not match, or an unknown baseline.

    >>> relu = [0.80, 0.81, 0.79, 0.80, 0.82, 0.80]
    >>> gelu = [0.85, 0.86, 0.86, 0.85, 0.86, 0.87]
    >>> comparison = compare([relu, gelu], "relu", higher_is_better=True, names=["relu", "gelu"],
    ...                      rules=Rules(rope=0.005))
    >>> pair = comparison.pairs[0]
    >>> pair.arm, round(pair.difference, 4), pair.p, pair.verdict.words
    ('gelu', 0.055, 0.03125, 'better by at least 0.005')
    """
    table = _read_scores(scores, names, failed, higher_is_better=higher_is_better)
    base = _row_of(baseline, table.names)
    rows = _rows_to_compare(len(table.names), base, rules.all_pairs)
    paired = [_paired(table, arm, other, base) for arm, other in rows]
    return Comparison(
        arms=tuple(_arms(table, standings(table.scores, alpha=rules.alpha))),
        pairs=tuple(judge_pairs(paired, rules, generator)),
        baseline=table.names[base],
        seeds=table.scores.shape[1],
        comparisons=len(rows),
        seeds_to_reach=seeds_to_reach(rules.alpha, len(rows)),
        rules=rules,
    )


@dataclass(frozen=True)
class _ScoreTable:
    """The scores of one block, turned so that more is better, and why a score is not there.

    `names`: one an arm. `scores` (NaN wherever nothing trained), `failed`, `missing`: arms x
    seeds. `sign`: −1 where less of the metric is better, so that `sign * scores` are in the
    metric's own direction.
    """

    names: tuple[str, ...]
    scores: Floats
    failed: NDArray[np.bool_]
    missing: NDArray[np.bool_]
    sign: float


def _read_scores(
    scores: ArrayLike,
    names: Sequence[str] | None,
    failed: ArrayLike | None,
    *,
    higher_is_better: bool,
) -> _ScoreTable:
    values = _matrix(scores)
    labels = _labels(names, len(values))
    fails = np.isnan(values) if failed is None else np.asarray(failed, dtype=bool)
    if fails.shape != values.shape:
        raise ValueError(f"expected failures of shape {values.shape}, got {fails.shape}")
    infinite = np.isinf(values) & ~fails
    if infinite.any():
        arm, seed = np.argwhere(infinite)[0].tolist()
        raise ValueError(
            f"expected finite scores, or NaN where an arm did not train, got "
            f"{values[arm, seed]} for {labels[arm]!r} at seed position {seed}"
        )
    trained = np.isfinite(values)
    sign = 1.0 if higher_is_better else -1.0
    return _ScoreTable(
        labels, np.where(trained, sign * values, np.nan), fails, ~trained & ~fails, sign
    )


def _matrix(scores: ArrayLike) -> Floats:
    try:
        values = np.asarray(scores, dtype=float)
    except ValueError as error:
        raise ValueError(f"expected numbers, the same seeds for every arm: {error}") from error
    if values.ndim != 2 or values.shape[0] < 2 or values.shape[1] < 1:
        raise ValueError(
            f"expected scores as arms x seeds, at least two arms and one seed, "
            f"got shape {values.shape}"
        )
    return values


def _labels(names: Sequence[str] | None, arms: int) -> tuple[str, ...]:
    labels = tuple(names) if names is not None else tuple(f"arm {i}" for i in range(arms))
    if len(labels) != arms or len(set(labels)) != arms:
        raise ValueError(f"expected {arms} different names, one per arm, got {list(labels)}")
    return labels


def _row_of(baseline: int | str, names: tuple[str, ...]) -> int:
    if isinstance(baseline, str):
        if baseline not in names:
            raise ValueError(f"expected a baseline among {', '.join(names)}; got {baseline!r}")
        return names.index(baseline)
    if not 0 <= baseline < len(names):
        raise ValueError(f"expected a baseline row from 0 to {len(names) - 1}, got {baseline}")
    return int(baseline)


def _rows_to_compare(arms: int, base: int, all_pairs: bool) -> list[tuple[int, int]]:
    """Rows (arm, other) of each pair; the baseline's pairs come first, with it as the other."""
    order = [base, *(i for i in range(arms) if i != base)]
    if all_pairs:
        return [(arm, other) for other, arm in combinations(order, 2)]
    return [(arm, base) for arm in order[1:]]


def _arms(table: _ScoreTable, ranks: Sequence[int | None]) -> Iterator[ArmSummary]:
    for i, (name, rank) in enumerate(zip(table.names, ranks, strict=True)):
        scores = table.sign * table.scores[i]
        trained = scores[np.isfinite(scores)]
        yield ArmSummary(
            name=name,
            ok=int((np.isfinite(scores) & ~table.failed[i]).sum()),
            failed=int(table.failed[i].sum()),
            missing=int(table.missing[i].sum()),
            mean=mean(trained),
            sd=standard_deviation(trained),
            median=median(trained.tolist()) if trained.size else None,
            rank=rank,
            outliers=outliers(scores),
        )


def _paired(table: _ScoreTable, arm: int, other: int, base: int) -> PairedScores:
    other_name = "the baseline" if other == base else table.names[other]
    ended = ~table.missing[arm] & ~table.missing[other]
    return PairedScores(
        arm=table.names[arm],
        other=table.names[other],
        differences=score_differences(table.scores[arm], table.scores[other]),
        failures=compare_failures(
            table.failed[arm][ended], table.failed[other][ended], other_name=other_name
        ),
        untrained=_untrained(table, arm, other, other_name),
    )


def _untrained(table: _ScoreTable, arm: int, other: int, other_name: str) -> str:
    """Which of the two has no score at all, in words; empty where both have some."""
    for row, name in ((other, other_name), (arm, "it")):
        if not np.isfinite(table.scores[row]).any():
            return f"{name} trained on no seed"
    return ""
