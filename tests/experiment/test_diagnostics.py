"""Diagnostics from the spec to the tables and their comparison, with real training."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from actbench.errors import SpecError
from actbench.experiment import Progress, make_plan, run
from actbench.reporting.question import Question
from actbench.reporting.remarks import remarks, scope_in_words
from actbench.reporting.report import make_report
from actbench.reporting.sentences import paragraph
from actbench.spec import Experiment
from actbench.spec.spec_files import validate
from actbench.spec.yaml_document import parse

SPEC: dict[str, Any] = {
    "name": "inside",
    "dataset": "mnist_5k",
    "architecture": {"type": "mlp", "units": [16, 12]},
    "activations": {"hidden": ["relu", "sigmoid"]},
    "epochs": 2,
    "batch_size": 32,
    "seeds": 8,
    "diagnostics": True,
    "reach": {"accuracy": 0.7},
    "expect": [
        {"worse": {"hidden": "relu"}, "than": {"hidden": "sigmoid"}, "metric": "saturated"},
        {
            "worse": {"hidden": "sigmoid"},
            "than": {"hidden": "relu"},
            "metric": "gradient_ratio_at_start",
            "by": 0.5,
        },
    ],
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("results")
    run(Experiment.model_validate(SPEC), out, Progress())
    yield out


def test_the_tables_hold_every_layer_and_the_trials_own_numbers(trained: Path) -> None:
    layers = pd.read_csv(trained / "inside" / "diagnostics.csv")
    assert len(layers) == 2 * 8 * 2 * 2  # arms, seeds, times, layers
    assert layers["note"].isna().all()
    trials = pd.read_csv(trained / "inside" / "trials.csv")
    at_end = layers[layers["epoch"] == 2].groupby(["hidden", "seed"], sort=False)
    gradients = at_end["gradient"]
    own = trials.set_index(["hidden", "seed"])
    pd.testing.assert_series_equal(
        own["gradient_ratio"], (gradients.last() / gradients.first()), check_names=False
    )
    pd.testing.assert_series_equal(own["dead"], at_end["dead"].mean(), check_names=False)
    assert (trials["predict_seconds"] > 0).all()
    relu = own.loc["relu"]
    assert (relu["reach_epoch"] == 2).all()
    assert (relu["reach_seconds"] <= relu["train_seconds"]).all()
    assert own.loc["sigmoid"]["reach_epoch"].isna().all()


def test_they_are_compared_as_any_metric(trained: Path) -> None:
    path = trained / "inside" / "trials.csv"
    report = make_report([path], Question(metrics=("gradient_ratio_at_start",)))
    (block,) = report.blocks
    assert block.measured == "|ln gradient_ratio_at_start|"
    assert [row.label for row in block.rows] == ["relu", "sigmoid"]
    assert block.rows[1].verdict == "worse"
    assert [e.finding.status for e in report.expectations] == ["supported", "supported"]


def test_a_goal_that_was_never_reached_is_a_failure(trained: Path) -> None:
    report = make_report([trained / "inside" / "trials.csv"], Question(metrics=("reach_epoch",)))
    assert any("never reached the spec's goal" in line for line in remarks(report.blocks[0]))
    words = paragraph(report.blocks[0])
    assert words.startswith("Only relu reached the goal, in reach_epoch on ")
    assert "Never reached the goal: sigmoid on 8 of 8 seeds" in words
    assert "Diverged" not in words
    relu, sigmoid = report.blocks[0].rows
    assert (relu.ok, sigmoid.ok, sigmoid.diverged, sigmoid.missing) == (8, 0, 8, 0)
    assert sigmoid.pair is not None
    assert sigmoid.pair.p == pytest.approx(2**-7)


@pytest.mark.parametrize(
    ("metric", "scope"),
    [
        ("reach_epoch", "these 8 seeds"),
        ("predict_seconds", "these 8 seeds"),
        ("gradient_ratio", "these 8 seeds, on these very training rows"),
        ("accuracy", "these 8 seeds, on these very test rows"),
    ],
)
def test_a_time_is_no_score_of_any_rows(trained: Path, metric: str, scope: str) -> None:
    (block,) = make_report([trained / "inside" / "trials.csv"], Question(metrics=(metric,))).blocks
    assert scope_in_words(block).partition(";")[0] == scope


@pytest.mark.slow
def test_trials_that_were_not_measured_are_trained_again_when_they_are_asked_for(
    trained: Path, tmp_path: Path
) -> None:
    """With the same numbers; and what was measured stays done without the key."""
    with_them = Experiment.model_validate(SPEC)
    without = Experiment.model_validate({**SPEC, "diagnostics": False, "expect": ()})
    assert not make_plan(with_them, trained).todo
    assert not make_plan(without, trained).todo
    short = {"seeds": 1, "expect": ()}
    run(without.model_copy(update=short | {"seeds": (0,)}), tmp_path, Progress())
    assert not (tmp_path / "inside" / "diagnostics.csv").exists()
    again = with_them.model_copy(update=short | {"seeds": (0,)})
    assert len(make_plan(again, tmp_path).todo) == make_plan(again, tmp_path).unmeasured == 2
    assert not make_plan(again, tmp_path).changed_keys
    scores = pd.read_csv(tmp_path / "inside" / "trials.csv")["test_loss"]
    run(again, tmp_path, Progress())
    assert (pd.read_csv(tmp_path / "inside" / "trials.csv")["test_loss"] == scores).all()


def test_an_expectation_needs_what_it_is_about() -> None:
    text = """
name: t
dataset: boston_housing
architecture: {type: mlp, units: [4]}
activations: {hidden: [relu, tanh]}
reach: {accuracy: 0.9}
expect:
  - {worse: {hidden: relu}, than: {hidden: tanh}, metric: dead}
  - {worse: {hidden: relu}, than: {hidden: tanh}, metric: predict_seconds}
"""
    with pytest.raises(SpecError) as refused:
        validate(parse(text, "t.yaml"))
    words = str(refused.value)
    assert "dead is measured with `diagnostics: true` only" in words
    assert "predict_seconds is measured with `diagnostics: true` only" in words
    assert "expected a metric of this experiment" in words
