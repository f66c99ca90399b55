"""Activations as Keras objects, against NumPy formulas and published values."""

from math import erf

import keras
import numpy as np
import pytest

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.keras_objects import SharedPReLU, keras_function, keras_layer
from actbench.spec.activation import Activation

X = np.array([[-2.0, -1.0, 1.0, 2.0]], dtype=np.float32)


def made(value: object) -> Activation:
    return Activation.model_validate(value)


def values(value: object, x: np.ndarray = X) -> np.ndarray:
    return np.asarray(keras_function(made(value))(x))


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
    np.testing.assert_allclose(values(name)[0], expected, rtol=2e-6, atol=1e-7)


def test_softmax_of_a_known_row() -> None:
    found = values("softmax", np.array([[7, 2, 0.1]], dtype=np.float32))
    np.testing.assert_allclose(found[0], [0.9923138, 0.00668616, 0.00100004], rtol=1e-5)


def phi(x: np.ndarray) -> np.ndarray:
    return np.vectorize(lambda v: 0.5 * (1 + erf(v / np.sqrt(2))))(x)


@pytest.mark.parametrize(
    ("value", "formula"),
    [
        ({"name": "leaky_relu"}, lambda x: np.where(x > 0, x, 0.2 * x)),
        ({"name": "leaky_relu", "negative_slope": 0.02}, lambda x: np.where(x > 0, x, 0.02 * x)),
        ({"name": "relu", "max_value": 1.5}, lambda x: np.clip(x, 0, 1.5)),
        ({"name": "relu", "threshold": 1.5}, lambda x: np.where(x > 1.5, x, 0)),
        ({"name": "relu", "negative_slope": 0.1}, lambda x: np.where(x > 0, x, 0.1 * x)),
        ({"name": "elu", "alpha": 0.5}, lambda x: np.where(x > 0, x, 0.5 * np.expm1(x))),
        ({"name": "celu", "alpha": 2.0}, lambda x: np.where(x > 0, x, 2 * np.expm1(x / 2))),
        ({"name": "gelu"}, lambda x: x * phi(x)),
        (
            {"name": "gelu", "approximate": True},
            lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
        ),
        ({"name": "squareplus", "b": 1.0}, lambda x: (x + np.sqrt(x**2 + 1)) / 2),
        ({"name": "hard_shrink", "threshold": 1.5}, lambda x: np.where(abs(x) > 1.5, x, 0)),
        (
            {"name": "soft_shrink", "threshold": 0.25},
            lambda x: np.sign(x) * np.maximum(abs(x) - 0.25, 0),
        ),
        (
            {"name": "threshold", "threshold": 1.5, "default_value": -7.0},
            lambda x: np.where(x > 1.5, x, -7),
        ),
        ({"name": "softmax", "axis": -1}, lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "formula",
)
def test_parameters_are_applied(value: dict, formula) -> None:
    np.testing.assert_allclose(values(value), formula(X), rtol=1e-5, atol=1e-6)


def test_the_two_forms_of_gelu_differ() -> None:
    assert np.abs(values("gelu") - values({"name": "gelu", "approximate": True})).max() > 1e-5


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_activation_runs_in_a_model(name: str) -> None:
    needed = {p.name: 0.5 for p in CATALOGUE[name].parameters if p.required}
    layer = keras_layer(made({"name": name, **needed}), "it")
    model = keras.Sequential([keras.Input((4,)), layer])
    assert layer.name == "it"
    assert np.isfinite(model.predict(X, verbose=0)).all()


@pytest.mark.parametrize(
    ("shape", "parameters"), [((5,), 5), ((7, 3), 3), ((8, 8, 3), 3), ((4, 4, 4, 2), 2)]
)
def test_prelu_has_one_alpha_a_unit_or_channel(shape: tuple[int, ...], parameters: int) -> None:
    model = keras.Sequential([keras.Input(shape), keras_layer(made("prelu"), "it")])
    assert model.count_params() == parameters


def test_prelu_starts_as_relu_and_learns_its_slope() -> None:
    model = keras.Sequential([keras.Input((4,)), SharedPReLU()])
    np.testing.assert_array_equal(model.predict(X, verbose=0), np.maximum(X, 0))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.train_on_batch(X, 0.5 * X)
    np.testing.assert_array_less(0, model.get_weights()[0][:2])


def test_a_parametrised_activation_survives_copying_by_configuration() -> None:
    activation = keras_function(made({"name": "leaky_relu", "negative_slope": 0.02}))
    dense = keras.layers.Dense(2, activation=activation)
    copy = keras.layers.Dense.from_config(dense.get_config())
    np.testing.assert_allclose(copy.activation(X)[0][0], -0.04)


def test_glu_gates_one_half_with_the_other_and_tells_its_shape() -> None:
    model = keras.Sequential([keras.Input((4,)), keras_layer(made("glu"), "it")])
    assert model.output_shape == (None, 2)
    expected = X[:, :2] / (1 + np.exp(-X[:, 2:]))
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, rtol=1e-5)


def test_glu_refuses_an_odd_number_of_features() -> None:
    with pytest.raises(ValueError, match="expected an even number of features to halve, got 3"):
        keras.Sequential([keras.Input((3,)), keras_layer(made("glu"), "it")])


@pytest.mark.parametrize(
    ("name", "reason"),
    [("prelu", "has weights of its own"), ("glu", "changes the number of features")],
)
def test_what_must_be_a_layer_is_no_function(name: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"{name} {reason}"):
        keras_function(made(name))
