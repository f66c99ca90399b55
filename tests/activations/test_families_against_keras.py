"""Every function and derivative against Keras, by value and by automatic differentiation."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.activations import ALL_OBJECTS_DICT

from actbench.activations.catalogue import ALIASES, CATALOGUE
from actbench.activations.keras_objects import SharedPReLU

EDGES = [0.0, 1e-8, -1e-8, 50.0, -50.0]
KINKS = [-6.0, -3.0, -1.0, -0.5, 0.5, 1.0, 1.5, 3.0, 6.0]
SPREAD = np.random.default_rng(5).uniform(-8, 8, 1000 - len(EDGES) - len(KINKS))
X = np.concatenate([EDGES, KINKS, SPREAD])
ROWS = X.reshape(125, 8)
WITHIN = {"rtol": 1e-6, "atol": 1e-6}

ELEMENTWISE = [name for name, entry in CATALOGUE.items() if entry.elementwise]
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *((name, dict(CATALOGUE[name].drawn_with)) for name in ELEMENTWISE if name != "prelu"),
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 6.0}),
    ("relu", {"max_value": 1.5}),
    ("relu", {"threshold": 1.5}),
    ("relu", {"threshold": 1.5, "max_value": 6.0}),
    ("relu", {"negative_slope": 0.1, "max_value": 1.5}),
    ("relu", {"negative_slope": 0.1, "max_value": 6.0, "threshold": 1.0}),
    ("leaky_relu", {"negative_slope": 0.02}),
    ("elu", {"alpha": 0.3}),
    ("celu", {"alpha": 2.0}),
    ("gelu", {"approximate": True}),
    ("squareplus", {"b": 1.0}),
    ("hard_shrink", {"threshold": 1.5}),
    ("soft_shrink", {"threshold": 3.0}),
    ("threshold", {"threshold": -1.0, "default_value": 5.0}),
]


def by_keras(name: str, x: np.ndarray, **parameters: Any) -> tuple[np.ndarray, np.ndarray]:
    """Keras's values, and the gradients of their sum, in float64."""
    point = tf.constant(x, dtype=tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(point)
        values = ALL_OBJECTS_DICT[name](point, **parameters)
    return values.numpy(), tape.gradient(values, point).numpy()


def test_the_catalogue_has_every_activation_of_keras_and_no_other() -> None:
    of_keras = {name for name, function in ALL_OBJECTS_DICT.items() if name == function.__name__}
    layers_with_weights = {"prelu"}
    assert set(CATALOGUE) == of_keras | layers_with_weights
    assert set(ALIASES) == set(ALL_OBJECTS_DICT) - of_keras
    assert all(ALL_OBJECTS_DICT[a].__name__ == name for a, name in ALIASES.items())


@pytest.mark.parametrize(("name", "parameters"), VARIANTS, ids=str)
def test_values_and_derivatives(name: str, parameters: dict[str, Any]) -> None:
    values, gradients = by_keras(name, X, **parameters)
    ours = CATALOGUE[name]
    np.testing.assert_allclose(ours.values(X, **parameters), values, **WITHIN)
    at = X != 0 if name == "celu" else X == X
    found = ours.slopes(X, **parameters)
    np.testing.assert_allclose(found[at], gradients[at], **WITHIN)


def test_keras_doubles_celus_gradient_at_exactly_zero() -> None:
    """Noted, not followed: both sides agree on 1 there."""
    assert by_keras("celu", np.zeros(1))[1] == 2
    assert CATALOGUE["celu"].slopes(0.0) == 1


def test_prelu() -> None:
    layer = SharedPReLU(alpha_initializer=keras.initializers.Constant(0.25), dtype="float64")
    point = tf.constant(X[:, None])
    layer.build(point.shape)
    with tf.GradientTape() as tape:
        tape.watch(point)
        values = layer(point)
    gradients = tape.gradient(values, point).numpy()[:, 0]
    ours = CATALOGUE["prelu"]
    np.testing.assert_allclose(ours.values(X, alpha=0.25), values.numpy()[:, 0], **WITHIN)
    np.testing.assert_allclose(ours.slopes(X, alpha=0.25), gradients, **WITHIN)


@pytest.mark.parametrize("axis", [-1, 0])
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "glu"])
def test_vector_activations_and_the_diagonals_of_their_jacobians(name: str, axis: int) -> None:
    rows = ROWS if axis == -1 else ROWS.T
    point = tf.constant(rows)
    with tf.GradientTape() as tape:
        tape.watch(point)
        values = ALL_OBJECTS_DICT[name](point, axis=axis)
    jacobian = tape.jacobian(values, point).numpy()
    np.testing.assert_allclose(CATALOGUE[name].values(rows, axis=axis), values.numpy(), **WITHIN)
    diagonal = np.array([jacobian[i][i] for i in np.ndindex(*values.shape)]).reshape(values.shape)
    np.testing.assert_allclose(CATALOGUE[name].slopes(rows, axis=axis), diagonal, **WITHIN)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("elu", [-0.86466473, -0.63212055, 1, 2]),
        ("selu", [-1.5201665, -1.1113307, 1.050701, 2.101402]),
        ("gelu", [-0.04550026, -0.15865526, 0.8413447, 1.9544997]),
        ("silu", [-0.23840584, -0.26894143, 0.7310586, 1.7615942]),
        ("mish", [-0.25250146, -0.3034015, 0.8650984, 1.943959]),
        ("softplus", [0.126928, 0.3132617, 1.3132616, 2.126928]),
        ("softsign", [-2 / 3, -1 / 2, 1 / 2, 2 / 3]),
        ("hard_sigmoid", [1 / 6, 1 / 3, 2 / 3, 5 / 6]),
        ("hard_silu", [-1 / 3, -1 / 3, 2 / 3, 5 / 3]),
    ],
)
def test_published_values(name: str, expected: list[float]) -> None:
    found = CATALOGUE[name].values([-2.0, -1.0, 1.0, 2.0])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_published_softmax() -> None:
    found = CATALOGUE["softmax"].values([7, 2, 0.1])
    np.testing.assert_allclose(found, [0.9923138, 0.00668616, 0.00100004], rtol=1e-6)


