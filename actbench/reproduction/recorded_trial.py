"""One trial of a results folder: its cell, how it was drawn, and the numbers that it gave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from actbench.data import DatasetRequest, NumberedSplit
from actbench.data.dataset import outline
from actbench.errors import ResultsError
from actbench.experiment.trials import trial_id
from actbench.results import ResultsFolder
from actbench.results.columns import metric_columns, split_notes
from actbench.results.journal import ERROR
from actbench.results.reading import Trials, read_trials
from actbench.spec import Cell, blocks, load
from actbench.spec.dataset import FileDataset
from actbench.wording import listed, nearest

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RecordedTrial:
    """A trial of the tables.

    `learning_rate`: the one that was chosen for it; None where the spec has a single one. `status`:
    "ok" or "diverged". `metrics`: its numbers by column, those that are finite. `versions`: what
    trained it, a part each.
    """

    cell: Cell
    seed: int
    split: NumberedSplit | None
    learning_rate: float | None
    status: str
    metrics: dict[str, float]
    versions: tuple[str, ...]

    @property
    def request(self) -> DatasetRequest:
        """The rows that it was trained and tested on."""
        return replace(self.cell.dataset.request, split=self.split)

    @property
    def compiled_by_xla(self) -> bool | None:
        """Whether XLA compiled its training steps; None where that was left to Keras."""
        if any("XLA" in part for part in self.versions):
            return True
        return False if any(part.startswith("compiled") for part in self.versions) else None


def find_trial(
    table: Path,
    arm: str,
    seed: int,
    *,
    dataset: str | None = None,
    architecture: str | None = None,
    split: int | None = None,
) -> RecordedTrial:
    """The trial of a `trials.csv` with this arm and seed; its spec lies beside the table.

    `arm`: as in "relu/tanh", or one activation where that names a single arm. `dataset` and
    `architecture` are needed where there are several, `split` where the spec has splits.

    Raises:
        ResultsError: there is no such trial, or several, or its data or code has changed since.
        SpecError: the spec beside the table cannot be read.
    """
    trials = read_trials(table)
    spec = ResultsFolder(table.parent).spec
    if not spec.is_file():
        raise ResultsError(f"expected the spec of the trials beside them, at {spec}")
    experiment = load(str(spec))
    cells = [cell for block in blocks(experiment) for cell in block.cells]
    dataset = _narrowed("dataset", [c.dataset.label for c in cells], dataset)
    architecture = _narrowed("architecture", [c.architecture.name for c in cells], architecture)
    place = (dataset, architecture)
    cell = _with_arm([c for c in cells if (c.dataset.label, c.architecture.name) == place], arm)
    splits = {s.number if s else None: s for s in experiment.numbered_splits}
    if split is None and None not in splits:
        raise ResultsError(f"name the split of the trial with --split (0 to {len(splits) - 1})")
    if split not in splits:
        expected = f"one of the splits 0 to {len(splits) - 1}" if None not in splits else "none"
        raise ResultsError(f"--split: expected {expected}, got {split}")
    row = _row_of(trials, cell, seed, split)
    trial = _recorded(row, cell, splits[split])
    _refuse_changed(trial, row, trials)
    return trial


def _narrowed(kind: str, names: Sequence[str], name: str | None) -> str:
    """The name, if it is one of `names`; without a name, the only one of them."""
    distinct = tuple(dict.fromkeys(names))
    if name is None and len(distinct) == 1:
        return distinct[0]
    if name is None or name not in distinct:
        got = f"got '{name[:60]}'{nearest(name, distinct)}" if name else "got none"
        raise ResultsError(f"--{kind}: expected one of {listed(distinct)}; {got}")
    return name


def _with_arm(cells: Sequence[Cell], arm: str) -> Cell:
    """The cell whose arm has this label, or else the only one with an activation of this label."""
    by_label = {_plain(cell.arm.label): cell for cell in cells}
    if _plain(arm) in by_label:
        return by_label[_plain(arm)]
    for labels in ([c.arm.hidden.label for c in cells], [c.arm.output.label for c in cells]):
        matching = [c for c, label in zip(cells, labels, strict=True) if _plain(label) == arm]
        if len(matching) == 1:
            return matching[0]
    names = [cell.arm.label for cell in cells]
    near = nearest(arm, names)
    raise ResultsError(f"--arm: expected one of {listed(names)}; got '{arm[:60]}'{near}")


def _plain(label: str) -> str:
    return label.replace(" / ", "/")


def _row_of(trials: Trials, cell: Cell, seed: int, split: int | None) -> "pd.Series":
    frame = trials.frame
    labels = {
        "dataset": cell.dataset.label,
        "architecture": cell.architecture.name,
        "hidden": cell.arm.hidden.label,
        "output": cell.arm.output.label,
    }
    for column, label in labels.items():
        frame = frame[frame[column] == label]
    if split is not None:
        frame = frame[frame["split"] == split]
    rows = frame[frame["seed"] == seed]
    if rows.empty:
        seeds = listed(_ranges(sorted(set(frame["seed"])))) or "none"
        raise ResultsError(f"--seed: {cell.arm.label} has the seeds {seeds}; got {seed}")
    return rows.iloc[0]


def _ranges(numbers: Iterable[int]) -> list[str]:
    """Ascending whole numbers, those that follow one another as a range.

    >>> _ranges([0, 1, 2, 5])
    ['0 to 2', '5']
    """
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return [str(low) if low == high else f"{low} to {high}" for low, high in ranges]


def _recorded(row: "pd.Series", cell: Cell, split: NumberedSplit | None) -> RecordedTrial:
    if row["status"] == ERROR:
        raise ResultsError(
            f"{cell.arm.label} with seed {row['seed']} ended in an error and left no numbers; "
            "choose another seed"
        )
    metrics = {name: float(row[name]) for name in metric_columns(map(str, row.index))}
    return RecordedTrial(
        cell=cell,
        seed=int(row["seed"]),
        split=split,
        learning_rate=float(row["learning_rate"]) if "learning_rate" in row.index else None,
        status=str(row["status"]),
        metrics={name: value for name, value in metrics.items() if value == value},
        versions=split_notes(str(row.get("versions", ""))),
    )


def _refuse_changed(trial: RecordedTrial, row: "pd.Series", trials: Trials) -> None:
    """Refuse a trial whose data, module or spec is not what it was: its numbers would be others."""
    choice = trial.cell.dataset
    if isinstance(choice, FileDataset):
        digest = outline(choice.info).digest
    else:
        digest = trials.side_files.digests.get(choice.name, "")
    identity = trial_id(trial.cell, trial.seed, digest, trial.split, trial.learning_rate)
    if digest and row.get("trial") and row["trial"] != identity:
        parts = ["the spec"]
        parts += ["the file"] if isinstance(choice, FileDataset) else []
        parts += ["the module of the user's own function"] if trial.cell.user_functions() else []
        raise ResultsError(
            f"the trial in {trials.path} was trained from something else than what is here now: "
            f"{' or '.join(parts)} has changed. Put back what it was, or run the "
            "spec again"
        )
