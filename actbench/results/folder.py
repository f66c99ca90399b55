"""One experiment's results folder: its files, and the lock that keeps a second writer out."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from actbench.errors import ResultsError
from actbench.results.atomic import cannot_write

KEPT = (
    "spec.yaml",
    "environment.json",
    "checks.json",
    "journal.jsonl",
    "trials.csv",
    "history.csv",
    "summary.csv",
    "comparison.csv",
    "looks.json",
)


class ResultsFolder:
    """`<out>/<name>/` and the files in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spec = path / "spec.yaml"
        self.environment = path / "environment.json"
        self.checks = path / "checks.json"
        self.journal = path / "journal.jsonl"
        self.trials = path / "trials.csv"
        self.history = path / "history.csv"
        self.summary = path / "summary.csv"
        self.comparison = path / "comparison.csv"
        self._lock = path / ".lock"
        self._holder = path / ".running.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for writing; the system frees it when the process ends, however it ends.

        Raises:
            ResultsError: another process holds it (it is named), or it cannot be made.
        """
        from filelock import FileLock, Timeout

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._lock)
            lock.acquire(timeout=0)
        except Timeout:
            raise ResultsError(self._held()) from None
        except OSError as error:
            raise cannot_write(self.path, error) from None
        try:
            self._name_holder()
            yield
        finally:
            self._holder.unlink(missing_ok=True)
            lock.release()

    def _name_holder(self) -> None:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
        try:
            self._holder.write_text(json.dumps(holder), encoding="utf-8")
        except OSError as error:
            raise cannot_write(self._holder, error) from None

    def _held(self) -> str:
        try:
            holder = json.loads(self._holder.read_text(encoding="utf-8"))
            who = "process {pid} on {host}, since {since}".format(**holder)
        except (OSError, ValueError, KeyError):
            who = "another process"
        return (
            f"{self.path} is in use: {who} writes there. Wait for it to end, stop it, "
            "or choose another --out"
        )

    def set_aside(self) -> Path | None:
        """Move what is here to a folder beside its place, and tell which; None where nothing is."""
        kept = [self.path / name for name in KEPT if (self.path / name).exists()]
        if not kept:
            return None
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        aside = self.path / "former" / stamp
        try:
            aside.mkdir(parents=True)
            for path in kept:
                path.rename(aside / path.name)
        except OSError as error:
            raise cannot_write(aside, error) from None
        return aside
