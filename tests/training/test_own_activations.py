"""Formulas, custom functions and SELU's companions in training, through both engines."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from actbench.data.dataset import Dataset
from actbench.errors import SpecError
from actbench.models import build
from actbench.spec import Cell
from actbench.training import History, Trainer

Make = Callable[..., Cell]
Open = Callable[..., Trainer]

ENGINES = ["keras", "compiled"]
MODULE = """\
import keras

def silu(x):
    return x * keras.ops.sigmoid(x)

def summed(x):
    return keras.ops.sum(x, axis=-1)

def nothing(x):
    return x * float("nan")

def whole(x):
    return keras.ops.cast(x, "int32")

def broken(x):
    raise KeyError("no such key")

def words(x):
    return "words"

def numpy_only(x):
    return x.numpy() * 2

def branching(x):
    return x if x[0, 0] > 0 else -x

def constant(x):
    return keras.ops.ones_like(x)
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module in the working directory, which is not on Python's path."""
    name = f"mine_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [p for p in sys.path if p])
    return name


def trained(opened: Open, chosen: Cell, data: Dataset, engine: str) -> History:
    return opened(chosen, data, engine).train(1)


def same(found: History, expected: History) -> None:
    assert found.status == expected.status == "ok"
    assert found.metrics == pytest.approx(expected.metrics, rel=1e-5)
    for epoch, other in zip(found.epochs, expected.epochs, strict=True):
        assert epoch == pytest.approx(other, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("formula", "built_in"),
    [
        ("x * sigmoid(x)", "silu"),
        ("max(x, 0)", "relu"),
        ("max(x, 0.1 * x)", {"name": "leaky_relu", "negative_slope": 0.1}),
        ("clip(x, 0, 6)", "relu6"),
    ],
)
def test_a_formula_trains_like_the_equal_built_in(
    engine: str, formula: str, built_in: Any, cell: Make, opened: Open, regression: Dataset
) -> None:
    found = trained(opened, cell(hidden={"formula": formula}), regression, engine)
    same(found, trained(opened, cell(hidden=built_in), regression, engine))


def test_a_formula_of_an_output_trains_like_the_equal_built_in(
    cell: Make, opened: Open, regression: Dataset
) -> None:
    found = trained(opened, cell(output={"formula": "3 + tanh(x) - 3"}), regression, "compiled")
    expected = trained(opened, cell(output="tanh"), regression, "compiled")
    assert found.metrics == pytest.approx(expected.metrics, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_custom_function_trains_like_the_equal_built_in(
    engine: str, mine: str, cell: Make, opened: Open, regression: Dataset
) -> None:
    found = trained(opened, cell(hidden={"custom": f"{mine}:silu"}), regression, engine)
    same(found, trained(opened, cell(hidden="silu"), regression, engine))


@pytest.mark.slow
def test_own_activations_serve_inside_layers_and_copies_of_them(
    mine: str, cell: Make, opened: Open, regression: Dataset
) -> None:
    rows = {"Reshape": {"target_shape": [5, 1]}}
    recurrent = {"SimpleRNN": {"units": 2, "activation": "$hidden", "unroll": True}}
    architecture = {
        "type": "layers",
        "layers": [
            rows,
            {"Bidirectional": {"layer": recurrent}},
            {"Dense": {"units": 1, "activation": "$output"}},
        ],
    }
    expected = trained(opened, cell(architecture, hidden="silu"), regression, "keras")
    for own in ({"formula": "x * sigmoid(x)"}, {"custom": f"{mine}:silu"}):
        same(trained(opened, cell(architecture, hidden=own), regression, "keras"), expected)


@pytest.mark.parametrize("engine", ["auto", *ENGINES])
@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("summed", r"made the shape \(2,\) of the shape \(2, 7\); expected a function that makes"),
        ("nothing", "gives NaN for every input from -3 to 3"),
        ("whole", "made int32 of float32"),
        ("broken", r"fails on a tensor of shape \(2, 7\): KeyError: 'no such key'"),
        ("words", r"\(.*mine_.*\.py\) made the shape \(\) of the shape"),
        ("numpy_only", r"fails on a tensor of shape \(2, 7\): .*numpy"),
        ("branching", "fails on a tensor of .*: .*Python .?bool"),
        ("constant", "has no gradient, so nothing could be learnt through it"),
    ],
)
def test_a_function_that_does_not_serve_is_said_when_the_trainer_opens(
    engine: str, function: str, words: str, mine: str, cell: Make, opened: Open, regression: Dataset
) -> None:
    chosen = cell(hidden={"custom": f"{mine}:{function}"})
    with pytest.raises(SpecError, match=words):
        opened(chosen, regression, engine)


