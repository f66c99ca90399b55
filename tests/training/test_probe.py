"""The measures of hidden activations, against NumPy and against published and simulated nets."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from actbench.data.dataset import Dataset
from actbench.models import build
from actbench.spec import Cell
from actbench.training.objective import loss, targets
from actbench.training.probe import Probe
from tests.own_models import RESIDUAL, SUBCLASSED, saved_example, written

Floats = Any


def probe(cell: Cell, data: Dataset) -> tuple[Any, Callable[[], list[dict[str, float]]]]:
    """The model of the cell with random weights and biases; what measures it on its rows."""
    keras.utils.set_random_seed(7)
    model = build(cell, data)
    for weight in model.trainable_variables:
        weight.assign(np.random.default_rng(weight.shape[-1]).normal(0, 0.6, weight.shape))
    model.compile(loss=loss(cell.loss))
    rows = data.train.x, targets(data.train.y, data, cell.loss)
    return model, partial(Probe(model, cell.arm.hidden).measure, 0, *rows)


def sigmoid(z: Floats) -> Floats:
    return 1 / (1 + np.exp(-z))


def softmax(z: Floats) -> Floats:
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805
# Each as NumPy has it: the function, its slope, and its greatest slope on [-20, 20].
ELEMENTWISE: dict[str, tuple[Any, Any, Any, float]] = {
    "relu": ("relu", lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0, 1.0),
    "sigmoid": ("sigmoid", sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z)), 0.25),
    "selu": (
        "selu",
        lambda z: SCALE * np.where(z > 0, z, ALPHA * np.expm1(z)),
        lambda z: SCALE * np.where(z > 0, 1, ALPHA * np.exp(z)),
        SCALE * ALPHA,
    ),
    "formula": (
        {"formula": "x * exp(-x * x)"},
        lambda z: z * np.exp(-z * z),
        lambda z: (1 - 2 * z * z) * np.exp(-z * z),
        1.0,
    ),
}


def expected(z: Floats, a: Floats, delta: Floats, slopes: Floats, greatest: Floats) -> Any:
    """The measures of one layer by their definitions; slopes None for functions of a whole row."""
    over_rows = tuple(range(z.ndim - 1))
    off_centre = np.sqrt((a.mean(over_rows) ** 2).mean() / a.var(over_rows).mean())
    return {
        "z_mean": z.mean(),
        "z_sd": z.std(),
        "mean": a.mean(),
        "sd": a.std(),
        "dead": np.nan if slopes is None else (abs(slopes) <= 1e-6).all(over_rows).mean(),
        "saturated": np.nan if slopes is None else (abs(slopes) <= 0.05 * greatest).mean(),
        "gradient": np.sqrt((delta**2).mean()),
        "off_centre": off_centre,
        "largest": abs(a).max(),
    }


def weights_of(model: Any) -> list[tuple[Floats, Floats]]:
    layers = [layer for layer in model.layers if hasattr(layer, "kernel")]
    return [(np.float64(layer.kernel), np.float64(layer.bias)) for layer in layers]


def assert_measures(measured: list[dict[str, float]], wanted: list[dict[str, float]]) -> None:
    assert len(measured) == len(wanted)
    for i, (of_layer, measures) in enumerate(zip(measured, wanted, strict=True), start=1):
        by_numpy = {"epoch": 0, "layer": i, **measures}
        assert list(of_layer) == list(by_numpy)
        assert of_layer == pytest.approx(by_numpy, rel=1e-5, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_mlp_is_measured_as_numpy_has_it(
    name: str, cell: Callable[..., Cell], regression: Dataset
) -> None:
    hidden, f, slope, greatest = ELEMENTWISE[name]
    model, measuring = probe(cell(hidden=[hidden]), regression)
    (k1, b1), (k2, b2), (k3, b3) = weights_of(model)
    x, y = np.float64(regression.train.x), np.float64(regression.train.y)[:, None]
    z1 = x @ k1 + b1
    z2 = f(z1) @ k2 + b2
    d2 = 2 * (f(z2) @ k3 + b3 - y) @ k3.T * slope(z2)
    d1 = d2 @ k2.T * slope(z1)
    wanted = [expected(z, f(z), d, slope(z), greatest) for z, d in [(z1, d1), (z2, d2)]]
    assert_measures(measuring(), wanted)


def test_prelu_is_measured_with_its_present_parameters(
    cell: Callable[..., Cell], regression: Dataset
) -> None:
    model, measuring = probe(cell({"type": "mlp", "units": [6]}, hidden="prelu"), regression)
    alpha = np.array([0.0, 0.01, 0.3, -0.4, 2.0, 30.0])
    model.get_layer("hidden_1_activation").alpha.assign(alpha)
    (k1, b1), (k2, b2) = weights_of(model)
    z = np.float64(regression.train.x) @ k1 + b1
    a, slopes = np.where(z > 0, z, alpha * z), np.where(z > 0, 1, alpha)
    delta = 2 * (a @ k2 + b2 - np.float64(regression.train.y)[:, None]) @ k2.T * slopes
    wanted = expected(z, a, delta, slopes, np.maximum(1, abs(alpha)))
    assert_measures(measuring(), [wanted])


def test_softmax_has_a_gradient_but_no_dead_units(
    cell: Callable[..., Cell], regression: Dataset
) -> None:
    model, measuring = probe(cell({"type": "mlp", "units": [6]}, hidden="softmax"), regression)
    (k1, b1), (k2, b2) = weights_of(model)
    z = np.float64(regression.train.x) @ k1 + b1
    a = softmax(z)
    upstream = 2 * (a @ k2 + b2 - np.float64(regression.train.y)[:, None]) @ k2.T
    delta = a * (upstream - (a * upstream).sum(-1, keepdims=True))
    assert_measures(measuring(), [expected(z, a, delta, None, 0)])


def test_a_unit_of_a_convolution_is_its_channel(cell: Callable[..., Cell], images: Dataset) -> None:
    """Softmax and categorical cross-entropy: the gradient at the logits is p - y."""
    cnn = {"type": "cnn", "filters": [3], "kernel_size": 3, "units": []}
    chosen = cell(cnn, hidden="relu", output="softmax", dataset="mnist")
    model, measuring = probe(chosen, images)
    (kernel, bias), (k2, b2) = weights_of(model)
    x = images.train.x / 255.0
    patches = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    z = np.einsum("nhwij,ijc->nhwc", patches, kernel[:, :, 0]) + bias
    a = np.maximum(z, 0)
    outputs = softmax(a.reshape(len(a), -1) @ k2 + b2)
    logits = outputs - np.eye(4)[images.train.y]
    delta = (logits @ k2.T).reshape(z.shape) * (z > 0)
    assert_measures(measuring(), [expected(z, a, delta, (z > 0) * 1.0, 1.0)])


def test_a_model_of_the_users_own_function(
    cell: Callable[..., Cell], regression: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A residual block, and a batch normalisation by its moving statistics (0 and 1 here)."""
    monkeypatch.chdir(tmp_path)
    builder = {"type": "builder", "build": written(tmp_path, RESIDUAL)}
    model, measuring = probe(cell(builder, hidden="sigmoid"), regression)
    (inner,) = (layer for layer in model.layers if isinstance(layer, keras.Model))
    (k1, b1), (k2, b2), (k3, b3), (k4, b4) = weights_of(inner)
    (norm,) = (layer for layer in inner.layers if hasattr(layer, "gamma"))
    scale = np.float64(norm.gamma) / np.sqrt(1 + norm.epsilon)
    x, y = np.float64(regression.train.x), np.float64(regression.train.y)[:, None]
    z1 = x @ k1 + b1
    z2 = sigmoid(z1) @ k2 + b2
    normalised = (z1 + sigmoid(z2) @ k3 + b3) * scale + np.float64(norm.beta)
    upstream = 2 * (normalised @ k4 + b4 - y) @ k4.T * scale
    slope = ELEMENTWISE["sigmoid"][2]
    d2 = upstream @ k3.T * slope(z2)
    d1 = d2 @ k2.T * slope(z1)
    pairs = [(z1, d1), (z2, d2)]
    assert_measures(measuring(), [expected(z, sigmoid(z), d, slope(z), 0.25) for z, d in pairs])


