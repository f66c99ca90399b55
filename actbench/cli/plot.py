"""`actbench plot`: one figure for a paper."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from actbench.cli.console import messages
from actbench.cli.options import RESULTS, Out
from actbench.errors import ResultsError, doing

if TYPE_CHECKING:
    from actbench.reporting.block_report import BlockReport
    from actbench.reporting.charts import DotChart, PanelChart

Kind = Literal["differences", "scores", "curves", "rates", "diagnostics"]


def plot(
    result: Annotated[
        str,
        typer.Argument(
            metavar="RESULT", help="A results folder, a trials.csv, or a name under --out."
        ),
    ],
    kind: Annotated[Kind, typer.Argument(help="What the figure shows.")],
    metric: Annotated[
        list[str] | None, typer.Option(help="In this metric, such as mae or loss. Repeatable.")
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="COLUMN=VALUE", help="Keep these trials. Repeatable."),
    ] = None,
    out: Out = RESULTS,
    file: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="An .svg, .pdf or .png; KIND.svg else."),
    ] = None,
) -> None:
    """Draw a figure as wide as one column of a paper (8.5 cm)."""
    from actbench.reporting import figures
    from actbench.reporting.question import Question
    from actbench.reporting.report import make_report
    from actbench.results.reading import find_trials

    target = file or Path(f"{kind}.svg")
    table = find_trials(result, out)
    with doing(f"drawing {table}"):
        question = Question(metrics=tuple(metric or ()), filters=tuple(filters or ()))
        drawn = _charts(make_report([table], question).blocks, kind, table)
        figures.save(drawn, target)
    messages().print(f"Figure: {target}")


def _charts(
    blocks: "Sequence[BlockReport]", kind: Kind, table: Path
) -> "list[DotChart | PanelChart]":
    """The chart of each block that has one."""
    from actbench.reporting import charts, panel_charts
    from actbench.results.reading import read_diagnostics, read_history, read_selection

    drawn: list[DotChart | PanelChart | None]
    if kind == "curves":
        history_file = table.with_name("history.csv")
        if not history_file.is_file():
            raise ResultsError(f"curves need {history_file}, which is not there")
        history = read_history(history_file)
        drawn = [panel_charts.curves_chart(block, history) for block in blocks]
    elif kind == "rates":
        selection = read_selection(table.with_name("selection.csv"))
        if selection is None:
            raise ResultsError(
                f"rates need {table.with_name('selection.csv')}, which is not there; "
                "`learning_rates` in the spec makes every arm choose among several"
            )
        drawn = [panel_charts.rates_chart(block, selection) for block in blocks]
    elif kind == "diagnostics":
        layers_file = table.with_name("diagnostics.csv")
        if not layers_file.is_file():
            raise ResultsError(
                f"diagnostics need {layers_file}, which is not there; `diagnostics: true` in the "
                "spec measures them"
            )
        layers = read_diagnostics(layers_file)
        drawn = [
            chart for block in blocks for chart in panel_charts.diagnostics_charts(block, layers)
        ]
    elif kind == "scores":
        drawn = [charts.scores_chart(block) for block in blocks]
    else:
        drawn = [charts.differences_chart(block) for block in blocks]
    if not (kept := [chart for chart in drawn if chart]):
        raise ResultsError(f"{table}: there are no {kind} to draw; is there a single arm?")
    return kept
