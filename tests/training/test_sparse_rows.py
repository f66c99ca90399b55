"""Rows without their zeros: the same outputs, gradients and training as with them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from actbench.data.dataset import Dataset
from actbench.models import build
from actbench.training.sparse_rows import common_columns, sparse_form, split_columns
from tests.training.conftest import made, parts

OPTIONS = {"dataset": "reuters", "output": "softmax"}
WIDTH = 1200


def topics(generator: np.random.Generator, count: int) -> Any:
    """Rows of few words: the first tenth of them common, the others rare, the last one absent."""
    shares = np.where(np.arange(WIDTH) < WIDTH // 10, 0.2, 0.004)
    shares[-1] = 0
    return (generator.random((count, WIDTH)) < shares).astype(np.uint8)


@pytest.fixture
def texts() -> Dataset:
    return made("multiclass", 4, parts(topics, lambda x: x[:, :4].argmax(1).astype(np.int32)))


@pytest.fixture
def model(cell: Callable[..., Any], texts: Dataset) -> Any:
    return build(cell(**OPTIONS), texts)


def test_outputs_and_gradients_are_those_of_the_dense_layer(model: Any, texts: Dataset) -> None:
    x = texts.test.x
    columns = common_columns(model, texts)
    assert columns is not None
    sparse = sparse_form(model, texts)
    batch = split_columns(x, columns).batch(tf.range(len(x)))
    with tf.GradientTape(persistent=True) as tape:
        ours, theirs = sparse(batch), model(x)
        loss, other = tf.reduce_sum(ours**2), tf.reduce_sum(theirs**2)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert sparse.trainable_variables == model.trainable_variables
    for variable in model.trainable_variables:
        found, expected = (tape.gradient(y, variable.value) for y in (loss, other))
        np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=variable.path)


def test_nothing_is_lost_in_the_split(model: Any, texts: Dataset) -> None:
    """Rows that have no rare words, and rows that have none at all, included."""
    columns = common_columns(model, texts)
    assert columns is not None
    x = texts.train.x.copy()
    x[3] = 0
    x[5, [c for c in range(WIDTH) if c not in columns]] = 0
    chosen = np.array([5, 3, 0, 59])
    common, rows, others = split_columns(x, columns).batch(chosen)
    again = np.zeros((4, WIDTH), np.uint8)
    again[:, columns] = common
    again[rows, others] = 1
    np.testing.assert_array_equal(again, x[chosen])


@pytest.mark.parametrize("architecture", [{"units": [8]}, {"units": [8], "dropout": 0.3}])
def test_training_is_that_of_keras(
    cell: Callable[..., Any], texts: Dataset, opened: Callable[..., Any], architecture: Any
) -> None:
    """Dropout included: without XLA its masks are Keras's."""
    chosen = cell({"type": "mlp"} | architecture, **OPTIONS)
    ours, theirs = opened(chosen, texts, "compiled"), opened(chosen, texts, "keras")
    assert "sparse" in [layer.name for layer in ours._prepared.model.layers]
    found, expected = ours.train(1), theirs.train(1)
    assert found.engine == "compiled"
    assert found.metrics == pytest.approx(expected.metrics, rel=1e-4)
    for a, b in zip(
        ours._prepared.model.trainable_variables,
        theirs._prepared.model.trainable_variables,
        strict=True,
    ):
        np.testing.assert_allclose(a, b, atol=1e-4, err_msg=a.path)


def test_seeds_repeat_bit_for_bit(
    cell: Callable[..., Any], texts: Dataset, opened: Callable[..., Any]
) -> None:
    trainer = opened(cell(**OPTIONS), texts, "compiled")
    first = trainer.train(0).epochs
    assert trainer.train(1).epochs != first
    assert all(trainer.train(0).epochs == first for _ in range(3))


@pytest.mark.parametrize(
    "change",
    [
        {"scale": 1 / 255},
        {"train": lambda s: replace(s, x=s.x * 3)},
        {"train": lambda s: replace(s, x=s.x.astype(np.float32))},
        {"train": lambda s: replace(s, x=np.ones_like(s.x))},
        {"train": lambda s: replace(s, x=s.x[:, :900])},
    ],
    ids=["scaled", "counts", "floats", "no zeros", "narrow"],
)
def test_other_rows_stay_as_they_are(model: Any, texts: Dataset, change: dict[str, Any]) -> None:
    assert common_columns(model, texts) is not None
    made = {k: v(getattr(texts, k)) if callable(v) else v for k, v in change.items()}
    assert common_columns(model, replace(texts, **made)) is None


def test_a_model_that_does_not_begin_with_a_dense_layer_stays_as_it_is(
    model: Any, texts: Dataset
) -> None:
    layers = [model.layers[0], keras.layers.Dropout(0.1), *model.layers[1:]]
    assert common_columns(keras.Sequential(layers), texts) is None


def test_architectures_of_one_data_set_may_differ_in_it(
    cell: Callable[..., Any], texts: Dataset, opened: Callable[..., Any]
) -> None:
    """Both share the array that the inputs were made from, and each needs its own form of it."""
    dense = {"Dense": {"units": 4, "activation": "$output"}}
    written = {"type": "layers", "layers": [{"Dropout": {"rate": 0.1}}, dense]}
    for architecture in (written, {"type": "mlp", "units": [8]}, written):
        trainer = opened(cell(architecture, **OPTIONS), texts, "compiled")
        assert trainer.train(0).status == "ok"