def test_a_model_of_classes_of_the_users_own(
    cell: Callable[..., Cell], regression: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    builder = {"type": "builder", "build": written(tmp_path, SUBCLASSED)}
    _, measuring = probe(cell(builder, hidden="tanh"), regression)
    assert [layer["gradient"] > 0 for layer in measuring()] == [True, True]


@pytest.mark.parametrize(("swap", "passages"), [("relu", 6), ("softmax", 0)])
def test_every_swapped_activation_of_a_saved_model_but_the_output(
    swap: str,
    passages: int,
    cell: Callable[..., Cell],
    multiclass: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A shared layer is passed twice; one that was put in as a layer of its own counts, too."""
    monkeypatch.chdir(tmp_path)
    saved_example(tmp_path / "model.keras")
    table = "\n".join(f"{i},{i % 7},{i % 3}.5,{-i},{i % 2},{'abcde'[i % 5]}" for i in range(60))
    (tmp_path / "t.csv").write_text(f"a,b,c,d,e,kind\n{table}")
    dataset = {"file": "t.csv", "target": "kind"}
    saved = {"type": "saved", "file": "model.keras", "swap": swap}
    for hidden in ("tanh", "prelu"):
        _, measuring = probe(cell(saved, hidden=hidden, dataset=dataset), multiclass)
        measures = measuring()
        assert len(measures) == passages
        assert all(layer["gradient"] > 0 for layer in measures)


def test_dead_and_saturated_units_are_counted(
    cell: Callable[..., Cell], regression: Dataset
) -> None:
    model, measuring = probe(cell({"type": "mlp", "units": [4]}, hidden="relu"), regression)
    dense = model.get_layer("hidden_1")
    dense.kernel.assign(np.zeros((5, 4)))
    dense.bias.assign([-1, -1, -1, 1])
    (measures,) = measuring()
    assert measures["dead"] == measures["saturated"] == 0.75
    assert np.isnan(measures["off_centre"])
    dense.bias.assign([1, 1, 1, 1])
    assert measuring()[0]["dead"] == 0


@pytest.mark.parametrize("hidden", ["exponential", "linear", "tanh"])
def test_a_function_that_grows_ever_steeper_does_not_saturate(
    hidden: str, cell: Callable[..., Cell], regression: Dataset
) -> None:
    _, measuring = probe(cell({"type": "mlp", "units": [4]}, hidden=hidden), regression)
    (measures,) = measuring()
    assert np.isnan(measures["saturated"]) == (hidden == "exponential")
    assert measures["dead"] == 0


def test_activations_in_a_recurrent_loop_are_not_measured(
    cell: Callable[..., Cell], words: Dataset
) -> None:
    entries = [
        {"Embedding": {"input_dim": 40, "output_dim": 3}},
        {"SimpleRNN": {"units": 4, "activation": "$hidden"}},
        {"Dense": {"units": 5, "activation": "$hidden"}},
        {"Dense": {"units": 3, "activation": "$output"}},
    ]
    architecture = {"type": "layers", "layers": entries}
    chosen = cell(architecture, hidden="tanh", output="softmax", dataset="reuters")
    _, measuring = probe(chosen, words)
    in_loop, dense = measuring()
    assert in_loop == {"epoch": 0, "layer": 1}
    assert dense["gradient"] > 0


def test_a_function_of_the_user_s_is_measured_like_the_equal_formula(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cell: Callable[..., Cell],
    regression: Dataset,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "halved.py").write_text("def half(x):\n    return 0.5 * x\n", encoding="utf-8")
    measured = []
    for hidden in ({"custom": "halved:half"}, {"formula": "0.5 * x"}):
        _, measuring = probe(cell({"type": "mlp", "units": [4]}, hidden=hidden), regression)
        measured += measuring()
    assert measured[0] == pytest.approx(measured[1], rel=1e-6)
    assert measured[0]["dead"] == 0


def test_the_model_is_left_as_it_was(cell: Callable[..., Cell], multiclass: Dataset) -> None:
    """Also where the activation is fused into a layer, and the output is softmax."""
    entries = [
        {"Dense": {"units": 6, "activation": "$hidden"}},
        {"Dense": {"units": 5, "activation": "$output"}},
    ]
    chosen = cell(
        {"type": "layers", "layers": entries}, hidden="relu", output="softmax", dataset="mnist"
    )
    model, measuring = probe(chosen, multiclass)
    before, fused = model(multiclass.train.x).numpy(), model.layers[0].activation
    variables = [v.numpy() for v in model.variables]
    assert len(measuring()) == 1
    assert (model(multiclass.train.x).numpy() == before).all()
    assert all((v.numpy() == w).all() for v, w in zip(model.variables, variables, strict=True))
    assert model.layers[0].activation is fused


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["keras", "compiled"])
def test_training_gives_the_same_bits_with_and_without(
    engine: str, cell: Callable[..., Cell], multiclass: Dataset, opened: Callable[..., Any]
) -> None:
    """Dropout and batch normalisation included; seeds one after another, as a run trains them."""
    architecture = {"type": "mlp", "units": [8, 6], "dropout": 0.2, "batch_norm": "before"}
    options = {"dataset": "mnist", "output": "softmax", "hidden": "relu"}
    plain = opened(cell(architecture, **options), multiclass)
    looking = opened(cell(architecture, **options, diagnostics=True), multiclass)
    for seed in (0, 1):
        without, with_probe = plain.train(seed), looking.train(seed)
        assert with_probe.epochs == without.epochs
        assert with_probe.metrics == without.metrics
        assert without.diagnostics is None
        places = [(layer["epoch"], layer["layer"]) for layer in with_probe.diagnostics]
        assert places == [(0, 1), (0, 2), (3, 1), (3, 2)]
        assert len(with_probe.epoch_seconds) == 3
    assert 0 < looking.predict_seconds() < 10


def test_both_engines_measure_the_same_start(
    cell: Callable[..., Cell], images: Dataset, opened: Callable[..., Any]
) -> None:
    cnn = {"type": "cnn", "filters": [3], "kernel_size": 3, "units": [4]}
    chosen = cell(cnn, hidden="elu", output="softmax", dataset="mnist", diagnostics=True)
    starts = [
        opened(chosen, images, engine).train(0).diagnostics[:2] for engine in ("keras", "compiled")
    ]
    for by_keras, compiled in zip(*starts, strict=True):
        assert compiled == pytest.approx(by_keras, rel=1e-5)
