"""The columns of the trials as arrays, and the blocks they fall into."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actbench.errors import ResultsError
from actbench.reporting.blocks import ArmName, Floats
from actbench.results.columns import AT_CHANCE, CELL_KEY, split_notes
from actbench.wording import listed

if TYPE_CHECKING:
    import pandas as pd

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
    `notes` are those that hold for this split: notes are about the test rows.
    """

    cell: Mapping[str, str]
    axes: tuple[str, ...]
    arms: tuple[ArmName, ...]
    arm_of: NDArray[np.int64]
    seeds: tuple[int, ...]
    seed_of: NDArray[np.int64]
    status: NDArray[Any]
    metrics: Mapping[str, Floats]
    notes: tuple[tuple[str, ...], ...]

    def measured(self, metric: str) -> bool:
        """Whether some trial has this metric, or none could have."""
        ok = self.status == "ok"
        return bool(np.isfinite(self.metrics[metric]).any() or not ok.any())

    def scores(self, metric: str) -> tuple[Floats, NDArray[np.bool_]]:
        """Scores and failures, arms x seeds; a trial that is not there is neither.

        Failed are trials that diverged, which have no score, and those that are no better than
        chance, which keep theirs.
        """
        scores = np.full((len(self.arms), len(self.seeds)), np.nan)
        scores[self.arm_of, self.seed_of] = self.metrics[metric]
        diverged = self._at("diverged")
        scores[self._at("error") | diverged] = np.nan
        return scores, diverged | self.collapsed

    def counts(self, metric: str) -> list[dict[str, int]]:
        """For each arm its trials that are ok, diverged, at chance, in error and missing."""
        scores, failed = self.scores(metric)
        at_chance = self.collapsed.sum(axis=1)
        ok = np.isfinite(scores).sum(axis=1) - at_chance
        diverged = failed.sum(axis=1) - at_chance
        errors = self._at("error").sum(axis=1)
        missing = len(self.seeds) - ok - diverged - at_chance - errors
        names = ("ok", "diverged", "at_chance", "error", "missing")
        rows = np.stack([ok, diverged, at_chance, errors, missing], axis=1).tolist()
        return [dict(zip(names, row, strict=True)) for row in rows]

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        """Which trials trained but are no better than chance, arms x seeds."""
        found = np.zeros((len(self.arms), len(self.seeds)), dtype=bool)
        found[self.arm_of, self.seed_of] = [AT_CHANCE in notes for notes in self.notes]
        return found & self._at("ok")

    def noted(self, arm: int) -> tuple[tuple[str, int], ...]:
        """Each note of an arm's trials, and how many of them have it."""
        of_arm = [self.notes[i] for i in np.flatnonzero(self.arm_of == arm).tolist()]
        return tuple(Counter(note for notes in of_arm for note in notes).items())

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
    columns = {name: _coded(frame[name]) for name in CELL_KEY if name in frame.columns}
    shared = [name for name in _fixed(axes) if name in columns]
    arm = _together([columns[axis] for axis in axes])
    seed, status = frame["seed"].to_numpy(), frame["status"].to_numpy(dtype=str)
    notes = _notes(frame, split)
    metrics = {m: frame[f"{split}_{m}"].to_numpy(dtype=float) for m in metrics_of(frame, split)}
    for at in _groups(_together([columns[name] for name in shared])):
        if not mixed:
            _check_same(columns, at, axes)
        firsts, arm_of = _numbered(arm[at])
        first_seeds, seed_of = _numbered(seed[at])
        yield BlockTable(
            cell={name: columns[name].label(at[0]) for name in shared},
            axes=tuple(axes),
            arms=tuple(tuple(columns[axis].label(i) for axis in axes) for i in at[firsts]),
            arm_of=arm_of,
            seeds=tuple(seed[at][first_seeds].tolist()),
            seed_of=seed_of,
            status=status[at],
            metrics={metric: values[at] for metric, values in metrics.items()},
            notes=tuple(notes[i] for i in at.tolist()),
        )


@dataclass(frozen=True)
class _Coded:
    """A column of words: its different words, and for each row the place of its own."""

    words: tuple[str, ...]
    codes: NDArray[np.int64]

    def label(self, row: int) -> str:
        return self.words[int(self.codes[row])]


def _coded(column: "pd.Series[Any]") -> _Coded:
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        words, codes = column.cat.categories, column.cat.codes.to_numpy()
    else:
        codes, words = pd.factorize(column.astype(str))
    return _Coded(tuple(map(str, words)), codes.astype(np.int64))


def _together(columns: Sequence[_Coded]) -> NDArray[np.int64]:
    """A number for each row that is the same where all columns are."""
    number = np.zeros(len(columns[0].codes), dtype=np.int64)
    for column in columns:
        _, number = np.unique(number * len(column.words) + column.codes, return_inverse=True)
    return number


def _notes(frame: "pd.DataFrame", split: str) -> list[tuple[str, ...]]:
    """The notes of each trial; none in a table without that column, or of another split."""
    if "note" not in frame.columns or split != "test":
        return [()] * len(frame)
    return [split_notes(cell) for cell in frame["note"].fillna("").astype(str)]


def _check_axes(frame: "pd.DataFrame", axes: Sequence[str]) -> None:
    for axis in axes:
        if axis not in frame.columns:
            raise ResultsError(
                f"--by {axis}: the table has no column {axis} (it has {listed(frame.columns)})"
            )


def _fixed(axes: Sequence[str]) -> list[str]:
    places = ("dataset", "architecture", "hidden", "output")
    return [name for name in places if name not in axes]


def _groups(number: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The rows of each number, those first that come first."""
    _, number = _numbered(number)
    order = np.argsort(number, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(number[order])) + 1)


def _numbered(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each different value stands first, in order, and for each row which of them it has."""
    _, first, place = np.unique(values, return_index=True, return_inverse=True)
    return np.sort(first), np.argsort(np.argsort(first))[place]


def _check_same(columns: Mapping[str, _Coded], at: NDArray[np.int64], axes: Sequence[str]) -> None:
    for name in SAME:
        if name not in columns or name in axes:
            continue
        codes = columns[name].codes[at]
        if (codes != codes[0]).any():
            found = [columns[name].label(at[i]) for i in _numbered(codes)[0]]
            where = ", ".join(columns[place].label(at[0]) for place in ("dataset", "architecture"))
            told = " --by optimizer compares them;" if name == "optimizer" else ""
            raise ResultsError(
                f"the trials on {where} differ in {name} ({listed(found)}), so their arms are not "
                f"comparable;{told} --filter {name}=… keeps one of them, --mixed compares them "
                "all the same"
            )
