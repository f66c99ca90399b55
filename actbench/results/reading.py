"""Reading `trials.csv` and `history.csv` back, also after a spreadsheet or a mail changed them."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actbench.errors import ResultsError
from actbench.results.columns import (
    CELL_KEY,
    REQUIRED,
    REQUIRED_IN_HISTORY,
    kind_of,
    metric_columns,
)
from actbench.results.folder import ResultsFolder
from actbench.results.journal import DIVERGED, OK, STATUSES
from actbench.results.side_files import SideFiles, read_side_files, read_spec
from actbench.wording import listed, nearest

if TYPE_CHECKING:
    import pandas as pd

_DELIMITERS = (",", ";", "\t")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Trials:
    """The rows of a `trials.csv`, its path, and the content of the files beside it.

    `frame`: one row a trial, indexed by its line in the file; `seed` holds whole numbers, metrics
    are floats, NaN where a cell is empty. `notes`: what the reader of a comparison should know of
    the file, a sentence each.
    """

    frame: "pd.DataFrame"
    path: Path
    side_files: SideFiles
    notes: tuple[str, ...] = ()


def find_trials(result: str, out: Path) -> Path:
    """The `trials.csv` that `result` means: a file, a results folder, or the name of one.

    Raises:
        ResultsError: there is none.
    """
    if Path(result).suffix.lower() in (".yaml", ".yml") and Path(result).is_file():
        raise ResultsError(_is_a_spec(Path(result), out))
    places = [Path(result), out / result, out / "reference" / result]
    for path in places:
        if path.is_file():
            return path
        if ResultsFolder(path).trials.is_file():
            return ResultsFolder(path).trials
    for path in places:
        if ResultsFolder(path).journal.is_file():
            raise ResultsError(
                f"{path} holds a journal of finished trials and no tables yet: the run still goes "
                "on, or was killed. The same `actbench run` again goes on from there and writes "
                "the tables; no finished trial is trained twice"
            )
    raise ResultsError(
        f"'{result}' is no results folder and no trials.csv (looked at "
        f"{', '.join(map(str, places))}); `actbench run SPEC` makes one"
    )


def _is_a_spec(spec: Path, out: Path) -> str:
    name = read_spec(spec).get("name")
    folder = out / (name if isinstance(name, str) else spec.stem)
    if ResultsFolder(folder).trials.is_file():
        command = f"`actbench compare {folder}`"
    else:
        command = f"`actbench run {spec}`, which makes {folder}"
    return f"{spec} is a spec, not a results folder; use {command}"


def read_trials(path: Path) -> Trials:
    """Read a `trials.csv`, as it was written or as a spreadsheet left it, and its side files.

    Raises:
        ResultsError: it cannot be read, is no such table, lacks a column, has text where a number
            belongs, or holds a trial twice with different numbers.
    """
    cells = _read_cells(path)
    _check_columns(cells, REQUIRED, "trials.csv")
    if not cells.lines:
        raise ResultsError(f"{path}: holds no trials yet; `actbench run` adds them")
    frame, failed = _count_as_diverged(_frame(cells))
    frame, repeated = without_repeats(frame, str(path))
    return Trials(frame, path, read_side_files(path.parent), (*failed, *repeated))


def read_history(path: Path) -> "pd.DataFrame":
    """Read a `history.csv`: one row a trial and epoch, NaN where a metric is empty or not finite.

    Raises:
        ResultsError: it cannot be read, is no such table, lacks a column, or has text where a
            number belongs.
    """
    cells = _read_cells(path)
    _check_columns(cells, REQUIRED_IN_HISTORY, "history.csv")
    return _without_infinity(_frame(cells))


def without_repeats(frame: "pd.DataFrame", where: str) -> tuple["pd.DataFrame", list[str]]:
    """The frame with every trial once, and a note if some were repeated with the same numbers.

    Raises:
        ResultsError: a trial is repeated with different numbers; the message begins with `where`.
    """
    key = [*(name for name in CELL_KEY if name in frame.columns), "seed"]
    repeated = frame.duplicated(key)
    if not repeated.any():
        return frame, []
    identical = frame.duplicated([*key, "status", *metric_columns(frame.columns)])
    if (repeated & ~identical).any():
        line = frame.index[repeated & ~identical][0]
        raise ResultsError(f"{where}: {_two_scores(frame[key].astype(object), line)}")
    count = int(identical.sum())
    words = f"{count} trial{'s are' if count > 1 else ' is'} there twice with the same numbers:"
    return frame[~identical], [f"{words} counted once."]


def _two_scores(keys: "pd.DataFrame", line: Any) -> str:
    key = keys.loc[line]
    lines = keys.index[(keys == key).all(axis=1)][:2]
    trial = ", ".join(f"{name} {value}" for name, value in key.items())
    return (
        f"one trial is there twice with different numbers ({trial}; lines "
        f"{' and '.join(map(str, lines))}). Remove one of them; to compare two runs of one spec, "
        "keep them in two files and use --against"
    )


def _count_as_diverged(frame: "pd.DataFrame") -> tuple["pd.DataFrame", list[str]]:
    """Trials of status ok with an infinite metric become diverged, and infinities NaN."""
    metrics = frame[metric_columns(frame.columns)].to_numpy(dtype=float)
    frame = _without_infinity(frame)
    wrong = np.isinf(metrics).any(axis=1) & (frame["status"] == OK).to_numpy()
    if not wrong.any():
        return frame, []
    count, line = int(wrong.sum()), frame.index[wrong][0]
    trials = "1 trial of status ok has" if count == 1 else f"{count} trials of status ok have"
    note = f"{trials} NaN or infinity for a metric (line {line}): counted as diverged."
    return frame.assign(status=np.where(wrong, DIVERGED, frame["status"])), [note]


def _without_infinity(frame: "pd.DataFrame") -> "pd.DataFrame":
    numbers = frame.select_dtypes("float")
    return frame.assign(**numbers.mask(np.isinf(numbers)))


@dataclass(frozen=True)
class _Cells:
    """The cells of a CSV file as text, by column, and the line in the file of each row.

    `decimal_comma`: numbers may be written 2,5 because commas do not separate the cells.
    """

    path: Path
    columns: dict[str, tuple[str, ...]]
    lines: tuple[int, ...]
    decimal_comma: bool


def _read_cells(path: Path) -> _Cells:
    """Read a CSV file with commas, semicolons or tabs, any line ends, and any Unicode mark."""
    text = io.StringIO(_text(path), newline="").readlines() or [""]
    above = next((i for i, line in enumerate(text) if _may_be_header(line)), 0)
    delimiter = max(_DELIMITERS, key=text[above].count)
    reader = csv.reader(text[above:], delimiter=delimiter)
    rows = {}
    try:
        for row in reader:
            if any(row):
                rows[above + reader.line_num] = row
    except csv.Error as error:
        line = above + reader.line_num
        raise ResultsError(f"{path}:{line}: cannot be read as a table: {error}") from None
    if not rows:
        raise ResultsError(f"{path}: expected the columns of a table, got an empty file")
    names = [name.strip() for name in rows.pop(next(iter(rows)))]
    _check_shape(path, names, rows)
    columns = list(zip(*rows.values(), strict=True)) or [()] * len(names)
    return _Cells(path, dict(zip(names, columns, strict=True)), tuple(rows), delimiter != ",")


def _may_be_header(line: str) -> bool:
    """Whether a line is neither blank nor the `sep=;` that spreadsheets write above the header."""
    return bool(line.strip()) and not line.lower().startswith("sep=")


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read as a table: {error.strerror}") from None
    if content.startswith(b"PK\x03\x04"):
        raise ResultsError(
            f"{path}: expected a CSV file, got a workbook or an archive; "
            "save the sheet as CSV and name that file"
        )
    if content.startswith(_UTF16):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise ResultsError(f"{path}: expected a CSV file, got bytes that are no text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what older spreadsheets write


def _check_shape(path: Path, names: Sequence[str], rows: Mapping[int, Sequence[str]]) -> None:
    for line, row in rows.items():
        if len(row) != len(names):
            raise ResultsError(
                f"{path}:{line}: expected {len(names)} cells, as the first line has, got "
                f"{len(row)}; was the file cut short, or a line edited?"
            )
    for i, name in enumerate(names):
        if name and name in names[:i]:
            raise ResultsError(f"{path}: the column '{name}' is there twice; remove one of them")


def _check_columns(cells: _Cells, required: Sequence[str], table: str) -> None:
    missing = [name for name in required if name not in cells.columns]
    if missing:
        raise ResultsError(
            f"{cells.path}: expected the columns of a {table}, and {listed(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing (it has {listed(cells.columns)})"
        )


def _frame(cells: _Cells) -> "pd.DataFrame":
    """The columns that are read, by their kind. Cells that say NaN or infinity are infinite."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for name in cells.columns:
        match kind_of(name):
            case "text":
                columns[name] = pd.Categorical(_stripped(cells, name))
            case "status":
                columns[name] = pd.Categorical(_statuses(cells, name))
            case "whole":
                columns[name] = _whole_numbers(cells, name)
            case "number":
                columns[name] = _numbers(cells, name)
    return pd.DataFrame(columns, index=pd.Index(cells.lines, name="line"))


