"""Floors by exact arithmetic: fractions over the real targets, row by row."""

from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actbench import data
from actbench.activations.info import Range
from actbench.data import CATALOGUE, DatasetRequest, Targets
from actbench.experiment.bounds import ERRORS, bounds, floor, floors, raised_floor, tally
from actbench.spec import Cell, blocks
from actbench.spec.experiment import Experiment


def cell(dataset: Any, output: Any, **options: Any) -> Cell:
    spec = {"name": "t", "dataset": dataset, "architecture": {"type": "mlp", "units": [4]}}
    chosen = {"activations": {"hidden": "tanh", "output": output}}
    return blocks(Experiment.model_validate(spec | chosen | options))[0].cells[0]


def targets(dataset: str, folder: Path | None = None) -> Targets:
    info = CATALOGUE[dataset]
    return data.outline(info, folder).targets(DatasetRequest(info))


def exactly(targets: np.ndarray, low: float, high: float) -> tuple[Fraction, Fraction]:
    """MAE and MSE of the nearest outputs in reach, without rounding."""
    misses = []
    for y in targets.tolist():
        nearest = min(max(Fraction(y), Fraction(low)), Fraction(high))
        misses.append(abs(Fraction(y) - nearest))
    return sum(misses, Fraction()) / len(misses), sum(m * m for m in misses) / len(misses)


@pytest.mark.parametrize(
    ("output", "low", "high"),
    [("sigmoid", 0, 1), ("tanh", -1, 1), ("relu6", 0, 6), ("log_sigmoid", -1000, 0)],
)
@pytest.mark.parametrize("part", ["train", "test"])
def test_floors_on_boston(
    output: str, low: float, high: float, part: str, shared_datasets: Path
) -> None:
    dataset = data.load(DatasetRequest(CATALOGUE["boston_housing"]), shared_datasets)
    y = getattr(dataset, part).y
    mae, mse = exactly(y, low, high)
    found = floors(cell("boston_housing", output), y)
    assert found["mae"] == pytest.approx(float(mae), rel=1e-15)
    assert found["mse"] == found["loss"] == pytest.approx(float(mse), rel=1e-14)


def test_the_known_floor_of_boston(shared_datasets: Path) -> None:
    test = targets("boston_housing", shared_datasets).test
    for output in ("sigmoid", "tanh", "hard_sigmoid", "softsign", "sparse_sigmoid", "hard_tanh"):
        assert f"{floors(cell('boston_housing', output), test)['mae']:.6f}" == "22.078431"
    for output in ("relu", "softplus", "linear", "exponential", "elu"):
        assert floors(cell("boston_housing", output), test) == {}
    (zero,) = bounds(cell("boston_housing", "relu"), test).constants
    assert f"{zero['mae']:.6f}" == "23.078431"


@pytest.mark.parametrize("dataset", ["reuters", "mnist"])
def test_floors_of_one_hot_targets(dataset: str, shared_datasets: Path) -> None:
    parts = targets(dataset, shared_datasets)
    classes = CATALOGUE[dataset].classes
    half = {"name": "relu", "max_value": 0.5}
    for output, high in ((half, Fraction(1, 2)), ("log_sigmoid", Fraction(0))):
        for y in (parts.train, parts.test):
            numbers = len(y) * classes
            ones = sum(int(label == c) for label in y.tolist() for c in range(classes))
            mae, mse = (1 - high) * ones / numbers, (1 - high) ** 2 * ones / numbers
            found = floors(cell(dataset, output, loss="mse", metrics=["mae"]), y)
            assert found["mae"] == pytest.approx(float(mae), rel=1e-15)
            assert found["loss"] == pytest.approx(float(mse), rel=1e-15)
    for output in ("softmax", "sigmoid", "relu", "tanh"):
        assert floors(cell(dataset, output, loss="mse", metrics=["mae"]), parts.test) == {}


@pytest.mark.parametrize(
    ("dataset", "most", "rows"), [("reuters", 813, 2246), ("mnist", 1135, 10_000)]
)
def test_the_majority_share(dataset: str, most: int, rows: int, shared_datasets: Path) -> None:
    test = targets(dataset, shared_datasets).test
    assert Counter(test.tolist()).most_common(1)[0][1] == most
    found = bounds(cell(dataset, "softmax"), test)
    assert (found.majority, found.rows) == (most / rows, rows)


