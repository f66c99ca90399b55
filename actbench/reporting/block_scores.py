"""The trials of every block as arrays, arms x seeds, and the arms that labels mean."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from actbench.errors import ResultsError
from actbench.reporting.chosen_trials import Activations
from actbench.results.columns import AT_CHANCE, AT_FLOOR, CELL_KEY, split_notes
from actbench.results.journal import DIVERGED, ERROR, OK
from actbench.spec.activation import Activation
from actbench.spec.expectation import SECONDS, ArmReference
from actbench.wording import listed

if TYPE_CHECKING:
    import pandas as pd

ArmName = tuple[str, ...]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_Value = TypeVar("_Value", bound=Hashable)

# The trials of a block share these, but for the axes in which its arms differ.
_BLOCK_COLUMNS = ("dataset", "architecture", "hidden", "output")
_TIME, _TOGETHER = "train_seconds", "side_by_side"
# Trials that differ in one of these are comparable only if it is such an axis.
_SAME = ("optimizer", "epochs", "batch_size")


@dataclass(frozen=True)
class BlockScores:
    """The trials of one block.

    `cell`: the columns that all of them share; `axes`: the columns that tell the arms apart.
    `arms`: their labels, one for each axis, in the order of the trials. `status`: arms x seeds,
    empty where there is no trial. `metrics`: of each metric the values, arms x seeds, NaN where
    there is none; the time of training is `seconds`, whatever rows the others are measured on.
    `collapsed`: arms x seeds, trials that trained but are no better than chance. `notes`: for each
    arm, how many of its trials have each note. `side_by_side`: arms x seeds, how many cells were
    trained at the same time; NaN where that is not known.
    """

    cell: Mapping[str, str]
    axes: tuple[str, ...]
    arms: tuple[ArmName, ...]
    seeds: tuple[int, ...]
    status: NDArray[np.str_]
    metrics: Mapping[str, Floats]
    collapsed: Mask
    notes: tuple[Mapping[str, int], ...]
    side_by_side: Floats

    def why_not_comparable(self, metric: str) -> str:
        """Why values of this metric say nothing of the arms, in words; empty where they do.

        Only times can be so: those of trials that shared the machine with others.
        """
        if metric != SECONDS:
            return ""
        together = self.side_by_side[np.isfinite(self.metrics[SECONDS])]
        if (together > 1).any():
            most = int(np.nanmax(together))
            return f"up to {most} cells were trained side by side, so times are not comparable"
        if np.isnan(together).any():
            return "whether cells were trained side by side is not recorded, so times may mislead"
        return ""

    @property
    def name(self) -> str:
        """The data set and the architecture, as a run until decided notes them."""
        return ", ".join(self.cell.values())

    def measured(self, metric: str) -> bool:
        """Whether some trial has this metric, or no trial trained at all."""
        return bool(np.isfinite(self.metrics[metric]).any() or not (self.status == OK).any())

    def scores(self, metric: str) -> tuple[Floats, Mask]:
        """Scores and failures, arms x seeds; a missing trial has neither.

        A trial fails if it diverged, and has no score, or if it is no better than chance, and
        keeps its score. The latter is no failure where only the time counts.
        """
        diverged = self.status == DIVERGED
        scores = np.where(diverged | (self.status == ERROR), np.nan, self.metrics[metric])
        return scores, diverged | self.at_chance(metric)

    def at_chance(self, metric: str) -> Mask:
        """Trials that fail because they are no better than chance, arms x seeds."""
        return np.zeros_like(self.collapsed) if metric == SECONDS else self.collapsed

    def at_floor(self, metric: str) -> list[bool]:
        """Whether each arm's output keeps it from doing better, on every seed that trained."""
        trained = np.isfinite(self.scores(metric)[0]).sum(axis=1)
        counts = [notes.get(AT_FLOOR, 0) for notes in self.notes]
        return [
            0 < seeds <= count and metric != SECONDS
            for seeds, count in zip(trained, counts, strict=True)
        ]

    def counts(self, metric: str) -> list[dict[str, int]]:
        """For each arm the number of its trials by outcome, as the fields of a row name them."""
        scores, _ = self.scores(metric)
        at_chance = self.at_chance(metric).sum(axis=1)
        counts = {
            "ok": np.isfinite(scores).sum(axis=1) - at_chance,
            "diverged": (self.status == DIVERGED).sum(axis=1),
            "at_chance": at_chance,
            "error": (self.status == ERROR).sum(axis=1),
        }
        counts["missing"] = len(self.seeds) - sum(counts.values())
        return [
            {name: int(count[arm]) for name, count in counts.items()}
            for arm in range(len(self.arms))
        ]

    def matching(self, labels: Mapping[str, str], activations: Activations) -> list[int]:
        """The positions of the arms that have these labels in the axes that `labels` names.

        Where no arm has them, other names of the same activations count too.
        """
        named = [(i, axis, labels[axis]) for i, axis in enumerate(self.axes) if axis in labels]
        arms = list(enumerate(self.arms))
        exact = [k for k, arm in arms if all(arm[i] == word for i, _, word in named)]
        return exact or [
            k
            for k, arm in arms
            if all(_means(word, axis, arm[i], activations) for i, axis, word in named)
        ]


