"""One experiment's results folder: its files, its lock, and writing a file in one step."""

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from pydantic_core import from_json

from actbench.errors import ResultsError

# The name of a file while `replacing` writes it.
_DRAFT = re.compile(r"\..+\.(csv|html|json|jsonl|npz|yaml)\.[0-9a-f]{16}")


class ResultsFolder:
    """`<out>/<name>/` and the files in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spec = path / "spec.yaml"
        self.environment = path / "environment.json"
        self.checks = path / "checks.json"
        self.journal = path / "journal.jsonl"
        self.damaged = path / "journal.damaged.jsonl"
        self.trials = path / "trials.csv"
        self.history = path / "history.csv"
        self.diagnostics = path / "diagnostics.csv"
        self.summary = path / "summary.csv"
        self.comparison = path / "comparison.csv"
        self.selection = path / "selection.csv"
        self.references = path / "references.csv"
        self.looks = path / "looks.json"
        self.rows = path / "rows.npz"
        self.rows_of_trials = path / "rows"
        self.report = path / "report.html"
        self._lock = path / ".lock"
        self._holder = path / ".running.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no other process write here. The system ends the lock if this process is killed.

        Raises:
            ResultsError: another process writes here (the message names it), or the folder cannot
                be made.
        """
        from filelock import FileLock, Timeout

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._lock)
            lock.acquire(timeout=0)
        except Timeout:
            raise ResultsError(self._in_use()) from None
        except OSError as error:
            raise cannot_write(self.path, error) from None
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
        try:
            write_file(self._holder, json.dumps(holder))
            for draft in (*self.path.glob(".*"), *self.rows_of_trials.glob(".*")):
                if _DRAFT.fullmatch(draft.name):  # of a run that was killed while it wrote
                    draft.unlink(missing_ok=True)
            yield
        finally:
            self._holder.unlink(missing_ok=True)
            lock.release()

    def _in_use(self) -> str:
        writer = "another process"
        with suppress(ResultsError, ValueError, KeyError, TypeError):
            holder = from_json(read_file(self._holder, 1_000))
            writer = f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
        return (
            f"{self.path} is in use: {writer} writes there. Wait for it to end, stop it, "
            "or choose another --out"
        )

    def set_aside(self) -> Path | None:
        """Move the files to a new folder `former/<time>` and return it; None if there are none."""
        staying = (self.path, self._lock, self._holder)
        files = [path for path in vars(self).values() if path.exists() and path not in staying]
        if not files:
            return None
        former = self.path / "former" / datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        former.mkdir(parents=True)
        for path in files:
            path.rename(former / path.name)
        return former


def read_file(path: Path, largest: int) -> bytes:
    """The content of a file that must be no larger than `largest`, in bytes.

    Raises:
        ResultsError: it is larger, or cannot be read.
    """
    try:
        if (size := path.stat().st_size) > largest:
            raise ResultsError(
                f"{path}: expected at most {largest / 1e6:,.0f} MB, got {size / 1e6:,.0f} MB; "
                "is this the right file?"
            )
        return path.read_bytes()
    except OSError as error:
        raise ResultsError(f"cannot read {path}: {error.strerror}") from None


def write_file(path: Path, content: str | bytes) -> None:
    """Replace the file at `path` with `content`, flushed to disk, in one step.

    A reader sees the old file or the new one, never half of it. Text is written as UTF-8.

    Raises:
        ResultsError: the disk is full, or the folder cannot be written.
    """
    content = content.encode() if isinstance(content, str) else content
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write, which replaces the one at `path` when the block ends without an error.

    A reader sees the old file or the new one, never half of it.

    Raises:
        ResultsError: the disk is full, or the folder cannot be written.
    """
    temporary = path.parent / f".{path.name}.{token_hex(8)}"
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def cannot_write(path: Path, error: OSError) -> ResultsError:
    """The error for a file that could not be written, with what to do next."""
    journal = (path.parent / "journal.jsonl").is_file()
    kept = " Finished trials stay in the journal beside it." if journal else ""
    return ResultsError(
        f"cannot write {path}: {error.strerror}.{kept} Make room or permission there (or choose "
        "another --out or --output) and run the same command again"
    )
