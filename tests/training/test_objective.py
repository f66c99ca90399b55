"""Every loss, metric and optimizer a spec may name: right for its targets, checked with NumPy."""

import math
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import balanced_accuracy_score

from actbench.activations.catalogue import CATALOGUE
from actbench.data.dataset import Dataset, Rows
from actbench.data.preparation import TargetUnit
from actbench.experiment.bounds import ERRORS
from actbench.experiment.checks.functions import keras_with_wrong_sparsemax
from actbench.spec.keras_names import LOSSES, METRICS, OPTIMIZER_ARGUMENTS
from actbench.spec.optimizer import Optimizer
from actbench.training.objective import loss, metric, optimizer, targets

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


@pytest.mark.parametrize("name", LOSSES["multiclass"])
def test_balanced_accuracy_of_several_classes_is_that_of_scikit_learn(multiclass, name) -> None:
    """In two updates; one class of five has few rows, one has none."""
    random = np.random.default_rng(0)
    y = random.choice(5, 200, p=[0.6, 0.3, 0.08, 0.02, 0])
    outputs = random.dirichlet(np.ones(5), 200).astype(np.float32)
    outputs[:, 0] += 0.3
    outputs[:, 4] = 0
    it, forms = metric("balanced_accuracy", "multiclass", name), targets(y, multiclass, name)
    for part in (slice(0, 150), slice(150, 200)):
        it.update_state(forms[part], outputs[part])
    predicted = outputs.argmax(1)
    expected = balanced_accuracy_score(y, predicted)
    assert float(it.result()) == pytest.approx(expected, rel=1e-6)
    assert expected < (predicted == y).mean() - 0.01
    it.reset_state()
    assert float(it.result()) == 0


@pytest.mark.parametrize("name", LOSSES["binary"])
def test_balanced_accuracy_of_two_classes_is_that_of_scikit_learn(binary, name: str) -> None:
    random = np.random.default_rng(1)
    y = (random.random(400) < 0.05).astype(np.int32)
    threshold = 0.0 if "hinge" in name else 0.5
    outputs = (random.normal(y, 1) + threshold - 0.5).astype(np.float32)[:, None]
    predicted = outputs[:, 0] > threshold
    expected = balanced_accuracy_score(y, predicted)
    forms = targets(y, binary, name)
    assert measured("balanced_accuracy", "binary", name, forms, outputs) == pytest.approx(expected)
    assert expected != pytest.approx((predicted == y).mean(), abs=0.01)
    ones = y == 1
    assert measured("balanced_accuracy", "binary", name, forms[ones], outputs[ones]) == (
        pytest.approx(predicted[ones].mean())
    )


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


@pytest.mark.parametrize("name", ERRORS)
def test_the_errors_that_floors_are_made_of_are_keras_own(name: str) -> None:
    random = np.random.default_rng(0)
    y = random.choice([-1.0, 1.0], 40) if "hinge" in name else random.integers(0, 2, 40) * 1.0
    y = random.uniform(0.5, 9, 40) if name in LOSSES["regression"] else y
    for outputs in (random.uniform(-3, 9, 40), np.zeros(40), np.ones(40)):
        theirs = loss(name)(np.float32(y)[:, None], np.float32(outputs)[:, None])
        assert ERRORS[name](y, outputs).mean() == pytest.approx(float(theirs), rel=2e-5)


@pytest.mark.parametrize("name", sorted(OPTIMIZER_ARGUMENTS))
def test_optimizers_take_the_arguments_a_spec_allows(name: str) -> None:
    taken = optimizer(Optimizer.model_validate(name)).get_config()
    asked = {"learning_rate": 0.25, "clipnorm": 2.0, "weight_decay": 0.125, "use_ema": True}
    found = optimizer(Optimizer.model_validate({"name": name, **asked})).get_config()
    assert set(OPTIMIZER_ARGUMENTS[name]) <= set(taken)
    assert {key: found[key] for key in asked} == asked


