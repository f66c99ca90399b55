"""Compiled epochs give Keras's numbers, repeat to the bit, and say where they cannot be had."""

from collections.abc import Callable
from dataclasses import replace
from statistics import stdev
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.config import is_op_determinism_enabled

from actbench import data as data_sets
from actbench.data.dataset import Dataset, Rows
from actbench.errors import SpecError
from actbench.models import build
from actbench.spec import Cell, blocks, load
from actbench.spec.keras_names import OPTIMIZER_ARGUMENTS
from actbench.training import Trainer, open_trainer, prepared_cell, xla_and_determinism
from actbench.training.compiled_engine import CompiledTrainer
from actbench.training.keras_engine import KerasTrainer
from actbench.training.seeding import row_order
from actbench.training.xla_and_determinism import suits_xla
from tests.training.test_keras_engine import CNN, EMBEDDING, READS_WORDS, numbers

IMAGES = {"dataset": "digits", "output": "softmax"}
WORDS = READS_WORDS | {"output": "softmax"}
NORMALISED = {"type": "mlp", "units": [8, 6], "batch_norm": "before"}
LAYERS = {
    "type": "layers",
    "layers": [
        {"Dense": {"units": 8, "activation": "$hidden"}},
        "LayerNormalization",
        "PReLU",
        {"Reshape": {"target_shape": [4, 2]}},
        {"SimpleRNN": {"units": 3, "unroll": True}},
        {"Dense": {"units": 1, "activation": "$output"}},
    ],
}
TOO_MANY = {
    "type": "layers",
    "layers": [
        {"Reshape": {"target_shape": [9]}},
        {"Dense": {"units": 1, "activation": "$output"}},
    ],
}
LARGE_CNN = {"type": "cnn", "filters": [16, 16], "units": [16]}
DROPPING = {"type": "mlp", "units": [8], "dropout": 0.4}
ALPHA = {"type": "mlp", "units": [8], "dropout": {"rate": 0.2, "kind": "alpha"}}


@pytest.fixture
def engine() -> str:
    return "compiled"


def weights(trainer: Any) -> dict[str, np.ndarray]:
    return {v.path: v.numpy() for v in trainer._prepared.model.weights}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "fixture", "options"),
    [
        (NORMALISED, "regression", {"hidden": "prelu"}),
        (CNN, "images", IMAGES),
        (EMBEDDING, "words", WORDS),
        (LAYERS, "regression", {}),
    ],
)
def test_an_epoch_ends_in_the_weights_of_keras(
    request, cell, opened, architecture, fixture, options
) -> None:
    """60 rows in batches of 8: the short batch at the end counts as in `fit`."""
    data = request.getfixturevalue(fixture)
    chosen = cell(architecture, epochs=1, **options)
    ours, theirs = opened(chosen, data), opened(chosen, data, "keras")
    found, expected = ours.train(3), theirs.train(3)
    assert found.metrics == pytest.approx(expected.metrics, rel=1e-4)
    for path, value in weights(theirs).items():
        np.testing.assert_allclose(weights(ours)[path], value, atol=1e-4, rtol=0, err_msg=path)


@pytest.mark.slow
def test_boston_ends_where_keras_ends(opened, shared_datasets) -> None:
    """The shipped spec: 7 epochs of 404 steps; within 1% of the spread between seeds."""
    chosen = blocks(load("boston_output"))[0].cells[0]
    boston = data_sets.load(chosen.dataset.request, shared_datasets)
    ours, theirs = opened(chosen, boston), opened(chosen, boston, "keras")
    found = [ours.train(seed).metrics["test_mae"] for seed in range(10)]
    assert abs(found[4] - theirs.train(4).metrics["test_mae"]) < 0.01 * stdev(found)


def test_dropout_without_xla_drops_what_keras_drops(cell, regression, opened) -> None:
    chosen, data = cell(DROPPING, epochs=2), replace(regression, validation=None)
    found = CompiledTrainer(chosen, data, xla=False).train(0)
    assert numbers(found) == pytest.approx(numbers(opened(chosen, data, "keras").train(0)))


@pytest.mark.slow
def test_dropout_with_xla_differs_by_chance_only(cell, regression) -> None:
    """XLA draws other masks; over 100 seeds their effect on the training loss is the same."""
    data = replace(regression, validation=None)
    with_xla, without = (last_losses(cell(DROPPING), data, xla) for xla in (True, False))
    dry = last_losses(cell({"type": "mlp", "units": [8]}), data, True)
    assert abs(standardised(with_xla - without)) < 3
    assert standardised(with_xla - dry) > 6


def last_losses(chosen: Cell, data: Dataset, xla: bool) -> np.ndarray:
    """The training losses of the last epoch, of 100 seeds."""
    trainer = CompiledTrainer(chosen, data, xla=xla)
    return np.array([trainer.train(seed).metrics["train_loss"] for seed in range(100)])


