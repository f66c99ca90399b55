"""What trains: versions, processor and engine, in every record and in `environment.json`."""

import json
import os
import platform
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from actbench import __version__
from actbench.data import DatasetInfo
from actbench.experiment.plan import Plan, Source
from actbench.results import Record, ResultsFolder, write_file
from actbench.results.columns import (
    VERSIONS_UNKNOWN,
    join_notes,
    split_notes,
    versions_that_differ,
)
from actbench.wording import counted, listed


@cache
def _installed(package: str) -> str:
    """The version of a package, which is not imported; empty if it is not installed.

    actbench knows its own version: the metadata of an editable installation may be out of date.
    """
    if package == "actbench":
        return __version__
    with suppress(PackageNotFoundError):
        return version(package)
    return ""


def versions(engine: str = "") -> str:
    """What trains here, as the column `versions` has it.

    Such as `tensorflow 2.21.0; keras 3.12.0; numpy 2.3.4; actbench 0.9.0; compiled; x86_64`,
    without the engine where that is not known yet.
    """
    names = ("tensorflow", "keras", "numpy", "actbench")
    packages = [f"{name} {_installed(name)}" for name in names if _installed(name)]
    return join_notes([*packages, *filter(None, [engine]), platform.machine()])


def version_notes(plan: Plan) -> tuple[str, ...]:
    """Where the trials of a plan differ in what trained them, or would train them here and now."""
    records = [plan.records[trial.id] for trial in plan.done]
    notes = []
    if different := versions_that_differ(record.versions for record in records):
        groups = [f"{counted(count, 'trial')} with {what}" for what, count in different.items()]
        notes.append(f"The trials that are done differ in what trained them: {'; '.join(groups)}.")
    here = split_notes(versions())
    for earlier, count in Counter(map(_without_engine, records)).items():
        if plan.todo and earlier != here:
            then = listed(part for part in earlier if part not in here) or VERSIONS_UNKNOWN
            now = listed(part for part in here if part not in earlier)
            notes.append(
                f"{counted(count, 'trial')} done with {then}; the {len(plan.todo):,} to train "
                f"would be with {now}, and may differ for that alone (--fresh trains all anew)."
            )
    return tuple(notes)


def _without_engine(record: Record) -> tuple[str, ...]:
    return tuple(part for part in split_notes(record.versions) if part != record.engine)


def write_environment(
    folder: ResultsFolder, sources: Mapping[DatasetInfo, Source], records: Mapping[str, Record]
) -> None:
    """Write `environment.json`: versions, processor, data, and the engines of all records.

    Data sets of earlier runs stay listed.
    """
    engines = {record.engine for record in records.values() if record.engine}
    packages = ("actbench", "tensorflow", "keras", "numpy", "scikit-learn", "mlxtend")
    installed = {name: _installed(name) for name in packages if _installed(name)}
    environment = {
        "engines": sorted(engines),
        "versions": {"python": platform.python_version(), **installed},
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "data": _earlier_data(folder) | {i.name: _data(i, s) for i, s in sources.items()},
    }
    write_file(folder.environment, json.dumps(environment, indent=2) + "\n")


def _data(info: DatasetInfo, source: Source) -> dict[str, Any]:
    """Where a data set is from, and the classes of a user's file in the order of their numbers."""
    return asdict(source) | ({"classes": list(info.labels)} if info.labels else {})


def _earlier_data(folder: ResultsFolder) -> dict[str, Any]:
    try:
        earlier = json.loads(folder.environment.read_text(encoding="utf-8"))["data"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return earlier if isinstance(earlier, dict) else {}


def _processor() -> str:
    """The processor's name as Linux gives it, else as Python does."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
            names = (line.partition(":")[2].strip() for line in file if "model name" in line)
            return next(names, platform.processor())
    except OSError:
        return platform.processor() or platform.machine()
