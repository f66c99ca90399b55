"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Specs = Annotated[
    list[str],
    typer.Argument(metavar="SPEC...", help="A YAML file, or the name of a shipped spec."),
]
Out = Annotated[Path, typer.Option("--out", help="The folder that results go to.")]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="A folder to look for data files in first."),
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
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Refuse, with exit code 2, what a check before training warns of."
    ),
]

RESULTS = Path("results")


class Engine(StrEnum):
    """What trains: compiled epochs, plain Keras, or whichever of them fits."""

    auto = "auto"
    compiled = "compiled"
    keras = "keras"
