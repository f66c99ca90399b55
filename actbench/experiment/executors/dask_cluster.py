"""Training on the workers of a Dask cluster: on this machine, or on others.

Each thread of a worker gets a task when it has finished the one before: a group of trials, bound
to that worker. So Dask reruns nothing by itself, and nothing queued is blamed for the death of a
worker; what a vanished worker had not finished becomes a new task for another one. Messages of a
task that was given up are ignored, so that each trial ends once.
"""

import itertools
import logging
import pickle
import re
import warnings
from collections import Counter, deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from queue import Empty, SimpleQueue
from secrets import token_hex
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from actbench import data
from actbench.errors import ActbenchError
from actbench.experiment.environment import versions
from actbench.experiment.executors import (
    CELLS_AT_ONCE,
    Group,
    Progress,
    TrialEnd,
    TrialsLeft,
    groups,
)
from actbench.experiment.executors.dask_task import Message, train_task
from actbench.experiment.executors.local_processes import cores, interrupts_blocked, script_hidden
from actbench.experiment.plan import Plan
from actbench.results.columns import split_notes
from actbench.wording import counted, listed

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 10.0
RETURN_SECONDS = 300.0  # after which workers of this machine that died do not come back
LOOK_SECONDS = 1.0  # between two looks at which workers there are
MOST_DEATHS = 3  # of workers while they trained one trial; then it becomes an error
MOST_FALSE_STARTS = 20  # of tasks that died before their first trial began


class ClusterError(ActbenchError):
    """A Dask cluster cannot be reached, or cannot be used."""


@dataclass(frozen=True)
class DaskCluster:
    """Trains on the workers of a Dask cluster, which need no files.

    `address`: that of its scheduler, such as `tcp://host:8786`; or `local`, or `local:4`, for
    workers on this machine, by default one a core.
    """

    address: str
    data_dir: Path | None = None
    engine: str = "auto"

    def train(self, plan: Plan, progress: Progress) -> Generator[TrialEnd, None, None]:
        """See `actbench.experiment.executors.Executor`.

        Raises:
            ClusterError: the scheduler does not answer, or no worker can be used.
        """
        if not plan.todo:
            return
        progress.preparing("the Dask cluster")
        with _connected(self.address) as client:
            progress.note(f"Dask: {client.scheduler.address}, dashboard: {client.dashboard_link}")
            run = _Run(client, self, plan, progress)
            try:
                yield from run.ends()
            finally:
                run.cancel()


def local_workers(address: str) -> int | None:
    """The number of workers in `local` or `local:4`; None for the address of a scheduler.

    Raises:
        ValueError: the address is neither.

    >>> local_workers("local:4"), local_workers("tcp://host:8786")
    (4, None)
    """
    if match := re.fullmatch(r"local(?::([1-9]\d{0,3}))?", address):
        return int(match[1] or cores())
    if "://" in address:
        return None
    raise ValueError(
        "expected local, local:WORKERS or the address of a Dask scheduler such as "
        f"tcp://host:8786, got {address[:60]!r}"
    )


@contextmanager
def _connected(address: str) -> "Iterator[Client]":
    """A client of the cluster; a local one is started, and ends with the block."""
    try:
        from distributed import Client
    except ImportError:
        words = "--dask needs the package distributed; install it: pip install 'actbench[dask]'"
        raise ClusterError(words) from None
    count = local_workers(address)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if count is None:
        try:
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise ClusterError(
                f"expected a Dask scheduler at {address}, got no answer in {CONNECT_SECONDS:g} s "
                f"({type(error).__name__}). Start one there by `dask scheduler`, or train on this "
                "machine by `--dask local`"
            ) from None
        except (TypeError, ValueError) as error:  # also where Dask lacks keys for tls://
            raise ClusterError(
                "expected an address that Dask can connect to, such as tcp://host:8786, got "
                f"{address}: {error}"
            ) from None
        with client:
            yield client
        return
    with _started_here(count) as client:
        yield client


@contextmanager
def _started_here(workers: int) -> "Iterator[Client]":
    """A client of a cluster of this machine's own."""
    from dask import config
    from distributed import Client, LocalCluster

    # Dask starts a worker that died again, but closes one for good that is not there 15 s after a
    # death, if only because it has just died once more.
    with config.set({"distributed.deploy.lost-worker-timeout": "1000 days"}):
        # Ctrl-C is for this process alone, which ends the workers.
        with interrupts_blocked(), script_hidden(), warnings.catch_warnings(action="ignore"):
            silent = logging.CRITICAL
            cluster = LocalCluster(n_workers=workers, threads_per_worker=1, silence_logs=silent)
        with cluster, Client(cluster, set_as_default=False) as client:
            yield client


@dataclass
class _Attempt:
    """A task on a worker: the trials that it has still to train.

    `has_begun`: whether the first of them is in training.
    """

    left: TrialsLeft
    worker: str
    future: "Future"
    has_begun: bool = False


