"""Training on a Dask cluster: the same numbers, whatever becomes of its parts."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from actbench import experiment
from actbench.experiment import DaskCluster, LocalProcesses, Progress, Trial
from actbench.experiment.executors import dask_cluster
from actbench.experiment.executors.dask_cluster import ClusterError, local_workers
from actbench.results import Record
from actbench.results.journal import ERROR, OK
from actbench.spec import Experiment
from tests.conftest import REPOSITORY
from tests.experiment.tables import journal_lines, without_times

distributed = pytest.importorskip("distributed", reason="needs actbench[dask]")
dask = pytest.importorskip("dask")

# A trial of `crash` ends its own process, one of `kill` also the Dask worker above it.
DEADLY = """
import os, signal
import psutil

def crash(x):
    os.kill(os.getpid(), signal.SIGKILL)

def kill(x):
    training, server, host, worker, *others = [psutil.Process(), *psutil.Process().parents()]
    os.kill(worker.pid, signal.SIGKILL)
"""

UNGUARDED = """
from actbench.experiment.executors.dask_cluster import _connected

print("the script runs", flush=True)
with _connected("local:1") as client:
    print(len(client.nthreads()), "worker")
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A cluster that has no worker before `scale` is called; one that is killed starts again."""
    options = {"n_workers": 0, "threads_per_worker": 1, "dashboard_address": None}
    # Else it never starts one that is away 15 s after a kill, such as for a second kill.
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1 day"}),
        distributed.LocalCluster(silence_logs=50, **options) as cluster,
    ):
        yield cluster


def start_worker(scheduler: str, *folders: Path, cwd: Path) -> subprocess.Popen[bytes]:
    """A worker in a process of its own; Python finds packages in these folders first."""
    path = os.pathsep.join(map(str, (*folders, REPOSITORY)))
    words = [scheduler, "--no-dashboard", "--no-nanny", "--nthreads", "1"]
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", *words],
        env={**os.environ, "PYTHONPATH": path},
        cwd=cwd,
        stderr=subprocess.DEVNULL,
    )


class Killing(Progress):
    """Starts a worker when the run waits for one, and kills it after three trials, a few times."""

    def __init__(self, cluster: Any, kills: int) -> None:
        self.cluster = cluster
        self.left = kills
        self.ends = 0
        self.waited = False

    def preparing(self, what: str) -> None:
        if what.startswith("waiting for workers") and not self.waited:
            self.waited = True
            self.cluster.scale(1)

    def ended(self, trial: Trial, record: Record) -> None:
        self.ends += 1
        pids = [worker.pid for worker in self.cluster.workers.values()]
        if self.ends >= 3 and self.left and all(pids):  # none is starting again
            os.kill(pids[0], signal.SIGKILL)
            self.left -= 1
            self.ends = 0


@pytest.mark.parametrize("address", ["local:0", "local:", "local:two", "host", "8786", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected local, local:WORKERS or the address"):
        local_workers(address)


def test_a_worker_with_another_keras_is_refused(
    small: Callable[..., Experiment], tmp_path: Path, cluster: Any
) -> None:
    other = tmp_path / "other" / "keras-3.0.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Name: keras\nVersion: 3.0.0\n")
    notes: list[str] = []
    progress = Progress()
    progress.note = notes.append  # type: ignore[method-assign]
    worker = start_worker(cluster.scheduler_address, other.parent, cwd=tmp_path)
    with pytest.raises(ClusterError, match=r"none of the 1 worker of .* can be used"):
        experiment.run(small(), tmp_path, progress, executor=DaskCluster(cluster.scheduler_address))
    worker.kill()
    worker.wait()
    assert any("is not used: it has keras 3.0.0, and this process keras" in note for note in notes)
    assert journal_lines(tmp_path / "small") == []


@pytest.mark.slow
def test_a_cluster_gives_the_tables_of_local_processes(
    small: Callable[..., Experiment], tmp_path: Path, cluster: Any
) -> None:
    """Also one whose first worker comes late and is killed twice: no trial is lost or doubled."""
    late = Killing(cluster, 2)
    experiment.run(small("seeds=6"), tmp_path / "apart", Progress(), executor=LocalProcesses())
    for address, progress in (("local:2", Progress()), (cluster.scheduler_address, late)):
        executor = DaskCluster(address)
        result = experiment.run(
            small("seeds=6"), tmp_path, progress, executor=executor, fresh=address != "local:2"
        )
        folder, apart = result.folder.path, tmp_path / "apart" / "small"
        for table in ("trials.csv", "history.csv", "summary.csv"):
            assert without_times(folder / table) == without_times(apart / table)
        assert (folder / "rows.npz").read_bytes() == (apart / "rows.npz").read_bytes()
        trials = [json.loads(line)["trial"] for line in journal_lines(folder)]
        assert len(trials) == len(set(trials)) == 12
    assert late.waited and not late.left


@pytest.mark.slow
def test_a_trial_that_crashes_is_an_error_and_one_that_kills_its_worker_is_after_three_times(
    small: Callable[..., Experiment],
    tmp_path: Path,
    cluster: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The functions are the user's own: their module reaches the worker from another folder."""
    (tmp_path / "deadly.py").write_text(DEADLY)
    monkeypatch.chdir(tmp_path)
    cluster.scale(1)
    arms = "[{custom: 'deadly:crash'}, {custom: 'deadly:kill'}, relu]"
    deadly = small(f"activations.hidden={arms}", "activations.output=linear", "seeds=1")
    executor = DaskCluster(cluster.scheduler_address)
    result = experiment.run(deadly, tmp_path, Progress(), executor=executor)
    messages = [row.record.message for row in result.rows]
    assert [row.record.status for row in result.rows] == [ERROR, ERROR, OK]
    assert messages[0].startswith("the training process died: ended by SIGKILL")
    assert messages[1] == "its worker died 3 times while it was trained: the worker vanished"


