"""Everything that is printed of one comparison says the same."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actbench.reporting.formats import csv_text, json_text, latex_text, markdown_text
from actbench.reporting.question import Question
from actbench.reporting.report import Report, make_report
from actbench.reporting.sentences import paragraph
from actbench.results.side_files import Decided, Looks, write_looks
from tests.reporting.conftest import printed, row_of

NAN = float("nan")
RELU = list(0.9 + np.random.default_rng(5).normal(0, 0.004, 40))
BASELINE = "relu"


def near(shift: float, *, n: int, noise: float = 0.004, draw: int = 0) -> list[float]:
    """Scores beside relu's; the same for the same arguments."""
    random = np.random.default_rng([round(1e6 * (1 + shift)), n, round(1e6 * noise), draw])
    return [score + shift + noise * random.normal() for score in RELU[:n]]


ASKED_NOTHING = Question()


@dataclass(frozen=True)
class Case:
    """Scores of each output by seed (NaN: diverged, None: no trial), and what else is in files."""

    scores: dict[str, list[Any]]
    question: Question = ASKED_NOTHING
    metric: str = "test_accuracy"
    notes: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    looks: Looks | None = None
    datasets: tuple[str, ...] = ("d",)

    def report(self, folder: Path) -> Report:
        lines = [
            ",".join(
                ["dataset,architecture,hidden,output,seed,status,note", self.metric, *self.columns]
            )
        ]
        for dataset in self.datasets:
            for output, values in self.scores.items():
                for seed, score in enumerate(values):
                    if score is not None:
                        lost = np.isnan(score)
                        cells = [dataset, "m", "h", output, str(seed), "diverged" if lost else "ok"]
                        cells += [self.notes.get(output, ""), "" if lost else repr(float(score))]
                        lines.append(",".join([*cells, *self.columns.values()]))
        (folder / "trials.csv").write_text("\n".join(lines) + "\n")
        metric = self.metric.removeprefix("test_").removeprefix("train_")
        claims = []
        for arm in [name for name in self.scores if name != BASELINE]:
            arms = f"{{output: {arm}}}, %s: {{output: {BASELINE}}}, metric: {metric}"
            claims += [f"{{{claim}: {arms % 'than'}}}" for claim in ("better", "worse")]
            claims.append(f"{{equivalent: {arms % 'to'}, within: 0.005}}")
        (folder / "spec.yaml").write_text(
            f"baseline: {{output: {BASELINE}}}\nexpect: [{', '.join(claims)}]\n"
        )
        if self.looks:
            write_looks(folder, self.looks)
        return make_report([folder / "trials.csv"], self.question)


def survivors() -> dict[str, list[float]]:
    tanh = near(0.0, n=16)
    lost = [score < relu + 0.002 for score, relu in zip(tanh, RELU, strict=False)]
    return {"relu": RELU[:16], "tanh": [NAN if x else y for x, y in zip(lost, tanh, strict=True)]}


def stopped_early() -> dict[str, list[float]]:
    """tanh is better at ten seeds and worse in the thirty after; elu goes on."""
    tanh = near(0.02, n=10) + [score - 0.03 for score in RELU[10:]]
    return {"relu": RELU, "tanh": tanh, "elu": near(0.0, n=40)}


def on_the_edge(draw: int) -> Case:
    """Seven seeds, the fewest that reach alpha, and differences as large as their noise."""
    tanh, elu = (near(shift, n=7, draw=draw) for shift in (0.004, -0.004))
    return Case({"relu": RELU[:7], "tanh": tanh, "elu": elu})


