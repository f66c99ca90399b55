"""The columns of the tables (trials, history, diagnostics, summary), and writing them.

To add a column to `trials.csv`, declare it in `AFTER_METRICS` and fill the field of the record
that it shows. Older tables, which lack the column, can still be read.
"""

import csv
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from actbench.results.folder import ResultsFolder, replacing
from actbench.results.journal import STATUSES, Record
from actbench.results.trial_measures import inside, reach_epoch, reach_seconds
from actbench.spec.grid import Cell
from actbench.spec.trial_metrics import (
    OF_DIAGNOSTICS,
    PREDICT_SECONDS,
    REACH_EPOCH,
    REACH_SECONDS,
)

# The words of the column `note`.
DEAD_OUTPUT = "dead output"
AT_FLOOR = "at its floor"
AT_CHANCE = "at chance"
# Columns of `trials.csv`; only experiments with early stopping have the first.
EPOCHS_TRAINED = "epochs_trained"
SIDE_BY_SIDE = "side_by_side"
# In the column `note` of `diagnostics.csv`.
NOT_MEASURED = "not measured: inside a recurrent loop"
# What an empty cell of the column `versions` means, in words.
VERSIONS_UNKNOWN = "versions that were not recorded"

Kind = Literal["text", "status", "whole", "number"]


@dataclass(frozen=True)
class Row:
    """One finished trial as the tables show it: its experiment's name, its cell, its record.

    `note`: what to know of the trial beside its numbers, as `join_notes` writes it. In a row of
    `history.csv`, `epoch` counts from 1 and `epoch_metrics` are those of that epoch.
    `learning_rate`: where the spec has several, the one that it was trained at.
    """

    experiment: str
    cell: Cell
    record: Record
    note: str = ""
    epoch: int | None = None
    epoch_metrics: Mapping[str, float] | None = None
    layer: Mapping[str, float] = field(default_factory=dict)
    learning_rate: float | None = None


@dataclass(frozen=True)
class Column:
    """A column: its name, its value in a row, and what it holds when a table is read back.

    `kind` is None for a column that is written only. A table that lacks a `required` column is
    refused. `shown` says of all the trials of an experiment whether the column is written.
    """

    name: str
    value: Callable[[Row], Any]
    kind: Kind | None = None
    required: bool = False
    shown: Callable[[Sequence[Row]], bool] = lambda rows: True


def _has_diagnostics(rows: Sequence[Row]) -> bool:
    return any(row.record.diagnostics is not None for row in rows)


def _has_reach(rows: Sequence[Row]) -> bool:
    return any(row.cell.reach for row in rows)


def _inside(name: str) -> Column:
    """A column of `trials.csv` from the diagnostics."""
    return Column(name, lambda row: inside(row.record, name), "number", shown=_has_diagnostics)


def _has_validation(rows: Sequence[Row]) -> bool:
    return any(row.cell.dataset.validation for row in rows)


def _stops_early(rows: Sequence[Row]) -> bool:
    return any(row.cell.early_stopping for row in rows)


def _has_splits(rows: Sequence[Row]) -> bool:
    return any(row.record.split is not None for row in rows)


def _has_rates(rows: Sequence[Row]) -> bool:
    return any(row.learning_rate is not None for row in rows)


