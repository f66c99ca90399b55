"""What is said of learning rates that arms chose: from tables made by hand."""

from pathlib import Path

import numpy as np
import pytest

from actbench.errors import ResultsError
from actbench.reporting.chosen_rates import rate_beyond
from actbench.reporting.question import Question
from actbench.reporting.remarks import remarks
from actbench.reporting.report import make_report
from actbench.results.reading import read_trials
from tests.reporting.conftest import one

GRID = (0.001, 0.01, 0.1)
# Validation accuracy of relu, and what tanh has more, at each rate.
RELU = {0.001: 0.80, 0.01: 0.90, 0.1: 0.70}
TANH = {0.001: -0.1, 0.01: 0.0, 0.1: 0.2}


def results(
    folder: Path,
    chosen: dict[str, list[float]],
    *,
    selection_seeds: int = 6,
    spec: str = "",
    splits: int = 0,
) -> Path:
    """A `trials.csv` and a `selection.csv` of relu and tanh, with noise of a thousandth."""
    noise = np.random.default_rng(5)
    cell = "dataset,architecture,hidden,output" + ",split" * bool(splits)
    rows = ",train_rows,test_rows" * bool(splits)
    trials = [f"{cell},seed,learning_rate,status,test_accuracy{rows}"]
    selection = [f"{cell},seed,learning_rate,status,val_loss,val_accuracy{rows}"]
    end = ",80,20" * bool(splits)
    for split in [f",{j}" for j in range(splits)] or [""]:
        for arm, rates in chosen.items():
            where = f"digits,mlp(4),{arm},softmax{split}"
            for seed, rate in enumerate(rates):
                trials.append(f"{where},{seed},{rate},ok,{0.9 + noise.normal(0, 0.001)}{end}")
            for seed in range(selection_seeds):
                for rate in GRID:
                    score = RELU[rate] + (TANH[rate] if arm == "tanh" else 0.0)
                    score += noise.normal(0, 0.001)
                    number = 1_000_000 + seed
                    selection.append(f"{where},{number},{rate},ok,{1 - score},{score}{end}")
    (folder / "selection.csv").write_text("\n".join(selection) + "\n")
    (folder / "trials.csv").write_text("\n".join(trials) + "\n")
    if spec:
        (folder / "spec.yaml").write_text(spec)
    return folder / "trials.csv"


def lines(path: Path, **options: object) -> str:
    return "\n".join(remarks(one(path, **options)))


@pytest.fixture
def together(tmp_path: Path) -> Path:
    return results(tmp_path, {"relu": [0.01] * 6, "tanh": [0.1] * 6})


def test_the_rates_and_the_uncertainty_of_their_choice(together: Path) -> None:
    text = lines(together)
    assert "chosen among 3 (0.001 to 0.1) by validation accuracy: relu 0.01; tanh 0.1." in text
    assert (
        "Each arm at the rate chosen for it on 6 selection seeds. The interval is for these "
        "rates; the uncertainty of the choice is not in it." in text
    )
    assert "At the edge of the grid, 0.1: tanh." in text
    assert "widen the grid, for example with 1." in text


def test_the_verdict_at_every_rate_and_where_it_flips(together: Path) -> None:
    text = lines(together)
    assert (
        "tanh at one rate for all, in validation accuracy: worse by at least 0.005 at 0.001" in text
    )
    assert "practically equivalent at 0.01" in text
    assert "better by at least 0.005 at 0.1 (+0.2" in text
    assert "tanh flips sign in validation accuracy between 0.001 (worse, −0.1" in text
    assert "and 0.1 (better, +0.2" in text
    rates = one(together).rates
    assert rates is not None
    assert rates.pairs["tanh"][0.1].difference == pytest.approx(0.2, abs=0.002)
    turned = lines(together, baseline={"hidden": "tanh", "output": "softmax"})
    assert "relu flips sign in validation accuracy between 0.001 (better" in turned


def test_under_another_metric_the_lines_name_the_one_of_the_choice(together: Path) -> None:
    table = together.read_text().replace("test_accuracy", "test_loss")
    together.write_text(table)
    text = lines(together, metrics=("loss",))
    assert "tanh at one rate for all, in validation accuracy: worse" in text
    assert "tanh flips sign in validation accuracy between 0.001" in text