def test_a_module_that_raises_is_said(
    tmp_path: Path, mine: str, cell: Make, opened: Open, regression: Dataset
) -> None:
    module = f"{mine}_bad"
    text = "import a_package_nobody_has\ndef f(x):\n    return x\n"
    (tmp_path / f"{module}.py").write_text(text, encoding="utf-8")
    words = "cannot be imported: ModuleNotFoundError: No module named 'a_package_nobody_has'; try:"
    with pytest.raises(SpecError, match=words):
        opened(cell(hidden={"custom": f"{module}:f"}), regression)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_companions_are_lecun_normal_and_alpha_dropout(
    engine: str, cell: Make, opened: Open, regression: Dataset
) -> None:
    """The same as an arm that spells both out, in an architecture with alpha dropout."""

    def dropping(kind: str) -> dict[str, Any]:
        return {"type": "mlp", "units": [8], "dropout": {"rate": 0.2, "kind": kind}}

    companions = cell(dropping("standard"), hidden={"name": "selu", "companions": True})
    spelt = {"name": "selu", "kernel_initializer": "lecun_normal"}
    found = trained(opened, companions, regression, engine)
    same(found, trained(opened, cell(dropping("alpha"), hidden=spelt), regression, engine))
    other = trained(opened, cell(dropping("standard"), hidden=spelt), regression, engine)
    assert found.metrics != pytest.approx(other.metrics, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_an_arm_s_own_dropout_and_learning_rate_are_those_of_the_spec(
    engine: str, cell: Make, opened: Open, regression: Dataset
) -> None:
    """The same as where the architecture and the optimizer hold them."""
    plain = {"type": "mlp", "units": [8]}
    dropping = plain | {"dropout": {"rate": 0.2, "kind": "alpha"}}
    own = {"name": "relu", "dropout": dropping["dropout"], "learning_rate": 0.02}
    adam = {"name": "adam", "learning_rate": 0.02, "clipnorm": 1.0}
    found = trained(
        opened, cell(plain, hidden=own, optimizer=adam | {"learning_rate": 1.0}), regression, engine
    )
    expected = cell(dropping, hidden="relu", optimizer=adam)
    same(found, trained(opened, expected, regression, engine))
    other = cell(dropping, hidden="relu", optimizer=adam | {"learning_rate": 1.0})
    assert found.metrics != pytest.approx(
        trained(opened, other, regression, engine).metrics, rel=1e-3
    )


def test_companions_reach_written_layers_and_leave_other_arms_alone(
    cell: Make, regression: Dataset
) -> None:
    written = {
        "type": "layers",
        "layers": [
            {"Dense": {"units": 4, "activation": "$hidden"}},
            {"Dropout": {"rate": 0.3}},
            {"Dense": {"units": 1, "activation": "$output"}},
        ],
    }
    selu = {"name": "selu", "companions": True}
    with_companions, without = (
        build(cell(written, hidden=hidden), regression).layers[1] for hidden in (selu, "selu")
    )
    assert type(with_companions) is keras.layers.AlphaDropout and with_companions.rate == 0.3
    assert type(without) is keras.layers.Dropout
    no_dropout = build(cell(hidden=selu), regression)
    kinds = [keras.layers.Dropout, keras.layers.AlphaDropout]
    assert not any(type(layer) in kinds for layer in no_dropout.layers)
    assert isinstance(no_dropout.layers[0].kernel_initializer, keras.initializers.LecunNormal)
    assert np.isfinite(no_dropout.predict(regression.test.x, verbose=0)).all()


def test_a_function_edited_meanwhile_is_not_trained_under_its_former_digest(
    tmp_path: Path, mine: str, cell: Make, opened: Open, regression: Dataset
) -> None:
    former = cell(hidden={"custom": f"{mine}:silu"})
    opened(former, regression)
    edited = MODULE.replace("x * keras.ops.sigmoid(x)", "keras.ops.tanh(x)")
    (tmp_path / f"{mine}.py").write_text(edited, encoding="utf-8")
    for chosen in (former, cell(hidden={"custom": f"{mine}:silu"})):
        with pytest.raises(SpecError, match="was edited while this process ran; run the same"):
            opened(chosen, regression)
    (tmp_path / f"{mine}.py").write_text(MODULE, encoding="utf-8")
    opened(former, regression)


def test_a_helper_edited_meanwhile_is_not_trained_under_its_new_digest(
    tmp_path: Path, mine: str, cell: Make, opened: Open, regression: Dataset
) -> None:
    """Python imports the helper once, for the first of two functions that use it."""
    helper = tmp_path / f"{mine}_helper.py"
    for name in ("one", "two"):
        module = f"from {mine}_helper import f as g\ndef f(x):\n    return g(x)\n"
        (tmp_path / f"{mine}_{name}.py").write_text(module, encoding="utf-8")
    helper.write_text("def f(x):\n    return x * 2\n", encoding="utf-8")
    opened(cell(hidden={"custom": f"{mine}_one:f"}), regression)
    helper.write_text("def f(x):\n    return x * 3\n", encoding="utf-8")
    with pytest.raises(SpecError, match="was edited while this process ran; run the same"):
        opened(cell(hidden={"custom": f"{mine}_two:f"}), regression)
