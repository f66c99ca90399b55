"""`actbench reproduce`: one trial as a plain Keras script."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from actbench.cli import completion
from actbench.cli.console import messages, print_text
from actbench.cli.options import RESULTS, Force, Out, Result, check_output
from actbench.errors import doing


def reproduce(
    result: Result,
    arm: Annotated[
        str,
        typer.Option(
            help="The arm, such as relu/linear; one activation where that is clear.",
            autocompletion=completion.arms,
        ),
    ],
    seed: Annotated[int, typer.Option(help="The seed of the trial.")],
    dataset: Annotated[
        str | None, typer.Option(help="The data set, where the result has several.")
    ] = None,
    architecture: Annotated[
        str | None, typer.Option(help="The architecture, where the result has several.")
    ] = None,
    split: Annotated[
        int | None, typer.Option(help="The number of the split, where the spec has splits.")
    ] = None,
    out: Out = RESULTS,
    file: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write the script to this file."),
    ] = None,
    force: Force = False,
) -> None:
    """Write a plain Keras script, without actbench, that gives the numbers of one trial."""
    from actbench.reproduction import OPENING, find_trial, script_of
    from actbench.results import write_file
    from actbench.results.reading import find_trials

    if file is not None:
        check_output(file, force=force, mark=OPENING)
    table = find_trials(result, out)
    with doing(f"reproducing a trial of {table}"):
        trial = find_trial(
            table, arm, seed, dataset=dataset, architecture=architecture, split=split
        )
        script = script_of(trial, file)
    if file is None:
        print_text(script)
    else:
        write_file(file, script)
        command = shlex.join(["python", str(file)])
        messages().print(f"Script: {file} (run it with: {command})")
