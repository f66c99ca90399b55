"""A data set from a user's own file: CSV, TSV, Parquet or NPZ."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from actbench.data.arrays import Arrays, Inputs, Table, arrays_sha256
from actbench.data.column_types import (
    Cells,
    cells_of,
    classes,
    feature,
    finite,
    labels_of,
    task_of,
    times,
)
from actbench.data.dataset_info import DatasetInfo, SplitRule, Task
from actbench.data.preparation import table_width
from actbench.data.source import Location, Source
from actbench.data.splits import rows_for_test
from actbench.data.tables import FileError, RawTable, read_table
from actbench.errors import DataError
from actbench.wording import counted, listed


@dataclass(frozen=True)
class UserFile(Source):
    """A file, and what is said of it in a spec: see `actbench.spec.dataset.FileChoice`.

    `types` holds pairs of a column and its type. Columns without one, and a `task` that is None,
    are inferred.
    """

    path: Path
    target: str | None
    task: Task | None = None
    positive: Any = None
    drop: tuple[str, ...] = ()
    types: tuple[tuple[str, str], ...] = ()
    missing_target: str = "refuse"
    test: SplitRule = field(default_factory=SplitRule)

    def facts(self) -> dict[str, Any]:
        """The name of the file; its folder is nobody's business."""
        return {"file": self.path.name}

    def locate(self, data_dir: Path | None = None) -> Location | None:
        """The file, if it is there; `data_dir` is for data sets of the catalogue."""
        return Location("file", self.path) if self.path.is_file() else None

    def missing(self, name: str, data_dir: Path | None = None, reason: str = "") -> DataError:
        """The error for a file that is not there."""
        return FileError(f"there is no file {self.path}; put it there, or change `file`", "file")

    def read(self, info: DatasetInfo, location: Location) -> tuple[Arrays, str]:
        """Parse the file anew, with the types that were inferred before."""
        arrays = self.parse().arrays
        return arrays, arrays_sha256(arrays)

    def parse(self) -> "ParsedFile":
        """Everything that the file holds.

        Raises:
            FileError: the file is not there or damaged, or a column does not fit.
        """
        if not self.path.is_file():
            raise self.missing(self.path.stem)
        try:
            return _parse_table(self, read_table(self.path))
        except FileError as error:
            raise FileError(f"{self.path.name}: {error}", *error.key) from error


@dataclass(frozen=True)
class ParsedFile:
    """What a user's file holds.

    `arrays` are named as in `actbench.data.arrays.Arrays`. `labels` are the classes by number,
    empty of a regression. `reasons` say for each column of inputs why it is of its type.
    """

    arrays: Arrays
    task: Task
    task_reason: str
    labels: tuple[str, ...]
    reasons: dict[str, tuple[str, str]]

    @property
    def types(self) -> dict[str, str]:
        """The type of each column of inputs."""
        return {column: kind for column, (kind, _) in self.reasons.items()}


def describe(source: UserFile, name: str) -> tuple[DatasetInfo, ParsedFile]:
    """The facts of a user's file, with every type that was inferred filled into its source.

    Raises:
        FileError: the file is not there or damaged, or an option does not fit it.
    """
    parsed = source.parse()
    x, y = parsed.arrays["x"], np.asarray(parsed.arrays["y"])
    by = parsed.arrays.get("by")
    labels = y if parsed.labels else None
    test = rows_for_test(source.test, labels, None if by is None else np.asarray(by), len(y))
    if not 0 < len(test) < len(y):
        words = f"{len(test):,} of the {len(y):,} rows are for the test"
        raise FileError(f"{source.path.name}: {words}; leave some of each", "test")
    info = DatasetInfo(
        name=name,
        title=f"{source.path.name}: {counted(len(y), 'row')}",
        task=parsed.task,
        classes=len(parsed.labels),
        train_rows=len(y) - len(test),
        test_rows=len(test),
        input_shape=(table_width(x),) if isinstance(x, Table) else np.asarray(x).shape[1:],
        source=replace(source, task=parsed.task, types=tuple(parsed.types.items())),
        test=source.test,
        labels=parsed.labels,
    )
    return info, parsed


def _parse_table(source: UserFile, raw: RawTable) -> ParsedFile:
    if source.target is None:
        raise FileError("`target` is missing: name the column that is to be predicted", "target")
    target = cells_of(source.target, raw.column(source.target, "target"))
    y, task, reason, labels = _target(source, target)
    kept = ~target.missing
    rule, declared = source.test, dict(source.types)
    for key, names in (("drop", source.drop), ("types", declared)):
        for name in names:
            raw.check(name, key)
    columns, reasons = [], {}
    for name in raw.names:
        if name in {source.target, rule.column, *source.drop}:
            continue
        column, why = feature(cells_of(name, raw.column(name)), declared.get(name))
        reasons[name] = ("number" if column.levels is None else "category", why)
        columns.append(replace(column, values=column.values[kept]))
    if not columns:
        raise FileError("no column is left that the target could be predicted from", "drop")
    arrays: dict[str, Inputs] = {"x": Table(tuple(columns)), "y": y[kept]}
    if rule.column:
        by = _split_by(rule, cells_of(rule.column, raw.column(rule.column, "test")))
        arrays["by"] = by[kept]
    return ParsedFile(arrays, task, reason, labels, reasons)


def _target(source: UserFile, cells: Cells) -> tuple[Any, Task, str, tuple[str, ...]]:
    """The target of every row (of a missing one, anything), the task and why, and the classes."""
    missing = int(cells.missing.sum())
    if missing and source.missing_target == "refuse":
        error = cells.error(int(cells.missing.argmax()), "a target", "missing_target")
        words = f"{counted(missing, 'row')} have none; `missing_target: drop` leaves them out"
        raise FileError(f"{error}; {words}", "missing_target")
    task, reason = (source.task, "as `task` says") if source.task else task_of(cells)
    if task != "regression":
        labels, y = classes(cells, task, source.positive)
        return y, task, reason, labels
    if source.positive is not None:
        raise FileError("`positive` names a class, and a regression has none", "positive")
    amounts = finite(cells, "target")
    if np.ptp(amounts[~cells.missing]) == 0:
        raise FileError(f"the target '{cells.name}' has the same value in every row", "target")
    return amounts, task, reason, ()


def _split_by(rule: SplitRule, cells: Cells) -> Any:
    """What the rule goes by: see `actbench.data.splits.rows_for_test`."""
    if rule.kind == "last":
        return times(cells)
    labels, values = labels_of(cells)
    if rule.kind == "column":
        if rule.value not in labels:
            words = f"expected a value of the column '{rule.column}' ({listed(labels[:20])})"
            raise FileError(f"{words}, got '{rule.value}'", "test")
        return values == labels.index(rule.value)
    if cells.missing.any():
        raise cells.error(int(cells.missing.argmax()), "a group", "test")
    return values
