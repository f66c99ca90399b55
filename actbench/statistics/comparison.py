"""One block: arms over the same seeds, each compared with the baseline."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from actbench.statistics.differences import (
    Floats,
    Interval,
    median,
    require_between,
    round_significant,
)
from actbench.statistics.holm import holm
from actbench.statistics.mcnemar import mcnemar_exact
from actbench.statistics.outliers import outliers
from actbench.statistics.reach import seeds_to_detect, seeds_to_reach
from actbench.statistics.sign_flip import bounded_interval, sign_flip_test
from actbench.statistics.standings import standings
from actbench.statistics.verdict import Evidence, Verdict, judge

Mask = NDArray[np.bool_]
SCOPE = "these seeds, this split of this data"


@dataclass(frozen=True)
class Arm:
    """One arm by itself.

    `ok`, `failed`, `missing`: trials that trained, that diverged or collapsed, and that ended in
    an error or are not there. `mean`, `sd`, `median`: over the seeds that trained, in the metric's
    own unit and direction; `sd` needs two. `rank`: 1 = best, shared by arms that cannot be told
    from the best of their group; None where nothing trained. `outliers`: positions of seeds to
    look at; none is dropped.
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
    `basis`: which seeds this rests on, in words.
    """

    arm: str
    other: str
    n: int
    basis: str
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


@dataclass(frozen=True)
class _Table:
    """Scores turned so that more is better, NaN wherever nothing trained; and why it did not."""

    names: tuple[str, ...]
    scores: Floats
    failed: Mask
    missing: Mask


@dataclass(frozen=True)
class _Rules:
    """What the caller asked for."""

    comparisons: int
    alpha: float
    level: float
    rope: float | None
    min_effect: float | None

    @property
    def effect(self) -> float | None:
        return self.min_effect if self.min_effect is not None else self.rope


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
    where a trial diverged or collapsed to chance (its score is then ignored); a NaN elsewhere is
    a trial in error or missing, which only drops the pair. Without it every NaN is a failure.
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
    require_between("alpha", alpha)
    require_between("level", level)
    _check_sizes(rope, min_effect)
    table = _read(scores, names, failed, 1.0 if higher_is_better else -1.0)
    base = _row_of(baseline, table.names)
    chosen = _chosen(len(table.names), base, all_pairs)
    rules = _Rules(len(chosen), alpha, level, rope, min_effect)
    ranks = standings(table.scores, alpha=alpha)
    return Comparison(
        arms=tuple(_arm(table, i, rank, higher_is_better) for i, rank in enumerate(ranks)),
        pairs=_pairs(table, chosen, base, rules, generator),
        baseline=table.names[base],
        seeds=table.scores.shape[1],
        comparisons=rules.comparisons,
        seeds_to_reach=seeds_to_reach(alpha, rules.comparisons),
        alpha=alpha,
        level=level,
        rope=rope,
        min_effect=min_effect,
    )


def _check_sizes(rope: float | None, min_effect: float | None) -> None:
    if rope is not None and not (math.isfinite(rope) and rope >= 0):
        raise ValueError(f"expected a rope of at least 0, got {rope}")
    if min_effect is not None and not (math.isfinite(min_effect) and min_effect > 0):
        raise ValueError(f"expected a smallest effect above 0, got {min_effect}")


def _read(
    scores: ArrayLike, names: Sequence[str] | None, failed: ArrayLike | None, sign: float
) -> _Table:
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
    trained = np.isfinite(values) & ~fails
    return _Table(labels, np.where(trained, sign * values, np.nan), fails, ~trained & ~fails)


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


def _chosen(arms: int, base: int, all_pairs: bool) -> list[tuple[int, int]]:
    """Rows to compare, (arm, other): the baseline is always the other, and comes first."""
    order = [base, *(i for i in range(arms) if i != base)]
    if all_pairs:
        return [(arm, other) for other, arm in combinations(order, 2)]
    return [(arm, base) for arm in order[1:]]


def _arm(table: _Table, row: int, rank: int | None, higher_is_better: bool) -> Arm:
    scores = table.scores[row] if higher_is_better else -table.scores[row]
    trained = scores[np.isfinite(scores)]
    return Arm(
        name=table.names[row],
        ok=trained.size,
        failed=int(table.failed[row].sum()),
        missing=int(table.missing[row].sum()),
        mean=_mean(trained),
        sd=_sd(trained),
        median=median(trained) if trained.size else None,
        rank=rank,
        outliers=outliers(scores),
    )


def _mean(x: Floats) -> float | None:
    return math.fsum(x.tolist()) / x.size if x.size else None


def _sd(x: Floats) -> float | None:
    """Sample standard deviation, exactly zero where nothing varies; None below two values."""
    if x.size < 2:
        return None
    return float(x.std(ddof=1)) if (x != x[0]).any() else 0.0


def _pairs(
    table: _Table,
    chosen: list[tuple[int, int]],
    base: int,
    rules: _Rules,
    generator: np.random.Generator | None,
) -> tuple[Pair, ...]:
    differences = [_differences(table.scores[arm], table.scores[other]) for arm, other in chosen]
    p_values = [sign_flip_test(d, generator=generator) if d.size > 1 else None for d in differences]
    # A pair without a test still counts as a comparison: what is corrected for was chosen before.
    adjusted = holm([1.0 if p is None else p for p in p_values]).tolist()
    return tuple(
        _pair(table, rows, base, d, (p, None if p is None else p_holm), rules, generator)
        for rows, d, p, p_holm in zip(chosen, differences, p_values, adjusted, strict=True)
    )


def _differences(a: Floats, b: Floats) -> Floats:
    both = np.isfinite(a) & np.isfinite(b)
    return round_significant(a[both] - b[both])


def _pair(
    table: _Table,
    rows: tuple[int, int],
    base: int,
    d: Floats,
    p_values: tuple[float | None, float | None],
    rules: _Rules,
    generator: np.random.Generator | None,
) -> Pair:
    arm, other = rows
    wins, ties = int((d > 0).sum()), int((d == 0).sum())
    evidence = _evidence(d, p_values[1], rules, generator)
    return Pair(
        arm=table.names[arm],
        other=table.names[other],
        n=d.size,
        basis=_basis(d.size, table.scores.shape[1]),
        difference=evidence.difference,
        interval=evidence.interval,
        interval90=evidence.interval90,
        d_z=_standardised(d),
        p=p_values[0],
        p_holm=p_values[1],
        probability_better=(wins + ties / 2) / d.size if d.size else None,
        wins=wins,
        ties=ties,
        losses=d.size - wins - ties,
        failures=_failures(table, arm, other, "the baseline" if other == base else None),
        verdict=judge(evidence),
        seeds_needed=evidence.seeds_needed,
    )


def _evidence(
    d: Floats, p_holm: float | None, rules: _Rules, generator: np.random.Generator | None
) -> Evidence:
    decided = p_holm is not None and p_holm <= rules.alpha
    return Evidence(
        n=d.size,
        difference=_mean(d),
        constant=not d.any(),
        p_holm=p_holm,
        interval=bounded_interval(d, rules.level, generator),
        interval90=bounded_interval(d, 0.9, generator),
        comparisons=rules.comparisons,
        alpha=rules.alpha,
        rope=rules.rope,
        effect=rules.effect,
        seeds_needed=None if decided else _seeds_needed(d, rules),
    )


def _standardised(d: Floats) -> float | None:
    mean, sd = _mean(d), _sd(d)
    return mean / sd if mean is not None and sd else None


def _seeds_needed(d: Floats, rules: _Rules) -> int | None:
    """Planned at alpha over the number of comparisons, the most that Holm can ask."""
    sd = _sd(d)
    if sd is None or not rules.effect:
        return None
    return seeds_to_detect(rules.effect, sd, d.size, alpha=rules.alpha / rules.comparisons)


def _basis(n: int, seeds: int) -> str:
    if n == seeds:
        return f"over {n} seeds" if n != 1 else "over one seed"
    return f"over the {n} of {seeds} seeds where both trained"


def _failures(table: _Table, arm: int, other: int, called: str | None) -> Failures:
    both = ~table.missing[arm] & ~table.missing[other]
    a, b = table.failed[arm] & both, table.failed[other] & both
    mine, theirs, seeds = int(a.sum()), int(b.sum()), int(both.sum())
    than = called or table.names[other]
    words = f"fails more often than {than} ({mine}/{seeds} against {theirs}/{seeds})"
    return Failures(
        arm=mine,
        other=theirs,
        seeds=seeds,
        p=mcnemar_exact(int((a & ~b).sum()), int((b & ~a).sum())),
        words=words if mine > theirs else None,
    )
