"""The columns of the trials as arrays, and the blocks they fall into."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actbench.errors import ResultsError
from actbench.reporting.blocks import ArmName, Floats
from actbench.spec.problems import listed

if TYPE_CHECKING:
    import pandas as pd

CELL = ("dataset", "architecture", "hidden", "output", "optimizer", "epochs", "batch_size")
# What a block's trials must share to be comparable at all, unless the arms differ in it.
SAME = ("optimizer", "epochs", "batch_size")


def metrics_of(frame: "pd.DataFrame", split: str) -> list[str]:
    """The metrics that the table holds for a split, the loss and the seconds last."""
    found = [c.removeprefix(f"{split}_") for c in frame.columns if c.startswith(f"{split}_")]
    return sorted(found, key=("loss", "seconds").__contains__)


@dataclass(frozen=True)
class BlockTable:
    """The trials of one block: their arm, seed and status, and the metrics of one split.

    `cell` is what they share, `axes` what tells the arms apart; every array has an entry a trial.
    """

    cell: Mapping[str, str]
    axes: tuple[str, ...]
    arms: tuple[ArmName, ...]
    arm_of: NDArray[np.int64]
    seeds: tuple[int, ...]
    seed_of: NDArray[np.int64]
    status: NDArray[Any]
    metrics: Mapping[str, Floats]

    def measured(self, metric: str) -> bool:
        """Whether some trial has this metric, or none could have."""
        ok = self.status == "ok"
        return bool(np.isfinite(self.metrics[metric]).any() or not ok.any())

    def scores(self, metric: str) -> tuple[Floats, NDArray[np.bool_]]:
        """Scores and failures, arms x seeds; a trial that is not there is neither."""
        scores = np.full((len(self.arms), len(self.seeds)), np.nan)
        failed = np.zeros(scores.shape, dtype=bool)
        scores[self.arm_of, self.seed_of] = self.metrics[metric]
        failed[self.arm_of, self.seed_of] = self.status == "diverged"
        scores[self._at("error") | failed] = np.nan
        return scores, failed

    def counts(self, metric: str) -> list[dict[str, int]]:
        """For each arm its trials that are ok, diverged, in error and missing."""
        scores, failed = self.scores(metric)
        ok, diverged = np.isfinite(scores).sum(axis=1), failed.sum(axis=1)
        errors = self._at("error").sum(axis=1)
        missing = len(self.seeds) - ok - diverged - errors
        names = ("ok", "diverged", "error", "missing")
        rows = np.stack([ok, diverged, errors, missing], axis=1).tolist()
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _at(self, status: str) -> NDArray[np.bool_]:
        found = np.zeros((len(self.arms), len(self.seeds)), dtype=bool)
        found[self.arm_of, self.seed_of] = self.status == status
        return found


def blocks_of(
    frame: "pd.DataFrame", axes: Sequence[str], split: str, *, mixed: bool
) -> Iterator[BlockTable]:
    """The blocks of the trials, in the order of their first rows.

    `axes`: the columns that tell the arms apart. All else is fixed within a block.

    Raises:
        ResultsError: the table lacks an axis, or a block mixes what was trained otherwise.
    """
    _check_axes(frame, axes)
    shared = [name for name in _fixed(axes) if name in frame.columns]
    columns = {name: frame[name].astype(str).to_numpy() for name in CELL if name in frame.columns}
    seed, status = frame["seed"].to_numpy(), frame["status"].to_numpy(dtype=str)
    metrics = {m: frame[f"{split}_{m}"].to_numpy(dtype=float) for m in metrics_of(frame, split)}
    for at in _groups(frame, shared):
        here = {name: values[at] for name, values in columns.items()}
        if not mixed:
            _check_same(here, axes)
        arms, arm_of = _numbered(list(zip(*(here[axis] for axis in axes), strict=True)))
        seeds, seed_of = _numbered(seed[at].tolist())
        yield BlockTable(
            cell={name: str(here[name][0]) for name in shared},
            axes=tuple(axes),
            arms=arms,
            arm_of=arm_of,
            seeds=seeds,
            seed_of=seed_of,
            status=status[at],
            metrics={metric: values[at] for metric, values in metrics.items()},
        )


def _check_axes(frame: "pd.DataFrame", axes: Sequence[str]) -> None:
    for axis in axes:
        if axis not in frame.columns:
            raise ResultsError(
                f"--by {axis}: the table has no column {axis} (it has {listed(frame.columns)})"
            )


def _fixed(axes: Sequence[str]) -> list[str]:
    places = ("dataset", "architecture", "hidden", "output")
    return [name for name in places if name not in axes]


def _groups(frame: "pd.DataFrame", shared: Sequence[str]) -> Iterator[NDArray[np.int64]]:
    number = frame.groupby(list(shared), sort=False).ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(number[order])) + 1)


def _numbered(values: Sequence[Any]) -> tuple[tuple[Any, ...], NDArray[np.int64]]:
    """The different values in order, and for each value the position of its like."""
    place = {value: i for i, value in enumerate(dict.fromkeys(values))}
    return tuple(place), np.array([place[value] for value in values], dtype=np.int64)


def _check_same(here: Mapping[str, NDArray[Any]], axes: Sequence[str]) -> None:
    for name in SAME:
        found = list(dict.fromkeys(here[name].tolist())) if name in here else []
        if len(found) > 1 and name not in axes:
            where = f"{here['dataset'][0]}, {here['architecture'][0]}"
            told = " --by optimizer compares them;" if name == "optimizer" else ""
            raise ResultsError(
                f"the trials on {where} differ in {name} ({listed(found)}), so their arms are not "
                f"comparable;{told} --filter {name}=… keeps one of them, --mixed compares them "
                "all the same"
            )