def loss_and_gradient(name: str, y: list[list[float]], outputs: list[list[float]]) -> tuple:
    """The loss of one row and its gradient by the outputs."""
    at = tf.Variable(np.float32(outputs))
    with tf.GradientTape() as tape:
        of_row = loss(name)(np.int32(y[0]) if name.startswith("sparse") else np.float32(y), at)
    return float(of_row), np.asarray(tape.gradient(of_row, at))


@pytest.mark.parametrize(
    ("name", "y", "outputs"),
    [
        ("categorical_crossentropy", [[0, 1, 0]], [[0, 0, 0]]),
        ("categorical_focal_crossentropy", [[0, 1, 0]], [[0, 0, 0]]),
        ("poisson", [[5]], [[-1]]),
    ],
)
def test_losses_that_are_nan_where_the_checks_say_so(name, y, outputs) -> None:
    assert math.isnan(loss_and_gradient(name, y, outputs)[0])


@pytest.mark.parametrize(
    ("name", "y", "outputs"),
    [
        ("sparse_categorical_crossentropy", [[1]], [[0, 0, 0]]),
        ("sparse_categorical_crossentropy", [[1]], [[3, 4, 5]]),
        ("categorical_crossentropy", [[0, 1, 0]], [[-1, 0.5, -1]]),
        ("kl_divergence", [[0, 1, 0]], [[3, 4, 5]]),
        ("binary_crossentropy", [[1]], [[-1]]),
        ("binary_crossentropy", [[0]], [[3]]),
        ("msle", [[5]], [[-1]]),
    ],
)
def test_losses_without_a_gradient_where_the_checks_say_so(name, y, outputs) -> None:
    value, gradient = loss_and_gradient(name, y, outputs)
    assert math.isfinite(value)
    assert not gradient.any()


def test_the_exponential_overflows_where_the_checks_say_so() -> None:
    assert np.isfinite(keras.activations.exponential(np.float32([88.72]))).all()
    assert np.isinf(keras.activations.exponential(np.float32([88.73]))).all()


def test_whether_sparsemax_of_keras_is_wrong() -> None:
    """The warning goes with the version that is installed."""
    x = np.float32([[1.0, 0.5, -1.0]])
    right = np.allclose(keras.activations.sparsemax(x), CATALOGUE["sparsemax"].values(x))
    assert right is not bool(keras_with_wrong_sparsemax())
    if not right:
        np.testing.assert_allclose(keras.activations.sparsemax(x), [[0.25, 0, 0]])


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["keras", "compiled"])
@pytest.mark.parametrize("options", [{}, {"loss": "huber", "loss_on": "outputs"}])
def test_scaled_targets_train_alike_in_any_unit(
    cell: Any, regression: Dataset, opened: Any, engine: str, options: dict[str, Any]
) -> None:
    """As a model of scaled targets would by hand, with scores in the target's own unit."""
    chosen = cell(metrics=["mae", "rmse", "r2"], **options)
    unit = TargetUnit(400_000.0, 80_000.0)

    def in_unit(rows: Rows) -> Rows:
        return Rows(rows.x, np.float32(unit.centre + unit.width * rows.y.astype(np.float64)))

    parts = {name: in_unit(getattr(regression, name)) for name in ("train", "validation", "test")}
    by_hand = opened(chosen, regression, engine).train(1).metrics
    history = opened(chosen, replace(regression, **parts, unit=unit), engine).train(1)
    scaled = history.metrics
    for name in ("loss", "mae"):
        assert history.test_rows[name].mean() == pytest.approx(scaled[f"test_{name}"], rel=1e-5)
    for part in ("train", "val", "test"):
        for name, factor in {"loss": 1, "r2": 1, "mae": unit.width, "rmse": unit.width}.items():
            expected = factor * by_hand[f"{part}_{name}"]
            assert scaled[f"{part}_{name}"] == pytest.approx(expected, rel=1e-4, abs=1e-4)
