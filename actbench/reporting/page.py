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
from actbench.reporting import dot_charts, panel_charts
from actbench.reporting.across_datasets import AcrossDatasets
from actbench.reporting.block_report import BlockReport
from actbench.reporting.figure_markup import arms_table, dot_figure, numbers_table, panel_figure
from actbench.reporting.formats import csv_text
from actbench.reporting.markup import Markup, element, joined
from actbench.reporting.question import Question
from actbench.reporting.remarks import remarks, scope_in_words
from actbench.reporting.report import Report, make_report
from actbench.reporting.sentences import details, headline, lead
from actbench.results import ResultsFolder, write_file
from actbench.results.provenance import Provenance, read_provenance
from actbench.spec.activation import Activation
from actbench.wording import counted, listed

_NAMED_SEEDS = 12

GENERATOR = '<meta name="generator" content="actbench">'  # in every page: whose file it is


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
        """The result whose `trials.csv` the report compares."""
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
        Markup(GENERATOR),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{names} · actbench"),
        element("link", rel="icon", href="data:,"),
        element("style", Markup(style)),
    )
    contents = _contents(results) if len(results) > 1 else None
    body = element("body", element("main", contents, *map(_article, results)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def write_page(results: Sequence[tuple[Report, Path]], file: Path) -> None:
    """Write the page of results, each given by its report and its `trials.csv`, in one step.

    Raises:
        ResultsError: a file of a result cannot be read, or the page cannot be written.
    """
    numbered = enumerate(results, start=1)
    write_file(file, page([Result.of(i, report, table) for i, (report, table) in numbered]))


def write_answer(folder: ResultsFolder, *, with_page: bool) -> Report:
    """Compare the trials of a folder; write the comparison and, on request, the page beside them.

    Raises:
        ResultsError: the trials cannot be compared, or a file cannot be written.
    """
    report = make_report([folder.trials], Question())
    if report.blocks:
        write_file(folder.comparison, csv_text(report))
        if with_page:
            write_page([(report, folder.trials)], folder.report)
    return report


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
        element("section", element("h2", title), content)
        for title, section in _SECTIONS.items()
        if (content := section(result))
    )
    return element("article", _top(result), *sections, id=result.key)


def _top(result: Result) -> Markup:
    """The question and the answer, and what it rests on."""
    blocks, provenance = result.report.blocks, result.provenance
    packages = ("actbench", "keras", "tensorflow", "numpy")
    versions = [f"{p} {provenance.versions[p]}" for p in packages if p in provenance.versions]
    datasets = dict.fromkeys(block.trials.cell.get("dataset", "") for block in blocks)
    facts = {
        "Scope": "; ".join(dict.fromkeys(map(scope_in_words, blocks))),
        **_replicates(blocks),
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


def _replicates(blocks: Sequence[BlockReport]) -> dict[str, str]:
    """How many seeds, or splits, the blocks have."""
    counts: dict[str, set[int]] = {}
    for block in blocks:
        counts.setdefault(f"{block.unit.capitalize()}s", set()).add(block.seeds)
    return {
        unit: f"{min(n)} to {max(n)}" if len(n) > 1 else f"{min(n)}" for unit, n in counts.items()
    }


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
    chart = dot_charts.differences_chart(block)
    words = " ".join(filter(None, [lead(block) if several else "", details(block)]))
    notes = (element("li", result.without_paths(line)) for line in remarks(block))
    return joined(
        [
            element("p", words) if words else None,
            dot_figure(chart) if chart else None,
            arms_table(block),
            element("ul", *notes, class_="notes"),
        ]
    )


def _hypotheses(result: Result) -> Markup | None:
    expectations = result.report.expectations
    if not expectations:
        return None
    outcomes = (
        element(
            "li",
            f"{expectation.sentence}: ",
            element("strong", status, class_=f"outcome-{status}"),
            expectation.words.removeprefix(f"{expectation.sentence}: {status}"),
        )
        for expectation in expectations
        if (status := expectation.finding.status)
    )
    return element("ul", *outcomes)


def _scores(result: Result) -> Markup | None:
    blocks = result.report.blocks
    return _by_block(result, (dot_figure(dot_charts.scores_chart(block)) for block in blocks))


def _curves(result: Result) -> Markup | None:
    history = result.provenance.history
    if history is None:
        return None
    drawn = (panel_charts.curves_chart(block, history) for block in result.report.blocks)
    return _by_block(result, (panel_figure(chart) if chart else None for chart in drawn))


def _rates(result: Result) -> Markup | None:
    selection = result.provenance.selection
    if selection is None:
        return None
    drawn = (panel_charts.rates_chart(block, selection) for block in result.report.blocks)
    return _by_block(result, (panel_figure(chart) if chart else None for chart in drawn))


def _diagnostics(result: Result) -> Markup | None:
    layers = result.provenance.diagnostics
    if layers is None:
        return None
    drawn = (panel_charts.diagnostics_charts(block, layers) for block in result.report.blocks)
    return _by_block(result, (joined(map(panel_figure, of_block)) or None for of_block in drawn))


def _activations(result: Result) -> Markup | None:
    """The activations that the arms differ in."""
    drawn: dict[str, Activation] = {}
    for axis, activations in result.provenance.activations.items():
        if len(activations) > 1 or not any(drawn):
            on_axis = {row.cell.get(axis) for block in result.report.blocks for row in block.rows}
            drawn |= {label: one for label, one in activations.items() if label in on_axis}
    chart = panel_charts.activations_chart(drawn)
    own = [label for label, activation in drawn.items() if activation.custom is not None]
    words = f"Not drawn, as that would run their code: {listed(own)}." if own else ""
    parts = [panel_figure(chart) if chart else None, element("p", words) if words else None]
    return joined(filter(None, parts)) or None


def _across(result: Result) -> Markup | None:
    return joined(map(_datasets, result.report.across)) or None


def _datasets(across: AcrossDatasets) -> Markup:
    chart = dot_charts.ranks_chart(across)
    return joined(
        [
            element("ul", *(element("li", line) for line in across.lines)),
            _verdicts_by_dataset(across),
            dot_figure(chart) if chart else None,
        ]
    )


def _verdicts_by_dataset(across: AcrossDatasets) -> Markup:
    """How often each arm was better or worse than the baseline; neither counts as a tie."""
    tones: dict[str, Counter[str]] = {}
    for block in across.blocks:
        for row in block.rows:
            if row.pair:
                tones.setdefault(row.name, Counter())[dot_charts.tone_of(row)] += 1
    rows = [
        [arm, str(n["better"]), str(n["equal"] + n["open"]), str(n["worse"])]
        for arm, n in tones.items()
    ]
    heads = ["arm", "better than the baseline", "neither", "worse"]
    return numbers_table("On how many data sets", heads, rows)


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
    versions, name = provenance.versions, provenance.name
    packages = [p for p in ("tensorflow", "keras", "numpy") if p in versions]
    install = " ".join(["pip install .", *(f"{p}=={versions[p]}" for p in packages)])
    checkout = " ".join(filter(None, ["actbench", versions.get("actbench")]))
    yield element("h3", "Repeat it")
    yield element("p", f"Save the spec below as {name}.yaml in a checkout of {checkout}, then:")
    yield element("pre", element("code", f"{install}\nactbench run {name}.yaml"), tabindex=0)
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
    "Scores": _scores,
    "Learning curves": _curves,
    "Learning rates": _rates,
    "What happens inside": _diagnostics,
    "The activations": _activations,
    "Several data sets": _across,
    "What was done": _done,
}
