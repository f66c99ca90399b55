"""`actbench export`: all numbers of a result in one long table."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from actbench.cli.console import messages
from actbench.cli.options import RESULTS, Out
from actbench.errors import ResultsError, doing


def export(
    result: Annotated[
        str,
        typer.Argument(
            metavar="RESULT", help="A results folder, a trials.csv, or a name under --out."
        ),
    ],
    form: Annotated[
        Literal["parquet", "csv"], typer.Option("--to", help="The format of the file.")
    ] = "parquet",
    out: Out = RESULTS,
    file: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="The file; by default RESULT.parquet here."),
    ] = None,
) -> None:
    """Write every trial, epoch and layer into one tidy file, a row a number."""
    from actbench.results.reading import find_trials
    from actbench.results.tidy import tidy_table, write_tidy
    from actbench.wording import counted

    table = find_trials(result, out)
    target = file or Path(f"{table.resolve().parent.name}.{form}")
    if not target.parent.is_dir():
        raise ResultsError(f"--output {target}: there is no folder {target.parent}")
    with doing(f"exporting {table}"):
        frame = tidy_table(table)
        write_tidy(frame, target, form)
    messages().print(f"Table: {target} ({counted(len(frame), 'row')})")