LOOKS = Looks(
    (10, 20, 30, 40),
    0.05,
    2,
    40,
    (Decided("d, m", "h / tanh", "accuracy", 10, "better", 0.002),),
    0.002,
)
CASES: dict[str, Callable[[], Case]] = {
    "better and worse": lambda: Case(
        {"tanh": near(-0.05, n=10), "relu": RELU[:10], "elu": near(0.03, n=10)}
    ),
    "survivors": lambda: Case(survivors()),
    "half diverged, the rest better": lambda: Case(
        {"relu": RELU[:10], "tanh": [NAN] * 9 + [RELU[9] + 0.05], "elu": near(0.0, n=10)}
    ),
    "failures": lambda: Case(
        {"relu": RELU[:10], "tanh": [*near(0.03, n=7), NAN, NAN, NAN], "elu": near(0.02, n=10)}
    ),
    "the baseline diverged": lambda: Case(
        {"relu": [NAN] * 9 + [RELU[9]], "tanh": near(0.01, n=10), "elu": [NAN] * 10}
    ),
    "nobody trained": lambda: Case({"relu": [NAN] * 9, "tanh": [NAN] * 9}),
    "floors": lambda: Case(
        {"relu": [30.0 + x for x in RELU[:10]], "tanh": [22.0] * 10, "elu": [22.0] * 10},
        metric="test_mae",
        notes={"tanh": "at its floor", "elu": "at its floor"},
    ),
    "at chance": lambda: Case({"relu": RELU[:10], "tanh": [0.1] * 10}, notes={"tanh": "at chance"}),
    "ties": lambda: Case({"relu": RELU[:10], "tanh": RELU[:10], "elu": near(0.0, n=10)}),
    "one seed": lambda: Case({"relu": [0.9], "tanh": [0.8], "elu": [NAN]}),
    "too few seeds": lambda: Case({"relu": RELU[:3], "tanh": near(0.05, n=3)}),
    "trials missing": lambda: Case(
        {"relu": RELU[:8], "tanh": [*near(0.05, n=4), None, None, None, None]}
    ),
    "looks": lambda: Case(stopped_early(), looks=LOOKS),
    "looks, another rope": lambda: Case(stopped_early(), Question(rope=0.1), looks=LOOKS),
    "several blocks": lambda: Case(
        {"relu": RELU[:8], "tanh": near(-0.05, n=8), "elu": [*near(0.05, n=7), NAN]},
        datasets=("d", "e", "f"),
    ),
    "equivalence": lambda: Case(
        {
            "relu": RELU[:16],
            "tanh": near(0.0, n=16, noise=0.001),
            "elu": near(0.002, n=16, noise=0.001),
        }
    ),
    "skew": lambda: Case(
        {"relu": RELU[:12], "tanh": [*near(0.01, n=11, noise=0.001), 0.2], "elu": near(0.0, n=12)}
    ),
    "all pairs": lambda: Case(
        {
            "relu": RELU[:12],
            "tanh": near(0.01, n=12),
            "elu": near(0.02, n=12),
            "selu": near(-0.02, n=12),
        },
        Question(all_pairs=True),
    ),
    "unknown seconds": lambda: Case(
        {"relu": RELU[:10], "tanh": near(0.5, n=10)},
        Question(metrics=("seconds",)),
        "train_seconds",
    ),
    "seconds side by side": lambda: Case(
        {"relu": RELU[:10], "tanh": near(0.5, n=10)},
        Question(metrics=("seconds",)),
        "train_seconds",
        columns={"side_by_side": "2"},
    ),
    "seconds": lambda: Case(
        {"relu": RELU[:10], "tanh": near(0.5, n=10)},
        Question(metrics=("seconds",)),
        "train_seconds",
        columns={"side_by_side": "1"},
    ),
    "a metric told": lambda: Case(
        {"relu": RELU[:10], "tanh": near(0.05, n=10)}, Question(higher_is_better=True), "test_f1"
    ),
    "nineteen arms": lambda: Case(
        {"relu": RELU[:12], **{f"a{k}": near(0.001 * k, n=12) for k in range(-9, 9)}}
    ),
    **{f"on the edge {draw}": partial(on_the_edge, draw) for draw in range(8)},
}


@pytest.fixture(params=CASES)
def report(request: pytest.FixtureRequest, tmp_path: Path) -> Report:
    return CASES[request.param]().report(tmp_path)


def cells(lines: list[str], separator: str) -> list[list[str]]:
    return [[cell.strip() for cell in re.split(separator, line)] for line in lines]


def markdown_tables(text: str) -> list[list[dict[str, str]]]:
    """The tables of a Markdown text, each as rows by head."""
    tables: list[list[dict[str, str]]] = []
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        heads, _, *rows = cells([line[1:-1] for line in block.splitlines()], r" \| |^\| | \|$")
        tables.append([dict(zip(heads, row, strict=True)) for row in rows])
    return tables


def difference_of(row: dict[str, str]) -> str:
    return next(value for key, value in row.items() if key.startswith("against"))