def test_an_address_that_nobody_answers_is_named(
    small: Callable[..., Experiment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 0.5)
    executor = DaskCluster("tcp://127.0.0.1:9")
    with pytest.raises(ClusterError, match=r"expected a Dask scheduler at tcp://127\.0\.0\.1:9"):
        experiment.run(small(), tmp_path, Progress(), executor=executor)
    assert journal_lines(tmp_path / "small") == []


def test_an_address_that_dask_cannot_use_is_answered_with_its_words(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    executor = DaskCluster("tls://127.0.0.1:9")  # without any keys
    with pytest.raises(ClusterError, match=r"got tls://127\.0\.0\.1:9: TLS expects"):
        experiment.run(small(), tmp_path, Progress(), executor=executor)


def test_a_script_without_a_guard_starts_workers(tmp_path: Path) -> None:
    """Each worker is a process of its own, which must not run the script again."""
    (tmp_path / "script.py").write_text(UNGUARDED)
    command = [sys.executable, "script.py"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout == "the script runs\n1 worker\n", done.stderr[-2000:]


def test_a_task_that_somebody_else_cancels_is_given_up(
    small: Callable[..., Experiment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(*arguments: Any) -> None:
        client, key = distributed.get_client(), distributed.get_worker().get_current_task()
        client.cancel([distributed.Future(key, client=client)], force=True)
        time.sleep(0.5)  # it is cancelled while it goes on

    monkeypatch.setattr(dask_cluster, "train_task", cancelled)
    monkeypatch.setattr(dask_cluster, "MOST_FALSE_STARTS", 2)
    options = {"n_workers": 1, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(silence_logs=50, **options) as cluster:
        executor = DaskCluster(cluster.scheduler_address)
        with pytest.raises(ClusterError, match=r"2 tasks .*\(Dask calls its task cancelled\)"):
            experiment.run(small(), tmp_path, Progress(), executor=executor)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_local_worker_starts_again_however_often_it_dies(
    small: Callable[..., Experiment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*arguments: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(dask_cluster, "train_task", die)
    monkeypatch.setattr(dask_cluster, "MOST_FALSE_STARTS", 2)
    # A worker takes longer to start, so that Dask's own check after each death does not find it.
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "10ms"}):
        with pytest.raises(ClusterError, match="2 tasks in a row died before a trial began"):
            experiment.run(small(), tmp_path, Progress(), executor=DaskCluster("local:1"))
        # It dies until a look finds no worker.
        monkeypatch.setattr(dask_cluster, "MOST_FALSE_STARTS", 1000)
        monkeypatch.setattr(dask_cluster, "LOOK_SECONDS", 0.1)
        monkeypatch.setattr(dask_cluster, "RETURN_SECONDS", 0)
        with pytest.raises(ClusterError, match="expected a worker that died to start again"):
            experiment.run(small(), tmp_path, Progress(), executor=DaskCluster("local:1"))


def address_in(file: Path, scheduler: subprocess.Popen[bytes]) -> str:
    """The address that a scheduler writes into its file, which it does when it has said so."""
    while scheduler.poll() is None:
        with suppress(FileNotFoundError, json.JSONDecodeError):  # not there yet, or half of it
            return str(json.loads(file.read_text())["address"])
        time.sleep(0.05)
    raise AssertionError(f"the scheduler ended with exit code {scheduler.returncode}")


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes], psutil.Process]]:
    """A scheduler and a worker in processes of their own; the scheduler's address comes first."""
    file = tmp_path / "scheduler.json"
    words = ["--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with (tmp_path / "scheduler.log").open("w") as log:
        scheduler = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_scheduler", *words], stderr=log
        )
    address = address_in(file, scheduler)
    worker = start_worker(address, cwd=tmp_path)
    yield address, scheduler, psutil.Process(worker.pid)
    for process in (worker, scheduler):
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_scheduler_that_dies_ends_the_run_and_leaves_nothing_training(
    small: Callable[..., Experiment],
    tmp_path: Path,
    foreign: tuple[str, subprocess.Popen[bytes], psutil.Process],
) -> None:
    address, scheduler, worker = foreign
    training: list[psutil.Process] = []

    class KillingScheduler(Progress):
        def ended(self, trial: Trial, record: Record) -> None:
            if not training:
                training.extend(worker.children(recursive=True))
                scheduler.kill()

    long = small("epochs=400", "seeds=20")
    with pytest.raises(ClusterError, match="does not answer any more"):
        experiment.run(long, tmp_path, KillingScheduler(), executor=DaskCluster(address))
    assert training
    assert not psutil.wait_procs(training, timeout=60)[1]
    assert 1 <= len(journal_lines(tmp_path / "small")) < 40


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_client_that_is_ended_leaves_nothing_training(
    number: signal.Signals,
    spec_file: Path,
    tmp_path: Path,
    foreign: tuple[str, subprocess.Popen[bytes], psutil.Process],
) -> None:
    address, _, worker = foreign
    words = ["run", str(spec_file), "--set", "epochs=100000", "--out", str(tmp_path)]
    run = subprocess.Popen(
        [sys.executable, "-m", "actbench", *words, "--dask", address],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stderr is not None
    while "loading" not in run.stderr.readline():
        assert run.poll() is None
    training = worker.children(recursive=True)
    run.send_signal(number)
    said = run.stderr.read()
    assert run.wait() == (130 if number == signal.SIGINT else -number)
    assert ("interrupted: 0 of 6 trials are done" in said) == (number == signal.SIGINT)
    assert training
    assert not psutil.wait_procs(training, timeout=60)[1]
    assert worker.is_running()


# Stand-ins for SLURM's commands: a job is a process of this machine.
SBATCH = """#!/bin/sh
cp "$1" "job-$$.sh"
setsid sh "job-$$.sh" > /dev/null 2>&1 &
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
kill -- "-$1"
"""


@pytest.mark.slow
def test_the_script_for_slurm_trains_with_a_stand_in(spec_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("dask_jobqueue", reason="needs dask-jobqueue")
    page = (REPOSITORY / "docs" / "cluster.md").read_text(encoding="utf-8")
    script = page.partition("`on_slurm.py`:\n\n```python\n")[2].partition("```")[0]
    assert "jobs=10" in script and "processes=8" in script
    script = script.replace("jobs=10", "jobs=1").replace("processes=8", "processes=1")
    commands = {"on_slurm.py": script, "sbatch": SBATCH, "scancel": SCANCEL}
    commands["actbench"] = f'#!/bin/sh\nexec {sys.executable} -m actbench "$@"\n'
    for name, text in commands.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "on_slurm.py", str(spec_file), "--out", str(tmp_path / "out")],
        cwd=tmp_path,
        env={**os.environ, **path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert len(journal_lines(tmp_path / "out" / "small")) == 6
    jobs = [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(p.info["cmdline"])]
    assert not psutil.wait_procs(jobs, timeout=60)[1]
