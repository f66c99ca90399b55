"""The lines that say what the diagnostics show: fixed rules on known numbers."""

from pathlib import Path

import pytest

from actbench.reporting.question import Question
from actbench.reporting.reasons import NOTHING, reasons
from actbench.reporting.report import make_report

HEAD = (
    "dataset,architecture,hidden,output,seed,status,test_accuracy,note,dead,saturated,"
    "gradient_ratio,saturated_at_start,gradient_ratio_at_start\n"
)
SIGMOID = "0.1,at chance,0.0,0.5,2,0.1,{ratio}"
RELU = "0.9,,0.31,0.5,2,0.5,2"
ELU = "0.9,,0.0,0.1,0.05,0.1,1"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    arms = {"relu": RELU, "sigmoid": SIGMOID, "elu": ELU}
    rows = [
        f"d,m,{arm},softmax,{seed},ok,{cells.format(ratio=20_000 * 1.21**seed)}"
        for arm, cells in arms.items()
        for seed in (0, 1)
    ]
    path = tmp_path / "trials.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n")
    return path


def lines(table: Path, metric: str = "accuracy") -> list[str]:
    (block,) = make_report([table], Question(metrics=(metric,))).blocks
    return sorted(reasons(block))


def test_a_line_for_what_is_conspicuous(table: Path) -> None:
    """The ratio is the geometric mean, 22,000."""
    assert lines(table) == [
        "elu: the gradient at the first hidden layer is 20 times that at the last at the end.",
        "relu: 31% of units dead at the end (elu: 0%).",
        "sigmoid: 50% of its outputs saturated at the end, 10% before training.",
        "sigmoid: the gradient at the first hidden layer is 1/22,000 of that at the last when "
        "training starts; it ends at chance on 2 of 2 seeds.",
    ]


def test_none_below_a_table_of_the_diagnostics_themselves(table: Path) -> None:
    assert lines(table, "dead") == []


def test_that_nothing_is_conspicuous_is_said_with_what_to_try(tmp_path: Path) -> None:
    rows = [f"d,m,{arm},softmax,{s},ok,0.9,,0.0,0.1,2,0.1,2" for arm in ("a", "b") for s in (0, 1)]
    path = tmp_path / "trials.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n")
    assert lines(path) == [NOTHING]
    without = [row.rsplit(",", 5)[0] for row in rows]
    path.write_text(HEAD.partition(",dead")[0] + "\n" + "\n".join(without) + "\n")
    assert lines(path) == []
