"""The scripts give the numbers of the trials, in an environment without actbench.

Each case trains a small experiment, writes the script of one trial, and runs it where Keras,
TensorFlow, pandas and scikit-learn are all there is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from actbench.experiment import InProcess, Progress, run
from actbench.reproduction import find_trial, script_of
from actbench.spec.spec_files import experiment_of
from tests.reproduction.conftest import Numbers

pytestmark = pytest.mark.slow

BOSTON = Path(__file__).parents[2] / "results" / "reference" / "boston_output" / "trials.csv"
OWN_NET = """
import keras


def build(input_shape, outputs, hidden, output, kernel_initializer, dropout_layer, width=8):
    inputs = keras.Input(input_shape)
    first = hidden()(keras.layers.Dense(width, kernel_initializer=kernel_initializer)(inputs))
    second = dropout_layer()(hidden()(keras.layers.Dense(width)(first)))
    joined = keras.layers.Add()([first, second])
    return keras.Model(inputs, output()(keras.layers.Dense(outputs)(joined)))
"""


@dataclass(frozen=True)
class Case:
    """A spec's keys, the arm whose trial is repeated, and the data file that the script gets."""

    dataset: Any
    architecture: dict[str, Any]
    hidden: Any
    arm: str
    data: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    split: int | None = None


def mlp(*units: int, **options: Any) -> dict[str, Any]:
    return {"type": "mlp", "units": list(units), **options}


FORMULA = {
    "formula": "x * sigmoid(1.5*x) - 0.1*x**2 / (1 + x**2) + clip(x, -1, pi/3)",
    "label": "f",
}
SELU = {"name": "selu", "companions": True, "dropout": 0.2, "label": "s"}
HOUSES = {
    "file": "houses.csv",
    "target": "price",
    "drop": ["id", "sold", "day"],
    "types": {"zip": "category"},
}
CASES = {
    "reuters": Case("reuters", mlp(64, 64), "relu", "relu", "reuters.npz", {"batch_size": 512}),
    "mnist": Case(
        {"name": "mnist", "train_limit": 6000},
        mlp(64),
        "gelu",
        "gelu",
        "mnist.npz",
        {"batch_size": 128, "epochs": 1},
    ),
    "convnet": Case(
        {"name": "mnist", "train_limit": 1000},
        {"type": "cnn", "filters": [8, 8], "units": [8]},
        "prelu",
        "prelu",
        "mnist.npz",
        {"batch_size": 64},
    ),
    "dropout": Case(
        {"name": "digits", "validation": 0.1},
        mlp(16, 8, dropout=0.3, batch_norm="before"),
        "relu",
        "relu",
        more={"metrics": ["accuracy", "balanced_accuracy"], "early_stopping": {"patience": 1}},
    ),
    "formula": Case("digits", mlp(8), FORMULA, "f/sigmoid", more={"loss_on": "outputs"}),
    "arm_keys": Case("digits", mlp(8, 8), SELU, "s", more={"metrics": ["mae", "top_5_accuracy"]}),
    "split": Case(
        {"name": "boston_housing", "target_scale": "standard", "validation": 40},
        mlp(8),
        "tanh",
        "tanh",
        "boston_housing.npz",
        {"splits": 3},
        split=2,
    ),
    "chosen_rate": Case(
        {"name": "wine", "validation": 0.2},
        mlp(8),
        "tanh",
        "tanh",
        more={
            "splits": {"folds": 4, "repeats": 2},
            "learning_rates": [0.001, 0.01],
            "selection_seeds": 1,
        },
        split=5,
    ),
    "csv_groups": Case(
        HOUSES | {"test": {"group": "customer", "fraction": 0.25}, "validation": 0.2},
        mlp(8),
        "relu",
        "relu",
    ),
    "csv_times": Case(
        {
            "file": "houses.csv",
            "target": "sold",
            "drop": ["id", "price"],
            "test": {"last": 0.2, "by": "day"},
            "positive": "no",
            "scale": "minmax",
            "missing_target": "drop",
        },
        mlp(8),
        "relu",
        "relu",
        more={"splits": 2, "loss": "hinge", "metrics": ["accuracy", "auc"]},
        split=1,
    ),
    "builder": Case(
        {"file": "houses.csv", "target": "sold", "drop": ["id", "day"], "missing_target": "drop"},
        {"type": "builder", "build": "own_net:build", "arguments": {"width": 6}},
        {"name": "silu", "dropout": 0.2, "kernel_initializer": "he_uniform", "label": "silu"},
        "silu",
    ),
    "layers": Case(
        {"file": "arrays.npz", "task": "multiclass"},
        {
            "type": "layers",
            "layers": [
                {"Reshape": {"target_shape": [6, 1]}},
                {"Bidirectional": {"layer": {"LSTM": {"units": 4, "dropout": 0.1}}}},
                {"GaussianNoise": {"stddev": 0.1}},
                {"Dense": {"units": 8, "activation": "$hidden", "kernel_regularizer": "l2"}},
                {"Dense": {"units": 3}},
                "$output",
            ],
        },
        "mish",
        "mish",
    ),
    "embedding": Case(
        {"name": "reuters", "encoding": "sequence", "maxlen": 40, "num_words": 1000},
        {"type": "embedding", "dim": 8, "units": [8]},
        "relu",
        "relu",
        "reuters.npz",
        {"batch_size": 512},
    ),
}


