"""Training on a Dask cluster: the same numbers, whatever becomes of its parts."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from actbench import experiment
from actbench.experiment import DaskCluster, LocalProcesses, Progress, Trial
from actbench.experiment.executors.dask_cluster import local_workers
from actbench.results import Record
from actbench.spec import Experiment
from tests.experiment.tables import journal_lines, without_times

distributed = pytest.importorskip("distributed", reason="needs actbench[dask]")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A cluster of one worker, which is started again when it is killed."""
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(silence_logs=50, **options) as cluster:
        yield cluster


def kill_worker(cluster: Any) -> None:
    (worker,) = cluster.workers.values()
    os.kill(worker.pid, signal.SIGKILL)


class Killing(Progress):
    """Kills the worker after every third trial, a few times."""

    def __init__(self, cluster: Any, kills: int) -> None:
        self.cluster = cluster
        self.left = kills
        self.ends = 0

    def ended(self, trial: Trial, record: Record) -> None:
        self.ends += 1
        if self.ends % 3 == 0 and self.left:
            kill_worker(self.cluster)
            self.left -= 1


@pytest.mark.parametrize("address", ["local:0", "local:", "local:two", "host", "8786", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected local, local:WORKERS or the address"):
        local_workers(address)


@pytest.mark.slow
def test_a_cluster_gives_the_tables_of_local_processes(
    small: Callable[..., Experiment], tmp_path: Path, cluster: Any
) -> None:
    """Undisturbed, and while its worker is killed twice; nothing is lost or trained twice."""
    clusters = {"two": DaskCluster("local:2"), "killed": DaskCluster(cluster.scheduler_address)}
    killing = Killing(cluster, 2)
    experiment.run(small("seeds=6"), tmp_path / "apart", Progress(), executor=LocalProcesses())
    for name, executor in clusters.items():
        progress = killing if name == "killed" else Progress()
        experiment.run(small("seeds=6"), tmp_path / name, progress, executor=executor)
        folder, apart = tmp_path / name / "small", tmp_path / "apart" / "small"
        for table in ("trials.csv", "history.csv", "summary.csv"):
            assert without_times(folder / table) == without_times(apart / table)
        assert (folder / "rows.npz").read_bytes() == (apart / "rows.npz").read_bytes()
        trials = [json.loads(line)["trial"] for line in journal_lines(folder)]
        assert len(trials) == len(set(trials)) == 12
    assert killing.left == 0
