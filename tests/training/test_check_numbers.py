"""Known numbers of deep nets at their start: of mean field theory, courses and papers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from actbench import data
from actbench.data.dataset import Dataset, Rows
from actbench.spec import Cell
from actbench.training.prepared_cell import prepare_cell
from actbench.training.probe import Probe, hidden_layers, watched

pytestmark = pytest.mark.slow


def normal_rows(width: int, classes: int, count: int = 1024) -> Dataset:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(count, width)).astype(np.float32)
    rows = Rows(x, generator.integers(0, classes, count).astype(np.int32))
    facts = {"scale": 1.0, "vocabulary": 0, "digest": "", "origin": "made here"}
    return Dataset("made", "multiclass", classes, train=rows, validation=None, test=rows, **facts)


def starts(cell: Cell, rows: Dataset, draws: int) -> Iterator[list[dict[str, float]]]:
    """The measures at the start of so many seeds."""
    prepared = prepare_cell(cell, rows)
    probe = Probe(prepared.model, cell.arm.hidden)
    for seed in range(draws):
        prepared.initial.assign(seed)
        yield probe.measure(0, prepared.train.x, prepared.train.y)


@pytest.mark.parametrize(
    ("hidden", "low", "high"),
    [
        ("tanh", 3.36, 3.72),
        ("relu", 19.3, 26.7),
        ({"name": "selu", "kernel_initializer": "lecun_normal"}, 0.69, 0.75),
    ],
)
def test_the_gradient_through_ten_layers_is_that_of_mean_field_theory(
    hidden: Any, low: float, high: float, cell: Callable[..., Cell]
) -> None:
    """The intervals hold 90% of single draws; the median of eight lies well inside."""
    chosen = cell({"type": "mlp", "units": [100] * 10}, hidden=[hidden], dataset="mnist")
    ratios = [
        layers[-1]["gradient"] / layers[0]["gradient"]
        for layers in starts(chosen, normal_rows(100, 100), 8)
    ]
    assert low < np.median(ratios) < high


def test_tanh_shrinks_from_layer_to_layer_as_in_cs231n(cell: Callable[..., Cell]) -> None:
    chosen = cell({"type": "mlp", "units": [500] * 10}, hidden="tanh", dataset="mnist")
    (layers,) = starts(chosen, normal_rows(500, 10), 1)
    sds = [layer["sd"] for layer in layers]
    assert sds[:5] == pytest.approx([0.627, 0.486, 0.408, 0.357, 0.320], abs=0.01)
    assert sds[-1] == pytest.approx(0.23, abs=0.01)


def test_selu_keeps_mean_and_variance_through_a_thousand_layers(cell: Callable[..., Cell]) -> None:
    """Fifty times twenty layers: the outputs of the last one are the inputs of the next net."""
    selu = {"name": "selu", "kernel_initializer": "lecun_normal"}
    chosen = cell({"type": "mlp", "units": [100] * 20}, hidden=[selu], dataset="mnist")
    prepared = prepare_cell(chosen, normal_rows(100, 10))
    probe = Probe(prepared.model, chosen.arm.hidden)
    last_hidden = tf.keras.Model(prepared.model.inputs, prepared.model.layers[-2].input)
    inputs = tf.constant(prepared.train.x)
    for seed in range(50):
        prepared.initial.assign(seed)
        if seed % 5 == 4:
            last = probe.measure(0, inputs, prepared.train.y)[-1]
            assert abs(last["mean"]) <= 0.15
            assert 0.8 <= last["sd"] <= 1.2
        inputs = last_hidden(inputs)


def test_narrow_relu_nets_are_born_dead_as_often_as_simulated(cell: Callable[..., Cell]) -> None:
    """Lu et al. (2019): at most 0.925 for 9 hidden layers of 2 units; 0.880 with zero biases."""
    chosen = cell({"type": "mlp", "units": [2] * 10}, hidden="relu", dataset="mnist")
    nets = list(starts(chosen, normal_rows(1, 2, count=64), 400))
    dead = [np.mean([net[hidden - 1]["dead"] == 1 for net in nets]) for hidden in (9, 10)]
    assert dead == pytest.approx([0.880, 0.910], abs=0.05)  # three standard errors


@pytest.mark.parametrize(("hidden", "low", "high"), [(2, 3.5, 8.0), (3, 14.0, 45.0)])
def test_nielsens_nets_learn_slowest_in_their_first_layer(
    hidden: int, low: float, high: float, cell: Callable[..., Cell], shared_datasets: Path
) -> None:
    """Neural Networks and Deep Learning, chapter 5: the norm of the mean gradient of a layer."""
    chosen = cell(
        {"type": "mlp", "units": [30] * hidden}, hidden="sigmoid", output="sigmoid", dataset="mnist"
    )
    request = chosen.dataset.request
    mnist = data.load(request, shared_datasets)
    prepared = prepare_cell(chosen, mnist)
    x, y = mnist.train.x[:1000], np.eye(10, dtype=np.float32)[mnist.train.y[:1000]]
    layers = hidden_layers(prepared.model, chosen.arm.hidden)
    generator = np.random.default_rng(0)
    ratios = []
    for _ in range(9):
        for weight in prepared.model.trainable_variables:
            fan_in = weight.shape[0] if len(weight.shape) == 2 else 1
            weight.assign(generator.normal(0, fan_in**-0.5, weight.shape))
        with tf.GradientTape() as tape:
            with watched(layers, tape) as passages:
                outputs = prepared.model(x)
            loss = -tf.reduce_sum(y * tf.math.log(outputs) + (1 - y) * tf.math.log(1 - outputs))
        deltas = tape.gradient(loss, [passage.z for passage in passages])
        first, *_, last = (float(tf.norm(tf.reduce_mean(delta, axis=0))) for delta in deltas)
        ratios.append(last / first)
    assert low < np.median(ratios) < high