def test_seeds_too_few_for_a_verdict_flip_nothing(tmp_path: Path) -> None:
    chosen = {"relu": [0.01] * 6, "tanh": [0.1] * 6}
    text = lines(results(tmp_path, chosen, selection_seeds=3))
    assert "no verdict from so few seeds at 0.001" in text
    assert "flips sign" not in text


def test_rates_that_each_seed_chose(tmp_path: Path) -> None:
    chosen = {"relu": [0.01] * 6, "tanh": [0.1, 0.1, 0.01, 0.1, 0.001, 0.1]}
    text = lines(results(tmp_path, chosen, spec="selection: each\n"))
    assert "relu 0.01; tanh 0.1 (4 of 6 seeds), 0.001 (1), 0.01 (1)." in text
    assert "the uncertainty of the choice is in the interval." in text
    assert "At the edge of the grid, 0.001: tanh (1 of 6 seeds)." in text
    assert "for example with 0.0001." in text


def test_programs_read_the_rates_in_a_column(together: Path) -> None:
    report = make_report([together], Question())
    assert "learning_rates" in report.columns
    assert {r["hidden"]: r["learning_rates"] for r in report.records} == {
        "relu": "0.01",
        "tanh": "0.1",
    }


def test_rates_chosen_in_each_split(tmp_path: Path) -> None:
    chosen = {"relu": [0.01] * 2, "tanh": [0.1] * 2}
    text = lines(results(tmp_path, chosen, splits=5))
    assert "relu 0.01; tanh 0.1." in text
    assert "the choice varies with the split, and that is in the interval." in text
    assert "at one rate for all" not in text


def test_a_diverged_trial_loses_its_seed(tmp_path: Path) -> None:
    path = results(tmp_path, {"relu": [0.01] * 6, "tanh": [0.1] * 6})
    table = tmp_path / "selection.csv"
    changed = [
        f"{line.rsplit(',ok,', 1)[0]},diverged,," if "tanh" in line and ",0.1,ok" in line else line
        for line in table.read_text().splitlines()
    ]
    table.write_text("\n".join(changed) + "\n")
    assert "at 0.1 (did not train)" in lines(path)


def test_no_rates_are_listed_without_the_table_of_the_choice(together: Path) -> None:
    (together.parent / "selection.csv").unlink()
    assert one(together).rates is None
    assert "earning rates chosen among" not in lines(together)


@pytest.mark.parametrize(
    ("edge", "neighbour", "beyond"),
    [(0.1, 0.03, 0.3), (0.01, 0.009, 0.011), (0.001, 0.0011, 0.00091), (0.0003, 0.001, 0.0001)],
)
def test_the_rate_to_add_lies_beyond_the_edge(edge: float, neighbour: float, beyond: float) -> None:
    assert rate_beyond(edge, neighbour) == beyond


def test_a_damaged_selection_is_refused(together: Path) -> None:
    table = together.parent / "selection.csv"
    table.write_text(table.read_text().replace(",0.1,ok", ",fast,ok"))
    with pytest.raises(
        ResultsError, match=r"learning_rate: expected a number, got the text 'fast'"
    ):
        read_trials(together)


def test_arms_of_two_results_have_the_uncertainty_of_the_choice_only_where_both_do(
    tmp_path: Path,
) -> None:
    folders = {"each": tmp_path / "a", "together": tmp_path / "b"}
    for folder in folders.values():
        folder.mkdir()
    first = results(folders["each"], {"relu": [0.01, 0.01, 0.1]}, spec="selection: each\n")
    second = results(folders["together"], {"tanh": [0.1] * 3})
    made = make_report([first, second], Question())
    words = "\n".join(remarks(made.blocks[0]))
    assert "the uncertainty of the choice is not in it" in words


def test_one_split_does_not_have_the_choice_in_its_interval(tmp_path: Path) -> None:
    path = results(tmp_path, {"relu": [0.01] * 3, "tanh": [0.1] * 3}, splits=4)
    words = lines(path, filters=("split=2",))
    assert "the uncertainty of the choice is not in it" in words
    assert "varies with the split" not in words


@pytest.mark.parametrize("without", ["selection.csv", "arms"])
def test_the_uncertainty_is_said_where_the_rates_are_not_listed(
    together: Path, without: str
) -> None:
    if without == "selection.csv":
        (together.parent / without).unlink()
    words = lines(together, by="hidden" if without == "arms" else "arm")
    assert "its uncertainty is not in the interval" in words
