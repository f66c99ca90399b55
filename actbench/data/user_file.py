"""A data set from a user's own file: CSV, TSV, Parquet or NPZ, or a folder of images."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from actbench.data.arrays import (
    Array,
    Arrays,
    Column,
    Inputs,
    Table,
    all_rows,
    arrays_sha256,
    flat,
)
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
from actbench.data.image_folder import read_images
from actbench.data.leaks import leak_by_missing, leak_by_values
from actbench.data.preparation import table_width
from actbench.data.readers import read_arrays
from actbench.data.source import Location, Source
from actbench.data.splits import rows_for_test
from actbench.data.tables import TABLES, FileError, RawTable, free_memory, read_table, together
from actbench.errors import DataError
from actbench.wording import counted, listed, nearest_file

_FILES = (*TABLES, ".npz")

# What a file holds before it is parsed: the columns of a table, or the arrays of an .npz file.
Content = RawTable | Mapping[str, Array]


@dataclass(frozen=True)
class UserFile(Source):
    """A file, and what is said of it in a spec: see `actbench.spec.dataset.FileChoice`.

    `types` holds pairs of a column and its type. Columns without one, and a `task` that is None,
    are inferred. `size` is that of images in a folder. Without a rule `test`, a fifth of the rows
    is drawn for the test, unless the file says which ones are.
    """

    path: Path
    target: str | None
    task: Task | None = None
    positive: Any = None
    drop: tuple[str, ...] = ()
    types: tuple[tuple[str, str], ...] = ()
    missing_target: str = "refuse"
    test: SplitRule | None = None
    size: tuple[int, int] | None = None

    def facts(self) -> dict[str, Any]:
        """The name of the file, without its folder, which no result may hold."""
        return {"file": self.path.name}

    def locate(self, data_dir: Path | None = None) -> Location | None:
        """The file, if it is there; `data_dir` is for data sets of the catalogue."""
        return Location("file", self.path) if self.path.exists() else None

    def missing(self, name: str, data_dir: Path | None = None, reason: str = "") -> DataError:
        """The error for a file that is not there."""
        near = nearest_file(self.path)
        return FileError(
            f"there is no file {self.path}{near}; put it there, or change `file`", "file"
        )

    def read(self, info: DatasetInfo, location: Location) -> tuple[Arrays, str]:
        """Parse the file anew, with the types that were inferred before."""
        arrays = self.parse().arrays
        return arrays, arrays_sha256(arrays)

    def parse(self, content: Content | None = None, *, find_leaks: bool = False) -> "ParsedFile":
        """Everything that the file holds; `content` is what was read of it before.

        Raises:
            FileError: the file is not there or damaged, or a column does not fit.
        """
        is_folder, suffix = self.path.is_dir(), self.path.suffix.lower()
        if not self.path.exists() and (suffix in _FILES or not suffix):
            raise self.missing(self.path.stem)
        if not is_folder and suffix not in _FILES:
            expected = f"expected a file that ends in {listed(_FILES)}, or a folder of images"
            raise FileError(f"{expected}, got {self.path.name}", "file")
        if self.size is not None and not is_folder:
            raise FileError("`size` is for folders of images", "size")
        import pyarrow as pa

        try:
            if is_folder:
                return _parse_images(self)
            content = content or self.read_content()
            if isinstance(content, RawTable):
                return _parse_table(self, content, find_leaks=find_leaks)
            return _parse_arrays(self, content)
        except FileError as error:
            raise error.of_file(self.path.name) from error
        finally:
            pa.default_memory_pool().release_unused()

    def read_content(self) -> Content:
        """The columns or arrays of the file, as they are written.

        Raises:
            FileError: the file is damaged.
        """
        if self.path.suffix.lower() in TABLES:
            return read_table(self.path)
        return read_arrays(self.path, free_memory() // 3)


@dataclass(frozen=True)
class ParsedFile:
    """What a user's file holds.

    `arrays` are named as in `actbench.data.arrays.Arrays`. `labels` are the classes by number,
    empty of a regression. `reasons` hold for each column of inputs its type, and why. `test_rows`
    is how many of the last rows are for the test, where the file itself says so. `leaks`: the
    columns of inputs that give the target away, and how.
    """

    arrays: Arrays
    task: Task
    task_reason: str
    labels: tuple[str, ...]
    reasons: dict[str, tuple[str, str]] = field(default_factory=dict)
    test_rows: int = 0
    leaks: tuple[tuple[str, str], ...] = ()

    @property
    def types(self) -> dict[str, str]:
        """The type of each column of inputs."""
        return {column: kind for column, (kind, _) in self.reasons.items()}


def describe(
    source: UserFile, name: str, content: Content | None = None
) -> tuple[DatasetInfo, ParsedFile]:
    """The facts of a user's file, with everything that was inferred filled into its source.

    `content` is what `read_content` gave; a caller that has it has looked for leaks already.

    Raises:
        FileError: the file is not there or damaged, or an option does not fit it.
    """
    parsed = source.parse(content, find_leaks=content is None)
    x, y = parsed.arrays["x"], flat(parsed.arrays["y"])
    by = flat(parsed.arrays["by"]) if "by" in parsed.arrays else None
    rule = None if parsed.test_rows else source.test or SplitRule()
    labels = y if parsed.labels else None
    try:
        test_rows = len(rows_for_test(rule, labels, by, len(y))) if rule else parsed.test_rows
    except DataError as error:
        raise FileError(f"{source.path.name}: {error}", "test") from error
    if not 0 < test_rows < len(y):
        words = f"{source.path.name}: {test_rows:,} of the {len(y):,} rows are for the test"
        raise FileError(f"{words}; leave some for each", "test")
    types = tuple(parsed.types.items())
    is_image = isinstance(x, np.ndarray) and x.ndim > 2
    info = DatasetInfo(
        name=name,
        title=f"{source.path.name}: {counted(len(y), 'row')}",
        task=parsed.task,
        classes=len(parsed.labels),
        train_rows=len(y) - test_rows,
        test_rows=test_rows,
        input_shape=(table_width(x),) if isinstance(x, Table) else flat(x).shape[1:],
        kind="image" if is_image else "table",
        scale="standard" if not is_image else 255 if flat(x).dtype == np.uint8 else "none",
        source=replace(source, task=parsed.task, types=types, test=rule),
        pre_split=rule is None,
        test=rule,
        labels=parsed.labels,
        leaks=parsed.leaks,
    )
    return info, parsed


def _parse_table(source: UserFile, raw: RawTable, *, find_leaks: bool) -> ParsedFile:
    if source.target is None:
        raise FileError("`target` is missing: name the column that is to be predicted", "target")
    by = source.test.column if source.test else ""
    names = {"target": [source.target], "drop": source.drop, "types": dict(source.types)}
    names["test"] = [by] if by else []
    raw.check(*((name, key) for key, each in names.items() for name in each))
    target = cells_of(source.target, raw.column(source.target))
    y, task, reason, labels = _target(source, target)
    kept, declared = ~target.missing, dict(source.types)
    columns, reasons, errors, leaks = [], {}, [], []
    for name in raw.names:
        if name in {source.target, by, *source.drop}:
            continue
        try:
            cells = cells_of(name, raw.column(name))
            column, why = feature(cells, declared.get(name))
        except FileError as error:
            errors.append(error)
            continue
        reasons[name] = ("number" if column.levels is None else "category", why)
        if find_leaks:
            leak = leak_by_values(cells, target) or leak_by_missing(cells, target)
            leaks += [(name, leak)] if leak else []
        columns.append(replace(column, values=column.values[kept]))
    if errors:
        raise together(errors)
    if not columns:
        raise FileError("no column is left that the target could be predicted from", "drop")
    arrays: dict[str, Inputs] = {"x": Table(tuple(columns)), "y": y[kept]}
    if source.test and by:
        arrays["by"] = _split_by(source.test, cells_of(by, raw.column(by)))[kept]
    return ParsedFile(arrays, task, reason, labels, reasons, leaks=tuple(leaks))


def _parse_arrays(source: UserFile, held: Mapping[str, Array]) -> ParsedFile:
    if source.drop or source.types:
        key = "drop" if source.drop else "types"
        raise FileError(f"`{key}` names columns of a table, and an .npz file has none", key)
    x, y, test_rows = _inputs_and_targets(held, source.target or "y")
    if source.test and test_rows:
        raise FileError("`test` is for files that do not say which rows are for the test", "test")
    if not (x.ndim > 1 and len(x) and x.dtype.kind in "biuf" and y.shape == (len(x),)):
        shapes = f"inputs of {x.shape} {x.dtype} and targets of {y.shape}"
        raise FileError(f"expected inputs of numbers and one target a row, got {shapes}", "file")
    target = cells_of(source.target or "y", _chunked(y))
    values, task, reason, labels = _target(source, target)
    kept = ~target.missing
    x = x if x.dtype == np.uint8 else x.astype(np.float32, copy=False)
    arrays: dict[str, Inputs] = {"x": _without_gaps(x[kept]), "y": values[kept]}
    if source.test and (by := source.test.column):
        if by not in held or held[by].shape != (len(x),):
            raise FileError(f"it has no array '{by}' of one value a row", "test")
        arrays["by"] = _split_by(source.test, cells_of(by, _chunked(held[by])))[kept]
    return ParsedFile(arrays, task, reason, labels, test_rows=int(kept[len(x) - test_rows :].sum()))


def _inputs_and_targets(held: Mapping[str, Array], target: str) -> tuple[Array, Array, int]:
    """The inputs and targets of all rows, training rows first, and the number of test rows."""
    if "x" in held and target in held:
        return held["x"], held[target], 0
    if {"x_train", f"{target}_train", "x_test", f"{target}_test"} <= held.keys():
        x, y = all_rows(held, "x"), all_rows(held, target)
        return flat(x), flat(y), len(held["x_test"])
    expected = f"x and {target}, or x_train, {target}_train, x_test and {target}_test"
    raise FileError(f"expected the arrays {expected}; it holds {listed(sorted(held)[:20])}", "file")


def _without_gaps(x: Array) -> Inputs:
    """The inputs themselves; columns of a table, if some numbers of a row are missing."""
    odd = ~np.isfinite(x) if x.dtype.kind == "f" else np.zeros(0, bool)
    if not odd.any():
        return x
    if np.isinf(x).any() or x.ndim > 2:
        place = np.argwhere(np.isinf(x) if x.ndim == 2 else odd)[0]
        words = f"expected a finite number, got {x[tuple(place)]}"
        raise FileError(f"row {place[0] + 1:,} of x, place {place[1:].tolist()}: {words}", "file")
    columns = x.T.astype(np.float64)
    return Table(tuple(Column(f"x{i}", column) for i, column in enumerate(columns)))


def _parse_images(source: UserFile) -> ParsedFile:
    options = {"drop": source.drop, "types": source.types, "target": source.target}
    for key in (key for key, value in options.items() if value):
        raise FileError(f"`{key}` is for columns, and a folder of images has none", key)
    if source.task == "regression":
        raise FileError("the folders of images are classes, and not for a regression", "task")
    if source.test and source.test.column:
        raise FileError("`test` names a column, and a folder of images has none", "test")
    images = read_images(source.path, source.size)
    number = len(set(images.labels))
    task: Task = "binary" if number == 2 else "multiclass"
    target = cells_of("class", _chunked(np.array(images.labels)))
    y, _, _, labels = _target(replace(source, task=source.task or task), target)
    arrays: dict[str, Inputs] = {"x": images.x, "y": y}
    reason = f"{number} folders, one a class"
    return ParsedFile(arrays, source.task or task, reason, labels)


def _chunked(values: Array) -> Any:
    import pyarrow as pa

    texts = np.char.decode(values.astype(np.bytes_)) if values.dtype.kind == "S" else values
    return pa.chunked_array([pa.array(texts)])


def _target(source: UserFile, cells: Cells) -> tuple[Any, Task, str, tuple[str, ...]]:
    """The target of every row (of a missing one, anything), the task and why, and the classes."""
    missing = int(cells.missing.sum())
    if missing and source.missing_target == "refuse":
        error = cells.error(int(cells.missing.argmax()), "a target")
        words = f"as in {missing:,} of {len(cells.missing):,} rows"
        remedy = "`missing_target: drop` leaves them out"
        raise FileError(f"{error}, {words}; {remedy}", "missing_target")
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
