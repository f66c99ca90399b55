"""Beside the tables: the filled-in spec, the environment, and the checks before training."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from actbench.experiment.checks import Check
from actbench.experiment.plan import Source
from actbench.results import Journal, ResultsFolder, write_file
from actbench.spec import Experiment

_PACKAGES = ("actbench", "tensorflow", "keras", "numpy", "scikit-learn", "mlxtend")


def write_spec(folder: ResultsFolder, experiment: Experiment) -> None:
    """Write `spec.yaml`: the experiment with every default filled in, runnable as it stands."""
    text = yaml.safe_dump(experiment.filled(), sort_keys=False, allow_unicode=True)
    write_file(folder.spec, text)


def write_checks(folder: ResultsFolder, checks: Sequence[Check]) -> None:
    """Write `checks.json`: what the checks before training say of the experiment."""
    text = json.dumps([check.as_dict() for check in checks], indent=2, ensure_ascii=False)
    write_file(folder.checks, text + "\n")


def write_environment(folder: ResultsFolder, sources: Mapping[str, Source]) -> None:
    """Write `environment.json`: versions, processor, data, and what trained the journal's records.

    Data sets of earlier runs stay listed.
    """
    engines = {r.engine for r in Journal(folder.journal).records.values() if r.engine}
    found = {
        "engines": sorted(engines),
        "versions": {"python": platform.python_version()} | _versions(),
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "data": _data_so_far(folder) | {name: asdict(source) for name, source in sources.items()},
    }
    write_file(folder.environment, json.dumps(found, indent=2) + "\n")


def _data_so_far(folder: ResultsFolder) -> dict[str, Any]:
    try:
        known = json.loads(folder.environment.read_text(encoding="utf-8"))["data"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return known if isinstance(known, dict) else {}


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    """The processor's name as Linux tells it, else what Python knows."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
            named = (line.partition(":")[2].strip() for line in file if "model name" in line)
            return next(named, platform.processor())
    except OSError:
        return platform.processor() or platform.machine()
