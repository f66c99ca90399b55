"""The notes of trained trials, and that no trained model is better than its floor."""

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from actbench import data
from actbench.data.dataset_info import NumberedSplit
from actbench.experiment.bounds import Bounds, bounds, note_of
from actbench.results import Record
from actbench.results.columns import AT_CHANCE, AT_FLOOR, DEAD_OUTPUT
from actbench.spec import Cell, blocks, load
from tests.conftest import REPOSITORY
from tests.experiment.test_floors import cell, targets

REFERENCE = sorted((REPOSITORY / "results" / "reference").glob("*/trials.csv"))
ROUNDING = 1e-6  # Keras adds up in float32


def record(status: str = "ok", **metrics: float) -> Record:
    return Record("t", {}, 0, "d", status, metrics={f"test_{k}": v for k, v in metrics.items()})


def on_boston(output: str) -> Bounds:
    return bounds(cell("boston_housing", output), targets("boston_housing").test)


def float32_metrics(output: float) -> dict[str, float]:
    """MAE and MSE of a constant output as a float32 sum gives them."""
    y = targets("boston_housing").test
    error = y - np.float32(output)
    return {"mae": float(np.abs(error).mean()), "loss": float((error**2).mean())}


def test_a_relu_that_died_is_told_from_its_metrics() -> None:
    dead = float32_metrics(0)
    assert f"{dead['mae']:.5f}" == "23.07843"
    assert note_of(record(**dead), on_boston("relu")) == DEAD_OUTPUT
    assert note_of(record(**dead), on_boston("softplus")) == DEAD_OUTPUT
    assert note_of(record(**dead), on_boston("linear")) == ""
    for change in ({"mae": dead["mae"] + 1e-3}, {"loss": dead["loss"] - 1e-2}):
        assert note_of(record(**{**dead, **change}), on_boston("relu")) == ""


def test_at_the_floor_is_not_called_dead() -> None:
    best = float32_metrics(1)
    assert note_of(record(**best), on_boston("sigmoid")) == AT_FLOOR
    worst = float32_metrics(0)
    assert note_of(record(**worst), on_boston("sigmoid")) == DEAD_OUTPUT
    near = {name: value * (1 + 2e-4) for name, value in best.items()}
    assert note_of(record(**near), on_boston("sigmoid")) == ""


def test_chance_is_three_standard_errors_above_the_majority() -> None:
    ten = Bounds({}, (), 0.1, 10_000)
    assert note_of(record(accuracy=0.1089), ten) == AT_CHANCE
    assert note_of(record(accuracy=0.1091), ten) == ""
    assert note_of(record(loss=2.3), ten) == ""


@pytest.mark.parametrize(("majority", "rows"), [(0.95, 20), (0.9, 10), (1.0, 30)])
def test_where_even_perfection_would_pass_for_chance_nothing_is_noted(
    majority: float, rows: int
) -> None:
    for accuracy in (majority, 1.0, 0.0):
        assert note_of(record(accuracy=accuracy), Bounds({}, (), majority, rows)) == ""


@pytest.mark.parametrize("status", ["diverged", "error"])
def test_a_trial_that_failed_has_no_note(status: str) -> None:
    assert note_of(record(status, **float32_metrics(0)), on_boston("relu")) == ""


def test_a_binary_output_stuck_at_zero() -> None:
    test = targets("breast_cancer").test
    known = bounds(cell("breast_cancer", "relu", loss="mse"), test)
    share = float(np.float32(test.mean()))
    accuracy = 1 - share
    stuck = record(loss=share, accuracy=accuracy)
    assert note_of(stuck, known).startswith(DEAD_OUTPUT)


def names(cell: Cell) -> tuple[str, ...]:
    """The names by which a table has the cell."""
    arm = cell.arm
    return cell.dataset.label, cell.architecture.name, arm.hidden.label, arm.output.label


@pytest.mark.parametrize("path", REFERENCE, ids=lambda path: path.parent.name)
def test_no_trained_model_is_better_than_its_floor(path: Path, shared_datasets: Path) -> None:
    experiment = load(str(path.with_name("spec.yaml")))
    cells = {names(cell): cell for block in blocks(experiment) for cell in block.cells}
    infos = {cell.dataset.info for cell in cells.values()}
    outlines = {info: data.outline(info, shared_datasets) for info in infos}

    @cache
    def bounds_of(cell: Cell, number: str) -> Bounds:
        split = NumberedSplit(experiment.splits, int(number)) if number else None
        request = replace(cell.dataset.request, split=split)
        return bounds(cell, outlines[cell.dataset.info].targets(request).test)

    with path.open(encoding="utf-8", newline="") as file:
        trials = list(csv.DictReader(file))
    assert trials
    for trial in trials:
        of_trial = cells[trial["dataset"], trial["architecture"], trial["hidden"], trial["output"]]
        of_arm = bounds_of(of_trial, trial.get("split", ""))
        metrics = {k[5:]: float(v) for k, v in trial.items() if k.startswith("test_") and v}
        for metric in metrics.keys() & of_arm.floors.keys():
            assert metrics[metric] >= of_arm.floors[metric] * (1 - ROUNDING), (trial, metric)
        at_floor = trial["output"] in ("sigmoid", "tanh")
        if at_floor and trial["dataset"] == "boston_housing":
            assert note_of(record(**metrics), of_arm) == AT_FLOOR
        if "note" in trial:
            assert trial["note"] == note_of(record(**metrics), of_arm)