def test_rows_are_the_same_in_csv_json_markdown_latex_and_terminal(report: Report) -> None:
    from_csv = list(csv.DictReader(io.StringIO(csv_text(report))))
    from_json = json.loads(json_text(report))["comparison"]
    assert [
        {k: "" if v is None else str(v) for k, v in row.items()} for row in from_json
    ] == from_csv
    tables = markdown_tables(markdown_text(report))
    numbers = iter(from_csv)
    for block, table in zip(report.blocks, tables, strict=True):
        for row in table:
            record = next(numbers)
            assert row.get("output", record["output"]) == record["output"]
            assert row["verdict"] == record["verdict"]
            assert row["#"] == (record["rank"] or "–")
            if not record["against"]:
                continue
            assert row["wins"] == f"{float(record['wins']):g}/{record['n']}" or row["wins"] == "–"
            printed_numbers = re.findall(r"[+−][\d.]+", difference_of(row))
            exact = [record[name] for name in ("difference", "low", "high") if record[name]]
            assert len(printed_numbers) == len(exact)
            for shown, value in zip(printed_numbers, exact, strict=True):
                places = len(shown.partition(".")[2])
                assert float(shown.replace("−", "-")) == pytest.approx(
                    float(value), abs=0.51 * 10.0**-places
                )
            fewer = f" over {record['trained']}/{record['n']}"
            if exact:
                assert (fewer in difference_of(row)) == (record["trained"] != record["n"])
        for _ in block.other_pairs:
            next(numbers)
    latex = latex_text(report).replace("$-$", "−").replace("$<$", "<").replace("--", "–")
    latex = latex.replace(r"$\pm$", "±").replace("\\", "")
    wide = " ".join(printed(report.blocks, 400).split())
    for table in tables:
        for row in table:
            assert " & ".join(row.values()) in latex
            assert " ".join(" ".join(row.values()).split()) in wide


def listed_after(head: str, text: str) -> list[str]:
    """The arms in the sentence that begins with these words."""
    match = re.search(rf"{re.escape(head)}(?: \(within [^)]*\))?: (.*?)\.(?: [A-Z]|$)", text)
    if not match:
        return []
    without_numbers = re.sub(r"\([^()]*\)", "", match[1])
    return re.findall(r"\b(relu|tanh|elu|selu|a-?\d+)\b", without_numbers)


def test_the_sentence_says_what_the_table_says(report: Report) -> None:
    for block in report.blocks:
        text = paragraph(block)
        for other in (markdown_text(report), printed([block], 10_000)):
            assert text in other
        by_name = {row.label: row for row in block.rows}
        verdicts = {name: row.pair.verdict.kind for name, row in by_name.items() if row.pair}
        lead = re.match(r"(.*?) (?:leads|share the lead) in", text)
        if lead and not lead[1].startswith(("All", "No arm")):
            for name in re.findall(r"\b(relu|tanh|elu|selu|a-?\d+)\b", lead[1]):
                assert not verdicts.get(name, "").startswith("worse")
                assert by_name[name].rank == 1
                assert by_name[name].diverged == 0
                better = [n for n, kind in verdicts.items() if kind.startswith("better")]
                assert name != BASELINE or not better
        if lead or text.startswith(("No arm leads", "Only")):
            reference = f"than the baseline {BASELINE}"
            for head, kinds in (("Better", "better"), ("Worse", "worse")):
                expected = [name for name, kind in verdicts.items() if kind.startswith(kinds)]
                assert listed_after(f"{head} {reference}", text) == expected
            same = {n for n, row in by_name.items() if row.pair and row.pair.ties == row.pair.n}
            equivalent = [n for n, kind in verdicts.items() if kind == "equivalent"]
            head = f"Practically equivalent to the baseline {BASELINE}"
            assert listed_after(head, text) == [name for name in equivalent if name not in same]
        else:
            assert not any(kind.startswith(("better", "worse")) for kind in verdicts.values())
        (table,) = markdown_tables(markdown_text(Report((block,))))
        cells_of = dict(zip(by_name, map(difference_of, table), strict=True))
        for head, kinds in (("Better", "better"), ("Worse", "worse")):
            sentence = text.partition(f"{head} than the baseline")[2].partition(". ")[0]
            named = [name for name, kind in verdicts.items() if kind.startswith(kinds)]
            if len(named) <= 4:
                numbers = re.findall(r"\(([+−][^()]*?), [\d.]+% interval", sentence)
                with_interval = [name for name in named if "[" in cells_of[name]]
                assert numbers == [cells_of[name] for name in with_interval]


