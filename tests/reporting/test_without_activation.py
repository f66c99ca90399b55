"""What `compare` says of a linear model and the best constant, from `references.csv`."""

from pathlib import Path

import pytest

from actbench.reporting.question import Question
from actbench.reporting.remarks import remarks
from actbench.reporting.report import make_report
from actbench.reporting.sentences import paragraph
from actbench.results import ResultsFolder
from actbench.results.references import Reference, write_references
from tests.reporting.conftest import grid

# The means of the grid's arms in MAE lie near 5, 6, 7 and 8.
BELOW = (
    "Without any activation, on the same test rows: a linear model {:.3f}, the best constant 9.500."
)


def said(folder: Path, linear: float, **options: object) -> tuple[str, list[str]]:
    """The sentence above the table and the lines below it."""
    grid(folder)
    scores = {("linear", "mae"): linear, ("constant", "mae"): 9.5, ("linear", "loss"): 1.0}
    write_references(
        ResultsFolder(folder),
        [Reference("boston", model, metric, x, 404, "d") for (model, metric), x in scores.items()],
    )
    question = Question(**options)  # type: ignore[arg-type]
    (block,) = make_report([folder / "trials.csv"], question).blocks
    return paragraph(block), [line for line in remarks(block) if "activation" in line]


@pytest.mark.parametrize(
    ("linear", "arms"), [(3.5, "No arm has"), (5.5, "1 of 4 arms has"), (8.9, "4 of 4 arms have")]
)
def test_a_linear_model_is_a_line_to_hold_against(linear: float, arms: str, tmp_path: Path) -> None:
    above, below = said(tmp_path, linear)
    assert below == [f"{BELOW.format(linear)} {arms} a better mean than the linear model."]
    wins = "No arm has a better mean than a linear model: 3.500."
    assert above.endswith(wins) == (linear == 3.5)
    assert (wins in above) == (linear == 3.5)


def test_more_of_an_accuracy_is_better(tmp_path: Path) -> None:
    text = tmp_path / "trials.csv"
    lines = ["dataset,architecture,hidden,output,seed,status,test_loss,test_accuracy"]
    lines += [
        f"d,mlp,{h},softmax,{i},ok,1,{a}" for i in range(6) for h, a in (("a", 0.8), ("b", 0.9))
    ]
    text.write_text("\n".join(lines) + "\n")
    write_references(ResultsFolder(tmp_path), [Reference("d", "linear", "accuracy", 0.85, 9, "x")])
    (block,) = make_report([text], Question()).blocks
    assert block.better_than_linear == 1
    text.write_text("\n".join(line for line in lines if ",a,softmax" not in line) + "\n")
    (alone,) = make_report([text], Question()).blocks
    assert "The arm has a better mean than the linear model." in " ".join(remarks(alone))


def test_it_is_silent_of_other_rows_and_metrics_without_a_score(tmp_path: Path) -> None:
    grid(tmp_path)
    assert said(tmp_path, 3.5, metrics=("loss",))[1] == [
        "Without any activation, on the same test rows: a linear model 1.000. "
        "No arm has a better mean than the linear model."
    ]
    write_references(ResultsFolder(tmp_path), [Reference("other", "linear", "mae", 1.0, 9, "x")])
    (block,) = make_report([tmp_path / "trials.csv"], Question()).blocks
    assert block.without_activation == {}
    assert not any("activation," in line for line in remarks(block))
