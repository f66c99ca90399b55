"""What a person sees in a terminal: the answer last, within the screen, no verdict left out."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from actbench.reporting.question import Question
from actbench.reporting.report import Report, make_report
from actbench.reporting.sentences import headline
from actbench.reporting.terminal_answer import print_answer, short_verdict
from tests.reporting.conftest import table
from tests.reporting.test_page import REFERENCE

SIZES = ((80, 24), (100, 24), (140, 40), (80, 10))


def answered(report: Report, width: int, height: int, *, color: bool = False) -> list[str]:
    """The lines of a terminal of this size."""
    system = "truecolor" if color else None
    console = Console(
        file=io.StringIO(),
        width=width,
        height=height,
        force_terminal=True,
        color_system=system,  # type: ignore[arg-type]
        markup=False,
        highlight=False,
    )
    print_answer(console, report, "more of it there")
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined,no-any-return]


def report_of(name: str) -> Report:
    return make_report([REFERENCE / name / "trials.csv"], Question())


def many(folder: Path, arms: int = 20, seeds: int = 14) -> Report:
    """Arms with names of sixty letters, each worse than the one before."""
    random = np.random.default_rng(0)
    scores = {
        f"{i:02d}{'a_long_name' * 5}"[:60]: (5 + i + random.normal(0, 0.1, seeds)).tolist()
        for i in range(arms)
    }
    (folder / "trials.csv").write_text(table(scores))
    return make_report([folder / "trials.csv"], Question())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["boston_output", "mnist_zoo", "mnist_depth", "mnist_selu"])
def test_it_fits_the_screen(name: str, size: tuple[int, int]) -> None:
    lines = answered(report_of(name), *size)
    assert len(lines) < size[1]
    assert max(map(len, lines)) <= size[0]


def test_two_runs_of_a_spec_are_compared_without_a_plot() -> None:
    boston = REFERENCE / "boston_output" / "trials.csv"
    lines = answered(make_report([boston], Question(), boston), 140, 40)
    assert any(line.startswith("output ") and "against before" in line for line in lines)
    assert sum("? inconclusive" in line for line in lines) == 6


@pytest.mark.parametrize("size", SIZES)
def test_every_arm_shown_has_its_verdict_and_the_rest_is_counted(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    report = many(tmp_path)
    _, _, text = "\n".join(answered(report, *size)).partition("(less is better)")
    shown = len(re.findall(r"^.{0,8}\d\da_long", text, re.M))
    verdicts = text.count("▼ worse")
    rest = re.search(r"and (\d+) more, (.*)", text)
    assert verdicts >= shown - 1  # the baseline has none
    assert shown + (int(rest[1]) if rest else 0) == 20
    assert rest is None or rest[2] == "all worse"


def test_the_sentence_comes_before_the_table_and_remarks_before_both() -> None:
    report = report_of("boston_output")
    text = " ".join(" ".join(answered(report, 140, 60)).split())
    places = [
        text.index(words)
        for words in (
            "Expected by the spec:",
            headline(report.blocks),
            "test mae (less is",
            "more of",
        )
    ]
    assert places == sorted(places)


def test_what_all_verdicts_say_is_said_once(tmp_path: Path) -> None:
    report = many(tmp_path, arms=4, seeds=3)
    text = "\n".join(answered(report, 140, 40))
    assert text.count("p cannot go below") == 1
    assert text.count("? too few seeds") == 3


def test_colour_never_stands_alone() -> None:
    report = report_of("mnist_zoo")
    colored, plain = (answered(report, 140, 40, color=color) for color in (True, False))
    assert any("\x1b[" in line for line in colored)
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in colored] == plain
    signs = {short_verdict(row)[0] for row in report.blocks[0].rows if row.pair}
    assert signs == {"=", "▼"}


def test_the_dot_plot_has_zero_where_the_baseline_is() -> None:
    lines = answered(report_of("boston_output"), 140, 40)
    column = {line.index("│") for line in lines if re.match(r"\d +(linear|sigmoid|tanh)", line)}
    assert len(column) == 1
    exponential, sigmoid = (
        next(line for line in lines if re.match(rf"\d +{name}", line))
        for name in ("exponential", "sigmoid")
    )
    assert exponential.index("●") < exponential.index("│")
    assert sigmoid.index("◂") < exponential.index("●")  # it lies beyond the axis
