"""A CSV file as it may come back: from a program, by mail, or out of somebody's spreadsheet."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from actbench.errors import ResultsError

DELIMITERS = (",", ";", "\t")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Sheet:
    """The cells of a CSV file as text, column by column; `lines` are the rows' line numbers.

    `decimal_comma`: numbers may be written 2,5, since something else separates the cells.
    """

    path: Path
    columns: dict[str, tuple[str, ...]]
    lines: tuple[int, ...]
    decimal_comma: bool


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file, with commas, semicolons or tabs, any line ends, and any Unicode mark.

    Raises:
        ResultsError: it cannot be read, is no table, or has rows of another length.
    """
    lines = io.StringIO(_text(path), newline="")
    above, first = _first_line(lines)
    delimiter = max(DELIMITERS, key=first.count)
    rows, numbers = _rows(path, lines, first, above, delimiter)
    header = [name.strip() for name in rows[0]]
    _check_names(path, header)
    cells = list(zip(*rows[1:], strict=True)) or [()] * len(header)
    return Sheet(path, dict(zip(header, cells, strict=True)), tuple(numbers[1:]), delimiter != ",")


def _text(path: Path) -> str:
    try:
        found = path.read_bytes()
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read as a table: {error.strerror}") from None
    if found.startswith(b"PK\x03\x04"):
        raise ResultsError(
            f"{path}: expected a CSV file, got a workbook or an archive; "
            "save the sheet as CSV and name that file"
        )
    if found.startswith(_UTF16):
        return found.decode("utf-16", errors="replace")
    if b"\0" in found:
        raise ResultsError(f"{path}: expected a CSV file, got bytes that are no text")
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError:
        return found.decode("cp1252", errors="replace")  # what older spreadsheets write


def _first_line(lines: io.StringIO) -> tuple[int, str]:
    """How many lines stand above the header, and the header; `sep=;` is a spreadsheet's own."""
    for above, line in enumerate(lines):
        if line.strip() and not line.lower().startswith("sep="):
            return above, line
    return 0, ""


def _rows(
    path: Path, lines: io.StringIO, first: str, above: int, delimiter: str
) -> tuple[list[list[str]], list[int]]:
    """The header and the rows that hold anything, and the line that each one ends on."""
    if not first:
        raise ResultsError(f"{path}: expected the columns of a table, got an empty file")
    reader = csv.reader(_again(first, lines), delimiter=delimiter)
    rows, numbers = [], []
    try:
        for row in reader:
            if any(row):
                rows.append(row)
                numbers.append(above + reader.line_num)
    except csv.Error as error:
        where = above + reader.line_num
        raise ResultsError(f"{path}:{where}: cannot be read as a table: {error}") from None
    _check_lengths(path, rows, numbers)
    return rows, numbers


def _again(first: str, lines: io.StringIO) -> Iterator[str]:
    yield first
    yield from lines


def _check_lengths(path: Path, rows: list[list[str]], numbers: list[int]) -> None:
    width = len(rows[0])
    for row, line in zip(rows, numbers, strict=True):
        if len(row) != width:
            raise ResultsError(
                f"{path}:{line}: expected {width} cells, as the first line has, got {len(row)}; "
                "was the file cut short, or a line edited?"
            )


def _check_names(path: Path, header: list[str]) -> None:
    for i, name in enumerate(header):
        if name and name in header[:i]:
            raise ResultsError(f"{path}: the column '{name}' is there twice; remove one of them")
