"""What a Dask worker does: it has a group of trials trained, and sends on what is said of them.

The worker itself never imports TensorFlow. It starts a host: `main` as a program of its own,
which imports TensorFlow once and forks a training process for each task, as on a single machine.
The host and what it forked end with the worker. A host that is idle waits for the next task.
"""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from actbench.errors import ActbenchError
from actbench.experiment.executors import Group
from actbench.experiment.executors.local_processes import (
    LocalProcesses,
    SendingProgress,
    cores,
    start_importing_tensorflow,
)

if TYPE_CHECKING:
    from distributed import Worker

Message = tuple[Any, ...]

IDLE_SECONDS = 60.0  # after which a host without a task ends
PROGRESS_SECONDS = 0.5  # between two reports of epochs

_idle_hosts: list["_Host"] = []  # of this worker


def train_task(
    group: Group,
    arrays: bytes | None,
    modules: dict[str, bytes],
    engine: str,
    mailbox: str,
    attempt: int,
) -> None:
    """Train a group on this Dask worker, and put what is said of it into a Dask queue.

    An entry of the queue `mailbox` is a pickled pair of the number `attempt` and messages, as
    `TrialsLeft.receive` takes them. The last message is `("done",)`, or `("died", why)` where the
    training ended before its time. `arrays`: the pickled loader of the data set; None where this
    worker has it from an earlier task. `modules`: the user's own, by their path below a folder that
    Python imports them from. The training ends at once if the task is cancelled.
    """
    from distributed import Queue, get_client, get_worker

    queue = Queue(mailbox, client=get_client())

    def send(messages: list[Message]) -> None:
        queue.put(pickle.dumps((attempt, messages)))

    worker = get_worker()
    here = Path(worker.local_directory)
    file = here / f"actbench-{group.digest}.pickle"
    if arrays is not None:
        _write(file, arrays)
    elif not file.is_file():
        send([("died", "the worker lost its copy of the data")])
        return
    code = here / f"actbench-{sha256(pickle.dumps(sorted(modules.items()))).hexdigest()[:16]}"
    for name, content in modules.items():
        _write(code / name, content)
    host = _take_host(max(1, cores() // group.side_by_side))
    try:
        host.requests.send((replace(group, arrays=file), engine, str(code)))
        _relay(host, send, _cancelled(worker))
    except (EOFError, OSError):
        host.end()
        send([("died", "its training process could not be reached")])
    except BaseException:
        host.end()
        raise


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}.{time.monotonic_ns()}")
    draft.write_bytes(content)
    draft.replace(file)


def _cancelled(worker: "Worker") -> Callable[[], bool]:
    """Whether the task of this thread is not wanted any more, for example as its client is gone."""
    key = worker.get_current_task()

    def is_cancelled() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state != "executing"

    return is_cancelled


def _relay(
    host: "_Host", send: Callable[[list[Message]], None], is_cancelled: Callable[[], bool]
) -> None:
    """Send on what the host says until the task is done.

    Epochs wait a little, for one another or for what is more urgent.
    """
    messages: list[Message] = []
    sent_at = time.monotonic()
    while True:
        if is_cancelled():
            host.end()
            return
        if host.messages.poll(PROGRESS_SECONDS):
            messages.append(host.messages.recv())
            if messages[-1][0] == "epoch" and time.monotonic() - sent_at < PROGRESS_SECONDS:
                continue
        if not messages:
            continue
        done = messages[-1][0] == "done"
        if done:
            _idle_hosts.append(host)
        send(messages)
        if done:
            return
        messages, sent_at = [], time.monotonic()


class _Host:
    """A program of this worker that trains one group after another.

    `requests`: takes groups; when it is closed, also by the death of this process, the host ends.
    `messages`: gives what is said of them.
    """

    def __init__(self, threads: int) -> None:
        environment = {
            "TF_NUM_INTRAOP_THREADS": str(threads),
            "TF_NUM_INTEROP_THREADS": str(threads),
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        self.threads = threads
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self.requests = Connection(os.dup(self._process.stdin.fileno()), readable=False)
        self.messages = Connection(os.dup(self._process.stdout.fileno()), writable=False)
        self._process.stdin.close()
        self._process.stdout.close()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Kill the host; the training process notices that, and ends."""
        self._process.kill()
        self._process.wait()
        self.requests.close()
        self.messages.close()


def _take_host(threads: int) -> _Host:
    """A host of this worker that is idle, else a new one."""
    while True:
        try:
            host = _idle_hosts.pop()
        except IndexError:  # other threads of the worker take hosts, too
            return _Host(threads)
        if host.is_alive and host.threads == threads:
            return host
        host.end()


def main() -> None:
    """Be a host: train the groups that come through standard input, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the client of Dask ends this process
    requests: SimpleQueue[tuple[Group, str, str]] = SimpleQueue()
    Thread(target=_read_requests, args=(Connection(os.dup(0)), requests), daemon=True).start()
    messages = Connection(os.dup(1))
    os.dup2(2, 1)  # what is printed here goes to the worker's log
    start_importing_tensorflow()
    while True:
        try:
            group, engine, code = requests.get(timeout=IDLE_SECONDS)
        except Empty:
            return
        sys.path.insert(0, code)  # training processes inherit it
        try:
            executor = LocalProcesses(engine=engine)
            for end in executor.train_side_by_side([group], SendingProgress(messages)):
                messages.send(("ended", end))
        except ActbenchError as error:
            messages.send(("raised", error))
        sys.path.remove(code)
        messages.send(("done",))


def _read_requests(connection: Connection, requests: SimpleQueue[tuple[Group, str, str]]) -> None:
    try:
        while True:
            requests.put(connection.recv())
    except (EOFError, OSError):
        os._exit(0)  # the worker has ended; training processes end with this one