def _means(word: str, axis: str, label: str, activations: Activations) -> bool:
    """Whether the word is the label, or another name of the activation behind it."""
    if word == label or axis not in ("hidden", "output"):
        return word == label
    activation = activations.get(axis, {}).get(label) or Activation.or_none(label)
    return activation is not None and ArmReference(hidden=word).matches(activation, activation)


def metrics_of(frame: "pd.DataFrame", split: str) -> list[str]:
    """The metrics that the table holds for a split, the loss and the seconds of training last."""
    columns = [name for name in frame.columns if name != _TIME]
    names = [c.removeprefix(f"{split}_") for c in columns if c.startswith(f"{split}_")]
    names.sort(key=lambda name: name == "loss")
    return [*names, SECONDS] if _TIME in frame.columns else names


def _column(metric: str, split: str) -> str:
    return _TIME if metric == SECONDS else f"{split}_{metric}"


def read_blocks(frame: "pd.DataFrame", axes: Sequence[str], split: str) -> list[BlockScores]:
    """The blocks of the trials, in the order of their first rows.

    `axes`: the columns that tell the arms apart; the others are the same within a block.

    Raises:
        ResultsError: the table lacks an axis.
    """
    for axis in axes:
        if axis not in frame.columns:
            raise ResultsError(
                f"--by {axis}: the table has no column {axis} (it has {listed(frame.columns)})"
            )
    return [_block(trials, cell, axes, split) for cell, trials in _groups(frame, axes)]


def check_comparable(frame: "pd.DataFrame", axes: Sequence[str]) -> None:
    """Refuse a block whose trials differ in how they were trained.

    Raises:
        ResultsError: they differ in the optimizer, the epochs or the batch size.
    """
    for _, trials in _groups(frame, axes):
        for name in _SAME:
            if name in axes or name not in trials or trials[name].nunique() == 1:
                continue
            where = ", ".join(map(str, trials[["dataset", "architecture"]].iloc[0]))
            hint = " --by optimizer compares them;" if name == "optimizer" else ""
            raise ResultsError(
                f"the trials on {where} differ in {name} ({listed(trials[name].unique())}), so "
                f"their arms are not comparable;{hint} --filter {name}=… keeps one of them"
            )


def _groups(
    frame: "pd.DataFrame", axes: Sequence[str]
) -> "Iterator[tuple[dict[str, str], pd.DataFrame]]":
    """The rows of each block, with the cell that they share."""
    words = frame.astype({name: str for name in CELL_KEY if name in frame.columns})
    shared = [name for name in _BLOCK_COLUMNS if name not in axes]
    for cell, trials in words.groupby(shared, sort=False):
        yield dict(zip(shared, map(str, cell), strict=True)), trials


def _block(
    trials: "pd.DataFrame", cell: Mapping[str, str], axes: Sequence[str], split: str
) -> BlockScores:
    arms, arm_of = _numbered(zip(*(trials[axis] for axis in axes), strict=True))
    seeds = tuple(sorted({*trials["seed"].tolist()}))
    seed_of = [seeds.index(seed) for seed in trials["seed"].tolist()]

    def table(values: Any, empty: Any) -> NDArray[Any]:
        cells = np.full((len(arms), len(seeds)), empty)
        cells[arm_of, seed_of] = values
        return cells

    status = table(trials["status"].to_numpy(dtype="<U8"), np.array("", dtype="<U8"))
    notes = _notes(trials, split)
    counts = [Counter[str]() for _ in arms]
    for arm, of_trial in zip(arm_of, notes, strict=True):
        counts[arm].update(of_trial)
    return BlockScores(
        cell=cell,
        axes=tuple(axes),
        arms=arms,
        seeds=seeds,
        status=status,
        metrics={
            metric: table(trials[_column(metric, split)].to_numpy(dtype=float), np.nan)
            for metric in metrics_of(trials, split)
        },
        collapsed=table([AT_CHANCE in of_trial for of_trial in notes], False) & (status == OK),
        notes=tuple(counts),
        side_by_side=table(_side_by_side(trials), np.nan),
    )


def _numbered(values: Iterable[_Value]) -> tuple[tuple[_Value, ...], list[int]]:
    """The different values in the order they first appear, and of each entry its number there.

    >>> _numbered("abcab")
    (('a', 'b', 'c'), [0, 1, 2, 0, 1])
    """
    numbers: dict[_Value, int] = {}
    of_entry = [numbers.setdefault(value, len(numbers)) for value in values]
    return tuple(numbers), of_entry


def _side_by_side(trials: "pd.DataFrame") -> Floats:
    """How many cells were trained at the same time, by trial; NaN in tables that lack it."""
    if _TOGETHER not in trials.columns:
        return np.full(len(trials), np.nan)
    return trials[_TOGETHER].to_numpy(dtype=float)


def _notes(trials: "pd.DataFrame", split: str) -> list[tuple[str, ...]]:
    """The notes of each trial; notes are about the test rows, so other splits have none."""
    if "note" not in trials.columns or split != "test":
        return [()] * len(trials)
    return [split_notes(cell) for cell in trials["note"].astype(object).fillna("").astype(str)]
