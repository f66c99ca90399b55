"""Models of the user's: both engines agree, seeds are paired, what no seed reaches is refused."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actbench.errors import SpecError
from actbench.training.prepared_cell import prepare_cell
from actbench.training.probe import hidden_layers
from tests.own_models import RESIDUAL, SUBCLASSED, function, saved_example, written
from tests.training.test_compiled_engine import weights

AS_ARGUMENT = function(
    "inputs = keras.Input(input_shape)\nx = layers.Dense(4, activation=hidden())(inputs)\n"
    "return keras.Model(inputs, output()(layers.Dense(outputs)(x)))"
)


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: Any) -> Callable[..., Any]:
    """A cell whose model is built by a module with this source."""
    monkeypatch.chdir(tmp_path)

    def make(source: str, **options: Any) -> Any:
        return cell({"type": "builder", "build": written(tmp_path, source)}, **options)

    return make


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "options"),
    [
        (RESIDUAL, {"hidden": "prelu"}),
        (RESIDUAL, {"loss_on": "outputs"}),
        (AS_ARGUMENT, {"hidden": "prelu"}),
        (SUBCLASSED.replace("Dropout(0.2)", "Identity()"), {"hidden": "prelu"}),
        (SUBCLASSED, {}),
    ],
)
def test_an_epoch_of_an_own_model_ends_in_the_weights_of_keras(
    builder, opened, multiclass, source, options
) -> None:
    """The last one drops units, which XLA would draw otherwise: it is compiled without."""
    chosen = builder(source, dataset="digits", output="softmax", epochs=1, **options)
    ours, theirs = opened(chosen, multiclass, "compiled"), opened(chosen, multiclass, "keras")
    result, expected = ours.train(3), theirs.train(3)
    assert result.engine.startswith("compiled")
    assert result.metrics == pytest.approx(expected.metrics, rel=1e-4)
    ours_by_order, theirs_by_order = (list(weights(one).values()) for one in (ours, theirs))
    for value, plain in zip(ours_by_order, theirs_by_order, strict=True):
        np.testing.assert_allclose(value, plain, atol=1e-4, rtol=0)


@pytest.mark.parametrize("source", [RESIDUAL, SUBCLASSED])
def test_all_arms_start_from_the_same_weights(builder, regression, source) -> None:
    """Those of PReLU come in addition; another seed gives others."""
    starts = {}
    for hidden in ("tanh", "prelu"):
        prepared = prepare_cell(builder(source, hidden=hidden), regression)
        for seed in (0, 1):
            prepared.initial.assign(seed)
            variables = prepared.model.trainable_variables
            starts[hidden, seed] = [v.numpy() for v in variables if v.name != "alpha"]
    for seed in (0, 1):
        for one, other in zip(starts["tanh", seed], starts["prelu", seed], strict=True):
            np.testing.assert_array_equal(one, other)
    assert any((a != b).any() for a, b in zip(starts["tanh", 0], starts["tanh", 1], strict=True))


LAYER = """
class Own(layers.Layer):
    def build(self, shape):
        {made}

    def call(self, x):
        return x * self.w

def build(input_shape, outputs, hidden, output):
    inputs = keras.Input(input_shape)
    x = hidden()(Own()(inputs))
    return keras.Model(inputs, output()(layers.Dense(outputs)(x)))
