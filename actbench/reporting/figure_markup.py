"""Figures and tables of a page as HTML: each figure with its title, and its numbers as a table."""

from collections.abc import Iterable, Iterator, Sequence

from actbench.reporting import charts, dot_charts, svg
from actbench.reporting.block_report import BlockReport
from actbench.reporting.charts import DotChart, Line, PanelChart
from actbench.reporting.markup import Markup, element, joined
from actbench.reporting.rows import NUMBERS, comparison_table

_MOST_COLUMNS = 40


def dot_figure(chart: DotChart) -> Markup:
    """The rows of dots, with the lines across them in a legend."""
    names = list(dict.fromkeys(dot.name for row in chart.rows for dot in row.dots))
    rows = []
    for row in chart.rows:
        values = {dot.name: charts.number(dot.value) for dot in row.dots}
        rows.append([row.label, row.words, *(values.get(name, "–") for name in names)])
    lines = [(f"line line{i}", name) for i, (name, _) in enumerate(chart.lines_in_view)]
    title = element("p", chart.axis_title, class_="axis-title")
    return _figure(
        chart,
        joined([svg.legend(lines), svg.dot_rows(chart), title]),
        numbers_table(chart.title, ["arm", "mean", *names], rows),
    )


def _figure(chart: DotChart | PanelChart, drawing: Markup, table: Markup) -> Markup:
    return element(
        "figure",
        element(
            "figcaption",
            element("strong", chart.title),
            ". ".join(filter(None, [chart.place, chart.description])),
        ),
        drawing,
        element("details", element("summary", "The numbers of this figure as a table"), table),
    )


def numbers_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """A table whose first column names the rows; the others hold numbers."""
    first, *others = heads
    return _scroll(
        title,
        element(
            "table",
            element("caption", title),
            element(
                "thead",
                element(
                    "tr",
                    element("th", first, scope="col"),
                    *(element("th", head, scope="col") for head in others),
                ),
            ),
            element("tbody", *(_numbers(*row) for row in rows)),
            class_="numbers",
        ),
    )


def _numbers(name: str, *cells: str) -> Markup:
    return element(
        "tr",
        element("th", element("bdi", name), scope="row"),
        *(element("td", cell) for cell in cells),
    )


def _scroll(title: str, table: Markup) -> Markup:
    """A table that scrolls by itself where it is too wide; by keys too."""
    return element("div", table, class_="scroll", tabindex=0, role="group", aria_label=title)


def arms_table(block: BlockReport) -> Markup:
    """The rows that the terminal prints, with its words."""
    printed = comparison_table(block)
    title = f"Comparison in {block.measured} on {block.title}"
    rows = (
        element(
            "tr",
            *(
                element("td", cells[key], class_="number")
                if key in NUMBERS
                else _cell(key, cells[key], dot_charts.tone_of(row))
                for key in printed.heads
            ),
        )
        for row, cells in zip(block.rows, printed.cells, strict=True)
    )
    heads = (
        element("th", head, scope="col", class_="number" if key in NUMBERS else None)
        for key, head in printed.heads.items()
    )
    return _scroll(
        title,
        element(
            "table",
            element("caption", title),
            element("thead", element("tr", *heads)),
            element("tbody", *rows),
            class_="comparison",
        ),
    )


def _cell(key: str, text: str, tone: str) -> Markup:
    if key == "verdict":
        return element("td", text, class_=f"verdict {tone}")
    return element("td", element("bdi", text), class_="name")


def panel_figure(chart: PanelChart) -> Markup:
    """The panels; the table has at most so many positions that a person would look at."""
    positions = sorted({x for panel in chart.panels for line in panel.lines for x in line.x})
    shown = positions[:: 1 + len(positions) // _MOST_COLUMNS]
    rows = [
        [f"{panel.label}, {line.kind}", *_numbers_of(line, shown)]
        for panel in chart.panels
        for line in panel.lines
    ]
    named = [10**x if chart.logarithmic else x for x in shown]
    heads = ["line", *(f"{chart.across_title} {charts.number(x)}" for x in named)]
    drawing = joined([svg.legend(chart.samples), svg.panels(chart)])
    return _figure(chart, drawing, numbers_table(chart.title, heads, rows))


def _numbers_of(line: Line, positions: Sequence[float]) -> Iterator[str]:
    """The numbers of a line at these positions, each with its area where it has one."""
    for x in positions:
        if x not in line.x:
            yield "–"
            continue
        i = line.x.index(x)
        area = f" [{charts.number(line.low[i])}, {charts.number(line.high[i])}]" if line.low else ""
        yield charts.number(line.y[i]) + area