def standardised(differences: np.ndarray) -> float:
    """Their mean in standard errors."""
    return float(differences.mean() / (differences.std(ddof=1) / len(differences) ** 0.5))


@pytest.mark.parametrize("name", sorted(OPTIMIZER_ARGUMENTS))
def test_every_optimizer_steps_as_it_does_one_call_at_a_time(
    cell, regression, opened, name
) -> None:
    data = replace(regression, validation=None)
    chosen = cell({"type": "mlp", "units": []}, optimizer=name, epochs=1, batch_size=30)
    trainer = opened(chosen, data)
    trainer.train(0)
    apart = prepared_cell.prepare_cell(chosen, data)
    apart.initial.assign(0)
    start, rows = apart.model.get_weights(), row_order(0, 0, 60)
    for batch in (rows[:30], rows[30:]):
        apart.model.train_step((tf.constant(data.train.x[batch]), apart.train.y[batch]))
    for path, value in {v.path: v.numpy() for v in apart.model.weights}.items():
        np.testing.assert_allclose(weights(trainer)[path], value, atol=1e-5, err_msg=path)
    assert any((a != b).any() for a, b in zip(start, apart.model.get_weights(), strict=True))


@pytest.mark.slow
def test_equal_trainers_give_equal_bits_in_any_order_of_seeds(cell, regression, opened) -> None:
    """Interleaved, other seeds between, another model at work: nothing shows."""
    chosen = cell(DROPPING, hidden="prelu", optimizer="nadam")
    one, other = opened(chosen, regression), opened(chosen, regression)
    between = opened(cell(ALPHA), regression)
    first = {seed: numbers(one.train(seed)) for seed in (0, 1, 2)}
    second = {}
    for seed in (2, 0, 1):
        between.train(seed)
        second[seed] = numbers(other.train(seed))
    assert first == second
    assert len({tuple(found.values()) for found in first.values()}) == 3


@pytest.mark.parametrize(
    ("architecture", "trained_by"),
    [
        ({"type": "mlp", "units": [512]}, "compiled, XLA"),
        ({"type": "mlp", "units": [1024]}, "compiled"),
        (LARGE_CNN, "compiled"),
    ],
)
def test_large_steps_repeat_bit_for_bit_on_several_threads(
    cell, opened, architecture, trained_by
) -> None:
    """Large enough for TensorFlow to share a matrix product or a convolution among threads."""
    x = np.random.default_rng(0).integers(0, 256, size=(1024, 28, 28)).astype(np.uint8)
    split = Rows(x, x[:, 0, 0] % 10)
    facts = {"scale": 1 / 255, "vocabulary": 0, "digest": "", "origin": "made here"}
    images = Dataset("made", "multiclass", 10, split, None, split, **facts)
    trainer = opened(cell(architecture, batch_size=256, epochs=1, **IMAGES), images)
    assert trainer.train(0).engine == trained_by
    first = weights(trainer)
    for _ in range(4):
        trainer.train(0)
        for path, value in weights(trainer).items():
            np.testing.assert_array_equal(first[path], value, err_msg=path)


@pytest.mark.slow
@pytest.mark.parametrize("switched", [True, False])
def test_operations_are_made_deterministic_where_they_are_not(
    cell, words, images, opened, switched
) -> None:
    """Whoever trained last: the switch belongs to the process."""
    cells = {
        True: opened(cell(EMBEDDING, epochs=1, **WORDS), words),
        False: opened(cell(CNN, epochs=1, **IMAGES), images),
    }
    for which in (not switched, switched):
        cells[which].train(0)
    assert is_op_determinism_enabled() is switched


def test_cells_of_a_data_set_share_its_inputs_on_the_device(cell, regression, opened) -> None:
    one, other = opened(cell(), regression), opened(cell(hidden="relu"), regression)
    assert one._train[0] is other._train[0]
    assert one._train[0] is not one._test[0]


def test_bytes_stay_bytes_on_the_device(cell, images, opened) -> None:
    assert opened(cell(CNN, **IMAGES), images)._train[0].dtype == tf.uint8


@pytest.mark.parametrize(
    ("architecture", "fixture", "options", "expected"),
    [
        (NORMALISED, "regression", {}, True),
        (EMBEDDING, "words", WORDS, True),
        ({"type": "mlp", "units": [30_000, 100]}, "regression", {"batch_size": 60}, False),
        (CNN, "images", IMAGES, False),
        (DROPPING, "regression", {"batch_size": 60}, True),
        ({"type": "mlp", "units": [64, 64], "dropout": 0.1}, "regression", {}, False),
        ({"type": "mlp", "units": [64], "dropout": 0.1}, "regression", {"batch_size": 1}, True),
    ],
)
def test_xla_compiles_small_steps_without_convolutions(
    request, cell, architecture, fixture, options, expected
) -> None:
    chosen = cell(architecture, **options)
    model = build(chosen, request.getfixturevalue(fixture))
    assert suits_xla(model, chosen.batch_size) is expected


