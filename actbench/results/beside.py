"""What lies beside a `trials.csv`: its spec, the digests of its data, its looks, its history."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from actbench.results.looks import Looks, read_looks
from actbench.spec.activation import Activation, read_activation
from actbench.spec.hypothesis import Hypothesis
from actbench.spec.problems import Problems

AXES = ("hidden", "output")


@dataclass(frozen=True)
class Beside:
    """What a results folder says of its trials; all of it is empty for a table that was mailed.

    `baseline` and `expect` are those of `spec.yaml`. `activations` gives, for `hidden` and
    `output`, the activation behind each label. `digests` are of the data, by data set. `looks` is
    there for a run until decided. `notes` tell what could not be used.
    """

    folder: Path
    baseline: Mapping[str, str] = field(default_factory=dict)
    expect: tuple[Hypothesis, ...] = ()
    activations: Mapping[str, Mapping[str, Activation]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    looks: Looks | None = None
    notes: tuple[str, ...] = ()


def read_beside(folder: Path) -> Beside:
    """Read what there is; what is missing or damaged is passed over, with a note if it matters.

    Raises:
        ResultsError: `looks.json` cannot be read; without it p-values would claim too much.
    """
    spec = read_spec(folder / "spec.yaml")
    expect, notes = _expect(spec, folder / "spec.yaml")
    return Beside(
        folder=folder,
        baseline=_baseline(spec),
        expect=expect,
        activations={axis: _activations(spec, axis) for axis in AXES},
        digests=_digests(folder / "environment.json"),
        looks=read_looks(folder),
        notes=notes,
    )


def read_spec(path: Path) -> dict[str, Any]:
    """The plain values of a spec; empty where there is none, or none that can be read."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _baseline(spec: dict[str, Any]) -> dict[str, str]:
    named = spec.get("baseline")
    if not isinstance(named, dict):
        return {}
    return {k: v for k, v in named.items() if k in AXES and isinstance(v, str)}


def _expect(spec: dict[str, Any], path: Path) -> tuple[tuple[Hypothesis, ...], tuple[str, ...]]:
    listed = spec.get("expect") or []
    try:
        return tuple(Hypothesis.model_validate(entry) for entry in listed), ()
    except (ValidationError, Problems, TypeError):
        return (), (f"{path}: its `expect` cannot be read, so it was not checked.",)


def _activations(spec: dict[str, Any], axis: str) -> dict[str, Activation]:
    section = spec.get("activations")
    entries = section.get(axis) if isinstance(section, dict) else None
    found = map(_activation, entries if isinstance(entries, list) else [])
    return {activation.label: activation for activation in found if activation}


def _activation(entry: Any) -> Activation | None:
    try:
        return Activation.model_validate(read_activation(entry))
    except (ValidationError, Problems):
        return None


def _digests(path: Path) -> dict[str, str]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        return {str(name): str(known["digest"]) for name, known in data.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
