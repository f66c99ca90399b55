"""Losses, metrics, optimizers and targets by their names in a spec.

Metrics are made explicitly, never chosen from shapes as Keras chooses `accuracy`: each is the right
one for the form of targets that the loss takes.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from actbench.data.arrays import Array
from actbench.data.dataset import Dataset
from actbench.data.preparation import TargetUnit
from actbench.spec.optimizer import Optimizer

_SPARSE = "sparse_categorical_crossentropy"
_HINGES = ("hinge", "squared_hinge")  # their targets are -1 and 1: the sign of the output decides

_LOSSES: dict[str, Callable[..., Any]] = {
    "mse": keras.losses.MeanSquaredError,
    "mae": keras.losses.MeanAbsoluteError,
    "mape": keras.losses.MeanAbsolutePercentageError,
    "msle": keras.losses.MeanSquaredLogarithmicError,
    "huber": keras.losses.Huber,
    "log_cosh": keras.losses.LogCosh,
    "poisson": keras.losses.Poisson,
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "binary_focal_crossentropy": keras.losses.BinaryFocalCrossentropy,
    "hinge": keras.losses.Hinge,
    "squared_hinge": keras.losses.SquaredHinge,
    _SPARSE: keras.losses.SparseCategoricalCrossentropy,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
    "categorical_focal_crossentropy": keras.losses.CategoricalFocalCrossentropy,
    "kl_divergence": keras.losses.KLDivergence,
    "categorical_hinge": keras.losses.CategoricalHinge,
}


class BalancedAccuracy(keras.metrics.Metric):  # type: ignore[misc]
    """The mean, over the classes that occur in the rows, of the share of their rows that are right.

    As `sklearn.metrics.balanced_accuracy_score` has it. A single output above the threshold means
    the class 1; of several outputs, the largest one names the class.
    """

    def __init__(self, name: str, threshold: float = 0.5) -> None:
        super().__init__(name=name)
        self._threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: None = None) -> None:
        """Count rows and hits of each class.

        `y_true`: class numbers, shape (rows,) or (rows, 1), or one-hot rows, shape (rows, classes).
        `y_pred`: shape (rows, 1) for two classes, else (rows, classes). Rows have
        no weights.
        """
        outputs = y_pred.shape[-1]
        if not self.variables:
            self._add_counts(max(outputs, 2))
        predicted = y_pred[:, 0] > self._threshold if outputs == 1 else keras.ops.argmax(y_pred, -1)
        one_hot = len(y_true.shape) == 2 and y_true.shape[-1] > 1
        true = keras.ops.argmax(y_true, -1) if one_hot else keras.ops.reshape(y_true, (-1,))
        true, predicted = (keras.ops.cast(numbers, "int32") for numbers in (true, predicted))
        rows = keras.ops.one_hot(true, self.rows.shape[0], dtype=self.dtype)
        hit = keras.ops.cast(keras.ops.equal(true, predicted), self.dtype)
        self.rows.assign_add(keras.ops.sum(rows, axis=0))
        self.hits.assign_add(keras.ops.sum(rows * hit[:, None], axis=0))

    def _add_counts(self, classes: int) -> None:
        self.rows = self.add_variable((classes,), initializer="zeros", name="rows")
        self.hits = self.add_variable((classes,), initializer="zeros", name="hits")

    def result(self) -> Any:
        shares = keras.ops.divide_no_nan(self.hits, self.rows)
        occurring = keras.ops.cast(self.rows > 0, self.dtype)
        return keras.ops.divide_no_nan(keras.ops.sum(shares), keras.ops.sum(occurring))


_ERRORS: dict[str, Callable[..., Any]] = {
    "mae": keras.metrics.MeanAbsoluteError,
    "mse": keras.metrics.MeanSquaredError,
    "rmse": keras.metrics.RootMeanSquaredError,
    "mape": keras.metrics.MeanAbsolutePercentageError,
    "r2": keras.metrics.R2Score,
}
_BINARY = _ERRORS | {
    "accuracy": keras.metrics.BinaryAccuracy,
    "balanced_accuracy": BalancedAccuracy,
    "auc": keras.metrics.AUC,
    "precision": keras.metrics.Precision,
    "recall": keras.metrics.Recall,
}
_ONE_HOT = _ERRORS | {
    "accuracy": keras.metrics.CategoricalAccuracy,
    "balanced_accuracy": BalancedAccuracy,
    "top_5_accuracy": partial(keras.metrics.TopKCategoricalAccuracy, k=5),
}


def _sign_accuracy(y_true: Any, y_pred: Any) -> Any:
    return keras.metrics.binary_accuracy(y_true, keras.ops.cast(y_pred > 0, y_pred.dtype))


_OF_SIGNS = {
    "accuracy": partial(keras.metrics.MeanMetricWrapper, _sign_accuracy),
    "balanced_accuracy": partial(BalancedAccuracy, threshold=0.0),
    # The logistic function keeps the order, and brings outputs into [0, 1].
    "auc": partial(keras.metrics.AUC, from_logits=True),
    "precision": partial(keras.metrics.Precision, thresholds=0.0),
    "recall": partial(keras.metrics.Recall, thresholds=0.0),
}
_OPTIMIZERS = {
    cls.__name__.lower(): cls
    for cls in vars(keras.optimizers).values()
    if isinstance(cls, type) and issubclass(cls, keras.optimizers.Optimizer)
}


def optimizer(choice: Optimizer) -> Any:
    """The Keras optimizer that a spec names, with its arguments."""
    return _OPTIMIZERS[choice.name](**dict(choice.arguments))


class LossOfScaledTargets(keras.losses.Loss):  # type: ignore[misc]
    """A loss of targets and outputs of shape (rows, 1) in their own unit, computed as scaled."""

    def __init__(self, loss: Any, unit: TargetUnit) -> None:
        super().__init__(name=loss.name, reduction=loss.reduction)
        self._loss, self._unit = loss, unit

    def call(self, y_true: Any, y_pred: Any) -> Any:
        centre, width = self._unit.centre, self._unit.width
        return self._loss.call((y_true - centre) / width, (y_pred - centre) / width)


def loss(name: str, unit: TargetUnit | None = None, **options: Any) -> Any:
    """The Keras loss of that name, with Keras's defaults but for these options.

    Where targets are scaled, `unit` is theirs, and the loss is that of the scaled targets.
    """
    plain = _LOSSES[name](**options)
    return plain if unit is None else LossOfScaledTargets(plain, unit)


def metric(name: str, task: str, loss_name: str) -> Any:
    """The Keras metric of that name, for the form of targets that the loss takes."""
    if loss_name == _SPARSE:
        return _sparse_metric(name)
    metrics = {"regression": _ERRORS, "binary": _BINARY, "multiclass": _ONE_HOT}[task]
    metrics = metrics | _OF_SIGNS if loss_name in _HINGES else metrics
    return metrics[name](name=name)


def row_metric(name: str, task: str, loss_name: str) -> Callable[[Any, Any], Any] | None:
    """The function that a metric is the mean of over rows; None where it is no such mean.

    It takes targets and outputs of a batch, and returns values of shape (rows, …), of which a row's
    own value is the mean.
    """
    made = metric(name, task, loss_name)
    if not isinstance(made, keras.metrics.MeanMetricWrapper):
        return None
    return partial(made._fn, **made._fn_kwargs)


def _sparse_metric(name: str) -> Any:
    if name == "accuracy":
        return keras.metrics.SparseCategoricalAccuracy(name=name)
    if name == "balanced_accuracy":
        return BalancedAccuracy(name)
    if name == "top_5_accuracy":
        return keras.metrics.SparseTopKCategoricalAccuracy(k=5, name=name)
    error = {"mae": keras.losses.mean_absolute_error, "mse": keras.losses.mean_squared_error}[name]
    return keras.metrics.MeanMetricWrapper(partial(_of_one_hot, error), name=name)


def _of_one_hot(error: Callable[..., Any], y_true: Any, y_pred: Any) -> Any:
    """An error against class numbers as one-hot rows; Keras would broadcast the numbers."""
    labels = keras.ops.reshape(y_true, (-1,))
    return error(keras.ops.one_hot(labels, y_pred.shape[-1], dtype=y_pred.dtype), y_pred)


def targets(y: Array, data: Dataset, loss_name: str) -> NDArray[np.generic]:
    """Targets in the form that the loss takes.

    Returns:
        Class numbers, shape (rows,), `int32`, for the sparse loss; one-hot rows, shape (rows,
        classes), `float32`, for the other losses of several classes; else shape (rows, 1),
        `float32`, so that no loss broadcasts it against the outputs.
    """
    if data.task != "multiclass":
        return y.astype(np.float32).reshape(-1, 1)
    if loss_name == _SPARSE:
        return y.astype(np.int32)
    return np.eye(data.classes, dtype=np.float32)[y.astype(np.intp)]
