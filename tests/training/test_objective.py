"""Every loss and metric a spec may name: right for its targets, checked with NumPy."""

import math
from dataclasses import replace

import keras
import numpy as np
import pytest

from actbench.spec.keras_names import LOSSES, METRICS
from actbench.training.objective import loss, metric, targets

PAIRS = [(task, name) for task, names in LOSSES.items() for name in names]
SETS = {"regression": "boston_housing", "binary": "breast_cancer", "multiclass": "wine"}
OUTPUT = {"regression": "softplus", "binary": "sigmoid", "multiclass": "softmax"}


@pytest.mark.parametrize(("task", "name"), PAIRS)
def test_every_loss_trains_in_a_compiled_epoch(request, cell, opened, task, name) -> None:
    """One program, which refuses more than single steps do; all metrics with a task's first loss.

    Two epochs of a single step: their losses are those before and after it.
    """
    metrics = list(METRICS[task]) if name == LOSSES[task][0] else []
    options = {"dataset": SETS[task], "output": OUTPUT[task], "metrics": metrics}
    data = replace(request.getfixturevalue(task), validation=None)
    chosen = cell({"type": "mlp", "units": []}, loss=name, epochs=2, batch_size=60, **options)
    history = opened(chosen, data, "compiled").train(0)
    assert set(history.metrics) == {
        f"{p}_{m}" for p in ("train", "test") for m in ["loss", *metrics]
    }
    assert history.epochs[1]["train_loss"] < history.epochs[0]["train_loss"]


def measured(name: str, task: str, loss_name: str, y: np.ndarray, outputs: np.ndarray) -> float:
    it = metric(name, task, loss_name)
    it.update_state(y, outputs)
    return float(it.result())


@pytest.mark.parametrize("name", ["hinge", "squared_hinge"])
def test_under_a_hinge_the_sign_decides(binary, name: str) -> None:
    y = np.float32([[1], [1], [0], [0], [0]])
    outputs = np.float32([[0.3], [-0.2], [0.2], [-0.1], [-0.9]])
    found = {
        m: measured(m, "binary", name, y, outputs) for m in ("accuracy", "precision", "recall")
    }
    assert found == pytest.approx({"accuracy": 3 / 5, "precision": 1 / 2, "recall": 1 / 2})


def test_under_a_cross_entropy_one_half_decides() -> None:
    y, outputs = np.float32([[1], [1], [0]]), np.float32([[0.3], [0.7], [0.2]])
    assert measured("accuracy", "binary", "binary_crossentropy", y, outputs) == pytest.approx(2 / 3)


@pytest.mark.parametrize("name", ["binary_crossentropy", "hinge"])
def test_auc_is_the_share_of_pairs_in_order(name: str) -> None:
    y, outputs = np.float32([[0], [0], [1], [1]]), np.float32([[0.1], [0.6], [0.4], [0.9]])
    assert measured("auc", "binary", name, y, outputs) == pytest.approx(3 / 4, abs=0.01)


@pytest.mark.parametrize("name", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_metrics_of_several_classes_do_not_depend_on_the_form_of_the_targets(
    multiclass, name: str
) -> None:
    y = multiclass.test.y
    outputs = np.random.default_rng(0).dirichlet(np.ones(5), len(y)).astype(np.float32)
    one_hot = np.eye(5)[y]
    expected = {
        "accuracy": (outputs.argmax(1) == y).mean(),
        "top_5_accuracy": 1.0,
        "mae": np.abs(outputs - one_hot).mean(),
        "mse": ((outputs - one_hot) ** 2).mean(),
    }
    wanted = targets(y, multiclass, name)
    found = {m: measured(m, "multiclass", name, wanted, outputs) for m in expected}
    assert found == pytest.approx(expected, rel=1e-5)


def test_top_5_of_more_than_five_classes() -> None:
    outputs = np.float32([[0, 1, 2, 3, 4, 5]])
    for y, expected in ((1, 1.0), (0, 0.0)):
        sparse = measured(
            "top_5_accuracy",
            "multiclass",
            "sparse_categorical_crossentropy",
            np.int32([y]),
            outputs,
        )
        one_hot = measured(
            "top_5_accuracy", "multiclass", "mse", np.eye(6, dtype="float32")[[y]], outputs
        )
        assert (sparse, one_hot) == (expected, expected)


@pytest.mark.parametrize("name", METRICS["regression"])
def test_metrics_of_a_regression(regression, name: str) -> None:
    y = targets(regression.test.y, regression, "mse").astype(np.float64)
    outputs = y + np.random.default_rng(0).normal(size=y.shape)
    error = outputs - y
    expected = {
        "mae": np.abs(error).mean(),
        "mse": (error**2).mean(),
        "rmse": math.sqrt((error**2).mean()),
        "mape": 100 * np.abs(error / y).mean(),
        "r2": 1 - (error**2).sum() / ((y - y.mean()) ** 2).sum(),
    }
    assert measured(name, "regression", "mse", y, outputs) == pytest.approx(
        expected[name], rel=1e-4
    )


def test_targets_of_a_number_never_broadcast(regression) -> None:
    y = targets(regression.train.y, regression, "mse")
    assert (y.shape, y.dtype) == ((60, 1), np.float32)
    found = float(loss("mse")(y, np.zeros((60, 1), dtype=np.float32)))
    assert found == pytest.approx((regression.train.y**2).mean(), rel=1e-5)


def test_one_hot_targets_hold_the_class_numbers(images) -> None:
    y = targets(images.train.y, images, "categorical_crossentropy")
    assert (y.shape, y.dtype) == ((60, 4), np.float32)
    np.testing.assert_array_equal(y.argmax(1), images.train.y)
    np.testing.assert_array_equal(y.sum(1), 1)


@pytest.mark.parametrize(("task", "name"), PAIRS)
def test_losses_are_keras_own(task: str, name: str) -> None:
    """By the string, Keras picks the function; ours must give the same numbers."""
    y = np.float32([[0, 1, 0], [1, 0, 0]]) if task == "multiclass" else np.float32([[1], [0]])
    outputs = np.float32([[0.2, 0.7, 0.1], [0.3, 0.3, 0.4]])[:, : y.shape[1]]
    if name == "sparse_categorical_crossentropy":
        y = y.argmax(1).astype(np.int32)
    expected = np.mean(keras.losses.get(name)(y, outputs))
    np.testing.assert_allclose(loss(name)(y, outputs), expected, rtol=1e-6)
