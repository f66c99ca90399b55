"""What is found in a user's file before it is used: types, remarks, a data set to suggest."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actbench.data.arrays import Arrays, Inputs, Table, flat
from actbench.data.column_types import (
    Cells,
    are_codes,
    cells_of,
    classes,
    distinct_cells,
    feature,
    labels_of,
    task_of,
    times,
)
from actbench.data.dataset_info import DatasetInfo, DatasetRequest, Task
from actbench.data.leaks import leak_by_missing, leak_by_values
from actbench.data.splits import split_rows
from actbench.data.tables import TABLES, FileError, RawTable, read_table
from actbench.data.user_file import UserFile, describe
from actbench.errors import DataError
from actbench.wording import counted, listed

IMAGE_SIZE = (32, 32)  # pixels: what images of several sizes are brought to, unless told otherwise
MOSTLY = 0.8  # where a class has a larger share of the rows, accuracy says little
_FEWEST_ROWS = 20  # in fewer rows, all whole numbers may be distinct by chance
_DATES = 100  # cells that are read to see whether a column holds dates
_FEWEST_GROUPS, _LARGEST_GROUP = 5, 50  # of an identifier that rows share; rows on average
_GROUP_NAMES = re.compile(
    r"(?i:(^|[_\W])(id|account|client|customer|device|household|machine|patient|person|player|"
    r"session|shop|store|subject|user)$)|[a-z]I[dD]$"
)
_TARGET_NAMES = ("target", "label", "class", "y", "outcome", "price")


@dataclass(frozen=True)
class ColumnReport:
    """What a column is taken for, and why.

    `type` is "number", "category", "date" or "text"; of an .npz file, the type of an array's
    numbers. `missing` is how many cells hold nothing. `remark` says what else to know; empty if
    there is nothing. `left_out` is why the column should not be an input; empty if it may be one.
    `groups`: whether it likely names what several rows are of, such as a customer.
    """

    name: str
    type: str
    reason: str
    missing: int = 0
    remark: str = ""
    left_out: str = ""
    groups: bool = False


@dataclass(frozen=True)
class Inspection:
    """What is found in a file.

    `rows` counts all of them, `missing_targets` those without a target. `problem` is why no data
    set can be made of the file with this target; it is empty where `source` is one to suggest, with
    everything spelled out, and `info` its facts. `class_rows` holds the rows of each class.
    `alike` is the number of test rows whose inputs also stand in a training row.
    """

    columns: tuple[ColumnReport, ...]
    rows: int
    source: UserFile
    problem: str = ""
    info: DatasetInfo | None = None
    task_reason: str = ""
    missing_targets: int = 0
    class_rows: dict[str, int] = field(default_factory=dict)
    alike: int = 0

    @property
    def commonest_share(self) -> float:
        """The share of the commonest class; 0 for a regression."""
        return max(self.class_rows.values(), default=0) / max(1, sum(self.class_rows.values()))


def inspect_file(path: Path, target: str | None = None) -> Inspection:
    """What would be made of a CSV, TSV, Parquet or NPZ file in which `target` is predicted.

    Raises:
        DataError: the file is not there or damaged, or has no column `target`.
    """
    if path.is_dir():
        return _inspected_images(UserFile(path, target))
    if path.suffix.lower() not in TABLES or not path.is_file():
        return _inspected_arrays(UserFile(path, target))
    try:
        raw = read_table(path)
        goal = None if target is None else cells_of(target, raw.column(target))
    except FileError as error:
        raise error.of_file(path.name) from error
    reports = tuple(
        _column_report(name, raw, None if name == target else goal) for name in raw.names
    )
    inspection = Inspection(reports, len(raw.column(raw.names[0])), UserFile(path, target))
    if goal is None:
        return replace(inspection, problem=f"{path.name}: {_name_the_target(raw)}")
    return _with_target(inspection, goal, raw)


def _name_the_target(raw: RawTable) -> str:
    likely = [name for name in raw.names if name.lower() in _TARGET_NAMES]
    names = listed(f"'{name}'" for name in dict.fromkeys([*likely, raw.names[-1]]))
    return f"name the column that is to be predicted with --target; likely ones are {names}"


def _with_target(inspection: Inspection, goal: Cells, raw: RawTable) -> Inspection:
    """The inspection with a data set to suggest, if one can be made of the file."""
    missing = int(goal.missing.sum())
    reports = [report for report in inspection.columns if report.name != goal.name]
    source = replace(
        inspection.source,
        drop=tuple(report.name for report in reports if report.left_out),
        types=tuple((report.name, report.type) for report in reports if not report.left_out),
        missing_target="drop" if missing else "refuse",
    )
    try:
        task, reason = _task(goal)
        info, parsed = describe(replace(source, task=task), source.path.stem, raw)
    except DataError as error:
        name = source.path.name
        words = str(error) if str(error).startswith(name) else f"{name}: {error}"
        return replace(inspection, problem=words)
    inspection = replace(inspection, task_reason=reason, missing_targets=missing)
    return _with_rows(inspection, info, parsed.arrays)


def _inspected_arrays(source: UserFile) -> Inspection:
    """What is found in an .npz file; an error if it is no file that can be read."""
    if source.path.suffix.lower() != ".npz" or not source.path.is_file():
        source.parse()
    held = source.read_content()
    assert not isinstance(held, RawTable)
    reports = tuple(
        ColumnReport(name, str(array.dtype), f"shape {' x '.join(map(str, array.shape))}")
        for name, array in held.items()
    )
    inspection = Inspection(reports, 0, source)
    try:
        info, parsed = describe(source, source.path.stem, held)
    except FileError as error:
        if error.key != ("task",):
            return replace(inspection, problem=str(error))
        # Whole numbers beside arrays are the classes of images far more often than amounts.
        info, parsed = describe(replace(source, task="multiclass"), source.path.stem, held)
        words = "few distinct whole numbers; `regression` if they are amounts"
        parsed = replace(parsed, task_reason=words)
    rows = info.train_rows + info.test_rows
    inspection = replace(inspection, rows=rows, task_reason=parsed.task_reason)
    return _with_rows(inspection, info, parsed.arrays)


def _inspected_images(source: UserFile) -> Inspection:
    """What is found in a folder of images; they are brought to one size where they have several."""
    source = replace(source, size=None)
    try:
        info, parsed = describe(source, source.path.name)
    except FileError as error:
        if error.key != ("size",):
            raise
        source = replace(source, size=IMAGE_SIZE)
        info, parsed = describe(source, source.path.name)
        remark = "they have several sizes; `size` brings all to this one"
    else:
        remark = "as they are stored"
    rows, columns, *channels = info.input_shape
    source = replace(source, size=(rows, columns))
    assert isinstance(info.source, UserFile)
    info = replace(info, source=replace(info.source, size=(rows, columns)))
    kind = "colour" if channels else "grey"
    report = ColumnReport("images", kind, f"{rows} x {columns} pixels: {remark}")
    inspection = Inspection((report,), info.train_rows + info.test_rows, source)
    return _with_rows(replace(inspection, task_reason=parsed.task_reason), info, parsed.arrays)


def _with_rows(inspection: Inspection, info: DatasetInfo, arrays: Arrays) -> Inspection:
    """The inspection with what the rows show: classes, and inputs on both sides of the split."""
    assert isinstance(info.source, UserFile)
    y = flat(arrays["y"])
    split = split_rows(DatasetRequest(info), y)
    keys = _row_keys(arrays["x"])
    inspection = replace(
        inspection,
        info=info,
        source=info.source,
        alike=int(np.isin(keys[split.test], keys[split.train]).sum()),
    )
    if not info.classes:
        return inspection
    rows = np.bincount(y.astype(np.int64), minlength=info.classes).tolist()
    return replace(inspection, class_rows=dict(zip(info.labels, rows, strict=True)))


def _row_keys(inputs: Inputs) -> NDArray[Any]:
    """A number for each row, the same for rows of the same inputs, shape (rows,)."""
    import pandas as pd

    if isinstance(inputs, Table):
        columns = {i: column.values for i, column in enumerate(inputs.columns)}
        return np.asarray(pd.util.hash_pandas_object(pd.DataFrame(columns), index=False))
    return np.array([hash(row.tobytes()) for row in flat(inputs)])


def _column_report(name: str, raw: RawTable, goal: Cells | None) -> ColumnReport:
    try:
        cells = cells_of(name, raw.column(name))
    except FileError as error:
        return ColumnReport(name, "other", _first_words(error), left_out="no numbers or texts")
    distinct = distinct_cells(cells)
    return _shared_identifier(_typed_report(name, cells, distinct, goal), cells, distinct)


def _typed_report(name: str, cells: Cells, distinct: int, goal: Cells | None) -> ColumnReport:
    missing = int(cells.missing.sum())
    if missing == len(cells.missing):
        return ColumnReport(name, "text", "no cell holds anything", missing, left_out="empty")
    if _are_dates(cells):
        remark = f"`test: {{last: 0.2, by: {name}}}` tests on the last rows"
        reason = "every cell is a date"
        return ColumnReport(name, "date", reason, missing, remark, "a date, not an input")
    if _have_decimal_commas(cells):
        reason, why = _texts(distinct), "numbers with decimal commas: write them with points"
        return ColumnReport(name, "text", reason, missing, left_out=why)
    try:
        column, reason = feature(cells, None)
    except FileError as error:
        return _unfit(cells, distinct, error)
    kind = "number" if column.levels is None else "category"
    report = ColumnReport(name, kind, reason, missing)
    if name.startswith("__index_level_"):
        return replace(report, left_out="the index of a pandas table")
    if goal is not None and (why := leak_by_missing(cells, goal)):
        return replace(report, left_out=why)
    if distinct == 1:
        words = "one value where it is not missing" if missing else ""
        return replace(report, remark=words, left_out="" if missing else "constant")
    if goal is not None and (why := leak_by_values(cells, goal)):
        return replace(report, left_out=why)
    return _identifier(report, cells, distinct)


def _unfit(cells: Cells, distinct: int, error: FileError) -> ColumnReport:
    """The report of a column that can be neither a number nor a category."""
    missing = int(cells.missing.sum())
    codes = are_codes(cells)
    if cells.share > 0.5 and not codes:  # some cell is wrong
        return ColumnReport(cells.name, "number", "most are", missing, left_out=_first_words(error))
    thing = "code" if codes else "text"
    reason = counted(distinct, f"distinct {thing}") + (": leading zeros" if codes else "")
    own = distinct == len(cells.missing)
    why = "likely an identifier" if own else f"few rows share a {thing}"
    return ColumnReport(cells.name, "text", reason, missing, left_out=why)


def _shared_identifier(report: ColumnReport, cells: Cells, distinct: int) -> ColumnReport:
    """The report, with a remark if the column likely names something that several rows are of.

    Such as a customer: by the column's name, or because few rows share each of many texts.
    """
    rows = len(cells.missing)
    fewest = max(_FEWEST_GROUPS, rows / _LARGEST_GROUP)
    if cells.missing.any() or not fewest <= distinct <= rows / 2:
        return report
    named = bool(_GROUP_NAMES.search(report.name)) and report.type != "date"
    fractions = cells.numbers is not None and (cells.numbers != np.round(cells.numbers)).any()
    if fractions or not (named or report.left_out.startswith("few rows share")):
        return report
    number = "likely an identifier that several rows share" if report.type == "number" else ""
    remark = f"`test: {{group: {report.name}}}` tests on whole groups"
    return replace(report, remark=remark, left_out=report.left_out or number, groups=True)


def _identifier(report: ColumnReport, cells: Cells, distinct: int) -> ColumnReport:
    """The report, with a remark if every row has a text or a whole number of its own."""
    rows = len(cells.missing)
    if distinct < rows or cells.missing.any():
        return report
    if cells.numbers is None or report.type == "category":
        return replace(report, left_out="likely an identifier: every row has its own")
    whole = (cells.numbers == np.round(cells.numbers)).all()
    if not whole or rows < _FEWEST_ROWS or len(np.unique(cells.numbers)) < rows:
        return report
    if np.ptp(cells.numbers) < 2 * rows:
        return replace(report, left_out="likely an identifier: every row has its own")
    return replace(report, remark="every row has its own whole number: an identifier?")


def _task(goal: Cells) -> tuple[Task, str]:
    """The task and why; a guess, which says so, where whole numbers may be classes or amounts.

    Raises:
        FileError: the target fits no task.
    """
    try:
        return task_of(goal)
    except FileError as error:
        if error.key != ("task",):
            raise
    numbers = [float(label) for label in labels_of(goal)[0]]
    in_turn = numbers == [numbers[0] + i for i in range(len(numbers))] and numbers[0] in (0, 1)
    words = f"{len(numbers)} distinct whole numbers"
    if in_turn and _enough_of_each(goal):
        return "multiclass", f"{words} in turn; `regression` if they are amounts"
    return "regression", f"{words}; `multiclass` if they are classes"


def _enough_of_each(goal: Cells) -> bool:
    try:
        classes(goal, "multiclass", None)
    except FileError:
        return False
    return True


def _are_dates(cells: Cells) -> bool:
    """Whether the column holds dates, by its type or by its first cells."""
    if cells.numbers is not None or cells.share > 0:
        return False
    first: Sequence[int] = np.flatnonzero(~cells.missing)[:_DATES].tolist()
    try:
        times(replace(cells, raw=cells.raw.take(first), missing=np.zeros(len(first), bool)))
    except FileError:
        return False
    return True


def _have_decimal_commas(cells: Cells) -> bool:
    """Whether most cells are like 12,5, as in tables written in much of Europe."""
    import pyarrow.compute as pc

    if cells.numbers is not None or cells.share > 0.5:
        return False
    alike = pc.match_substring_regex(cells.text.drop_null(), r"^[-+]?\d+,\d+$")
    return float(pc.mean(alike).as_py()) + cells.share > 0.5


def _texts(number: int) -> str:
    return counted(number, "distinct text")


def _first_words(error: FileError) -> str:
    return str(error).split(";")[0]