KEY_COLUMNS: tuple[Column, ...] = (
    Column("dataset", lambda row: row.cell.dataset.label, "text", required=True),
    Column("architecture", lambda row: row.cell.architecture.name, "text", required=True),
    Column("hidden", lambda row: row.cell.arm.hidden.label, "text", required=True),
    Column("output", lambda row: row.cell.arm.output.label, "text", required=True),
    Column("optimizer", lambda row: row.cell.optimizer.label, "text"),
    Column("epochs", lambda row: row.cell.epochs, "text"),
    Column("batch_size", lambda row: row.cell.batch_size, "text"),
    Column(
        "early_stopping",
        lambda row: row.cell.early_stopping.label if row.cell.early_stopping else None,
        "text",
        shown=_stops_early,
    ),
)
CELL_COLUMNS: tuple[Column, ...] = (
    Column("experiment", lambda row: row.experiment, "text"),
    *KEY_COLUMNS,
)
SPLIT = Column("split", lambda row: row.record.split, "whole", shown=_has_splits)
SEED = Column("seed", lambda row: row.record.seed, "whole", required=True)
LEARNING_RATE = Column("learning_rate", lambda row: row.learning_rate, "number", shown=_has_rates)
EPOCH = Column("epoch", lambda row: row.epoch, "number", required=True)
STATUS = Column("status", lambda row: row.record.status, "status", required=True)
# The columns of `trials.csv` left and right of the metrics.
BEFORE_METRICS: tuple[Column, ...] = (
    *CELL_COLUMNS,
    SPLIT,
    SEED,
    LEARNING_RATE,
    STATUS,
    Column("parameters", lambda row: row.record.parameters),
)
AFTER_METRICS: tuple[Column, ...] = (
    Column("best_epoch", lambda row: row.record.best_epoch, "number", shown=_has_validation),
    Column("best_val_loss", lambda row: row.record.best_val_loss, "number", shown=_has_validation),
    Column(
        EPOCHS_TRAINED,
        lambda row: len(row.record.history) or None,
        "number",
        shown=_stops_early,
    ),
    Column("train_seconds", lambda row: _seconds(row.record.train_seconds), "number"),
    Column("compile_seconds", lambda row: _seconds(row.record.compile_seconds)),
    Column(
        REACH_EPOCH,
        lambda row: reach_epoch(row.record, row.cell.reach),
        "number",
        shown=_has_reach,
    ),
    Column(
        REACH_SECONDS,
        lambda row: _seconds(reach_seconds(row.record, row.cell.reach)),
        "number",
        shown=_has_reach,
    ),
    *map(_inside, OF_DIAGNOSTICS),
    Column(
        PREDICT_SECONDS, lambda row: row.record.predict_seconds, "number", shown=_has_diagnostics
    ),
    Column(SIDE_BY_SIDE, lambda row: row.record.side_by_side, "number"),
    Column("train_rows", lambda row: row.record.train_rows, "number", shown=_has_splits),
    Column("test_rows", lambda row: row.record.test_rows, "number", shown=_has_splits),
    Column("versions", lambda row: row.record.versions, "text"),
    Column("note", lambda row: row.note, "text"),
    Column("trial", lambda row: row.record.trial, "text"),
)
# What a trial took; `summary.csv` has their means where training stops early.
_COSTS = tuple(c for c in AFTER_METRICS if c.name in (EPOCHS_TRAINED, "train_seconds"))


def _of_layer(name: str) -> Column:
    """A column of `diagnostics.csv`: a measure of one layer at one time."""
    return Column(name, lambda row: row.layer.get(name), "number")


# The columns of `diagnostics.csv` right of the cell's and the seed.
LAYER_COLUMNS: tuple[Column, ...] = (
    EPOCH,
    Column("layer", lambda row: int(row.layer["layer"]), "whole"),
    *map(_of_layer, ("z_mean", "z_sd", "mean", "sd", "dead", "saturated", "gradient")),
    *map(_of_layer, ("off_centre", "largest")),
    Column("note", lambda row: "" if len(row.layer) > 2 else NOT_MEASURED, "text"),
)

CELL_KEY = tuple(column.name for column in KEY_COLUMNS)  # tells one cell from another
REQUIRED = {
    "trials.csv": tuple(column.name for column in BEFORE_METRICS if column.required),
    "history.csv": tuple(c.name for c in (*KEY_COLUMNS, SEED, EPOCH) if c.required),
    "selection.csv": (
        *(c.name for c in (*KEY_COLUMNS, SEED) if c.required),
        LEARNING_RATE.name,
        STATUS.name,
    ),
    "diagnostics.csv": ("hidden", "output", "seed", "epoch", "layer"),
}
_KINDS = {column.name: column.kind for column in (*BEFORE_METRICS, *AFTER_METRICS, EPOCH)}
_LAYER_KINDS = {column.name: column.kind for column in LAYER_COLUMNS}
_SPLITS = ("train", "val", "test")
# A spreadsheet takes a text that begins like this for a formula. Apostrophes in front of it are
# matched too, so that `text_of_cell` gives back exactly what `csv_of` was given.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
# What `summary.csv` says of each test metric, over the seeds that have a value.
_SPREADS: dict[str, Callable[[Sequence[float]], float | None]] = {
    "mean": statistics.fmean,
    "sd": lambda values: statistics.stdev(values) if len(values) > 1 else None,  # n - 1
    "median": statistics.median,
    "min": min,
    "max": max,
}


