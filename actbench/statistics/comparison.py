"""One block: arms over the same seeds, each compared with the baseline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import (
    Floats,
    Mask,
    mean,
    pair_scores,
    standard_deviation,
)
from actbench.statistics.failures import outliers
from actbench.statistics.pair import Decision, Pair, as_decided, judge_pairs
from actbench.statistics.power import seeds_to_reach
from actbench.statistics.ranks import standings
from actbench.statistics.verdict import DEFAULT_RULES, PairedArms, Rules


@dataclass(frozen=True)
class ArmSummary:
    """One arm by itself.

    `mean`, `sd`: over the seeds that have a score, those that collapsed included, in the metric's
    own unit and direction; `sd` needs two. `rank`: 1 + the number of arms that are significantly
    better (`standings`); None where the seeds are too few for ranks, or the arm has no trial.
    `outliers`: positions of seeds to look at; none is dropped.
    """

    name: str
    mean: float | None
    sd: float | None
    rank: int | None
    outliers: tuple[int, ...]


@dataclass(frozen=True)
class Comparison:
    """All arms of one block.

    `arms`: in the order given. `pairs`: every arm but the baseline against it, in that order, or
    all pairs. `seeds`: how many seeds the scores have. `comparisons`: how many Holm corrected for.
    `seeds_to_reach`: fewest seeds with which those comparisons can reach alpha at all, and
    `seeds_to_rank`: with which arms can be ranked; None where none are.
    """

    arms: tuple[ArmSummary, ...]
    pairs: tuple[Pair, ...]
    baseline: str
    seeds: int
    comparisons: int
    seeds_to_reach: int
    seeds_to_rank: int | None
    rules: Rules

    def against_baseline(self, name: str) -> Pair | None:
        """The pair of this arm and the baseline; None for the baseline itself."""
        pairs = (pair for pair in self.pairs if pair.other == self.baseline)
        return next((pair for pair in pairs if pair.arm == name), None)


def compare(
    scores: ArrayLike,
    baseline: int | str = 0,
    *,
    higher_is_better: bool,
    names: Sequence[str] | None = None,
    diverged: ArrayLike | None = None,
    at_chance: ArrayLike | None = None,
    at_floor: ArrayLike | None = None,
    rules: Rules = DEFAULT_RULES,
    decided: Mapping[str, Decision] | None = None,
) -> Comparison:
    """Compare arms with a baseline, paired by seed.

    Exact sign-flip tests and their intervals, Holm over the k − 1 comparisons with the baseline
    (over all k(k−1)/2 with `rules.all_pairs`), and a verdict in plain words. A trial that diverged
    is the worst outcome of its seed; failures are counted and compared by McNemar's exact test.

    `scores`: arms x seeds, in the metric's own unit; NaN = did not train. `baseline`: a row or a
    name. `diverged`: arms x seeds, true where a trial diverged, so that its score does not count;
    a NaN elsewhere is a trial in error or missing, which drops the pair. Without it every NaN
    diverged. `at_chance`: arms x seeds, true where a trial collapsed to chance: it is counted as
    failed, and its score stays (leaving it out would flatter the arm). `at_floor`: one an arm,
    true where its output keeps it from doing better; such arms rank after all others.

    `decided`: in a run until decided, what earlier looks settled, by arm; final, whatever the
    seeds after it say. Seeds are in the order in which they were trained.

    A single arm gives no pair. Raises ValueError for scores that are not arms x seeds or infinite
    where they did not diverge, names or marks that do not match, or an unknown baseline.

    >>> relu = [0.80, 0.81, 0.79, 0.80, 0.82, 0.80]
    >>> gelu = [0.85, 0.86, 0.86, 0.85, 0.86, 0.87]
    >>> comparison = compare([relu, gelu], "relu", higher_is_better=True, names=["relu", "gelu"],
    ...                      rules=Rules(rope=0.005))
    >>> pair = comparison.pairs[0]
    >>> pair.arm, round(pair.difference, 4), pair.p, pair.verdict.words
    ('gelu', 0.055, 0.03125, 'better by at least 0.005')
    """
    table = _read_scores(scores, names, diverged, at_chance, higher_is_better=higher_is_better)
    base = _row_of(baseline, table.names)
    rows = _rows_to_compare(len(table.names), base, rules.all_pairs)
    pairs = table.pairs(rows, base)
    settled = _settled(table, rows, base, decided or {})
    placed = standings(table.scores, alpha=rules.alpha, diverged=table.diverged, at_floor=at_floor)
    return Comparison(
        arms=tuple(table.arms(placed.ranks, rules.rope)),
        pairs=tuple(judge_pairs(pairs, rules, settled)),
        baseline=table.names[base],
        seeds=table.scores.shape[1],
        comparisons=len(rows),
        seeds_to_reach=seeds_to_reach(rules.alpha, max(1, len(rows))),
        seeds_to_rank=placed.seeds_to_rank if rows else None,
        rules=rules,
    )


def compare_runs(
    after: ArrayLike,
    before: ArrayLike,
    *,
    higher_is_better: bool,
    names: Sequence[str],
    diverged: Sequence[ArrayLike],
    at_chance: Sequence[ArrayLike],
    rules: Rules,
) -> Comparison:
    """Compare each arm with itself in an earlier run, paired by seed; Holm over the arms.

    `after`, `before`: arms x seeds. `names`: one an arm. `diverged`, `at_chance`: of the run
    after and the run before, as for `compare`. Returns a comparison whose `arms` are those of the
    run after, then those of the run before, without ranks. Raises ValueError as `compare` does.
    """
    both = _read_scores(
        np.concatenate([after, before]),
        [*names, *(f"{name} before" for name in names)],
        np.concatenate(diverged),
        np.concatenate(at_chance),
        higher_is_better=higher_is_better,
    )
    pairs = [
        replace(both.pair(i, len(names) + i, "before"), other="before") for i in range(len(names))
    ]
    return Comparison(
        arms=tuple(both.arms([None] * len(both.names), rules.rope)),
        pairs=tuple(judge_pairs(pairs, rules, {})),
        baseline="before",
        seeds=both.scores.shape[1],
        comparisons=len(pairs),
        seeds_to_reach=seeds_to_reach(rules.alpha, len(pairs)),
        seeds_to_rank=None,
        rules=rules,
    )


def _settled(
    table: "_ScoreTable",
    rows: list[tuple[int, int]],
    base: int,
    decided: Mapping[str, Decision],
) -> dict[str, Pair]:
    """The pairs that earlier looks settled, by arm; each look is judged again on its own seeds."""
    settled: dict[str, Pair] = {}
    for seeds in sorted({decision.seeds for decision in decided.values()}):
        here = {arm: decision for arm, decision in decided.items() if decision.seeds == seeds}
        rules = next(iter(here.values())).rules
        pairs = table.of_seeds(0, seeds).pairs(rows, base)
        later = {pair.arm: pair for pair in table.of_seeds(seeds, None).pairs(rows, base)}
        for pair in list(judge_pairs(pairs, rules, settled)):
            if pair.arm in here:
                fresh = later[pair.arm].differences.trained
                settled[pair.arm] = as_decided(pair, here[pair.arm], fresh)
    return settled


@dataclass(frozen=True, eq=False)
class _ScoreTable:
    """The scores of one block, turned so that more is better, and why a score is not there.

    `names`: one an arm. `scores` (NaN wherever nothing trained), `diverged`, `at_chance`: arms x
    seeds. `sign`: −1 where less of the metric is better, so that `sign * scores`
    are in the metric's own direction.
    """

    names: tuple[str, ...]
    scores: Floats
    diverged: Mask
    at_chance: Mask
    sign: float

    def of_seeds(self, first: int, end: int | None) -> "_ScoreTable":
        """The columns from `first` up to `end`."""
        return replace(
            self,
            scores=self.scores[:, first:end],
            diverged=self.diverged[:, first:end],
            at_chance=self.at_chance[:, first:end],
        )

    def arms(self, ranks: Sequence[int | None], rope: float | None) -> Iterator[ArmSummary]:
        """Each arm by itself; `ranks`: one each."""
        for name, values, rank in zip(self.names, self.sign * self.scores, ranks, strict=True):
            trained = values[np.isfinite(values)]
            sd = standard_deviation(trained)
            yield ArmSummary(name, mean(trained), sd, rank, outliers(values, rope))

    def pairs(self, rows: list[tuple[int, int]], base: int) -> list[PairedArms]:
        """The data of each pair, given as rows; `base`: the row of the baseline."""
        return [
            self.pair(arm, other, "the baseline" if other == base else self.names[other])
            for arm, other in rows
        ]

    def pair(self, arm: int, other: int, other_name: str) -> PairedArms:
        """The data of two rows. `other_name`: the second one in a sentence."""
        rows = [arm, other]
        ended = (~np.isnan(self.scores[rows]) | self.diverged[rows]).all(axis=0)
        failed = (self.diverged | self.at_chance)[rows][:, ended]
        untrained = [
            f"{name} trained on no seed"
            for row, name in ((other, other_name), (arm, "it"))
            if np.isnan(self.scores[row]).all()
        ]
        return PairedArms(
            arm=self.names[arm],
            other=self.names[other],
            differences=pair_scores(*self.scores[rows], *self.diverged[rows]),
            failed=(failed[0], failed[1]),
            other_name=other_name,
            untrained=untrained[0] if untrained else "",
        )


def _read_scores(
    scores: ArrayLike,
    names: Sequence[str] | None,
    diverged: ArrayLike | None,
    at_chance: ArrayLike | None,
    *,
    higher_is_better: bool,
) -> _ScoreTable:
    try:
        values = np.asarray(scores, dtype=float)
    except ValueError as error:
        raise ValueError(f"expected numbers, the same seeds for every arm: {error}") from error
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f"expected scores as arms x seeds, one at least, got shape {values.shape}")
    labels = tuple(names) if names is not None else tuple(f"arm {i}" for i in range(len(values)))
    if not len(values) == len(labels) == len({*labels}):
        raise ValueError(f"expected {len(values)} different names, one per arm, got {list(labels)}")
    lost = np.asarray(np.isnan(values) if diverged is None else diverged, dtype=bool)
    chance = np.zeros_like(lost) if at_chance is None else np.asarray(at_chance, dtype=bool)
    for marks in (lost, chance):
        if marks.shape != values.shape:
            raise ValueError(f"expected marks of shape {values.shape}, got {marks.shape}")
    infinite = np.isinf(values) & ~lost
    if infinite.any():
        arm, seed = np.argwhere(infinite)[0].tolist()
        raise ValueError(
            f"expected finite scores, or NaN where an arm did not train, got "
            f"{values[arm, seed]} for {labels[arm]!r} at seed position {seed}"
        )
    trained = ~np.isnan(values) & ~lost
    sign = 1.0 if higher_is_better else -1.0
    return _ScoreTable(
        names=labels,
        scores=np.where(trained, sign * values, np.nan),
        diverged=lost,
        at_chance=chance & trained,
        sign=sign,
    )


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