def sparsemax_of_keras_3_15(rows: np.ndarray) -> np.ndarray:
    """Its threshold is taken from the sum of the cumulative sums: keras-team/keras#23425."""
    ordered = -np.sort(-rows, axis=-1)
    sums = np.cumsum(ordered, axis=-1)
    support = ordered * np.arange(1, rows.shape[-1] + 1) > sums - 1
    total = np.where(support, sums, 0).sum(-1, keepdims=True)
    return np.maximum(rows - (total - 1) / support.sum(-1, keepdims=True), 0)


def test_sparsemax_is_the_projection_onto_the_simplex() -> None:
    """No other point of the simplex is nearer: (x - p) . (q - p) <= 0 for every corner q."""
    found = CATALOGUE["sparsemax"].values(ROWS)
    np.testing.assert_allclose(found.sum(-1), 1)
    assert found.min() >= 0
    away = ROWS - found
    assert (away.max(-1) - (away * found).sum(-1)).max() < 1e-9


def test_sparsemax_is_that_of_keras_but_for_its_known_fault() -> None:
    ours = CATALOGUE["sparsemax"]
    values = by_keras("sparsemax", ROWS)[0]
    fixed = np.allclose(values, ours.values(ROWS), **WITHIN)
    if not fixed:
        np.testing.assert_allclose(values, sparsemax_of_keras_3_15(ROWS), **WITHIN)
    single = ROWS[(ours.values(ROWS) == 1).any(-1)]
    assert len(single) > 20
    for axis, rows in ((-1, single), (0, single.T)):
        found, gradients = by_keras("sparsemax", rows, axis=axis)
        np.testing.assert_allclose(ours.values(rows, axis=axis), found, **WITHIN)
        assert not ours.slopes(rows, axis=axis).any() and not gradients.any()


def test_sparsemax_derivative_is_the_slope_of_its_values() -> None:
    h = 1e-6
    row = np.array([0.7, 0.4, 0.3, -2.0])
    ours = CATALOGUE["sparsemax"]
    slopes = [(ours.values(row + h * e) - ours.values(row)) @ e / h for e in np.eye(4)]
    np.testing.assert_allclose(ours.slopes(row), slopes, **WITHIN)