class _Run:
    """The tasks of one run, and the workers that they are on."""

    def __init__(
        self, client: "Client", executor: DaskCluster, plan: Plan, progress: Progress
    ) -> None:
        from distributed import Queue

        self._client = client
        self._executor = executor
        self._progress = progress
        self._groups = groups(plan)
        self._cells = len({(trial.block, trial.cell) for trial in plan.todo})
        self._waiting: deque[Group] = deque()
        self._threads: dict[str, int] = {}  # of each worker that is used
        self._checks: dict[str, Future] = {}  # the versions of each worker that is connected
        self._attempts: dict[int, _Attempt] = {}
        self._numbers = itertools.count()
        self._deaths: Counter[str] = Counter()  # while a trial was trained, by its identity
        self._false_starts = 0
        self._arrays: tuple[str, Future] | None = None  # of the data set in use, by its digest
        self._has_arrays: set[tuple[str, str]] = set()  # worker and digest
        self._inbox: SimpleQueue[tuple[int, list[Message]]] = SimpleQueue()
        self._looked_at = 0.0
        self._had_workers_at = monotonic()
        self._refused: set[str] = set()
        self._all_out = False
        self._has_worked = False
        self._name = f"actbench-{token_hex(8)}"
        mailbox = Queue(self._name, client=client)
        self._reader = Thread(target=self._read, args=(mailbox,), daemon=True)
        self._reader.start()

    def _read(self, mailbox: Any) -> None:
        with suppress(Exception):  # the client is closed, or the scheduler has ended
            while True:
                self._inbox.put(pickle.loads(mailbox.get()))

    def ends(self) -> Iterator[TrialEnd]:
        """What each trial leaves, as the trials end.

        Raises:
            ClusterError: the scheduler does not answer any more, or no worker can be used.
        """
        while self._attempts or self._waiting or not self._all_out:
            if monotonic() - self._looked_at >= LOOK_SECONDS:
                for number in self._look_at_workers():
                    yield from self._take(number, [("died", "the worker vanished")])
                self._looked_at = monotonic()
                self._hand_out()
            with suppress(Empty):
                yield from self._take(*self._inbox.get(timeout=LOOK_SECONDS))

    def _take(self, number: int, messages: list[Message]) -> Iterator[TrialEnd]:
        """Go through messages of a task; those of one that was given up are nothing."""
        for message in messages:
            attempt = self._attempts.get(number)
            if attempt and message[0] in ("done", "died"):
                yield from self._close(number, *message[1:])
                self._hand_out()
            elif attempt and attempt.left:
                attempt.has_begun |= message[0] == "started"
                end = attempt.left.receive(message)
                if end and end.record.trial == attempt.left.trials[0].id:
                    yield end
                    attempt.left.end(end.record)
                    attempt.has_begun = False

    def _close(self, number: int, why: str = "") -> Iterator[TrialEnd]:
        """A task has ended; what it has not trained becomes a new one."""
        attempt = self._attempts.pop(number)
        attempt.future.release()
        left = attempt.left
        if not left:
            return
        self._has_arrays = {pair for pair in self._has_arrays if pair[0] != attempt.worker}
        trial = left.trials[0]
        self._deaths[trial.id] += attempt.has_begun
        self._false_starts = 0 if attempt.has_begun else self._false_starts + 1
        if self._false_starts >= MOST_FALSE_STARTS:
            raise ClusterError(
                f"{counted(self._false_starts, 'task')} in a row died before a trial began "
                f"({why}); see the logs of the workers. Trials that ended are kept"
            )
        if self._deaths[trial.id] >= MOST_DEATHS:
            words = f"its worker died {MOST_DEATHS} times while it was trained: {why}"
            end = TrialEnd(left.group.error(trial, words))
            yield end
            left.end(end.record)
        if left:
            self._waiting.appendleft(left.group)

    def _look_at_workers(self) -> list[int]:
        """Use workers that have come, forget those that have gone; return the tasks of these."""
        threads = self._connected_threads()
        for worker in threads.keys() - self._checks.keys():
            check = self._client.submit(versions, pure=False, workers=[worker], priority=1)
            self._checks[worker] = check
        self._checks = {worker: self._checks[worker] for worker in threads}
        self._threads = {w: n for w, n in self._threads.items() if w in threads}
        self._refused &= threads.keys()
        for worker in threads.keys() - self._threads.keys() - self._refused:
            if self._checks[worker].status == "pending":
                continue
            if why := _unfit(self._checks[worker]):
                self._refused.add(worker)
                self._progress.note(f"The worker {worker} is not used: {why}.")
            else:
                self._threads[worker] = threads[worker]
        if threads and self._refused == threads.keys() and not self._has_worked:
            raise ClusterError(
                f"none of the {counted(len(threads), 'worker')} of "
                f"{self._client.scheduler.address} can be used, for the reasons above"
            )
        if threads:
            self._had_workers_at = monotonic()
        else:
            self._wait_for_workers()
        return [n for n, attempt in self._attempts.items() if attempt.worker not in threads]

    def _wait_for_workers(self) -> None:
        """Say that there is no worker: those of this machine come back soon, others at any time."""
        self._progress.preparing(f"waiting for workers of {self._client.scheduler.address}")
        waited = monotonic() - self._had_workers_at
        if local_workers(self._executor.address) and waited > RETURN_SECONDS:
            raise ClusterError(
                f"expected a worker that died to start again, got none in {RETURN_SECONDS:g} s. "
                "The trials that ended are kept, and the same command goes on; with `--dask "
                "local:1` if memory ran out"
            )

    def _connected_threads(self) -> dict[str, int]:
        """The number of threads of each worker that is connected."""
        try:
            # A connection that was lost and is back again leaves the reader ended.
            if self._client.status == "running" and self._reader.is_alive():
                return dict(self._client.nthreads())
        except (OSError, TimeoutError):
            pass
        raise ClusterError(
            f"the Dask scheduler at {self._client.scheduler.address} does not answer any more. The "
            "trials that ended are kept; start it again, and the same command goes on"
        )

    def _hand_out(self) -> None:
        """Give each free thread of a worker a task; the least busy workers come first."""
        if self._client.status != "running":  # the next look at the workers says so
            return
        busy = Counter(attempt.worker for attempt in self._attempts.values())
        free = [(i, w) for w, count in self._threads.items() for i in range(busy[w], count)]
        for _, worker in sorted(free):
            group = self._next_group()
            if group is None:
                return
            self._submit(group, worker)

    def _next_group(self) -> Group | None:
        """The trials of the next task; None if all trials are handed out."""
        if not self._waiting:
            group = next(self._groups, None)
            if group is None:
                self._all_out = True
                return None
            per_task = max(1, min(CELLS_AT_ONCE, self._cells // (2 * self._slots())))
            cells = len({trial.cell for trial in group.trials})
            self._waiting.extend(group.divided(ceil(cells / per_task)))
        return self._waiting.popleft()

    def _slots(self, machine: str = "") -> int:
        """How many tasks run at once: on all workers, or on those of one machine."""
        threads = self._threads.items()
        return sum(count for worker, count in threads if machine in ("", _machine(worker)))

    def _submit(self, group: Group, worker: str) -> None:
        self._has_worked = True
        number = next(self._numbers)
        group = replace(group, side_by_side=self._slots(_machine(worker)))
        is_new = (worker, group.digest) not in self._has_arrays
        self._has_arrays.add((worker, group.digest))
        arrays = self._arrays_of(group) if is_new else None
        future = self._client.submit(
            train_task,
            *(group, arrays, _modules(group), self._executor.engine, self._name, number),
            key=f"{self._name}-{number}",
            workers=[worker],
            pure=False,
        )
        future.add_done_callback(lambda future: self._note_failure(number, future))
        self._attempts[number] = _Attempt(TrialsLeft(group, self._progress), worker, future)

    def _note_failure(self, number: int, future: "Future") -> None:
        """Give up a task that raised, or that somebody else cancelled, or whose data are lost."""
        if future.status != "finished":
            self._arrays = None  # they may be what was lost
            error = future.exception()
            why = repr(error)[:500] if error else f"Dask calls its task {future.status}"
            self._inbox.put((number, [("died", why)]))

    def _arrays_of(self, group: Group) -> "Future":
        """The pickled loader of the group's data set, for a worker that does not have it."""
        arrays = self._arrays  # which another thread may forget meanwhile
        if arrays is None or arrays[0] != group.digest:
            info = group.trials[0].request.info
            content = pickle.dumps(data.loader(info, self._executor.data_dir))
            key = f"{self._name}-{group.digest}-{next(self._numbers)}"
            with warnings.catch_warnings(action="ignore"):  # of a large argument
                arrays = group.digest, self._client.submit(bytes, content, key=key)
            self._arrays = arrays
        return arrays[1]

    def cancel(self) -> None:
        """End the tasks that are left."""
        if self._client.status == "running":
            futures = [attempt.future for attempt in self._attempts.values()]
            self._client.cancel(futures, force=True)


def _modules(group: Group) -> dict[str, bytes]:
    """The user's modules that the cells of a group need, by their path below the folder."""
    return {
        name: (function.folder / name).read_bytes()
        for cell in {trial.cell for trial in group.trials}
        for function in cell.user_functions()
        if function.folder  # else it is in an installed package
        for name in function.sources
    }


def _machine(worker: str) -> str:
    """A worker's address without its port."""
    return worker.rpartition(":")[0]


def _unfit(check: "Future") -> str:
    """Why a worker cannot be used; empty if it has the versions that this process has."""
    if check.status != "finished":
        return f"actbench does not run there ({check.exception()!r:.200})"
    here, there = (split_notes(text)[:-1] for text in (versions(), check.result()))
    if here == there:
        return ""
    theirs = listed(part for part in there if part not in here) or "fewer packages"
    ours = listed(part for part in here if part not in there)
    return f"it has {theirs}, and this process {ours}; install the same there"
