"""Why the trials of a spec are others than those that its results folder holds."""

from typing import Any

import yaml

from actbench.results import ResultsFolder
from actbench.spec import Experiment

# Keys whose change makes no other trial: more seeds or arms only add some.
_HARMLESS = ("name", "description", "seeds", "baseline", "expect", "activations")


def changed_keys(experiment: Experiment, folder: ResultsFolder) -> tuple[str, ...]:
    """The keys in which `experiment` differs from the spec that the folder was made with.

    Only keys that make other trials count. Empty where there is no former spec.
    """
    former = _former(folder)
    if former is None:
        return ()
    now = experiment.filled()
    keys = dict.fromkeys([*now, *former])
    return tuple(key for key in keys if key not in _HARMLESS and now.get(key) != former.get(key))


def _former(folder: ResultsFolder) -> dict[str, Any] | None:
    try:
        former = yaml.safe_load(folder.spec.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return None
    return former if isinstance(former, dict) else None
