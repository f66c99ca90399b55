"""Training in processes of their own on this machine, each for a few cells.

TensorFlow keeps what it compiled for as long as its process lives, some 5 to 12 MB a cell, and a
model too large for the machine, or a crash in native code, ends the process. So cells are trained
a few at a time in processes that are forked from one that has imported TensorFlow already, which
costs no time; the process that keeps the journal goes on whatever happens to them.
"""

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from pathlib import Path
from types import ModuleType
from typing import cast

from actbench.errors import ActbenchError
from actbench.experiment.executors import Group, Progress, TrialEnd, TrialsLeft, groups
from actbench.experiment.executors.in_process import train_group
from actbench.experiment.plan import Plan
from actbench.experiment.trials import Trial
from actbench.spec import Cell

# Whether training processes inherit TensorFlow by a fork. macOS's own libraries do not survive one
# once they are loaded, and Windows has none.
FORKS = sys.platform == "linux"


@dataclass(frozen=True)
class LocalProcesses:
    """Trains each group of cells in processes of its own, which keeps memory flat.

    `jobs`: how many cells are trained side by side; by default one a core where a step is too
    small to use more than one, else one. A script that uses this executor needs no guard, because
    the processes do not run it.
    """

    data_dir: Path | None = None
    engine: str = "auto"
    jobs: int | None = None

    def train(self, plan: Plan, progress: Progress) -> Generator[TrialEnd, None, None]:
        """See `actbench.experiment.executors.Executor`."""
        if plan.todo:
            progress.preparing("TensorFlow")
            start_importing_tensorflow()
        for group in groups(plan):
            yield from self.train_side_by_side(side_by_side(group, self.jobs), progress)

    def train_side_by_side(self, parts: Sequence[Group], progress: Progress) -> Iterator[TrialEnd]:
        """Train each part in a process of its own, and yield the ends of trials as they come.

        Raises:
            ActbenchError: as for `train`.
        """
        processes = [_Process(part, self, progress) for part in parts]
        try:
            while busy := {process.messages: process for process in processes if process.left}:
                for messages in wait(list(busy)):
                    process = busy[cast(Connection, messages)]
                    if end := process.receive():
                        yield end
                        process.left.end(end.record)
        finally:
            for process in processes:
                process.end()


def start_importing_tensorflow() -> None:
    """Begin to import TensorFlow, once for all training processes, while this process goes on.

    Elsewhere than on Linux every training process imports it anew.
    """
    if FORKS:
        from multiprocessing import forkserver

        _context()
        with interrupts_blocked():
            forkserver.ensure_running()


def side_by_side(group: Group, jobs: int | None = None) -> list[Group]:
    """The group divided among `jobs` processes, or as many as pay; at most one a cell."""
    cells = {trial.cell for trial in group.trials}
    return group.divided(min(len(cells), jobs or jobs_that_pay(cells)))


def jobs_that_pay(cells: Collection[Cell]) -> int:
    """How many of the cells are worth training side by side."""
    # Without forks every process would import TensorFlow anew.
    return min(len(cells), cores()) if FORKS and all(cell.has_small_steps for cell in cells) else 1


def cores() -> int:
    """Number of CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Process:
    """One training process, and the trials that it has not finished yet.

    If it dies, the trial it was training becomes an error, and a new process takes the rest.
    """

    def __init__(self, group: Group, executor: LocalProcesses, progress: Progress) -> None:
        self._executor = executor
        self.left = TrialsLeft(group, progress)
        self._start(group)

    def _start(self, group: Group) -> None:
        self._group = group
        self.messages, theirs = _context().Pipe(duplex=False)
        arguments = (theirs, group, self._executor.data_dir, self._executor.engine)
        process = _context().Process(target=_train, args=arguments, daemon=True)
        start_importing_tensorflow()
        # A fork inherits the blocking, but waits for the import, which Ctrl-C may cut short.
        with nullcontext() if FORKS else interrupts_blocked(), script_hidden():
            process.start()
        self._process = process
        theirs.close()

    def receive(self) -> TrialEnd | None:
        """Read the next message. Return what the trial leaves if it ended one, else None.

        Raises:
            ActbenchError: the process could not begin to train.
        """
        try:
            message = self.messages.recv()
        except (EOFError, OSError):  # the latter where it died in the middle of a message
            return self._died()
        return self.left.receive(message)

    def _died(self) -> TrialEnd:
        self.end()
        cause = _cause_of_death(self._process.exitcode)
        trial, *rest = self.left.trials
        error = self._group.error(trial, f"the training process died: {cause}")
        if rest:
            self._start(replace(self.left.group, trials=tuple(rest)))
        return TrialEnd(error)

    def end(self) -> None:
        """Kill the process, if it still runs, and close its pipe."""
        self._process.kill()
        self._process.join()
        self.messages.close()


def _cause_of_death(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    memory = ", as Linux does where memory runs out" if name == "SIGKILL" else ""
    return f"ended by {name}{memory}"


class SendingProgress(Progress):
    """The progress of a training process, sent to the one with the journal.

    That one knows which trial is trained.
    """

    def __init__(self, messages: Connection) -> None:
        self._send = messages.send

    def preparing(self, what: str) -> None:
        self._send(("preparing", what))

    def note(self, words: str) -> None:
        self._send(("note", words))

    def started(self, trial: Trial) -> None:
        self._send(("started",))

    def epoch(self, trial: Trial, number: int, metrics: dict[str, float]) -> None:
        self._send(("epoch", number, metrics))


def _train(messages: Connection, group: Group, data_dir: Path | None, engine: str) -> None:
    """What a training process does, from its first moment to its last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that keeps the journal ends this one
    _end_with_the_parent()
    try:
        for end in train_group(group, data_dir, engine, SendingProgress(messages)):
            messages.send(("ended", end))
    except BrokenPipeError:  # nobody waits for the rest
        pass
    except ActbenchError as error:
        messages.send(("raised", error))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)  # leaving TensorFlow in order takes time, and there is nothing left to save


def _end_with_the_parent() -> None:
    """End this process as soon as its parent has died, for example by SIGKILL."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait_and_exit() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait_and_exit, daemon=True).start()


def _context() -> ForkServerContext | SpawnContext:
    if not FORKS:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["actbench.training.fork_server"])
    return context


@contextmanager
def script_hidden() -> Iterator[None]:
    """Processes started inside do not run the script that was started first.

    multiprocessing has each import it, to find the function to call. Ours is in this module, and a
    script without `if __name__ == "__main__"` would train all over again in every process.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Processes started inside do not receive Ctrl-C: the one that keeps the journal ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    # multiprocessing starts it with the first process, and lets interrupts through again then.
    resource_tracker.ensure_running()
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
