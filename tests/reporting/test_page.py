"""The page of a result, read back as a program reads it: numbers, order, safety, size."""

import csv
import html
import io
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from actbench.reporting.charts import Axis, Line, Panel, PanelChart
from actbench.reporting.formats import csv_text
from actbench.reporting.page import Result, page
from actbench.reporting.question import Question
from actbench.reporting.report import Report, make_report
from actbench.reporting.svg import legend, panels
from actbench.spec.activation import Activation
from tests.reporting.conftest import printed, table

REFERENCE = Path(__file__).parents[2] / "results" / "reference"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "\u202eevil\u202c\x1b[31m",
    "</title></style></svg>&amp;",
    "שלום" * 15,
    "x" * 60,
)


class Element(HTMLParser):
    """The elements of a page in order: tag, attributes, the text up to the next tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.parts: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.parts:
            tag, attributes, text = self.parts[-1]
            self.parts[-1] = tag, attributes, text + data

    def texts(self, tag: str) -> list[str]:
        return [text for name, _, text in self.parts if name == tag]


def page_of(trials: Path) -> tuple[str, Report]:
    report = make_report([trials], Question())
    return page([Result.of(1, report, trials)]), report


@pytest.fixture(scope="module")
def boston() -> tuple[str, Report]:
    return page_of(REFERENCE / "boston_output" / "trials.csv")


def first_figure(text: str) -> str:
    return text[text.index("<figure>") : text.index("</figure>")]


def scale_of(figure: str) -> tuple[float, float]:
    """What one percent of the width of a figure is worth, and what stands at its left end."""
    ticks = re.findall(r'<text x="([\d.]+)%"[^>]*class="number[^>]*>([−\d.]+)</text>', figure)
    at, values = zip(*((float(x), float(v.replace("−", "-"))) for x, v in ticks), strict=True)
    slope, zero = np.polyfit(at, values, 1)
    return float(slope), float(zero)


def test_the_dot_of_a_seed_stands_where_its_difference_says(boston: tuple[str, Report]) -> None:
    figure = first_figure(boston[0])
    slope, zero = scale_of(figure)
    (block,) = boston[1].blocks
    scores = block.trials.scores("mae")
    names = [arm.name for arm in block.comparison.arms]
    baseline = scores[names.index(block.comparison.baseline)]
    strips = re.findall(r'<svg role="img" class="strip.*?</svg>', figure, re.DOTALL)
    rows = [row for row in block.rows if row.pair]
    assert len(strips) == len(rows) == 5
    for strip, row in zip(strips, rows, strict=True):
        dots = dict(re.findall(r'<circle cx="([\d.]+)%"[^>]*><title>seed (\d+)', strip))
        shown = {int(seed): slope * float(x) + zero for x, seed in dots.items()}
        expected = baseline[3] - scores[names.index(row.name)][3]  # less of the mae is better
        if row.name in ("relu / sigmoid", "relu / tanh"):  # far worse than most: an arrow, no dots
            assert (shown, "◂ −19.12 [" in strip) == ({}, True)
        else:
            assert shown[3] == pytest.approx(expected, abs=0.02)


def test_the_ends_of_an_interval_stand_where_the_csv_says(boston: tuple[str, Report]) -> None:
    figure = first_figure(boston[0])
    slope, zero = scale_of(figure)
    strips = re.findall(r'<svg role="img" class="strip.*?</svg>', figure, re.DOTALL)
    rows = [row for row in csv.DictReader(io.StringIO(csv_text(boston[1]))) if row["low"]]
    assert len(strips) == len(rows) == 5
    for strip, row in zip(strips, rows, strict=True):
        assert f"<title>{row['output']}: " in strip
        spans = re.findall(r'<line x1="([\d.]+)%" x2="([\d.]+)%"[^>]*class="span scope-', strip)
        if row["output"] in ("sigmoid", "tanh"):
            assert not spans
            continue
        ((left, right),) = spans
        drawn = [slope * float(end) + zero for end in (left, right)]
        assert drawn == pytest.approx([float(row["low"]), float(row["high"])], abs=0.01 * slope)


def test_sentence_table_figure_and_csv_agree(boston: tuple[str, Report]) -> None:
    text, report = boston
    (block,) = report.blocks
    rows = list(csv.DictReader(io.StringIO(csv_text(report))))
    verdicts = {row["output"]: row["verdict"] for row in rows if row["verdict"]}
    figure = first_figure(text)
    drawn = re.findall(
        r'<bdi class="arm">([^<]*)</bdi>.*?<span class="verdict \w+">\S (.*?)</span>', figure
    )
    assert dict(drawn) == verdicts
    tabled = text[text.index('<table class="comparison">') :]
    cells = [Element(row).texts("td") for row in re.findall(r"<tr>.*?</tr>", tabled)[1:7]]
    bdi = [Element(row).texts("bdi") for row in re.findall(r"<tr>.*?</tr>", tabled)[1:7]]
    assert {name[0]: row[-1] for name, row in zip(bdi, cells, strict=True) if row[-1]} == verdicts
    answer = re.search(r'class="answer">(.*?)</p>', text)
    assert answer and answer[1] in " ".join(printed([block], 160).split())
    for row in block.rows:  # the interval of the figure is that of the table and of the sentence
        if row.pair and row.pair.difference is not None:
            assert figure.count(f"{row.label}: ") == 1


def test_the_parts_are_there_in_their_order(boston: tuple[str, Report]) -> None:
    heads = re.findall(r"<h2>(.*?)</h2>", boston[0])
    assert heads == [
        "Which arms differ",
        "What was expected",
        "Scores",
        "Learning curves",
        "The activations",
        "What was done",
    ]
    for figure in re.findall(r"<figure>.*?</figure>", boston[0], re.DOTALL):
        assert "<figcaption><strong>" in figure
        assert '<table class="numbers">' in figure


@pytest.mark.parametrize("name", ["mnist_depth", "mnist_zoo", "reuters_hidden"])
def test_pages_are_small_and_soon_made(name: str) -> None:
    before = time.monotonic()
    text, _ = page_of(REFERENCE / name / "trials.csv")
    assert time.monotonic() - before < 4  # alone it takes a quarter of it
    assert len(text.encode()) < 300_000


def test_nothing_comes_from_the_network_and_no_path_is_shown(boston: tuple[str, Report]) -> None:
    text = boston[0]
    assert not re.search(r"<script|src=|@import|url\(|https?:", text)
    assert "default-src 'none'" in html.unescape(text)
    assert str(REFERENCE) not in text
    assert "results/" not in text


def test_hostile_labels_stay_text(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    arms = {f'"{name.replace(chr(34), chr(34) * 2)}"': random.normal(5, 1, 4) for name in HOSTILE}
    trials = tmp_path / "trials.csv"
    trials.write_text(table({name: list(values) for name, values in arms.items()}))
    (tmp_path / "spec.yaml").write_text('name: "<b>x"\ndescription: "<script>\\e[31m</p>"\n')
    text, _ = page_of(trials)
    tags = {tag for tag, _, _ in Element(text).parts}
    assert not tags & {"script", "img", "b"}
    assert "\\u202e" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert all(not key.startswith("on") for _, keys, _ in Element(text).parts for key in keys)


def test_a_diverged_arm_is_marked_and_named(tmp_path: Path) -> None:
    trials = tmp_path / "trials.csv"
    trials.write_text(
        table({"linear": [5.0, 5.1, 5.2, 5.1], "exponential": [6.0, float("nan"), 6.1, 6.2]})
    )
    text, _ = page_of(trials)
    assert "it diverged on seed 1" in text
    assert "exponential on boston_housing, mlp(64-64), hidden relu: diverged on seeds 1" in text


@pytest.mark.parametrize("scores", [{"linear": [5.0], "tanh": [6.0]}, {"linear": [5.0, 5.1]}])
def test_one_seed_and_one_arm_have_a_page(tmp_path: Path, scores: dict[str, list[float]]) -> None:
    trials = tmp_path / "trials.csv"
    trials.write_text(table(scores))
    text, _ = page_of(trials)
    assert "Scores" in text
    assert ("Difference to" in text) == (len(scores) == 2)


def test_the_numbers_of_seeds_are_named_from_the_least(tmp_path: Path) -> None:
    lines = ["dataset,architecture,hidden,output,seed,status,test_loss,test_mae"]
    for dataset, seeds in (("one", 10), ("two", 3)):
        for arm in ("relu", "tanh"):
            lines += [f"{dataset},mlp(4),{arm},linear,{s},ok,1,{s}" for s in range(seeds)]
    (tmp_path / "trials.csv").write_text("\n".join(lines) + "\n")
    assert "<dt>Seeds</dt><dd>3 to 10</dd>" in page_of(tmp_path / "trials.csv")[0]


def test_several_results_have_a_list_of_contents() -> None:
    tables = [REFERENCE / name / "trials.csv" for name in ("boston_output", "mnist_selu")]
    reports = [make_report([table], Question()) for table in tables]
    numbered = enumerate(zip(reports, tables, strict=True))
    text = page([Result.of(i, report, table) for i, (report, table) in numbered])
    links = re.findall(r'href="#(\w+)"', text)
    assert links == re.findall(r'<article id="(\w+)"', text)
    assert len(links) == 2


def test_the_number_of_the_highest_tick_stays_in_its_panel() -> None:
    line = Line("end", (1.0, 2.0), (-0.5, -2.0))
    chart = PanelChart(
        title="Inside",
        place="",
        description="",
        axis=Axis(-2.0, -0.5, (-2.0, -0.5)),
        across=((1.0, "1"), (2.0, "2")),
        across_title="hidden layer",
        panels=(Panel("an arm", (line,)),),
        key={"end": "at the end"},
    )
    drawn = str(panels(chart))
    heights = re.findall(r'<text x="-4" y="([-\d]+)" class="number end">', drawn)
    assert len(heights) == 2
    assert min(map(int, heights)) >= 10  # of letters of 12 pixels, which stand on this line
    assert ">hidden layer</text>" in drawn
    assert "at the end</span>" in str(legend(chart.samples))


def test_a_single_layer_is_drawn_across_its_panel_as_its_kind() -> None:
    start = Line("start", (1.0,), (0.5,), (0.2,), (0.8,))
    chart = PanelChart(
        title="Inside",
        place="",
        description="",
        axis=Axis(0.0, 1.0, (0.0, 1.0)),
        across=((0, ""), (1, "1")),
        across_title="hidden layer",
        panels=(Panel("an arm", (start,)),),
        key={"start": "before training"},
    )
    drawn = str(panels(chart))
    assert '<polyline points="0,48.0 100,48.0" class="start"' in drawn
    assert '<polygon points="0,19.2 100,19.2 100,76.8 0,76.8" class="area start"' in drawn


def test_the_page_asks_for_no_package_that_no_index_is_known_to_have(
    boston: tuple[str, Report],
) -> None:
    text, _ = boston
    assert "pip install . tensorflow==" in text
    assert "in a checkout of actbench" in text
    assert "actbench==" not in text


def test_activations_that_are_not_drawn_are_named(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text(table({"linear": [1.0, 2.0], "f": [2.0, 3.0]}))
    report = make_report([tmp_path / "trials.csv"], Question())
    result = Result.of(1, report, tmp_path / "trials.csv")
    own = Activation.model_construct(name="f", custom="mine:f", label="f", written="f")
    activations = {"output": {"linear": Activation.model_validate("linear"), "f": own}}
    result = replace(result, provenance=replace(result.provenance, activations=activations))
    assert "Not drawn, as that would run their code: f." in page([result])
