"""A model of the user's function: what it is given, and what is refused with its line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actbench.errors import SpecError
from actbench.models import build
from tests.own_models import RESIDUAL, SUBCLASSED, function, written


@pytest.fixture
def built(tmp_path: Path, monkeypatch, cell, data) -> Callable[..., Any]:
    """The model of a module with this source, for rows of five numbers and three classes."""
    monkeypatch.chdir(tmp_path)

    def make(source: str, **options: Any) -> Any:
        architecture = {"type": "builder", "build": written(tmp_path, source)}
        return build(cell(architecture | options.pop("keys", {}), **options), data((5,)))

    return make


@pytest.mark.parametrize("source", [RESIDUAL, SUBCLASSED])
def test_the_activations_of_the_model_are_those_of_the_arm(built, source) -> None:
    """Against the same function with Keras's own layers."""
    model = built(source, hidden="prelu")
    alphas = [v for v in model.trainable_variables if v.name == "alpha"]
    assert len(alphas) == 2
    rows = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    for alpha in alphas:
        alpha.assign(np.full(alpha.shape, 0.3))
    plain = built(source, hidden={"name": "leaky_relu", "negative_slope": 0.3})
    weights = [v for v in model.trainable_variables if v.name != "alpha"]
    for variable, value in zip(plain.trainable_variables, weights, strict=True):
        variable.assign(value)
    np.testing.assert_allclose(model.predict(rows), plain.predict(rows), rtol=1e-5)


def test_arguments_and_initialisers_reach_the_function(built) -> None:
    source = function(
        "inputs = keras.Input(input_shape)\n"
        "x = layers.Dense(width, kernel_initializer=kernel_initializer)(inputs)\n"
        "x = layers.Dense(outputs, kernel_initializer=output_initializer)(hidden()(x))\n"
        "return keras.Model(inputs, output()(x))",
        "input_shape, outputs, hidden, output, width, kernel_initializer, output_initializer",
    )
    hidden = {"name": "selu", "kernel_initializer": "lecun_normal"}
    model = built(source, keys={"arguments": {"width": 7}}, hidden=hidden)
    first, last = (layer for layer in model.layers[0].layers if "dense" in layer.name)
    assert first.units == 7
    assert type(first.kernel_initializer).__name__ == "LecunNormal"
    assert type(last.kernel_initializer).__name__ == "GlorotUniform"


@pytest.mark.parametrize(
    ("hidden", "kind"),
    [
        ({"name": "relu", "dropout": 0.25}, "Dropout"),
        ({"name": "elu", "dropout": {"rate": 0.25, "kind": "alpha"}}, "AlphaDropout"),
        ("relu", "Identity"),
    ],
)
def test_the_dropout_of_an_arm_reaches_the_function(built, hidden, kind) -> None:
    source = function(
        "inputs = keras.Input(input_shape)\n"
        "x = dropout_layer()(hidden()(layers.Dense(4)(inputs)))\n"
        "x = dropout_layer()(hidden()(layers.Dense(4)(x)))\n"
        "return keras.Model(inputs, output()(layers.Dense(outputs)(x)))",
        "input_shape, outputs, hidden, output, dropout_layer",
    )
    inner = built(source, hidden=hidden).layers[0].layers
    found = [layer for layer in inner if type(layer).__name__ == kind]
    assert len(found) == 2
    assert [layer.rate for layer in found if kind != "Identity"] in ([], [0.25, 0.25])


INPUTS = "inputs = keras.Input(input_shape)\n"
SMALL = INPUTS + "x = hidden()(layers.Dense(4)(inputs))\n"
ENDS = SMALL + "return keras.Model(inputs, output()(layers.Dense(outputs)(x)))"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "x = 1\nreturn 1 / 0",
            r"raised at own_model_\d+.py:6 \(return 1 / 0\): Zero",
        ),
        ("raise SystemExit(3)", "raised at .*: SystemExit: 3"),
        ("return None", r"must return a keras.Model; it returned nothing \(None\)"),
        ("return layers.Dense(3)", "must return a keras.Model; it returned a keras.*Dense"),
        (
            ENDS.replace("return ", "m = ") + "\nm.compile('sgd', 'mse')\nreturn m",
            "returned a compiled model; leave `compile` out",
        ),
        (ENDS.replace("hidden()", "layers.ReLU()"), r"never called `hidden\(\)`"),
        (ENDS.replace("output()", "layers.Softmax()"), r"never called `output\(\)`"),
        ("hidden()\n" + ENDS.replace("hidden()(", "layers.ReLU()("), "none of its layers lies"),
        (
            SMALL + "y = output()(layers.Dense(3)(x))\nreturn keras.Model(inputs, [y, y])",
            "2 outputs",
        ),
        (
            INPUTS + "other = keras.Input((2,))\nx = hidden()(layers.Dense(4)(inputs))\n"
            "x = layers.Concatenate()([x, other])\n"
            "return keras.Model([inputs, other], output()(layers.Dense(outputs)(x)))",
            "2 inputs",
        ),
        (
            ENDS.replace("Dense(outputs)", "Dense(7)"),
            r"gives a row the shape \(7,\); expected \(3,\)",
        ),
        (
            SMALL + "y = output()(layers.Dense(outputs)(x))\n"
            "return keras.Model(inputs, layers.Rescaling(2.0)(y))",
            r"must end with `output\(\)`",
        ),
        (ENDS.replace("input_shape", "(9,)"), "raised at .*: ValueError: .*incompatible"),
    ],
)
def test_what_is_wrong_with_the_model_is_said(built, body, words) -> None:
    with pytest.raises(SpecError, match=words):
        built(function(body), hidden="prelu")


def test_what_a_subclassed_model_raises_has_its_line(built) -> None:
    source = SUBCLASSED.replace("self.flat(inputs)", "self.flat(inputs) + keras.ops.zeros((7, 9))")
    with pytest.raises(
        SpecError, match=r"raised at own_model_\d+.py:\d+ \(.*self.flat\(inputs\) \+"
    ):
        built(source)


def test_a_training_step_of_its_own_would_not_be_called(built) -> None:
    step = "    def train_step(self, rows):\n        pass\n\n    def call(self, inputs"
    source = SUBCLASSED.replace("    def call(self, inputs", step)
    with pytest.raises(SpecError, match="a train_step of its own"):
        built(source)


def test_the_module_may_not_change_while_a_run_is_on(built, tmp_path, cell, data) -> None:
    architecture = {"type": "builder", "build": written(tmp_path, RESIDUAL)}
    chosen = cell(architecture)
    module = tmp_path / f"{architecture['build'].split(':')[0]}.py"
    module.write_text(RESIDUAL + "\n# edited\n")
    with pytest.raises(SpecError, match="was edited while this process ran"):
        build(chosen, data((5,)))