class Through(keras.layers.Layer):
    """Hands its input on through `way`."""

    def __init__(self, way: Callable[[Any], Any]) -> None:
        super().__init__(name="through")
        self._way = way

    def call(self, inputs: Any) -> Any:
        return tf.ensure_shape(self._way(inputs), inputs.shape)

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs.shape, inputs.dtype)


@tf.custom_gradient
def by_python(x: Any) -> Any:
    """What XLA refuses: Python at run time."""
    return tf.py_function(lambda value: value, [x], x.dtype), lambda slope: slope


def not_in_a_loop(x: Any) -> Any:
    """What no program of an epoch can hold."""
    if type(tf.compat.v1.get_default_graph()).__name__ == "WhileBodyFuncGraph":
        raise NotImplementedError("no loops here\nand more lines")
    return x


def never(x: Any) -> Any:
    raise NotImplementedError("not anywhere")


@pytest.fixture
def with_layer(monkeypatch) -> Callable[[Callable[[Any], Any]], None]:
    """Put a layer that does its work in `way` at the end of every model."""

    def put(way: Callable[[Any], Any]) -> None:
        def longer(chosen: Cell, data: Dataset) -> Any:
            return keras.Sequential([*build(chosen, data).layers, Through(way)], name="model")

        monkeypatch.setattr(prepared_cell, "build", longer)

    return put


@pytest.mark.parametrize(
    ("way", "used", "words"),
    [
        (by_python, "compiled", "compiled epochs, without XLA: "),
        (not_in_a_loop, "keras", "Keras's own loop: "),
    ],
)
def test_what_cannot_be_compiled_falls_back_and_says_why(
    cell, regression, opened, with_layer, way, used, words
) -> None:
    expected = numbers(opened(cell(), regression, "keras").train(1))
    with_layer(way)
    notes, heard = [], []
    trainer = opened(cell(), regression, "auto", on_note=notes.append)
    histories = [trainer.train(1, lambda number, _: heard.append(number)) for _ in range(2)]
    assert [history.engine for history in histories] == [used, used]
    assert numbers(histories[0]) == numbers(histories[1]) == pytest.approx(expected, rel=1e-4)
    assert heard == [1, 2, 3] * 2
    (note,) = notes
    assert note.startswith(f"tanh / linear: trained with {words}")
    assert "\n" not in note


@pytest.mark.slow
def test_what_compiles_is_trained_without_a_word(cell, regression, opened) -> None:
    notes: list[str] = []
    trainer = opened(cell(), regression, "auto", on_note=notes.append)
    expected = opened(cell(), regression, "compiled").train(0)
    assert numbers(trainer.train(0)) == numbers(expected)
    assert notes == []


def test_what_works_in_no_way_is_the_error_of_the_trial(cell, regression, with_layer) -> None:
    with_layer(never)
    with pytest.raises(NotImplementedError, match="not anywhere"):
        open_trainer(cell(), regression)


@pytest.mark.parametrize("engine", ["auto", "compiled"])
def test_a_spec_that_makes_no_model_is_refused_at_once(cell, regression, engine) -> None:
    notes: list[str] = []
    with pytest.raises(SpecError, match="makes no model"):
        open_trainer(cell(TOO_MANY), regression, engine, notes.append)
    assert notes == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_listener_that_raises_is_no_reason_to_train_otherwise(
    cell, regression, opened, error
) -> None:
    def stop(number: int, metrics: dict[str, float]) -> None:
        raise error

    notes: list[str] = []
    trainer: Trainer = opened(cell(), regression, "auto", on_note=notes.append)
    with pytest.raises(error):
        trainer.train(0, stop)
    assert (notes, trainer.train(0).engine) == ([], "compiled, XLA")


def test_a_trial_that_fails_in_every_way_leaves_the_next_one_its_chance(
    cell, regression, opened, monkeypatch
) -> None:
    trainer = opened(cell(), regression, "auto")
    with monkeypatch.context() as broken:
        for kind in (CompiledTrainer, KerasTrainer):
            broken.setattr(kind, "train", lambda *_: 1 / 0)
        for seed in (0, 1):
            with pytest.raises(ZeroDivisionError):
                trainer.train(seed)
    assert trainer.train(2).engine == "keras"


def test_records_name_the_device_where_it_is_not_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert xla_and_determinism.on_device("compiled") == "compiled"
    monkeypatch.setattr(xla_and_determinism, "on_accelerator", lambda: True)
    assert xla_and_determinism.on_device("compiled") == "compiled, GPU"
