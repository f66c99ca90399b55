"""The journal: one line of JSON a trial, appended and flushed to disk when the trial ends."""

import codecs
import hashlib
import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic_core import from_json

from actbench.errors import ResultsError
from actbench.results.folder import cannot_write, replacing, write_file
from actbench.wording import counted, listed

SCHEMA = 2
SCHEMA_WITHOUT_CHECKSUM = 1
STATUSES = OK, DIVERGED, ERROR = ("ok", "diverged", "error")

_BEGINNING = 1 << 16  # bytes
_LONGEST_LINE = 100_000_000  # bytes
_MOST_LINES = 2_000_000
_MOST_NAMED = 20
_START = b'{"schema"'
_CHECKSUM = b', "checksum": "'


@dataclass(frozen=True)
class Record:
    """What one trial leaves.

    `cell`: everything but the seed that determines the numbers, as plain values. `data`: the
    digest of the data set. `metrics`: the final ones by column name (`test_mae`). `history`: the
    metrics of each epoch. Metrics that were not finite are absent. `diverged_at`: the epoch, from
    1, in which the loss or a metric was no longer finite. `side_by_side`: the number of cells that
    the run trained at the same time, this one included, so that 1 means alone; None in a record
    of an older version. `versions`: what trained it, as the column of that name; empty in a record
    of an older version. `epoch_seconds`: the training time until the end of each epoch.
    `diagnostics`: the measures of each hidden layer, before training and at its end; None where
    nothing was measured, as the spec did not ask for it. `predict_seconds`: per 1,000 rows; None
    where it was not measured alone. `message`: the exception's text, if `status` is "error".
    `rows`: the digest of the file with the scores of its test rows (`kept_rows`); empty where it
    has none. `split`: the number of the split, None where there is only the usual one.
    `train_rows`, `test_rows`: how many rows were trained and tested on; None in a record of an
    older version.

    A field that is new needs a default, so that older journals can still be read.
    """

    __pydantic_config__ = ConfigDict(strict=True, allow_inf_nan=False)

    trial: str
    cell: dict[str, Any]
    seed: int
    data: str
    status: str
    parameters: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    history: tuple[dict[str, float], ...] = ()
    best_epoch: int | None = None
    best_val_loss: float | None = None
    diverged_at: int | None = None
    train_seconds: float | None = None
    compile_seconds: float | None = None
    side_by_side: int | None = None
    epoch_seconds: tuple[float, ...] = ()
    diagnostics: tuple[dict[str, float], ...] | None = None
    predict_seconds: float | None = None
    engine: str = ""
    versions: str = ""
    message: str = ""
    rows: str = ""
    split: int | None = None
    train_rows: int | None = None
    test_rows: int | None = None

    @property
    def finished(self) -> bool:
        """Whether this trial needs no further training. One that raised is tried again."""
        return self.status in (OK, DIVERGED)


_RECORD = TypeAdapter(Record)