"""


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ("self.w = keras.Variable(keras.random.normal((5,)))", "was not made by `add_weight`"),
        (
            "self.w = self.add_weight(shape=(5,), "
            "initializer=lambda shape, dtype=None: keras.random.normal(shape))",
            "no seed of actbench reaches; use an initialiser of keras.initializers",
        ),
    ],
)
def test_a_weight_that_no_seed_reaches_is_refused(builder, regression, made, words) -> None:
    source = "import keras\nfrom keras import layers\n" + LAYER.format(made=made)
    with pytest.raises(SpecError, match=words):
        prepare_cell(builder(source), regression)


def test_a_layer_that_two_models_share_is_refused(builder, regression) -> None:
    """Its weights would go from one arm to the next."""
    body = (
        "inputs = keras.Input(input_shape)\nx = hidden()(SHARED(inputs))\n"
        "return keras.Model(inputs, output()(layers.Dense(outputs)(x)))"
    )
    source = function(body) + "\nSHARED = layers.Dense(5)\n"
    chosen = builder(source)
    prepare_cell(chosen, regression)
    with pytest.raises(SpecError, match="make each layer anew in the function"):
        prepare_cell(chosen, regression)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[str, Any]]:
    """A model that was trained and saved, and the architecture of a spec for it."""
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    return saved_example(path), {"type": "saved", "swap": "relu", "file": str(path)}


@pytest.fixture
def five_columns(tmp_path: Path) -> dict[str, Any]:
    """A data set of the shape that the saved model takes."""
    x = np.random.default_rng(1).normal(size=(60, 5)).astype(np.float32)
    np.savez(tmp_path / "five.npz", x=x, y=np.array(list("abcde"))[x.argmax(1)])
    return {"file": str(tmp_path / "five.npz"), "scale": "none"}


@pytest.mark.slow
@pytest.mark.parametrize("hidden", ["tanh", "prelu", {"formula": "x * sigmoid(x)"}])
def test_an_epoch_of_a_saved_model_ends_in_the_weights_of_keras(
    cell, opened, multiclass, saved, five_columns, hidden
) -> None:
    chosen = cell(saved[1], dataset=five_columns, hidden=hidden, epochs=1)
    ours, theirs = opened(chosen, multiclass, "compiled"), opened(chosen, multiclass, "keras")
    result, expected = ours.train(3), theirs.train(3)
    assert result.engine == "compiled, XLA"
    assert result.metrics == pytest.approx(expected.metrics, rel=1e-4)
    ours_by_order, theirs_by_order = (list(weights(one).values()) for one in (ours, theirs))
    for value, plain in zip(ours_by_order, theirs_by_order, strict=True):
        np.testing.assert_allclose(value, plain, atol=1e-4, rtol=0)


@pytest.mark.parametrize("hidden", ["tanh", "prelu"])
def test_diagnostics_find_every_swapped_activation(
    cell, multiclass, saved, five_columns, hidden
) -> None:
    chosen = cell(saved[1], dataset=five_columns, hidden=hidden)
    layers = hidden_layers(prepare_cell(chosen, multiclass).model, chosen.arm.hidden)
    behind = "_activation" if hidden == "prelu" else ""  # PReLU is a layer of its own
    names = {f"fused{behind}", f"first{behind}", "relu", f"shared{behind}", "last_hidden"}
    # Keras numbers operations through a whole process: relu, relu_1.
    assert {re.sub(r"^relu_\d+$", "relu", layer.name) for layer in layers} == names


def test_frozen_and_adapted_weights_of_a_saved_model_are_kept_and_others_start_anew(
    cell, multiclass, saved, five_columns
) -> None:
    former, architecture = saved
    starts = {}
    for hidden in ("relu", "prelu"):
        chosen = cell(architecture, dataset=five_columns, hidden=hidden)
        prepared = prepare_cell(chosen, multiclass)
        for seed in (0, 1):
            prepared.initial.assign(seed)
            (model,) = prepared.model.layers
            for kept in ("norm", "frozen"):
                parts = model.get_layer(kept).weights, former.get_layer(kept).weights
                assert all(map(np.array_equal, *parts))
            np.testing.assert_array_equal(
                model.get_layer("norm").mean, former.get_layer("norm").mean
            )
            statistics = model.get_layer("inner").get_layer("batch").moving_mean
            assert not np.any(statistics)
            starts[hidden, seed] = [v.numpy() for v in model.weights if v.name != "alpha"]
    for seed in (0, 1):
        for one, other in zip(starts["relu", seed], starts["prelu", seed], strict=True):
            np.testing.assert_array_equal(one, other)
    assert any((a != b).any() for a, b in zip(starts["relu", 0], starts["relu", 1], strict=True))
    assert not np.array_equal(starts["relu", 0][3], former.get_layer("fused").kernel)
