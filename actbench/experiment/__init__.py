"""The experiment: what is to be trained (the plan), and training what is missing (the run)."""

from actbench.experiment.deciding import forget_other_looks, until_decided
from actbench.experiment.plan import Plan, Trial, make_plan
from actbench.experiment.progress import Progress
from actbench.experiment.run import RunResult, fetch_missing, run

__all__ = [
    "Plan",
    "Progress",
    "RunResult",
    "Trial",
    "fetch_missing",
    "forget_other_looks",
    "make_plan",
    "run",
    "until_decided",
]
