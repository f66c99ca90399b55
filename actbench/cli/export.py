"""`actbench export`: all numbers of a result in one long table."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from actbench.cli.console import messages
from actbench.cli.options import RESULTS, Force, Out, Result, check_output
from actbench.errors import doing


def export(
    result: Result,
    form: Annotated[
        Literal["parquet", "csv"], typer.Option("--to", help="The format of the file.")
    ] = "parquet",
    out: Out = RESULTS,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="The file; RESULT.trials.parquet here by default."
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Write every trial, epoch and layer into one tidy file, a row a number."""
    from actbench.results.reading import find_trials
    from actbench.results.tidy import tidy_file, tidy_table, write_tidy
    from actbench.wording import counted

    table = find_trials(result, out)
    target = tidy_file(table, form, file)
    check_output(target, force=force)
    with doing(f"exporting {table}"):
        frame = tidy_table(table)
        write_tidy(frame, target, form)
    messages().print(f"Table: {target} ({counted(len(frame), 'row')})")
