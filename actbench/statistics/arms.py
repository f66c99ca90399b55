"""One arm by itself: how many seeds trained, and where their scores lie."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from actbench.statistics.differences import (
    Floats,
    mean,
    medians,
    of_one_length,
    standard_deviations,
)
from actbench.statistics.outliers import outliers_of_each
from actbench.statistics.scores import ScoreTable


@dataclass(frozen=True)
class Arm:
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


def arms_of(
    tables: Sequence[ScoreTable], ranks: Sequence[Sequence[int | None]]
) -> list[tuple[Arm, ...]]:
    """The arms of each block, in the order of its scores; `ranks` are those of each block."""
    scores = [row for table in tables for row in table.sign * table.scores]
    trained = [row[np.isfinite(row)] for row in scores]
    spreads = zip(
        trained,
        standard_deviations(trained),
        _medians(trained),
        outliers_of_each(scores),
        strict=True,
    )
    return [tuple(_arms(table, of, spreads)) for table, of in zip(tables, ranks, strict=True)]


_Spread = tuple[Floats, float | None, float | None, tuple[int, ...]]


def _arms(
    table: ScoreTable, ranks: Sequence[int | None], spreads: Iterator[_Spread]
) -> Iterator[Arm]:
    failed, missing = table.failed.sum(axis=1).tolist(), table.missing.sum(axis=1).tolist()
    worked = (np.isfinite(table.scores) & ~table.failed).sum(axis=1)
    for i, (name, rank) in enumerate(zip(table.names, ranks, strict=True)):
        trained, sd, median, far = next(spreads)
        yield Arm(
            name=name,
            ok=int(worked[i]),
            failed=failed[i],
            missing=missing[i],
            mean=mean(trained),
            sd=sd,
            median=median,
            rank=rank,
            outliers=far,
        )


def _medians(samples: Sequence[Floats]) -> list[float | None]:
    found: list[float | None] = [None] * len(samples)
    for where, rows in of_one_length(samples):
        if rows.shape[1]:
            for i, median in zip(where, medians(rows).tolist(), strict=True):
                found[i] = median
    return found
