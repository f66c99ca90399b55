"""The trials of every block as arrays, arms x seeds, and the arms that labels mean."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actbench.errors import ResultsError
from actbench.reporting.chosen_trials import Activations
from actbench.results.columns import (
    AT_CHANCE,
    AT_FLOOR,
    CELL_KEY,
    EPOCHS_TRAINED,
    SIDE_BY_SIDE,
    split_notes,
)
from actbench.results.journal import DIVERGED, ERROR, OK
from actbench.spec.activation import Activation
from actbench.spec.expectation import ArmReference
from actbench.spec.trial_metrics import (
    BEST_AT_ONE,
    REACHED,
    SECONDS,
    TRAINING_TIMES,
    TRIAL_METRICS,
    column_of,
)
from actbench.wording import listed

if TYPE_CHECKING:
    import pandas as pd

ArmName = tuple[str, ...]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# The trials of a block share these, except for the axes in which its arms differ.
_BLOCK_COLUMNS = ("dataset", "architecture", "hidden", "output")
# Trials that differ in one of these are comparable only if it is such an axis.
_SAME = ("optimizer", "epochs", "batch_size", "early_stopping")


@dataclass(frozen=True)
class BlockScores:
    """The trials of one block.

    `cell`: the columns that all of them share; `axes`: the columns that tell the arms apart.
    `arms`: their labels, one for each axis, in the order of the trials. `status`: arms x seeds,
    empty where there is no trial. `metrics`: of each metric the values, arms x seeds, NaN where
    there is none; the time of training is `seconds`, whatever rows the others are measured on.
    `collapsed`: arms x seeds, trials that trained but are no better than chance. `notes`: for each
    arm, how many of its trials have each note. `side_by_side`: arms x seeds, how many cells were
    trained at the same time; NaN where that is not known. `versions`: arms x seeds, what trained
    each trial; None where there is no trial, as in `trial_ids`, their identities. `epochs_trained`:
    arms x seeds, NaN where that is not known, as in every table of an experiment without early
    stopping.
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
    versions: NDArray[np.object_]
    epochs_trained: Floats
    trial_ids: NDArray[np.object_]

    def why_not_comparable(self, metric: str) -> str:
        """Why values of this metric say nothing of the arms, in words; empty where they do.

        Only times can be so: those of trials that shared the machine with others.
        """
        if metric not in TRAINING_TIMES:
            return ""
        cells = self.side_by_side[np.isfinite(self.metrics[metric])]
        if (cells > 1).any():
            most = int(np.nanmax(cells))
            return f"up to {most} cells were trained side by side, so times are not comparable"
        if np.isnan(cells).any():
            return "whether cells were trained side by side is not recorded, so times may mislead"
        return ""

    @property
    def stops_early(self) -> bool:
        """Whether the trials had early stopping, so that each may have trained for other epochs."""
        return bool(np.isfinite(self.epochs_trained).any())

    def cost(self, arm: int) -> dict[str, float | None]:
        """The means of what an arm's trials took, by field of a row; {} without early stopping."""
        if not self.stops_early:
            return {}
        columns = {"epochs_trained": self.epochs_trained, "seconds": self.metrics.get(SECONDS)}
        values = {
            name: column[arm][np.isfinite(column[arm])]
            for name, column in columns.items()
            if column is not None
        }
        return {name: float(of.mean()) if of.size else None for name, of in values.items()}

    @property
    def varying(self) -> tuple[str, ...]:
        """The axes in which the arms differ; all of them for a single arm."""
        columns = zip(self.axes, zip(*self.arms, strict=True), strict=True)
        return tuple(axis for axis, labels in columns if len({*labels}) > 1) or self.axes

    def of(self, arms: Sequence[ArmName], seeds: Sequence[int]) -> "BlockScores":
        """The trials of these arms and seeds, in their order."""
        rows = [self.arms.index(arm) for arm in arms]
        cells = np.ix_(rows, [self.seeds.index(seed) for seed in seeds])
        return replace(
            self,
            arms=tuple(arms),
            seeds=tuple(seeds),
            status=self.status[cells],
            metrics={metric: values[cells] for metric, values in self.metrics.items()},
            collapsed=self.collapsed[cells],
            notes=tuple(self.notes[row] for row in rows),
            side_by_side=self.side_by_side[cells],
            versions=self.versions[cells],
            trial_ids=self.trial_ids[cells],
            epochs_trained=self.epochs_trained[cells],
        )

    @cached_property
    def position(self) -> Mapping[str, int]:
        """The position of each arm, by its full name."""
        return {full_name(arm): i for i, arm in enumerate(self.arms)}

    @property
    def name(self) -> str:
        """The data set and the architecture, as a run until decided notes them."""
        return ", ".join(self.cell.values())

    @property
    def scored(self) -> list[str]:
        """The measured metrics that are scores of rows, rather than of whole trials."""
        return [metric for metric in self.measured if metric not in TRIAL_METRICS]

    @property
    def measured(self) -> list[str]:
        """The metrics that some trial has; all of them where no trial trained."""
        none = not (self.status == OK).any()
        return [metric for metric, of in self.metrics.items() if none or np.isfinite(of).any()]

    def scores(self, metric: str, arms: int | slice = slice(None)) -> Floats:
        """The scores, arms x seeds; NaN where a trial diverged, ended in an error or is missing."""
        ended = self.failed(metric) | (self.status == ERROR)
        values = np.where(ended, np.nan, self.metrics[metric])[arms]
        return np.abs(values) if metric in BEST_AT_ONE else values

    def failed(self, metric: str) -> Mask:
        """Trials that diverged, or have no value of this metric because they failed in it.

        Never to reach a goal is such a failure, and a gradient that is 0 or not finite. Arms x
        seeds.
        """
        values, trained = self.metrics[metric], self.status == OK
        nothing = np.isnan(values) if metric in REACHED else np.isinf(values)
        failed: Mask = (self.status == DIVERGED) | (trained & nothing)
        return failed

    def at_chance(self, metric: str, arms: int | slice = slice(None)) -> Mask:
        """Trials that fail because they are not shown to be better than chance, arms x seeds.

        They keep their score. Where only the time counts they do not fail.
        """
        return self.collapsed[arms] & (metric not in TRIAL_METRICS)

    def at_floor(self, metric: str) -> list[bool]:
        """Whether each arm's output keeps it from doing better, on every seed that trained."""
        trained = np.isfinite(self.scores(metric)).sum(axis=1)
        counts = [notes.get(AT_FLOOR, 0) for notes in self.notes]
        return [
            0 < seeds <= count and metric not in TRIAL_METRICS
            for seeds, count in zip(trained, counts, strict=True)
        ]

    def counts(self, metric: str, arm: int) -> dict[str, int]:
        """The number of an arm's trials by outcome, as the fields of a row name them."""
        status = self.status[arm].tolist()
        at_chance = int(self.at_chance(metric, arm).sum())
        counts = {
            "ok": int(np.isfinite(self.scores(metric, arm)).sum()) - at_chance,
            "diverged": int(self.failed(metric)[arm].sum()),
            "at_chance": at_chance,
            "error": status.count(ERROR),
        }
        return {**counts, "missing": len(status) - sum(counts.values())}

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