def kind_of(name: str, table: str = "trials.csv") -> Kind | None:
    """What a column of a table holds; None for one that is not read."""
    if table == "diagnostics.csv" and name in _LAYER_KINDS:
        return _LAYER_KINDS[name]
    return "number" if metric_columns([name]) else _KINDS.get(name)


def metric_columns(names: Iterable[str]) -> list[str]:
    """The names among `names` that are metrics of some split.

    >>> metric_columns(["seed", "train_loss", "test_mae", "train_seconds"])
    ['train_loss', 'test_mae']
    """
    starts = tuple(f"{split}_" for split in _SPLITS)
    return [name for name in names if name.startswith(starts) and name not in _KINDS]


def join_notes(notes: Iterable[str]) -> str:
    """Several notes as one cell of the column `note`."""
    return "; ".join(notes)


def split_notes(cell: str) -> tuple[str, ...]:
    """The notes in one cell of the column `note`.

    >>> split_notes("dead output; at chance")
    ('dead output', 'at chance')
    """
    return tuple(note for note in map(str.strip, cell.split(";")) if note)


def csv_of(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as the text of a CSV file that no spreadsheet takes for formulas.

    Text that begins like one gets an apostrophe, which `text_of_cell` takes off again; numbers
    stay as they are.

    >>> csv_of([["=HYPERLINK(1)", "relu", -0.5]])
    "'=HYPERLINK(1),relu,-0.5\\n"
    """
    return "".join(_lines_of(rows))


def _lines_of(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    lines: list[str] = []
    # With this line end the writer quotes cells that contain a carriage return or a line feed.
    file = SimpleNamespace(write=lambda line: lines.append(line.removesuffix("\r\n") + "\n"))
    writer = csv.writer(file, lineterminator="\r\n")
    for row in rows:
        writer.writerow(
            f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell for cell in row
        )
        yield lines.pop()


def text_of_cell(cell: str) -> str:
    """The text that `csv_of` wrote as this cell."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def versions_that_differ(cells: Iterable[str]) -> dict[str, int]:
    """What differs between cells of the column `versions`, and how many have it; else empty.

    >>> versions_that_differ(["keras 3.11.0; x86_64", "keras 3.12.0; x86_64"])
    {'keras 3.11.0': 1, 'keras 3.12.0': 1}
    """
    count_by_parts = Counter(map(split_notes, cells))
    if len(count_by_parts) < 2:
        return {}
    shared = set.intersection(*map(set, count_by_parts))
    return {
        ", ".join(part for part in parts if part not in shared) or VERSIONS_UNKNOWN: count
        for parts, count in count_by_parts.items()
    }


def write_tables(folder: ResultsFolder, rows: Sequence[Row]) -> None:
    """Write `trials.csv`, `history.csv` and `summary.csv`, each in one step.

    Raises:
        ResultsError: a file could not be written.
    """

    def shown(*columns: Column) -> list[Column]:
        return [column for column in columns if column.shown(rows)]

    metrics, epoch_metrics = _metric_columns(rows, _SPLITS), _metric_columns(rows, ("train", "val"))
    trials = shown(*BEFORE_METRICS, *metrics, *AFTER_METRICS)
    history = shown(*CELL_COLUMNS, SPLIT, SEED, EPOCH, *epoch_metrics)
    _write(folder.trials, _table(trials, rows))
    _write(folder.history, _table(history, _epochs(rows)))
    if _has_diagnostics(rows):
        _write(
            folder.diagnostics,
            _table(shown(*CELL_COLUMNS, SPLIT, SEED, *LAYER_COLUMNS), _layers(rows)),
        )
    _write(folder.summary, _summary(shown(*CELL_COLUMNS), rows))


def write_selection(folder: ResultsFolder, rows: Sequence[Row]) -> None:
    """Write `selection.csv`: the trials that learning rates were chosen by, without test metrics.

    Without such trials there is no such file.

    Raises:
        ResultsError: it could not be written.
    """
    if not rows:
        folder.selection.unlink(missing_ok=True)
        return
    after = [column for column in AFTER_METRICS if column.name != "note"]
    columns = (*CELL_COLUMNS, SPLIT, SEED, LEARNING_RATE, STATUS, *_metric_columns(rows, ("val",)))
    shown = [column for column in (*columns, *after) if column.shown(rows)]
    _write(folder.selection, _table(shown, rows))


def _write(path: Path, lines: Iterable[Sequence[Any]]) -> None:
    with replacing(path) as file:
        file.writelines(line.encode() for line in _lines_of(lines))


def _table(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[list[Any]]:
    """The names of the columns, which begin with those of a cell, and their values in each row."""
    yield [column.name for column in columns]
    of_cell = sum(column in CELL_COLUMNS for column in columns)
    values_by_cell: dict[int, list[Any]] = {}  # there are far fewer cells than rows
    for row in rows:
        if id(row.cell) not in values_by_cell:
            values_by_cell[id(row.cell)] = [column.value(row) for column in columns[:of_cell]]
        yield [
            *values_by_cell[id(row.cell)],
            *(column.value(row) for column in columns[of_cell:]),
        ]


def _metric_columns(rows: Sequence[Row], splits: Sequence[str]) -> list[Column]:
    """For each split the loss, then every metric of any cell, in the order of the specs."""
    metrics = ["loss", *dict.fromkeys(m for row in rows for m in row.cell.metrics)]
    splits = [split for split in splits if split != "val" or _has_validation(rows)]
    names = [f"{split}_{metric}" for split in splits for metric in metrics]
    return list(map(_metric, names))


def _metric(name: str) -> Column:
    def value(row: Row) -> float | None:
        metrics = row.record.metrics if row.epoch_metrics is None else row.epoch_metrics
        return metrics.get(name)

    return Column(name, value)


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.4f}"


def _epochs(rows: Sequence[Row]) -> Iterator[Row]:
    for row in rows:
        for number, metrics in enumerate(row.record.history, start=1):
            yield replace(row, epoch=number, epoch_metrics=metrics)


def _layers(rows: Sequence[Row]) -> Iterator[Row]:
    for row in rows:
        for layer in row.record.diagnostics or ():
            yield replace(row, epoch=int(layer["epoch"]), layer=layer)


def _summary(columns: Sequence[Column], rows: Sequence[Row]) -> Iterator[list[Any]]:
    """The lines of `summary.csv`: how the trials of each cell ended, and their test metrics."""
    tested = _metric_columns(rows, ("test",))
    spreads = [f"{metric.name}_{name}" for metric in tested for name in _SPREADS]
    costs = [column for column in _COSTS if _stops_early(rows)]
    means = [f"{column.name}_mean" for column in costs]
    yield [*(column.name for column in columns), *STATUSES, *spreads, *means]
    cells: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        cells.setdefault(tuple(column.value(row) for column in columns), []).append(row)
    for cell, trials in cells.items():
        statuses = [row.record.status for row in trials]
        numbers = []
        for metric in tested:
            values = [value for value in map(metric.value, trials) if value is not None]
            numbers += [spread(values) if values else None for spread in _SPREADS.values()]
        for column in costs:
            values = [float(value) for value in map(column.value, trials) if value]
            numbers.append(statistics.fmean(values) if values else None)
        yield [*cell, *map(statuses.count, STATUSES), *numbers]
