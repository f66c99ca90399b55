"""A process of its own for a few cells: it gives TensorFlow's memory back when it ends.

TensorFlow keeps what it compiled for as long as the process lives, some 5 to 12 MB a cell, and a
model too large for the machine, or a crash in native code, takes the process with it. So cells
are trained a few at a time in processes that are forked from one that has imported TensorFlow
already, which costs them no time, and the process that keeps the journal goes on whatever happens.
"""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from pathlib import Path
from typing import Any, cast

from actbench import data
from actbench.errors import ActbenchError
from actbench.experiment.plan import Trial
from actbench.experiment.progress import Progress
from actbench.experiment.trials import train
from actbench.results import Record
from actbench.results.journal import ERROR
from actbench.spec.dataset import DatasetChoice

# Whether training processes inherit TensorFlow by a fork. macOS's own libraries do not survive one
# once they are loaded, and Windows has none.
FORKS = sys.platform == "linux"


@dataclass(frozen=True)
class Work:
    """What a training process is given: trials of one data set, in the order to train them."""

    trials: tuple[Trial, ...]
    dataset: DatasetChoice
    digest: str
    data_dir: Path | None
    engine: str


def prepare() -> None:
    """Let TensorFlow be imported, once for all training processes, while this one goes on.

    Elsewhere than on Linux every training process imports it anew.
    """
    if FORKS:
        from multiprocessing import forkserver

        _context()
        with _no_interrupts():
            forkserver.ensure_running()


def train_apart(works: Sequence[Work], progress: Progress) -> Iterator[Record]:
    """The record of each trial as it ends; see `actbench.experiment.trials.train`.

    Every work has a process, side by side with the others. Where one dies, the trial it was at
    becomes an error, and another process goes on with those after it.

    Raises:
        ActbenchError: what a process could not begin with, such as a data set that is damaged.
    """
    processes = [_Process(work, progress) for work in works]
    try:
        while open_ := {process.messages: process for process in processes if process.left}:
            for messages in wait(list(open_)):
                process = open_[cast(Connection, messages)]
                if record := process.receive():
                    trial = process.left.pop(0)
                    yield record
                    progress.ended(trial, record)
    finally:
        for process in processes:
            process.end()


class _Process:
    """One training process, and the trials that are left to it."""

    def __init__(self, work: Work, progress: Progress) -> None:
        self._work = work
        self._progress = progress
        self.left = list(work.trials)
        self._start(self.left)

    def _start(self, trials: Sequence[Trial]) -> None:
        self.messages, theirs = _context().Pipe(duplex=False)
        self._given = tuple(trials)
        work = replace(self._work, trials=self._given)
        self._process = _context().Process(target=_train_here, args=(theirs, work), daemon=True)
        with _no_interrupts():
            self._process.start()
        theirs.close()

    def receive(self) -> Record | None:
        """Take the next message; the record, if a trial ended, be it because the process died.

        Raises:
            ActbenchError: what it could not begin with.
        """
        try:
            kind, *content = self.messages.recv()
        except (EOFError, OSError):  # the latter where it died in the middle of a message
            return self._died()
        if kind == "raised":
            raise content[0]
        if kind == "record":
            found: Record = content[0]
            return found
        if kind in ("started", "epoch"):  # a trial is told by its place: it is quicker sent
            content[0] = self._given[content[0]]
        getattr(self._progress, kind)(*content)
        return None

    def _died(self) -> Record:
        self.end()
        trial, *rest = self.left
        lost = _lost(trial, self._work.digest, self._process.exitcode)
        if rest:
            self._start(rest)
        return lost

    def end(self) -> None:
        """Leave nothing of it behind."""
        self._process.kill()
        self._process.join()
        self.messages.close()


def _lost(trial: Trial, digest: str, exitcode: int | None) -> Record:
    return Record(
        trial=trial.id,
        cell=trial.cell.identity,
        seed=trial.seed,
        data=digest,
        status=ERROR,
        message=f"the training process died: {_cause(exitcode)}",
    )


def _cause(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    memory = ", as Linux does where memory runs out" if name == "SIGKILL" else ""
    return f"ended by {name}{memory}"


class _Relay:
    """A progress that tells the process which keeps the journal."""

    def __init__(self, messages: Connection, trials: Sequence[Trial]) -> None:
        self._messages = messages
        self._places = {trial.id: place for place, trial in enumerate(trials)}

    def planned(self, plan: object) -> None:
        """The other process made the plan."""

    def preparing(self, what: str) -> None:
        self._messages.send(("preparing", what))

    def note(self, words: str) -> None:
        self._messages.send(("note", words))

    def started(self, trial: Trial) -> None:
        self._messages.send(("started", self._places[trial.id]))

    def epoch(self, trial: Trial, number: int, metrics: dict[str, float]) -> None:
        self._messages.send(("epoch", self._places[trial.id], number, metrics))

    def ended(self, trial: Trial, record: Record) -> None:
        """The other process says so once the record is on disk."""


def _train_here(messages: Connection, work: Work) -> None:
    """What a training process does, from its first moment to its last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that keeps the journal ends this one
    _end_with_the_parent()
    try:
        relay = _Relay(messages, work.trials)
        choice = work.dataset
        relay.preparing(f"loading {choice.label}")
        dataset = data.load(choice.request, work.data_dir)
        for record in train(work.trials, dataset, relay, work.engine):
            messages.send(("record", record))
    except BrokenPipeError:  # nobody waits for the rest
        pass
    except ActbenchError as error:
        messages.send(("raised", _sendable(error)))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)  # leaving TensorFlow in order takes time, and there is nothing left to save


def _sendable(error: ActbenchError) -> ActbenchError:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever its class finds wrong, its words are what matters
        return ActbenchError(str(error))
    return error


def _end_with_the_parent() -> None:
    """Leave nothing running behind a killed run."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for, args=(parent.sentinel,), daemon=True).start()


def _wait_for(sentinel: Any) -> None:
    wait([sentinel])
    os._exit(1)


def _context() -> ForkServerContext | SpawnContext:
    if not FORKS:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["actbench.training.preloaded"])
    return context


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Processes started inside do not hear of Ctrl-C: the one that keeps the journal ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