def write_own_files(folder: Path) -> None:
    random = np.random.default_rng(0)
    rooms, cities = random.integers(1, 9, 300), ["Ulm", "Köln", "Bonn"]
    houses = pd.DataFrame(
        {
            "rooms": rooms,
            "area": random.normal(80, 20, 300).round(2),
            "city": random.choice(cities, 300, p=[0.6, 0.395, 0.005]),  # the last one is rare
            "zip": random.choice([7, 12, 101], 300),  # in this order, not as texts
            "customer": random.integers(0, 40, 300),
            "day": pd.date_range("2020-01-01", periods=300).strftime("%Y-%m-%d"),
            "id": range(300),
            "price": (rooms * 20 + random.normal(0, 5, 300)).round(3),
        }
    )
    houses["sold"] = np.where(houses["price"] > 90, "yes", "no")
    houses.loc[::17, "area"], houses.loc[::23, "city"] = np.nan, None
    houses.loc[5, "sold"] = "?"
    houses.to_csv(folder / "houses.csv", index=False)
    np.savez(folder / "arrays.npz", x=random.normal(size=(200, 6)), y=random.integers(0, 3, 200))
    (folder / "own_net.py").write_text(OWN_NET)


@pytest.fixture(scope="module")
def numbers(
    tmp_path_factory: pytest.TempPathFactory,
    shared_datasets: Path,
    run_scripts: Callable[..., Numbers],
) -> Numbers:
    """What each case recorded and what its script got, by metric."""
    folder = tmp_path_factory.mktemp("trials")
    write_own_files(folder)
    scripts = {"boston": (BOSTON, "relu/linear", None, "boston_housing.npz")}
    for name, case in CASES.items():
        spec = {
            "name": name,
            "dataset": case.dataset,
            "architecture": case.architecture,
            "activations": {"hidden": case.hidden},
            "epochs": 2,
            "seeds": [3],
        }
        if case.arm.endswith("/sigmoid"):
            spec["activations"]["output"] = ["softmax", "sigmoid"]
        if "file" in case.dataset:
            spec["dataset"] = case.dataset | {"file": str(folder / case.dataset["file"])}
        if case.architecture["type"] == "builder":
            spec["architecture"] = case.architecture | {"folder": str(folder)}
        experiment = experiment_of(spec | case.more, {})
        executor = InProcess(shared_datasets)
        run(experiment, folder, Progress(), executor=executor, data_dir=shared_datasets)
        scripts[name] = (folder / name / "trials.csv", case.arm, case.split, case.data)
    commands = []
    for name, (table, arm, split, data) in scripts.items():
        script = folder / f"{name}.py"
        script.write_text(script_of(find_trial(table, arm, 3, split=split), script))
        commands.append(f"{name}.py --data {shared_datasets / data}" if data else f"{name}.py")
        assert not re.search("actbench", script.read_text(), re.IGNORECASE)
        assert script.read_text().count("\n") < 220
    # Determinism cannot be switched off again, and Keras leaves out XLA where it is on before
    # `compile`: a script that turns it on gets an interpreter of its own.
    alone = [c for c in commands if c.startswith(("builder", "layers", "embedding"))]
    numbers = run_scripts(folder, *(command for command in commands if command not in alone))
    for command in alone:
        numbers |= run_scripts(folder, command)
    return numbers


@pytest.mark.parametrize("case", ["boston.py", *(f"{name}.py" for name in CASES)])
def test_a_script_gives_the_numbers_of_its_trial(numbers: Numbers, case: str) -> None:
    recorded = {name: value for name, (value, _) in numbers[case].items()}
    here = {name: value for name, (_, value) in numbers[case].items()}
    assert {"train_loss", "test_loss"} <= recorded.keys()
    assert here == pytest.approx(recorded, rel=1e-5, abs=0)
