"""A trial's own numbers, from the layers and epochs of its record."""

from dataclasses import replace
from typing import Any

import pytest

from actbench.results import Record
from actbench.results.trial_measures import inside, reach_epoch, reach_seconds

START = (
    {"epoch": 0, "layer": 1, "mean": 0.1, "sd": 0.5, "dead": 0.0, "gradient": 2.0, "largest": 3.0},
    {"epoch": 0, "layer": 2, "mean": 0.2, "sd": 0.4, "dead": 0.5, "gradient": 1.0, "largest": 2.0},
)
END = (
    {"epoch": 9, "layer": 1, "mean": 0.1, "sd": 0.6, "dead": 0.5, "gradient": 1.0, "largest": 7.0},
    {"epoch": 9, "layer": 2, "mean": 0.2, "sd": 0.9, "dead": 1.0, "gradient": 4.0, "largest": 8.0},
)
RECORD = Record("t", cell={}, seed=0, data="d", status="ok", diagnostics=START + END)


def test_the_numbers_are_those_of_the_last_measurement_and_of_the_first() -> None:
    names = ("dead", "gradient_ratio", "spread", "largest")
    assert [inside(RECORD, name) for name in names] == [0.75, 4.0, 0.9, 8.0]
    assert [inside(RECORD, f"{name}_at_start") for name in names] == [0.25, 0.5, 0.4, 3.0]
    assert inside(RECORD, "saturated") is None


@pytest.mark.parametrize("gradients", [(0.0, 1.0), (1.0, 0.0), (None, 1.0), (1e-300, 1e300)])
def test_a_gradient_that_is_0_or_not_finite_is_a_ratio_of_0(gradients: Any) -> None:
    layers = [
        {"epoch": 1, "layer": i, "mean": 0.0, **({"gradient": g} if g is not None else {})}
        for i, g in enumerate(gradients, start=1)
    ]
    assert inside(replace(RECORD, diagnostics=tuple(layers)), "gradient_ratio") == 0


def test_one_hidden_layer_has_no_ratio_and_no_measurement_no_number() -> None:
    assert inside(replace(RECORD, diagnostics=END[:1]), "gradient_ratio") is None
    assert inside(replace(RECORD, diagnostics=START), "dead") is None
    in_a_loop = ({"epoch": 1, "layer": 1},)
    assert inside(replace(RECORD, diagnostics=in_a_loop), "dead") is None


def test_a_goal_is_reached_in_the_first_epoch_as_good_on_validation_rows_if_there_are_any() -> None:
    epochs = tuple({"train_accuracy": x, "train_loss": 1 - x} for x in (0.8, 0.95, 0.9))
    record = replace(RECORD, history=epochs, epoch_seconds=(1.0, 2.5, 4.0))
    assert reach_epoch(record, ("accuracy", 0.95)) == 2
    assert reach_seconds(record, ("accuracy", 0.9)) == 2.5
    assert reach_epoch(record, ("loss", 0.2)) == 1
    assert reach_epoch(record, ("accuracy", 0.96)) is None
    assert reach_seconds(record, ("accuracy", 0.96)) is None
    validated = replace(record, history=tuple({**e, "val_accuracy": 0.5} for e in epochs))
    assert reach_epoch(validated, ("accuracy", 0.8)) is None