def _stripped(cells: _Cells, name: str) -> list[str]:
    return [cell.strip() for cell in cells.columns[name]]


def _statuses(cells: _Cells, name: str) -> list[str]:
    statuses = [cell.lower() for cell in _stripped(cells, name)]
    for status, line in zip(statuses, cells.lines, strict=True):
        if status not in STATUSES:
            raise ResultsError(
                f"{cells.path}:{line}: {name}: expected one of {listed(STATUSES)}, "
                f"got '{status[:60]}'{nearest(status, STATUSES)}"
            )
    return statuses


def _numbers(cells: _Cells, name: str) -> NDArray[np.float64]:
    """A column as floats: NaN for an empty cell, infinity for one that says NaN or infinity."""
    values = _parsed(cells, name).to_numpy(dtype=float, copy=True)
    wrong = []
    for i in np.flatnonzero(np.isnan(values)).tolist():
        cell = cells.columns[name][i].strip().lower()
        if cell in ("nan", "+nan", "-nan"):
            values[i] = np.inf
        elif cell:
            wrong.append(i)
    if wrong:
        raise _not_a("number", cells, name, wrong)
    return values


def _whole_numbers(cells: _Cells, name: str) -> NDArray[np.int64]:
    values = _parsed(cells, name)
    floats = values.to_numpy(dtype=float)
    wrong = ~np.isfinite(floats) | (floats != np.floor(floats)) | (abs(floats) >= 2.0**63)
    if wrong.any():
        raise _not_a("whole number", cells, name, np.flatnonzero(wrong).tolist())
    return values.to_numpy(dtype=np.int64)


def _parsed(cells: _Cells, name: str) -> "pd.Series[Any]":
    """A column as the numbers that pandas reads, NaN where it reads none."""
    import pandas as pd

    texts = _stripped(cells, name)
    if cells.decimal_comma:
        texts = [text.replace(",", ".") for text in texts]
    return pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")


def _not_a(expected: str, cells: _Cells, name: str, wrong: Sequence[int]) -> ResultsError:
    cell = cells.columns[name][wrong[0]].strip()
    got = f"the text '{cell[:60]}'" if cell else "an empty cell"
    more = f" (and {len(wrong) - 1} more such cells)" if len(wrong) > 1 else ""
    return ResultsError(
        f"{cells.path}:{cells.lines[wrong[0]]}: {name}: expected a {expected}, got {got}{more}; a "
        "spreadsheet may have changed it: put the number back, or use the file as it was written"
    )