def full_name(labels: Iterable[str]) -> str:
    """An arm by its labels, as the pairs name it."""
    return " / ".join(labels)


def metrics_of(frame: "pd.DataFrame", part: str) -> list[str]:
    """The metrics that the table holds for a part of the rows: test, val or train.

    The loss comes last of them, and then the metrics of whole trials.
    """
    columns = [name for name in frame.columns if name != column_of(SECONDS)]
    names = [c.removeprefix(f"{part}_") for c in columns if c.startswith(f"{part}_")]
    names.sort(key=lambda name: name == "loss")
    return [*names, *(m for m in TRIAL_METRICS if column_of(m) in frame.columns)]


def read_blocks(frame: "pd.DataFrame", axes: Sequence[str], part: str) -> list[BlockScores]:
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
    return [_block(trials, cell, axes, part) for cell, trials in _groups(frame, axes)]


def check_comparable(frame: "pd.DataFrame", axes: Sequence[str]) -> None:
    """Refuse a block whose trials differ in how they were trained.

    Raises:
        ResultsError: they differ in the optimizer, the epochs, the batch size or early stopping.
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
    shared = [name for name in _BLOCK_COLUMNS if name in frame.columns and name not in axes]
    for cell, trials in words.groupby(shared, sort=False):
        yield dict(zip(shared, map(str, cell), strict=True)), trials


def _block(
    trials: "pd.DataFrame", cell: Mapping[str, str], axes: Sequence[str], part: str
) -> BlockScores:
    labels = trials[list(axes)]
    arms = tuple(labels.drop_duplicates().itertuples(index=False, name=None))
    arm_of = [arms.index(arm) for arm in labels.itertuples(index=False, name=None)]
    seeds, seed_of = np.unique(trials["seed"].to_numpy(), return_inverse=True)

    def table(values: Any, empty: Any) -> NDArray[Any]:
        cells = np.full((len(arms), len(seeds)), empty)
        cells[arm_of, seed_of] = values
        return cells

    status = table(trials["status"].to_numpy(dtype="<U8"), np.array("", dtype="<U8"))
    notes = _notes(trials, part)
    counts = [Counter[str]() for _ in arms]
    for arm, of_trial in zip(arm_of, notes, strict=True):
        counts[arm].update(of_trial)
    columns = {
        m: column_of(m) if m in TRIAL_METRICS else f"{part}_{m}" for m in metrics_of(trials, part)
    }
    return BlockScores(
        cell=cell,
        axes=tuple(axes),
        arms=arms,
        seeds=tuple(seeds.tolist()),
        status=status,
        metrics={
            metric: table(_values(trials, metric, column), np.nan)
            for metric, column in columns.items()
        },
        collapsed=table([AT_CHANCE in of_trial for of_trial in notes], False) & (status == OK),
        notes=tuple(counts),
        side_by_side=table(np.asarray(trials.get(SIDE_BY_SIDE, np.nan), dtype=float), np.nan),
        versions=table(_texts(trials, "versions"), np.array(None, dtype=object)),
        trial_ids=table(_texts(trials, "trial"), np.array(None, dtype=object)),
        epochs_trained=table(np.asarray(trials.get(EPOCHS_TRAINED, np.nan), dtype=float), np.nan),
    )


def _values(trials: "pd.DataFrame", metric: str, column: str) -> Floats:
    """The values of a metric, or their logarithms where it is best at 1."""
    values: Floats = trials[column].to_numpy(dtype=float)
    if metric in BEST_AT_ONE:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log(values)
    return values


def _notes(trials: "pd.DataFrame", part: str) -> list[tuple[str, ...]]:
    """The notes of each trial; they are about the test rows, so other parts have none."""
    if part != "test":
        return [()] * len(trials)
    return [split_notes(cell) for cell in _texts(trials, "note")]


def _texts(trials: "pd.DataFrame", column: str) -> list[str]:
    """The cells of a column of text; empty ones where the table lacks it."""
    if column not in trials.columns:
        return [""] * len(trials)
    return trials[column].astype(object).fillna("").astype(str).tolist()
