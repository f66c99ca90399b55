"""How a result came about: its spec, versions, data and checks, as the files of its folder say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from actbench.errors import ResultsError
from actbench.results.folder import ResultsFolder, read_file
from actbench.results.reading import read_diagnostics, read_history, read_selection
from actbench.results.side_files import activations_of, read_spec
from actbench.spec.activation import Activation

if TYPE_CHECKING:
    import pandas as pd

_LARGEST = 1_000_000  # bytes
_FOLDERS = re.compile(r"^(\s*(?:- )?file: ['\"]?)[^\n]*[/\\]", re.MULTILINE)


@dataclass(frozen=True)
class Provenance:
    """What a results folder says of its making; empty where a file is missing or damaged.

    `name`: the experiment's. `question`: the description in its spec. `spec`: the text of
    `spec.yaml`, with the names of files but not their folders. `versions`: by package. `machine`:
    the system and the processor. `data`: the digest of each data set. `checks`: the level and the
    sentence of each check before training. `activations`: for `hidden` and `output`, by label.
    `history`: one row a trial and epoch. `diagnostics`: one row a trial, epoch and layer.
    `selection`: one row an arm, learning rate and selection seed.
    """

    name: str
    question: str = ""
    spec: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[tuple[str, str], ...] = ()
    activations: Mapping[str, Mapping[str, Activation]] = field(default_factory=dict)
    history: "pd.DataFrame | None" = None
    diagnostics: "pd.DataFrame | None" = None
    selection: "pd.DataFrame | None" = None


def read_provenance(trials: Path) -> Provenance:
    """Read the files beside a `trials.csv`.

    Raises:
        ResultsError: `history.csv` or `diagnostics.csv` is there and is no such table.
    """
    folder = ResultsFolder(trials.parent)
    spec, environment = read_spec(folder.spec), _json(folder.environment)
    environment = environment if isinstance(environment, dict) else {}
    description = spec.get("description")
    machine = [environment.get("processor"), environment.get("system")]
    alone = trials.name != folder.trials.name  # a table of another name has no files beside it
    return Provenance(
        name=str(spec.get("name") or (trials.stem if alone else trials.resolve().parent.name)),
        question=description if isinstance(description, str) else "",
        spec=_FOLDERS.sub(r"\1", _text(folder.spec)) if spec else "",
        versions=_texts(environment.get("versions")),
        machine=", ".join(part for part in machine if isinstance(part, str)),
        data={
            name: str(source.get("digest", ""))
            for name, source in _mapping(environment.get("data")).items()
            if isinstance(source, dict)
        },
        checks=tuple(
            (str(check.get("level")), str(check.get("sentence")))
            for check in _json(folder.checks) or ()
            if isinstance(check, dict)
        ),
        activations=activations_of(spec),
        history=read_history(folder.history) if folder.history.is_file() else None,
        selection=read_selection(folder.selection),
        diagnostics=read_diagnostics(folder.diagnostics) if folder.diagnostics.is_file() else None,
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> dict[str, str]:
    return {str(k): str(v) for k, v in _mapping(value).items()}


def _text(path: Path) -> str:
    try:
        return read_file(path, _LARGEST).decode(errors="replace")
    except ResultsError:
        return ""


def _json(path: Path) -> Any:
    try:
        return from_json(read_file(path, _LARGEST))
    except (ResultsError, ValueError):
        return None
