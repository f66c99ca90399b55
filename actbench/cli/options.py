"""Arguments and options that several commands share, and reading the specs they name."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from actbench.cli import completion
from actbench.errors import ActbenchError, SpecError, doing

if TYPE_CHECKING:
    from actbench.spec import Experiment

RESULTS = Path("results")

Specs = Annotated[
    list[str],
    typer.Argument(
        metavar="SPEC...",
        help="A YAML file, or the name of a shipped spec.",
        autocompletion=completion.specs,
    ),
]
Result = Annotated[
    str,
    typer.Argument(
        metavar="RESULT",
        help="A results folder, a trials.csv, or a name under --out.",
        autocompletion=completion.results,
    ),
]
Filters = Annotated[
    list[str] | None,
    typer.Option("--filter", metavar="COLUMN=VALUE", help="Keep these trials. Repeatable."),
]
Seeds = Annotated[int | None, typer.Option("--seeds", help="Run this many seeds, from 0.")]
Epochs = Annotated[int | None, typer.Option("--epochs", help="Train for this many epochs.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a key of the spec, as in --set architecture.units=[128,128].",
    ),
]
Out = Annotated[Path, typer.Option("--out", help="The folder that results go to.")]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="A folder to look for data files in first."),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Refuse, with exit code 2, what a check before training warns of."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

_BEGINNING = 4096  # bytes of a file that are searched for actbench's mark


def check_output(file: Path, *, force: bool, mark: str = "", option: str = "--output") -> None:
    """Check that a file can be written without replacing one that may be the user's own.

    `mark`: a text that stands near the beginning of every file that actbench writes here; a file
    that has it is replaced.

    Raises:
        ActbenchError: the folder does not exist, or the file does and is not to be replaced.
    """
    if not file.parent.is_dir():
        raise ActbenchError(f"{option} {file}: there is no folder {file.parent}")
    if force or not file.exists():
        return
    if not (mark and file.is_file() and mark.encode() in _beginning(file)):
        raise ActbenchError(f"{file} is there already; choose another {option}, or use --force")


def _beginning(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_BEGINNING)
    except OSError:
        return b""


def load_specs(
    specs: Sequence[str], overrides: Sequence[str] | None, seeds: int | None, epochs: int | None
) -> "list[Experiment]":
    """Read every spec that a command names, in order, before anything is done with one.

    Raises:
        SpecError: a spec is not valid, or two have the same name and so the same results folder.
    """
    from actbench.spec import load

    experiments = []
    for spec in specs:
        with doing(f"reading {spec}"):
            experiments.append(load(spec, overrides or (), seeds=seeds, epochs=epochs))
    spec_by_name: dict[str, str] = {}
    for spec, experiment in zip(specs, experiments, strict=True):
        if experiment.name in spec_by_name:
            raise SpecError(
                f"{spec_by_name[experiment.name]} and {spec} both have the name "
                f"'{experiment.name}', and so the same results folder; "
                "give one of them another `name`"
            )
        spec_by_name[experiment.name] = spec
    return experiments