def test_what_the_spec_expects_never_contradicts_the_verdict(report: Report) -> None:
    if len(report.blocks) > 1:
        blocks = {block.trials.cell["dataset"]: block for block in report.blocks}
    else:
        blocks = {"": report.blocks[0]}
    assert report.expectations
    for expectation in report.expectations:
        on = (
            expectation.sentence.rpartition(" on ")[2].partition(",")[0] if "" not in blocks else ""
        )
        arm = re.match(r"h / (\S+) ", expectation.sentence)
        assert arm is not None
        pair = row_of(blocks[on], f"h / {arm[1]}").pair
        assert pair is not None
        kind, status = pair.verdict.kind, expectation.finding.status
        against = {"better": "worse", "worse": "better"}
        claim = expectation.finding.hypothesis.kind
        if kind in ("not_comparable", "too_few_seeds") or pair.n == 0:
            assert status == "undecided"
        if claim in against:
            assert not (status == "supported" and kind.startswith(against[claim]))
            assert not (status == "refuted" and kind.startswith(claim))
        elif status == "supported":
            assert kind not in ("better_by_rope", "worse_by_rope") and pair.trained == pair.n
        elif status == "refuted":
            assert kind != "equivalent"
        if pair.trained < pair.n and status == "supported":
            favoured = pair.failures.other if claim == "worse" else pair.failures.arm
            assert favoured == 0


def test_what_fails_a_build_is_what_the_table_calls_worse(report: Report) -> None:
    worse = {
        row.label
        for block in report.blocks
        for row in block.rows
        if row.verdict.startswith("worse") or "fails more often" in row.verdict
    }
    if worse:
        sentences = report.worse_arms()
        assert {sentence.split()[0] for sentence in sentences} == worse


def test_numbers_of_an_arm_that_was_decided_early(tmp_path: Path) -> None:
    report = CASES["looks"]().report(tmp_path)
    (block,) = report.blocks
    row = row_of(block, "h / tanh")
    assert row.pair is not None and row.pair.n == 10
    assert "better" in row.verdict and "(decided at 10 seeds)" in row.verdict
    assert "overstates: stopped early" in row.verdict
    text = markdown_text(report)
    assert "tanh: decided at 10 seeds with ROPE ±0.002" in text
    assert "Over the 30 fresh seeds since: −0.03" in text
    records = {record["output"]: record for record in report.records}
    assert (records["tanh"]["decided_at"], records["tanh"]["fresh_seeds"]) == (10, 30)


def test_survivors_do_not_win(tmp_path: Path) -> None:
    report = CASES["survivors"]().report(tmp_path)
    (block,) = report.blocks
    row = row_of(block, "h / tanh")
    assert row.diverged > 0 and row.pair is not None
    assert row.mean is not None and row.mean > np.mean(RELU[:16])
    assert "leads" not in paragraph(block) or paragraph(block).startswith("relu leads")
    assert row.pair.verdict.kind not in ("better", "better_by_rope")
    assert all(
        e.finding.status != "supported" for e in report.expectations if "better" in e.sentence
    )


def test_arms_at_their_floor_come_last(tmp_path: Path) -> None:
    report = CASES["floors"]().report(tmp_path)
    (block,) = report.blocks
    assert block.rows[0].label == "relu"
    assert paragraph(block).startswith("No arm leads")
    few = Case(
        {"relu": [30.0, 31.0, 32.0], "tanh": [22.0] * 3, "elu": [33.0, 34.0, 35.0]},
        metric="test_mae",
        notes={"tanh": "at its floor"},
    )
    (block,) = few.report(tmp_path).blocks
    assert [row.label for row in block.rows] == ["relu", "elu", "tanh"]


def test_skewed_differences_are_named_with_mean_and_median(tmp_path: Path) -> None:
    text = markdown_text(CASES["skew"]().report(tmp_path))
    assert re.search(r"Skewed differences: tanh \(mean −0\.\d+, median \+0\.\d+\); p and int", text)


def test_ranks_across_data_sets_name_the_arms_whose_means_leave_seeds_out(tmp_path: Path) -> None:
    lines = CASES["several blocks"]().report(tmp_path).lines_below
    assert "Their means leave out seeds that diverged, which flatters: h / elu." in lines
