"""A result as one HTML page: no script, nothing from the network, everything from one report.

A section is a function from a `Result` to markup, or None where there is nothing to show; to add
one, write it and add a line to `_SECTIONS`.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from actbench import __version__
from actbench.reporting import charts, svg
from actbench.reporting.across_datasets import AcrossDatasets
from actbench.reporting.block_report import BlockReport
from actbench.reporting.charts import DotChart, Line, PanelChart
from actbench.reporting.markup import Markup, element, joined
from actbench.reporting.remarks import remarks, scope_in_words
from actbench.reporting.report import Report
from actbench.reporting.rows import NUMBERS, comparison_table
from actbench.reporting.sentences import details, headline, lead
from actbench.results.provenance import Provenance, read_provenance
from actbench.spec.activation import Activation
from actbench.wording import counted, listed

_NAMED_SEEDS = 12
_MOST_COLUMNS = 40


@dataclass(frozen=True)
class Result:
    """One result on the page.

    `key`: begins the id of each of its parts. `report`: its comparison. `provenance`: how it came
    about. `folder`: where its tables are, so that no path gets onto the page.
    """

    key: str
    report: Report
    provenance: Provenance
    folder: Path

    @classmethod
    def of(cls, number: int, report: Report, trials: Path) -> "Result":
        """The result of which the report compares the `trials.csv`."""
        return cls(f"result{number}", report, read_provenance(trials), trials.parent)

    def without_paths(self, text: str) -> str:
        """The text with file names only."""
        for folder in (str(self.folder.resolve()), str(self.folder)):
            text = text.replace(f"{folder}/", "") if folder != "." else text
        return text


def page(results: Sequence[Result]) -> str:
    """The page of one or several results, with a list of contents where there are several.

    It is the same for the same results on the same day.
    """
    style = files("actbench.reporting").joinpath("page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:"
    names = listed(result.provenance.name for result in results)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{names} · actbench"),
        element("link", rel="icon", href="data:,"),
        element("style", Markup(style)),
    )
    contents = _contents(results) if len(results) > 1 else None
    body = element("body", element("main", contents, *map(_article, results)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _contents(results: Sequence[Result]) -> Markup:
    links = (
        element(
            "li",
            element("a", result.provenance.name, href=f"#{result.key}"),
            f": {headline(result.report.blocks)}",
        )
        for result in results
    )
    return joined([element("h1", "Contents"), element("nav", element("ul", *links))])


def _article(result: Result) -> Markup:
    sections = (
        element("section", element("h2", title), content, aria_label=title)
        for title, section in _SECTIONS.items()
        if (content := section(result))
    )
    return element("article", _top(result), *sections, id=result.key)


def _top(result: Result) -> Markup:
    """The question and the answer, and what it rests on."""
    blocks, provenance = result.report.blocks, result.provenance
    seeds = sorted({block.seeds for block in blocks})
    packages = ("actbench", "keras", "tensorflow", "numpy")
    versions = [f"{p} {provenance.versions[p]}" for p in packages if p in provenance.versions]
    datasets = dict.fromkeys(block.trials.cell.get("dataset", "") for block in blocks)
    facts = {
        "Scope": "; ".join(dict.fromkeys(map(scope_in_words, blocks))),
        "Splits" if "splits" in {b.scope for b in blocks} else "Seeds": " to ".join(
            map(str, {seeds[0], seeds[-1]})
        )
        if seeds
        else "",
        "Data": listed(filter(None, datasets)),
        "Trained with": listed(versions),
        "Page made": f"{datetime.now(UTC):%Y-%m-%d}, by actbench {__version__}",
    }
    return element(
        "header",
        element("h1", provenance.name),
        element("p", provenance.question, class_="question") if provenance.question else None,
        element("p", headline(blocks), class_="answer"),
        _facts(facts),
    )


def _facts(facts: Mapping[str, str]) -> Markup:
    pairs = ((element("dt", head), element("dd", words)) for head, words in facts.items() if words)
    return element("dl", *(part for pair in pairs for part in pair), class_="facts")


def _by_block(result: Result, parts: Iterable[Markup | None]) -> Markup | None:
    """What there is of each block, under its title where there are several."""
    several = len(result.report.blocks) > 1
    shown = [
        joined([element("h3", block.title) if several else None, part])
        for block, part in zip(result.report.blocks, parts, strict=True)
        if part
    ]
    return joined(shown) if shown else None


def _differences(result: Result) -> Markup | None:
    several = len(result.report.blocks) > 1
    return _by_block(
        result, (_comparison(result, block, several) for block in result.report.blocks)
    )


def _comparison(result: Result, block: BlockReport, several: bool) -> Markup:
    chart = charts.differences_chart(block)
    words = " ".join(filter(None, [lead(block) if several else "", details(block)]))
    notes = (element("li", result.without_paths(line)) for line in remarks(block))
    return joined(
        [
            element("p", words) if words else None,
            _dot_figure(chart) if chart else None,
            _comparison_table(block),
            element("ul", *notes, class_="notes"),
        ]
    )


def _dot_figure(chart: DotChart) -> Markup:
    names = list(dict.fromkeys(dot.name for row in chart.rows for dot in row.dots))
    rows = []
    for row in chart.rows:
        values = {dot.name: charts.number(dot.value) for dot in row.dots}
        rows.append([row.label, row.words, *(values.get(name, "–") for name in names)])
    return _figure(
        chart,
        joined([svg.dot_rows(chart), element("p", chart.axis_title, class_="axis-title")]),
        _table(chart.title, ["arm", "mean", *names], rows),
    )


def _figure(chart: DotChart | PanelChart, drawing: Markup, table: Markup) -> Markup:
    return element(
        "figure",
        element(
            "figcaption", element("strong", chart.title), " ".join([chart.description, chart.place])
        ),
        drawing,
        element("details", element("summary", "The numbers of this figure as a table"), table),
    )


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """A table of which the first column names the rows and the others are numbers."""
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


def _comparison_table(block: BlockReport) -> Markup:
    """The rows that the terminal prints, with its words."""
    printed = comparison_table(block)
    title = f"Comparison in {block.measured} on {block.title}"
    rows = (
        element(
            "tr",
            *(
                element("td", cells[key], class_="number")
                if key in NUMBERS
                else _cell(key, cells[key], charts.tone_of(row))
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


def _hypotheses(result: Result) -> Markup | None:
    expectations = result.report.expectations
    if not expectations:
        return None
    outcomes = (
        element(
            "li",
            element(
                "strong", expectation.finding.status, class_=f"outcome-{expectation.finding.status}"
            ),
            f": {expectation.words}",
        )
        for expectation in expectations
    )
    return element("ul", *outcomes)


def _scores(result: Result) -> Markup | None:
    blocks = result.report.blocks
    return _by_block(result, (_dot_figure(charts.scores_chart(block)) for block in blocks))


def _curves(result: Result) -> Markup | None:
    history = result.provenance.history
    if history is None:
        return None
    drawn = (charts.curves_chart(block, history) for block in result.report.blocks)
    return _by_block(result, (_panel_figure(chart) if chart else None for chart in drawn))


def _panel_figure(chart: PanelChart) -> Markup:
    """The panels; the table has at most so many positions that a person would look at."""
    positions = sorted({x for panel in chart.panels for line in panel.lines for x in line.x})
    shown = positions[:: 1 + len(positions) // _MOST_COLUMNS]
    rows = [
        [f"{panel.label}, {line.kind}", *_numbers_of(line, shown)]
        for panel in chart.panels
        for line in panel.lines
    ]
    heads = ["line", *(f"{chart.across_title} {charts.number(x)}" for x in shown)]
    return _figure(chart, svg.panels(chart), _table(chart.title, heads, rows))


def _numbers_of(line: Line, positions: Sequence[float]) -> Iterator[str]:
    """The numbers of a line at these positions, each with its area where it has one."""
    for x in positions:
        if x not in line.x:
            yield "–"
            continue
        i = line.x.index(x)
        area = f" [{charts.number(line.low[i])}, {charts.number(line.high[i])}]" if line.low else ""
        yield charts.number(line.y[i]) + area


def _diagnostics(result: Result) -> Markup | None:
    layers = result.provenance.diagnostics
    if layers is None:
        return None
    drawn = (charts.diagnostics_charts(block, layers) for block in result.report.blocks)
    return _by_block(result, (joined(map(_panel_figure, of_block)) or None for of_block in drawn))


def _activations(result: Result) -> Markup | None:
    """The activations that the arms differ in."""
    drawn: dict[str, Activation] = {}
    for axis, activations in result.provenance.activations.items():
        if len(activations) > 1 or not any(drawn):
            on_axis = {row.cell.get(axis) for block in result.report.blocks for row in block.rows}
            drawn |= {label: one for label, one in activations.items() if label in on_axis}
    chart = charts.activations_chart(drawn)
    return _panel_figure(chart) if chart else None


def _across(result: Result) -> Markup | None:
    return joined(map(_datasets, result.report.across)) or None


def _datasets(across: AcrossDatasets) -> Markup:
    chart = charts.ranks_chart(across)
    return joined(
        [
            element("ul", *(element("li", line) for line in across.lines)),
            _verdicts_by_dataset(across),
            _dot_figure(chart) if chart else None,
        ]
    )


def _verdicts_by_dataset(across: AcrossDatasets) -> Markup:
    """How often each arm was better or worse than the baseline; neither counts as a tie."""
    tones: dict[str, Counter[str]] = {}
    for block in across.blocks:
        for row in block.rows:
            if row.pair:
                tones.setdefault(row.name, Counter())[charts.tone_of(row)] += 1
    rows = [
        [arm, str(n["better"]), str(n["equal"] + n["open"]), str(n["worse"])]
        for arm, n in tones.items()
    ]
    heads = ["arm", "better than the baseline", "neither", "worse"]
    return _table("On how many data sets", heads, rows)


def _done(result: Result) -> Markup:
    """What was done, what to watch out for, and how to do it again."""
    provenance = result.provenance
    watch = [f"{level}: {sentence}" for level, sentence in provenance.checks]
    watch += [result.without_paths(note) for note in result.report.notes]
    data = [f"{name}: SHA-256 {digest}" for name, digest in provenance.data.items()]
    return joined(
        [
            *_list("Watch out for", watch),
            *_list(
                "Trials that failed", [line for b in result.report.blocks for line in _failed(b)]
            ),
            *_list("Data", data),
            *_list("Machine", [provenance.machine] if provenance.machine else []),
            *_again(provenance),
            *_citation(result),
        ]
    )


def _list(title: str, lines: Sequence[str]) -> Iterator[Markup]:
    if lines:
        yield element("h3", title)
        yield element("ul", *(element("li", line) for line in lines))


def _failed(block: BlockReport) -> Iterator[str]:
    """A line for each arm and kind of failure, with the seeds."""
    for i, arm in enumerate(block.comparison.arms):
        label = next(row.label for row in block.rows if row.name == arm.name)
        status = block.trials.status[i].tolist()
        outcomes = {
            "diverged": [s == "diverged" for s in status],
            "ended in an error": [s == "error" for s in status],
            "not shown to be better than chance": block.trials.at_chance(block.metric, i).tolist(),
            "missing": [s == "" for s in status],
        }
        for outcome, marks in outcomes.items():
            seeds = [str(s) for s, mark in zip(block.trials.seeds, marks, strict=True) if mark]
            if seeds:
                more = f" and {len(seeds) - _NAMED_SEEDS} more" if len(seeds) > _NAMED_SEEDS else ""
                where = f"{label} on {block.title}"
                yield f"{where}: {outcome} on seeds {listed(seeds[:_NAMED_SEEDS])}{more}"


def _again(provenance: Provenance) -> Iterator[Markup]:
    if not provenance.spec:
        return
    packages = ("actbench", "tensorflow", "keras", "numpy")
    pins = [f"{p}=={provenance.versions[p]}" for p in packages if p in provenance.versions]
    install = f"pip install {' '.join(pins)}\n" if pins else ""
    yield element("h3", "Repeat it")
    yield element("p", f"Save the spec below as {provenance.name}.yaml, then:")
    yield element(
        "pre", element("code", f"{install}actbench run {provenance.name}.yaml"), tabindex=0
    )
    summary = element("summary", "The spec, with every default filled in")
    yield element("details", summary, element("pre", element("code", provenance.spec), tabindex=0))


def _citation(result: Result) -> Iterator[Markup]:
    provenance, blocks = result.provenance, result.report.blocks
    version = provenance.versions.get("actbench", __version__)
    arms = max((len(block.rows) for block in blocks), default=0)
    seeds = max((block.seeds for block in blocks), default=0)
    several = any(block.scope == "splits" for block in blocks)
    unit, test = ("split", "corrected t tests") if several else ("seed", "exact sign-flip tests")
    yield element("h3", "Cite it")
    yield element(
        "p",
        f"{provenance.name}: {counted(arms, 'arm')} compared over {counted(seeds, unit)} with "
        f"actbench {version}, paired by {unit}, by {test} with Holm's correction.",
    )


_SECTIONS = {
    "Which arms differ": _differences,
    "What was expected": _hypotheses,
    "Scores of every seed": _scores,
    "Learning curves": _curves,
    "What happens inside": _diagnostics,
    "The activations": _activations,
    "Several data sets": _across,
    "What was done": _done,
}
