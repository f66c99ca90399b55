"""The journal: one line of JSON a trial, appended and flushed to disk when the trial ends."""

import json
import math
import os
from dataclasses import asdict, dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from actbench.errors import ResultsError
from actbench.results.folder import cannot_write

SCHEMA = 1
STATUSES = OK, DIVERGED, ERROR = ("ok", "diverged", "error")


@dataclass(frozen=True)
class Record:
    """What one trial leaves.

    `cell`: everything but the seed that determines the numbers, as plain values. `data`: the
    digest of the data set. `metrics`: the final ones by column name (`test_mae`). `history`: the
    metrics of each epoch. Metrics that were not finite are absent. `diverged_at`: the epoch, from
    1, in which the loss or a metric was no longer finite. `side_by_side`: the number of cells that
    the run trained at the same time, this one included, so that 1 means alone; None in a record
    of an older version. `versions`: what trained it, as the column of that name; empty in a record
    of an older version. `message`: the exception's text, if `status` is "error".

    A field that is new needs a default, so that older journals can still be read.
    """

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
    engine: str = ""
    versions: str = ""
    message: str = ""

    @property
    def finished(self) -> bool:
        """Whether this trial needs no further training. One that raised is tried again."""
        return self.status in (OK, DIVERGED)


class Journal:
    """The append-only file of records. The last record of a trial counts.

    `damaged`: the numbers of the lines that could not be read. They stay in the file.

    Raises:
        ResultsError: the file cannot be read, or another version of actbench wrote it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: dict[str, Record] = {}
        try:
            lines = path.read_bytes().split(b"\n")
        except FileNotFoundError:
            lines = []
        except OSError as error:
            raise ResultsError(f"cannot read {path}: {error.strerror}") from None
        damaged = []
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            record = self._parse(line, number)
            if record is not None:
                self.records[record.trial] = record
            elif number < len(lines):  # a last line without its end is one that a crash cut off
                damaged.append(number)
        self.damaged = tuple(damaged)

    def _parse(self, line: bytes, number: int) -> Record | None:
        try:
            fields = json.loads(line)
            schema = fields.pop("schema")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            return None
        if schema != SCHEMA:
            raise ResultsError(
                f"{self.path}:{number}: expected a journal of schema {SCHEMA}, got schema "
                f"{str(schema)[:20]}; another version of actbench wrote it. Use that version, "
                "choose another --out, or run with --fresh, which sets these results aside"
            )
        try:
            fields["history"] = tuple(fields.get("history", ()))
            return Record(**fields)
        except TypeError:
            return None

    def append(self, record: Record) -> None:
        """Add a record. When this returns, the whole line is on disk.

        Raises:
            ResultsError: it could not be written; the file is as it was before.
        """
        fields = {"schema": SCHEMA, **asdict(record)}
        fields["metrics"], *fields["history"] = map(_finite, [record.metrics, *record.history])
        line = json.dumps(fields, allow_nan=False).encode() + b"\n"
        try:
            with self.path.open("a+b", buffering=0) as file:
                _append(file, line)
        except OSError as error:
            raise cannot_write(self.path, error) from None
        self.records[record.trial] = record


def _append(file: FileIO, line: bytes) -> None:
    end = _end_of_last_line(file)
    file.truncate(end)
    try:
        written = file.write(line)
        if written < len(line):
            file.write(line[written:])  # on a full disk only the second write fails
        os.fsync(file.fileno())
    except OSError:
        file.truncate(end)
        raise


def _end_of_last_line(file: FileIO) -> int:
    """The position after the last whole line. A line that a crash cut off is written over."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = file.seek(max(0, end - 65536))
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _finite(metrics: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if math.isfinite(value)}
