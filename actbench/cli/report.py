"""`actbench report`: one page to look at and to send on."""

from pathlib import Path
from typing import Annotated

import typer

from actbench.cli import completion
from actbench.cli.console import messages
from actbench.cli.options import RESULTS, Force, Out, check_output
from actbench.errors import doing
from actbench.wording import listed


def report(
    results: Annotated[
        list[str],
        typer.Argument(
            metavar="RESULT...",
            help="A results folder, a trials.csv, or a name under --out. Each gets its part.",
            autocompletion=completion.results,
        ),
    ],
    out: Out = RESULTS,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="The page; report.html beside the table by default."
        ),
    ] = None,
    force: Force = False,
    show: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
) -> None:
    """Make a page of results: figures, tables, and what was done."""
    from actbench.reporting.page import GENERATOR, write_page
    from actbench.reporting.question import Question
    from actbench.reporting.report import make_report
    from actbench.results.reading import find_trials

    tables = [find_trials(result, out) for result in results]
    beside = tables[0].parent if len(tables) == 1 else Path()
    target = file or beside / "report.html"
    check_output(target, force=force, mark=GENERATOR)
    with doing(f"reporting {listed(map(str, tables))}"):
        write_page([(make_report([table], Question()), table) for table in tables], target)
    messages().print(f"Page: {target}")
    if show:
        typer.launch(target.resolve().as_uri())
