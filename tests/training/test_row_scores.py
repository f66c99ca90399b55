"""The scores of single test rows agree with Keras's metrics, with NumPy, and between engines."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from actbench.data.dataset import Dataset, Rows
from actbench.spec import Cell
from actbench.training import objective, open_trainer
from actbench.training.compiled_engine import CompiledTrainer
from actbench.training.row_scores import MOST_ROWS, RowScores, kept_positions

REGRESSION_LOSSES = ("mse", "msle", "poisson")
BINARY_LOSSES = ("binary_crossentropy", "hinge")
SEVERAL_LOSSES = (
    "sparse_categorical_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
)
NO_MEANS = {"rmse", "r2", "auc", "balanced_accuracy", "precision", "recall"}
CASES = [
    *(("regression", loss, ["mae", "mse", "mape", "rmse", "r2"]) for loss in REGRESSION_LOSSES),
    *(("binary", loss, ["accuracy", "auc", "balanced_accuracy"]) for loss in BINARY_LOSSES),
    *(("multiclass", loss, ["accuracy", "mae", "balanced_accuracy"]) for loss in SEVERAL_LOSSES),
]
CHOSEN = {
    "regression": {"output": "softplus"},
    "binary": {"dataset": "breast_cancer", "output": "sigmoid"},
    "multiclass": {"dataset": "wine", "output": "softmax"},
}


@pytest.mark.slow
@pytest.mark.parametrize(("task", "loss", "metrics"), CASES)
def test_the_mean_over_the_rows_is_the_test_metric(
    request: pytest.FixtureRequest,
    cell: Callable[..., Cell],
    task: str,
    loss: str,
    metrics: list[str],
) -> None:
    data = request.getfixturevalue(task)
    options = CHOSEN[task] | {"loss": loss, "metrics": metrics, "epochs": 1}
    check_means(cell(**options), data, {"loss", *metrics} - NO_MEANS)


@pytest.mark.parametrize("loss_on", ["keras", "outputs"])
@pytest.mark.parametrize(("task", "engine"), [("binary", "keras"), ("multiclass", "compiled")])
def test_the_rows_have_the_loss_that_keras_computes_of_a_saturated_output(
    request: pytest.FixtureRequest,
    cell: Callable[..., Cell],
    task: str,
    engine: str,
    loss_on: str,
) -> None:
    """Far from its target, a loss of logits and a loss of outputs are not the same number."""
    data = request.getfixturevalue(task)
    test = replace(data.test, x=1e5 * data.test.x)
    options = CHOSEN[task] | {"loss_on": loss_on, "hidden": "relu", "epochs": 1}
    rows = check_means(cell(**options), replace(data, test=test), {"loss", "accuracy"}, engine)
    assert (rows["loss"].max() > 17) == (loss_on == "keras")


def test_the_rows_carry_the_penalty_of_the_weights(
    cell: Callable[..., Cell], multiclass: Dataset
) -> None:
    penalised = {
        "type": "layers",
        "layers": [
            {"Dense": {"units": 6, "activation": "$hidden", "kernel_regularizer": "l2"}},
            {"Dense": {"units": 5, "activation": "$output"}},
        ],
    }
    chosen = CHOSEN["multiclass"] | {"epochs": 1}
    check_means(cell(penalised, **chosen), multiclass, {"loss", "accuracy"})


def check_means(
    cell: Cell, data: Dataset, names: set[str], engine: str = "compiled"
) -> dict[str, Any]:
    trainer = open_trainer(cell, data, engine)
    history = trainer.train(0)
    trainer.close()
    assert {*history.test_rows} == names
    for name, rows in history.test_rows.items():
        assert rows.shape == (len(data.test),)
        assert rows.dtype == np.float32
        assert np.mean(rows, dtype=float) == pytest.approx(history.metrics[f"test_{name}"], 1e-5)
    return dict(history.test_rows)


def test_each_row_has_its_own_error(cell: Callable[..., Cell], regression: Dataset) -> None:
    trainer = CompiledTrainer(cell(metrics=["mae"]), regression)
    rows = trainer.train(3).test_rows
    outputs = trainer._model.predict(regression.test.x, verbose=0)[:, 0]
    trainer.close()
    errors = regression.test.y - outputs
    assert rows["mae"] == pytest.approx(np.abs(errors), abs=1e-5)
    assert rows["loss"] == pytest.approx(errors**2, abs=1e-4)


@pytest.mark.slow
def test_both_engines_give_the_same_rows_whatever_the_size_of_the_last_batch(
    cell: Callable[..., Cell], multiclass: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from actbench.training import compiled_engine, keras_engine

    chosen = cell(**CHOSEN["multiclass"])
    by_size = []
    for size in (7, 15):
        monkeypatch.setattr(compiled_engine, "EVALUATION_ROWS", size)
        monkeypatch.setattr(keras_engine, "EVALUATION_ROWS", size)
        for engine in ("compiled", "keras"):
            trainer = open_trainer(chosen, multiclass, engine)
            by_size.append(trainer.train(0).test_rows)
            trainer.close()
    for rows in by_size[1:]:
        assert rows["accuracy"].tolist() == by_size[0]["accuracy"].tolist()
        assert rows["loss"] == pytest.approx(by_size[0]["loss"], abs=1e-5)


def test_a_run_that_diverged_has_no_rows(cell: Callable[..., Cell], regression: Dataset) -> None:
    wild = cell(optimizer={"name": "sgd", "learning_rate": 1e30}, hidden="relu")
    trainer = open_trainer(wild, regression, "compiled")
    history = trainer.train(0)
    trainer.close()
    assert (history.status, history.test_rows) == ("diverged", {})


def test_of_many_rows_a_sample_is_kept_that_depends_on_their_number_alone(
    cell: Callable[..., Cell], regression: Dataset
) -> None:
    count = MOST_ROWS + 500
    x = np.random.default_rng(0).normal(size=(count, 5)).astype(np.float32)
    data = replace(regression, test=Rows(x, x[:, 0]))
    trainer = CompiledTrainer(cell(epochs=1, metrics=["mae"]), data)
    rows = [trainer.train(seed).test_rows["mae"] for seed in (0, 1)]
    outputs = trainer._model.predict(x, verbose=0)[:, 0]
    trainer.close()
    positions = kept_positions(count)
    assert len(np.unique(positions)) == len(rows[0]) == len(rows[1]) == MOST_ROWS
    assert rows[1] == pytest.approx(np.abs(data.test.y - outputs)[positions], abs=1e-5)


@pytest.mark.parametrize("name", sorted(NO_MEANS))
def test_a_metric_that_is_no_mean_over_rows_has_no_scores_of_rows(name: str) -> None:
    task = "regression" if name in ("rmse", "r2") else "binary"
    loss = "mse" if task == "regression" else "binary_crossentropy"
    assert objective.row_metric(name, task, loss) is None
    assert isinstance(objective.metric(name, task, loss), keras.metrics.Metric)


class OwnLoss(keras.Model):  # type: ignore[misc]
    def compute_loss(self, *args: Any, **options: Any) -> Any:
        return 2 * super().compute_loss(*args, **options)


class OwnStep(keras.Model):  # type: ignore[misc]
    def test_step(self, data: Any) -> Any:
        return {"loss": keras.ops.mean(self(data[0]))}


@pytest.mark.parametrize(
    ("kind", "names"), [(keras.Model, ("loss", "mae")), (OwnLoss, ("mae",)), (OwnStep, ())]
)
def test_a_model_that_tests_in_its_own_way_has_rows_of_what_keras_computes(
    cell: Callable[..., Cell], regression: Dataset, kind: Any, names: tuple[str, ...]
) -> None:
    inputs = keras.Input((5,))
    model = kind(inputs, keras.layers.Dense(1)(inputs))
    model.compile(loss="mse", metrics=["mae"])
    scores = RowScores(cell(metrics=["mae"]), model, regression)
    batch = (np.ones((3, 5), np.float32), np.zeros((3, 1), np.float32))
    assert scores.names == names
    by_name = scores.test_step(batch)
    assert {name: tuple(values.shape) for name, values in by_name.items()} == dict.fromkeys(
        names, (3,)
    )
