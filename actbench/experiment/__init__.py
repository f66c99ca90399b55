"""The experiment: what is to be trained (the plan), and training what is missing (the run)."""

from actbench.experiment.executors import Executor, Progress
from actbench.experiment.executors.dask_cluster import DaskCluster
from actbench.experiment.executors.in_process import InProcess
from actbench.experiment.executors.local_processes import LocalProcesses
from actbench.experiment.plan import Plan, make_plan
from actbench.experiment.run import RunResult, fetch_missing, run
from actbench.experiment.trials import Trial
from actbench.experiment.until_decided import forget_other_looks, refuse_splits, until_decided

__all__ = [
    "DaskCluster",
    "Executor",
    "InProcess",
    "LocalProcesses",
    "Plan",
    "Progress",
    "RunResult",
    "Trial",
    "fetch_missing",
    "forget_other_looks",
    "make_plan",
    "refuse_splits",
    "run",
    "until_decided",
]