class Journal:
    """The append-only file of records. The last record of a trial counts.

    A line ends with a checksum of what stands before it. `damaged`: the numbers of the lines that
    are not as they were written. A last line without its end is one that a crash cut off, and no
    damage. `unchecked`: how many lines have no checksum, since an older version wrote them; their
    fields are checked for their types.

    Raises:
        ResultsError: the file cannot be read, is in another encoding, or another version of
            actbench wrote it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read()

    def _read(self, keep: Callable[[bytes], object] = lambda line: None) -> None:
        """Read the file line by line, since it may be larger than memory; keep each whole line."""
        self.records: dict[str, Record] = {}
        self.damaged: list[int] = []
        self.unchecked = 0
        self._has_checksums = False
        self._aside: list[bytes] = []
        self._is_whole = True
        self._cells: dict[bytes, dict[str, Any]] = {}
        if not self.path.is_file():
            return
        try:
            with self.path.open("rb") as file:
                self._refuse_other_encoding(file.read(_BEGINNING))
                file.seek(0)
                lines = iter(lambda: file.readline(_LONGEST_LINE), b"")
                for number, line in enumerate(lines, start=1):
                    self._read_line(line, number, keep)
        except OSError as error:
            raise ResultsError(f"cannot read {self.path}: {error.strerror}") from None

    def _read_line(self, written: bytes, number: int, keep: Callable[[bytes], object]) -> None:
        if number > _MOST_LINES or len(written) == _LONGEST_LINE:
            raise ResultsError(
                f"{self.path}: expected at most {_MOST_LINES:,} lines of at most "
                f"{_LONGEST_LINE / 1e6:,.0f} MB, got more; is this the right file?"
            )
        line = written.strip()
        if line and self._take(line, number):
            keep(line)
            self._is_whole &= written == line + b"\n"
            return
        self._is_whole = False
        if _is_latin_1(line):
            raise self._other_encoding("Latin-1")
        for part in line.split(_START, 100)[1:]:  # records whose line break was lost
            record = _START + part[: part.rfind(b"}") + 1]
            if self._take(record, number):
                keep(record)
        if line and written.endswith(b"\n"):
            self.damaged.append(number)
            self._aside.append(line)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of damaged and of unchecked lines, a sentence each."""
        notes = []
        if self.damaged:
            more = len(self.damaged) - _MOST_NAMED
            notes.append(
                f"{self.path}: damaged in line {listed(map(str, self.damaged[:_MOST_NAMED]))}"
                f"{f' and {more:,} more' if more > 0 else ''}. A run sets that aside in "
                f"{self._aside_path.name} and trains those trials again."
            )
        if self.unchecked:
            notes.append(
                f"{self.path}: {counted(self.unchecked, 'line')} of an older version without a "
                "checksum, so unchecked: damage to a number would go unnoticed."
            )
        return tuple(notes)

    def mend(self) -> None:
        """Set damaged lines aside in `journal.damaged.jsonl`, so that whole lines are left.

        Raises:
            ResultsError: a file could not be written.
        """
        if self._is_whole:
            return
        if self._aside:
            earlier = self._aside_path.read_bytes() if self._aside_path.is_file() else b""
            write_file(self._aside_path, earlier + _joined(self._aside))
        with replacing(self.path) as file:
            self._read(lambda line: file.write(line + b"\n"))
        self._is_whole = True

    def append(self, record: Record) -> None:
        """Add a record. When this returns, the whole line is on disk.

        Raises:
            ResultsError: it could not be written; the file is as it was before.
        """
        self.mend()
        try:
            with self.path.open("ab", buffering=0) as file:
                _append(file, _line(record) + b"\n")
        except OSError as error:
            raise cannot_write(self.path, error) from None
        self.records[record.trial] = record

    @property
    def _aside_path(self) -> Path:
        return self.path.with_name("journal.damaged.jsonl")

    def _take(self, line: bytes, number: int) -> bool:
        """Take the record of a line; return whether the line is whole."""
        body, checksum, _ = line.rpartition(_CHECKSUM)
        if checksum and line != _with_checksum(body):
            return False
        try:
            schema = from_json(line)["schema"]
            if schema not in (SCHEMA, SCHEMA_WITHOUT_CHECKSUM) and (checksum or not self.records):
                raise self._other_version(schema, number)
            record = _RECORD.validate_json(line)
        except (ValueError, KeyError, TypeError):
            return False
        # Older versions do not append to a journal with checksums.
        is_older = schema == SCHEMA_WITHOUT_CHECKSUM and not self._has_checksums
        if record.status not in STATUSES or not (checksum or is_older):
            return False
        self.records[record.trial] = record
        self._share_cell(record, line)
        self.unchecked += not checksum
        self._has_checksums |= bool(checksum)
        return True

    def _share_cell(self, record: Record, line: bytes) -> None:
        """Let records with equal cells share one object, which saves memory."""
        written = line[line.find(b'"cell": ') : line.rfind(b', "seed": ')]
        object.__setattr__(record, "cell", self._cells.setdefault(written, record.cell))

    def _other_version(self, schema: object, number: int) -> ResultsError:
        return ResultsError(
            f"{self.path}:{number}: expected a journal of schema {SCHEMA} or older, got schema "
            f"{str(schema)[:20]}; another version of actbench wrote it. Use that version, "
            "choose another --out, or run with --fresh, which sets these results aside"
        )

    def _refuse_other_encoding(self, content: bytes) -> None:
        """Refuse a file that begins in another encoding; `_read_line` refuses Latin-1."""
        zeros = abs(content[::2].count(0) - content[1::2].count(0))
        if content.startswith(codecs.BOM_UTF8):
            raise self._other_encoding("UTF-8 with a byte order mark")
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (
            zeros > len(content) / 4
        ):
            raise self._other_encoding("UTF-16")

    def _other_encoding(self, encoding: str) -> ResultsError:
        return ResultsError(
            f"{self.path}: expected UTF-8 as it was written, got {encoding}; some program saved "
            "it in another encoding. Save it as UTF-8 without a mark, or put the original back"
        )


def _line(record: Record) -> bytes:
    fields = {"schema": SCHEMA, **asdict(record)}
    fields["metrics"], *fields["history"] = map(_finite, [record.metrics, *record.history])
    if record.diagnostics is not None:
        fields["diagnostics"] = list(map(_finite, record.diagnostics))
    text = json.dumps(fields, ensure_ascii=False, allow_nan=False)
    return _with_checksum(text[:-1].encode(errors="replace"))


def _with_checksum(body: bytes) -> bytes:
    """The line whose text before the checksum is `body`."""
    return body + _CHECKSUM + hashlib.sha256(body).hexdigest()[:16].encode() + b'"}'


def _is_latin_1(line: bytes) -> bool:
    """Whether a line is what was written, but in Latin-1."""
    line = line.decode("latin-1").encode()
    return bool(line) and line == _with_checksum(line.rpartition(_CHECKSUM)[0])


def _joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _append(file: FileIO, line: bytes) -> None:
    end = file.tell()
    try:
        written = file.write(line)
        if written < len(line):
            file.write(line[written:])  # on a full disk only the second write fails
        os.fsync(file.fileno())
    except OSError:
        file.truncate(end)
        raise


def _finite(metrics: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if math.isfinite(value)}
