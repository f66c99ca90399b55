"""`actbench plot`: one figure for a paper."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from actbench.cli import completion
from actbench.cli.console import messages
from actbench.cli.options import RESULTS, Filters, Force, Out, Result, check_output
from actbench.errors import doing
from actbench.reporting.figure_kinds import Kind
from actbench.wording import listed


def plot(
    result: Result,
    kind: Annotated[
        Kind,
        typer.Argument(
            metavar="KIND",
            show_choices=False,  # their column would break them within a word
            help=f"What it shows: {listed(get_args(Kind))}.",
        ),
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="In this metric, such as mae or loss. Repeatable.",
            autocompletion=completion.metrics,
        ),
    ] = None,
    filters: Filters = None,
    out: Out = RESULTS,
    file: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="An .svg, .pdf or .png; KIND.svg else."),
    ] = None,
    force: Force = False,
) -> None:
    """Draw a figure as wide as one column of a paper (8.5 cm)."""
    from actbench.reporting import figure_kinds, figures
    from actbench.reporting.question import Question
    from actbench.reporting.report import make_report
    from actbench.results.reading import find_trials

    target = file or Path(f"{kind}.svg")
    table = find_trials(result, out)
    check_output(target, force=force)
    with doing(f"drawing {table}"):
        question = Question(metrics=tuple(metric or ()), filters=tuple(filters or ()))
        drawn = figure_kinds.charts_of(make_report([table], question).blocks, kind, table)
        figures.save(drawn, target)
    messages().print(f"Figure: {target}")
