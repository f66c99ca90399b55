"""The figures that a result has, by their kind."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from actbench.errors import ResultsError

if TYPE_CHECKING:
    from actbench.reporting.block_report import BlockReport
    from actbench.reporting.charts import DotChart, PanelChart

Kind = Literal["differences", "scores", "curves", "rates", "diagnostics"]


def charts_of(
    blocks: "Sequence[BlockReport]", kind: Kind, table: Path
) -> "list[DotChart | PanelChart]":
    """The chart of each block that has one. `table`: the `trials.csv`, for the files beside it.

    Raises:
        ResultsError: a file that this kind needs is not there, or no block has such a chart.
    """
    from actbench.reporting import dot_charts, panel_charts
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
        drawn = [dot_charts.scores_chart(block) for block in blocks]
    else:
        drawn = [dot_charts.differences_chart(block) for block in blocks]
    if not (kept := [chart for chart in drawn if chart]):
        raise ResultsError(f"{table}: there are no {kind} to draw; is there a single arm?")
    return kept
