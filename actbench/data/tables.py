"""The columns of a user's CSV, TSV or Parquet file as they are written; nothing is inferred."""

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actbench.data.readers import reading
from actbench.errors import DataError
from actbench.wording import listed, nearest

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = (".csv", ".tsv", ".parquet")
NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_BYTES_A_CELL = 24  # of memory: a float64 and a float32, and some to parse it


class FileError(DataError):
    """What is wrong with a user's file; `key` is the option of the data set that it is about.

    `parts`: an error for each thing that is wrong; itself alone if it is one thing.
    """

    def __init__(self, message: str, *key: str, parts: Sequence["FileError"] = ()) -> None:
        super().__init__(message)
        self.key = key
        self.parts = tuple(parts) or (self,)

    def of_file(self, name: str) -> "FileError":
        """The same error, with the file's name in front of each part."""
        if len(self.parts) > 1:
            return together([part.of_file(name) for part in self.parts])
        return FileError(f"{name}: {self}", *self.key)


def together(errors: Sequence[FileError]) -> FileError:
    """One error of several."""
    first, *others = errors
    if not others:
        return first
    return FileError(".\n    ".join(map(str, errors)), *first.key, parts=errors)


@dataclass(frozen=True)
class RawTable:
    """A file's columns by their names; each is read when it is asked for, and never kept."""

    path: Path
    names: tuple[str, ...]
    read: Callable[[str], "pa.ChunkedArray"]

    def column(self, name: str) -> "pa.ChunkedArray":
        """The cells of a column: text as it stands in a CSV, any type in Parquet.

        Raises:
            FileError: there is no such column.
        """
        self.check((name,))
        return self.read(name)

    def check(self, *names: tuple[str, ...]) -> None:
        """Refuse all names that no column has; behind each is the option that names it.

        Raises:
            FileError: there is no such column.
        """
        errors = []
        for name, *key in dict.fromkeys(names):
            if name not in self.names:
                near = nearest(name, self.names) or f"; its columns are {listed(self.names[:20])}"
                errors.append(FileError(f"it has no column '{name[:60]}'{near}", *key))
        if errors:
            raise together(errors)


def read_table(path: Path) -> RawTable:
    """The columns of a CSV, TSV or Parquet file.

    Raises:
        FileError: the file is damaged, has no rows or columns without a name of their own, or is
            larger than the memory.
    """
    raw = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    twice = [name for name, count in Counter(raw.names).items() if count > 1]
    if twice or not all(name and name.isprintable() for name in raw.names):
        words = f"the column {twice[0][:60]!a} twice" if twice else "a column without a plain name"
        raise FileError(f"it has {words}; give each column a name of its own", "file")
    if all(re.fullmatch(NUMBER, name) for name in raw.names):
        words = "it has numbers where the first line should name the columns"
        raise FileError(f"{words}; add a line of names", "file")
    return raw


def _parquet(path: Path) -> RawTable:
    import pyarrow.parquet as pq

    with reading(path, "a Parquet file"):
        file = pq.ParquetFile(path)
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        _refuse_larger_than_memory(path, rows, columns, 0)
        names = tuple(file.schema_arrow.names)

    def read(name: str) -> "pa.ChunkedArray":
        with reading(path, "a Parquet file"):
            return file.read(columns=[name]).column(0)

    return RawTable(path, names, read)


def _csv(path: Path) -> RawTable:
    import pyarrow as pa
    from pyarrow import csv

    delimiter, names, rows = first_lines(path)
    _refuse_larger_than_memory(path, rows, len(names), path.stat().st_size)
    bad_rows: list[Any] = []

    def note(row: Any) -> str:
        bad_rows.append(row)
        return "error"

    def table(**options: Any) -> "pa.Table":
        return csv.read_csv(
            path,
            csv.ReadOptions(column_names=list(names), skip_rows=1, **options),
            csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note
            ),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )

    try:
        columns = table(use_threads=True)
    except pa.ArrowInvalid:
        bad_rows.clear()
        try:
            columns = table(use_threads=False)  # which counts the lines
        except pa.ArrowInvalid as error:
            raise FileError(_why(path, bad_rows, error), "file") from error
    if not len(columns):
        raise FileError("it has a line of names and no rows", "file")
    return RawTable(path, names, columns.column)


def _why(path: Path, bad_rows: list[Any], error: Exception) -> str:
    if bad_rows:
        row = bad_rows[0]
        return f"line {row.number}: expected {row.expected_columns} cells, got {row.actual_columns}"
    try:
        path.read_bytes().decode()
    except UnicodeDecodeError as bad:
        line = bad.object.count(b"\n", 0, bad.start) + 1
        return f"line {line}: expected text in UTF-8, got other bytes; save the file as UTF-8"
    return f"it cannot be read as a table: {error}"


def first_lines(path: Path) -> tuple[str, tuple[str, ...], int]:
    """The delimiter, the names of the columns, and about how many rows there are."""
    import csv

    with reading(path, "a table with a line of names"):
        with path.open("rb") as stream:
            start = stream.read(1 << 20)
        if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in start[:1000]:
            raise DataError("expected text in UTF-8, got UTF-16 or another encoding")
        lines = start.decode("utf-8-sig", errors="replace").splitlines()
        if not lines:
            raise DataError("it is empty")
        delimiter = _DELIMITERS[path.suffix.lower()]
        if delimiter == "," and "," not in lines[0] and ";" in lines[0]:
            delimiter = ";"
        names = tuple(name.strip() for name in next(csv.reader(lines, delimiter=delimiter)))
    return delimiter, names, round(path.stat().st_size / len(start) * len(lines))


def _refuse_larger_than_memory(path: Path, rows: int, columns: int, text_bytes: int) -> None:
    needed, free = rows * columns * _BYTES_A_CELL + 2 * text_bytes, free_memory()
    if needed > free:
        raise FileError(
            f"it takes some {needed / 1e9:,.1f} GB of memory to be read, and "
            f"{free / 1e9:,.1f} GB are free; some {int(rows * free / needed):,} of its {rows:,} "
            "rows would fit",
            "file",
        )


def free_memory() -> int:
    """Bytes of memory that are free or can be freed."""
    try:
        facts = Path("/proc/meminfo").read_text(encoding="ascii")
        return int(re.search(r"MemAvailable:\s*(\d+) kB", facts)[1]) * 1024  # type: ignore[index]
    except (OSError, TypeError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
