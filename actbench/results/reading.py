"""Reading `trials.csv` and `history.csv` back, also after a spreadsheet or a mail changed them."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actbench.errors import ResultsError, doing
from actbench.results.columns import (
    CELL_KEY,
    REQUIRED,
    SEED,
    SPLIT,
    kind_of,
    metric_columns,
    text_of_cell,
)
from actbench.results.folder import ResultsFolder, read_file
from actbench.results.journal import DIVERGED, OK, STATUSES, Journal
from actbench.results.kept_rows import KeptRows
from actbench.results.side_files import SideFiles, read_side_files, read_spec
from actbench.spec.experiment import MOST_CELLS, MOST_TRIALS
from actbench.wording import listed, nearest, nearest_file

if TYPE_CHECKING:
    import pandas as pd

_DELIMITERS = (",", ";", "\t")
_MOST_LINES = {
    "trials.csv": MOST_TRIALS + 1,
    "selection.csv": MOST_TRIALS + 1,
    "history.csv": 5 * MOST_TRIALS,
    "diagnostics.csv": 5 * MOST_TRIALS,
}
_LARGEST_LINE = 300  # bytes, on average over a table that has so many
_MOST_COLUMNS = 1_000
# A larger number for a metric is no score, and its square would be infinite.
_LARGEST_NUMBER = 1e100
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Trials:
    """The rows of a `trials.csv`, its path, and the content of the files beside it.

    `frame`: one row a trial, indexed by its line in the file; `seed` holds whole numbers, metrics
    are floats, NaN where a cell is empty. `rows`: the scores of single test rows. `selection`: the
    trials that learning rates were chosen by, None without them. `notes`: what the reader of a
    comparison should know of the file, a sentence each.
    """

    frame: "pd.DataFrame"
    path: Path
    side_files: SideFiles
    notes: tuple[str, ...] = ()
    rows: KeptRows = field(default_factory=KeptRows)
    selection: "pd.DataFrame | None" = None


def find_trials(result: str, out: Path) -> Path:
    """The `trials.csv` that `result` means: a file, a results folder, or the name of one.

    Raises:
        ResultsError: there is none.
    """
    places = [Path(result), out / result, out / "reference" / result]
    if places[0].suffix.lower() in (".yaml", ".yml") and places[0].is_file():
        name = read_spec(places[0]).get("name")
        folder = out / (name if isinstance(name, str) else places[0].stem)
        command = f"`actbench run {result}`, which makes {folder}"
        if ResultsFolder(folder).trials.is_file():
            command = f"`actbench compare {folder}`"
        raise ResultsError(f"{result} is a spec, not a results folder; use {command}")
    for path in places:
        for file in (path, ResultsFolder(path).trials):
            if file.is_file():
                return file
    for path in places:
        if ResultsFolder(path).journal.is_file():
            raise ResultsError(
                f"{path} holds a journal of finished trials and no tables yet: the run still goes "
                "on, or was killed. The same `actbench run` again goes on from there and writes "
                "the tables; no finished trial is trained twice"
            )
    raise ResultsError(
        f"'{result}' is no results folder and no trials.csv (looked at "
        f"{listed(dict.fromkeys(map(str, places)))}){nearest_file(*places)}; "
        "`actbench run SPEC` makes one"
    )


def read_trials(path: Path) -> Trials:
    """Read a `trials.csv`, as it was written or as a spreadsheet left it, and its side files.

    Raises:
        ResultsError: it cannot be read, is no such table, lacks a column, has text where a number
            belongs, or holds a trial twice with different numbers.
    """
    with doing(f"reading {path}"):
        table = _read_table(path, "trials.csv")
        if table.empty:
            raise ResultsError(f"{path}: holds no trials yet; `actbench run` adds them")
        cells = table[[name for name in CELL_KEY if name in table.columns]].drop_duplicates()
        if len(cells) > MOST_CELLS:
            raise ResultsError(
                f"{path}: expected at most {MOST_CELLS:,} cells, got {len(cells):,}; a cell is "
                f"what differs in {listed(cells.columns)}"
            )
        frame, failed = _count_as_diverged(table)
        frame, repeated = without_repeats(frame, str(path))
    notes = (*failed, *repeated, *_damage(ResultsFolder(path.parent).journal))
    rows = KeptRows(ResultsFolder(path.parent).rows)
    notes += (rows.note,) if rows.note else ()
    selection = read_selection(ResultsFolder(path.parent).selection)
    return Trials(frame, path, read_side_files(path.parent), notes, rows, selection)


def _damage(journal: Path) -> tuple[str, ...]:
    """What is wrong with the journal beside a table; the table itself does not depend on it."""
    try:
        read = Journal(journal)
    except ResultsError as error:
        return (str(error),)
    return read.notes if read.damaged else ()


def read_selection(path: Path) -> "pd.DataFrame | None":
    """Read a `selection.csv`: one row an arm, learning rate and selection seed; None without one.

    Raises:
        ResultsError: it cannot be read, is no such table, lacks a column, or has text where a
            number belongs.
    """
    if not path.is_file():
        return None
    with doing(f"reading {path}"):
        return _count_as_diverged(_read_table(path, "selection.csv"))[0]


def read_history(path: Path) -> "pd.DataFrame":
    """Read a `history.csv`: one row a trial and epoch, NaN where a metric is empty or not finite.

    Raises:
        ResultsError: it cannot be read, is no such table, lacks a column, or has text where a
            number belongs.
    """
    with doing(f"reading {path}"):
        return _without_infinity(_read_table(path, "history.csv"))


def read_diagnostics(path: Path) -> "pd.DataFrame":
    """Read a `diagnostics.csv`: one row a trial, epoch and layer, NaN where nothing was measured.

    Raises:
        ResultsError: as `read_history`.
    """
    with doing(f"reading {path}"):
        return _without_infinity(_read_table(path, "diagnostics.csv"))


def without_repeats(frame: "pd.DataFrame", where: str) -> tuple["pd.DataFrame", list[str]]:
    """The frame with every trial once, and a note if some were repeated with the same numbers.

    Raises:
        ResultsError: a trial is repeated with different numbers; the message begins with `where`.
    """
    key = [name for name in (*CELL_KEY, SPLIT.name, SEED.name) if name in frame.columns]
    repeated = frame.duplicated(key)
    if not repeated.any():
        return frame, []
    identical = frame.duplicated([*key, "status", *metric_columns(frame.columns)])
    if (repeated & ~identical).any():
        keys = frame[key].astype(object)
        trial = keys.loc[keys.index[repeated & ~identical][0]]
        lines = keys.index[(keys == trial).all(axis=1)][:2]
        words = ", ".join(f"{name} {value}" for name, value in trial.items())
        raise ResultsError(
            f"{where}: one trial is there twice with different numbers ({words}; lines "
            f"{' and '.join(map(str, lines))}). Remove one of them; to compare two runs of one "
            "spec, keep them in two files and use --against"
        )
    count = int(identical.sum())
    words = f"{count} trial{'s are' if count > 1 else ' is'} there twice with the same numbers:"
    return frame[~identical], [f"{words} counted once."]


def _count_as_diverged(frame: "pd.DataFrame") -> tuple["pd.DataFrame", list[str]]:
    """Trials of status ok with an infinite metric become diverged, and infinities NaN."""
    metrics = frame[metric_columns(frame.columns)].to_numpy(dtype=float)
    frame = _without_infinity(frame)
    wrong = np.isinf(metrics).any(axis=1) & (frame["status"] == OK).to_numpy()
    if not wrong.any():
        return frame, []
    count, line = int(wrong.sum()), frame.index[wrong][0]
    trials = "1 trial of status ok has" if count == 1 else f"{count} trials of status ok have"
    note = (
        f"{trials} NaN or infinity, or a number beyond {_LARGEST_NUMBER:g}, for a metric "
        f"(line {line}): counted as diverged."
    )
    return frame.assign(status=np.where(wrong, DIVERGED, frame["status"])), [note]


def _without_infinity(frame: "pd.DataFrame") -> "pd.DataFrame":
    numbers = frame.select_dtypes("float")
    return frame.assign(**numbers.mask(np.isinf(numbers)))


def _read_table(path: Path, table: str) -> "pd.DataFrame":
    """The columns that are read, each by its kind; a cell that is no finite score is infinite."""
    import pandas as pd

    most = _MOST_LINES[table]
    cells, decimal_comma = read_cells(path, most, most * _LARGEST_LINE)
    if missing := [name for name in REQUIRED[table] if name not in cells.columns]:
        raise ResultsError(
            f"{path}: expected the columns of a {table}, and {listed(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing (it has {listed(cells.columns)}). "
            "Only `actbench compare` and, in Python, actbench.compare(...) read a table that was "
            "made elsewhere: name its columns with --arm, --seed and --score, or arm=, seed= and "
            "score="
        )
    columns: dict[str, Any] = {}
    for name in cells.columns:
        kind = kind_of(name, table)
        if kind == "text":
            columns[name] = pd.Categorical([text_of_cell(cell) for cell in cells[name]])
        elif kind == "status":
            columns[name] = pd.Categorical(_statuses(path, cells[name]))
        elif kind is not None:
            whole = kind == "whole"
            columns[name] = numbers_of(path, cells[name], whole=whole, decimal_comma=decimal_comma)
    return pd.DataFrame(columns, index=cells.index)


def read_cells(path: Path, most_lines: int, largest: int) -> tuple["pd.DataFrame", bool]:
    """The cells of a CSV file as text, by line, and whether a comma may be a decimal mark.

    The file may have commas, semicolons or tabs, any line ends, and any Unicode mark. `largest`:
    in bytes.

    Raises:
        ResultsError: it cannot be read, is too large, or is no table.
    """
    import pandas as pd

    content = read_file(path, largest)
    if (count := content.count(b"\n")) > most_lines:
        raise ResultsError(f"{path}: expected at most {most_lines:,} lines, got {count:,}")
    text = _text(path, content)
    lines = io.StringIO(text, newline="").readlines() or [""]
    # Spreadsheets write a line such as `sep=;` above the header.
    headers = (i for i, line in enumerate(lines) if line.strip() and line[:4].lower() != "sep=")
    above = next(headers, 0)
    delimiter = max(_DELIMITERS, key=lines[above].count)
    reader = csv.reader(lines[above:], delimiter=delimiter)
    rows = {}
    try:
        for row in reader:
            if any(row):
                rows[above + reader.line_num] = [cell.strip() for cell in row]
    except csv.Error as error:
        line = above + reader.line_num
        raise ResultsError(f"{path}:{line}: cannot be read as a table: {error}") from None
    if not rows:
        raise ResultsError(f"{path}: expected the columns of a table, got an empty file")
    names = rows.pop(next(iter(rows)))
    _check_shape(path, names, rows)
    index = pd.Index(list(rows), name="line")
    return pd.DataFrame(list(rows.values()), index, names, dtype=object), delimiter != ","


def _text(path: Path, content: bytes) -> str:
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
    if len(names) > _MOST_COLUMNS:
        raise ResultsError(
            f"{path}: expected at most {_MOST_COLUMNS:,} columns, got {len(names):,}"
        )
    for line, row in rows.items():
        if len(row) != len(names):
            raise ResultsError(
                f"{path}:{line}: expected {len(names)} cells, as the first line has, got "
                f"{len(row)}; was the file cut short, or a line edited?"
            )
    if twice := [name for name in names if name and names.count(name) > 1]:
        raise ResultsError(f"{path}: the column '{twice[0]}' is there twice; remove one of them")


def _statuses(path: Path, cells: "pd.Series[str]") -> list[str]:
    statuses = cells.str.lower()
    wrong = statuses[~statuses.isin(STATUSES)]
    if len(wrong):
        raise ResultsError(
            f"{path}:{wrong.index[0]}: {cells.name}: expected one of {listed(STATUSES)}, "
            f"got '{wrong.iloc[0][:60]}'{nearest(wrong.iloc[0], STATUSES)}"
        )
    return statuses.tolist()


def numbers_of(
    path: Path, cells: "pd.Series[str]", *, whole: bool, decimal_comma: bool
) -> NDArray[np.float64] | NDArray[np.int64]:
    """A column of whole numbers, or of floats.

    A float is NaN for an empty cell, and infinity for NaN, infinity and what is too large.
    """
    import pandas as pd

    texts = cells.str.replace(",", ".", regex=False) if decimal_comma else cells
    values = pd.to_numeric(texts, errors="coerce")
    floats = values.to_numpy(dtype=float, copy=True)
    if whole:
        is_wrong = ~np.isfinite(floats) | (floats != np.floor(floats)) | (abs(floats) >= 2.0**63)
    else:
        floats[cells.str.lower().isin(["nan", "+nan", "-nan"])] = np.inf
        floats[np.abs(floats) > _LARGEST_NUMBER] = np.inf
        is_wrong = np.isnan(floats) & (cells != "").to_numpy()
    wrong = cells[is_wrong]
    if len(wrong):
        got = f"the text '{wrong.iloc[0][:60]}'" if wrong.iloc[0] else "an empty cell"
        expected = "a whole number" if whole else "a number"
        more = f" (and {len(wrong) - 1} more such cells)" if len(wrong) > 1 else ""
        raise ResultsError(
            f"{path}:{wrong.index[0]}: {cells.name}: expected {expected}, got {got}"
            f"{more}; {_remedy(wrong.iloc[0], whole=whole)}"
        )
    return values.to_numpy(dtype=np.int64) if whole else floats


def _remedy(text: str, *, whole: bool) -> str:
    if re.fullmatch(r"[-+]?[\d.,]+\s*%", text):
        return "remove the % signs, from all cells of the column"
    empty = "" if whole or any(c.isdigit() for c in text) else ", or leave the cell empty"
    return (
        f"a spreadsheet may have changed it: put the number back{empty}, or use the file as it was "
        "written"
    )