def test_hinges_cannot_be_met_by_outputs_that_are_never_negative() -> None:
    test = targets("breast_cancer").test
    negatives = Fraction(sum(y == 0 for y in test.tolist()), len(test))
    for loss in ("hinge", "squared_hinge"):
        found = floors(cell("breast_cancer", "sigmoid", loss=loss), test)
        assert found == {"loss": pytest.approx(float(negatives), rel=1e-15)}
        assert floors(cell("breast_cancer", "tanh", loss=loss), test) == {}


def test_a_loss_of_the_logits_has_no_floor() -> None:
    test = targets("breast_cancer").test
    softmax = cell("breast_cancer", "softmax")
    assert floors(softmax, test) == {}
    positives = Fraction(int(test.sum()), len(test))
    outputs = floors(cell("breast_cancer", "softmax", loss_on="outputs"), test)
    assert outputs["loss"] == pytest.approx(float(1 - positives) * 15.942385, rel=1e-6)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("ends", ["[0, 1]", "[-1, 1]", "[0, inf)", "[-0.3, 0.4]", "(-inf, 0]"])
def test_no_output_in_reach_is_better_than_the_clipped_target(error: str, ends: str) -> None:
    reach = Range.of(ends)
    values = np.array([-1.0, 1.0]) if "hinge" in error else np.array([0.0, 0.25, 1.0])
    values = np.array([0.0, 1.0]) if error == "binary_crossentropy" else values
    values = values[values != 0] if error == "mape" else values  # it divides by the target
    outputs = np.linspace(max(reach.low, -8), min(reach.high, 8), 4001)
    for value in values:
        least = floor(error, tally(np.array([value])), reach)
        errors = ERRORS[error](np.full_like(outputs, value), outputs)
        assert errors.min() >= least - 1e-12
        assert errors.min() == pytest.approx(least, abs=2e-2)


@pytest.mark.parametrize(
    ("error", "target", "output"),
    [
        ("mape", 0.0, 0.5),
        ("mape", 2.0, 0.5),
        ("msle", 0.0, 0.5),
        ("msle", 0.5, -2.0),
        ("binary_crossentropy", 0.0, 1.0),
        ("binary_crossentropy", 1.0, 0.0),
    ],
)
def test_near_zero_errors_are_bounded_as_keras_bounds_them(
    error: str, target: float, output: float
) -> None:
    """Keras keeps divisors and logarithms 1e-7 away from zero."""
    import keras

    loss = keras.losses.get(error)(np.float32([target]), np.float32([output]))
    only = Range(output, output)
    assert floor(error, tally(np.array([target])), only) == pytest.approx(float(loss), rel=1e-5)


def test_a_floor_that_bounds_do_not_raise_is_none() -> None:
    counted = tally(np.array([0.5, 0.7]))
    assert raised_floor("mae", counted, Range.of("[0, 1]")) is None
    assert raised_floor("mae", counted, Range.of("[0, 0.6]")) == pytest.approx(0.05)


def test_a_layer_behind_the_output_leaves_its_range_unknown() -> None:
    test = targets("boston_housing").test
    last = {"Dense": {"units": 1, "activation": "$output"}}
    for layers, known in (([last], True), ([last, {"Rescaling": {"scale": 50}}], False)):
        architecture = {"type": "layers", "layers": layers}
        found = floors(cell("boston_housing", "sigmoid", architecture=architecture), test)
        assert bool(found) is known


def test_the_floor_of_scaled_targets_is_in_their_own_unit() -> None:
    info = CATALOGUE["boston_housing"]
    scaled = data.outline(info).targets(DatasetRequest(info, target_scale="standard"))
    centre, spread = (float(f(scaled.train.astype(np.float64))) for f in (np.mean, np.std))
    mae, mse = exactly(scaled.test, centre - spread, centre + spread)
    dataset = {"name": "boston_housing", "target_scale": "standard"}
    found = floors(cell(dataset, "tanh"), scaled.test, scaled.unit)
    assert found == {"mae": pytest.approx(float(mae)), "mse": pytest.approx(float(mse))}
    ends = [
        limits["mae"]
        for limits in bounds(cell(dataset, "tanh"), scaled.test, scaled.unit).constants
    ]
    assert ends[1] == pytest.approx(np.abs(scaled.test - (centre + spread)).mean())
