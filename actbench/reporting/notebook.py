"""A report as a notebook shows it: the answer, and a figure and a table for each block.

The figure is an image, so that neither its styles nor those of the notebook touch each other.
"""

import base64
import io
from collections.abc import Iterator

from actbench.reporting import dot_charts, figures
from actbench.reporting.block_report import BlockReport
from actbench.reporting.charts import DotChart
from actbench.reporting.figure_markup import arms_table
from actbench.reporting.markup import Markup, element, joined
from actbench.reporting.remarks import remarks
from actbench.reporting.report import Report
from actbench.reporting.sentences import details, headline

MOST_BLOCKS = 12  # a notebook keeps its output in its file


def html_of(report: Report) -> Markup:
    """The report as HTML without styles or scripts."""
    shown = report.blocks[:MOST_BLOCKS]
    rest = len(report.blocks) - len(shown)
    notes = [*report.lines_below, *([f"And {rest} more blocks: print the report."] if rest else [])]
    return element(
        "div",
        element("p", element("strong", headline(report.blocks))),
        *(part for block in shown for part in _block(block)),
        *(element("p", line) for line in notes if line),
    )


def _block(block: BlockReport) -> Iterator[Markup]:
    yield element("h4", f"{block.measured} on {block.title}")
    if words := details(block):
        yield element("p", words)
    chart = None if block.unpaired else dot_charts.differences_chart(block)
    yield _image(chart or dot_charts.scores_chart(block))
    yield arms_table(block)
    yield element("ul", *(element("li", line) for line in remarks(block)))


def _image(chart: DotChart) -> Markup:
    content = io.BytesIO()
    figures.figure_of([chart]).savefig(content, format="svg", metadata={"Date": None})
    data = base64.b64encode(content.getvalue()).decode()
    return element("img", src=f"data:image/svg+xml;base64,{data}", alt=joined([chart.description]))
