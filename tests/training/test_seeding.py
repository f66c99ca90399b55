"""Orders of rows and initial states: each random choice is a function of (seed, purpose)."""

from typing import Any

import keras
import numpy as np
import pytest

from actbench.spec.keras_names import INITIALIZERS, LAYERS, OPTIMIZER_ARGUMENTS
from actbench.training.prepared_cell import PreparedCell, prepare_cell
from actbench.training.seeding import derive, recorded, row_order

ENCODER = {
    "type": "layers",
    "layers": [
        {"Embedding": {"input_dim": 40, "output_dim": 4}},
        {"Bidirectional": {"layer": {"LSTM": {"units": 3, "dropout": 0.2}}}},
        {"Reshape": {"target_shape": [6, 1]}},
        {"SeparableConv1D": {"filters": 2, "kernel_size": 2, "bias_initializer": "he_normal"}},
        {"EinsumDense": {"equation": "abc,cd->abd", "output_shape": [5, 4], "bias_axes": "d"}},
        {"GRU": {"units": 3, "recurrent_dropout": 0.1}},
        {"GaussianNoise": {"stddev": 0.1}},
        "BatchNormalization",
        {"Dense": {"units": 3, "activation": "$output"}},
    ],
}
READS_WORDS = {"dataset": {"name": "reuters", "encoding": "sequence", "maxlen": 12}}


@pytest.mark.parametrize("rows", [1, 2, 404, 1000])
def test_an_order_visits_every_row_once(rows: int) -> None:
    assert sorted(row_order(3, 5, rows)) == list(range(rows))


def test_an_order_depends_on_seed_and_epoch_only() -> None:
    first = row_order(7, 2, 50)
    row_order(1, 1, 50)
    np.testing.assert_array_equal(row_order(7, 2, 50), first)
    assert not np.array_equal(row_order(7, 3, 50), first)
    assert not np.array_equal(row_order(8, 2, 50), first)


def test_an_order_is_the_same_on_every_machine_and_version() -> None:
    """Philox's raw stream is fixed by its authors; these were drawn once and written down."""
    assert row_order(0, 0, 8).tolist() == [6, 4, 1, 5, 7, 2, 3, 0]


def test_every_row_is_as_likely_in_every_place() -> None:
    """Chi-square over 5 x 5 counts of 4000 orders; 16 degrees of freedom, p = 1e-6 at 59."""
    orders = np.array([row_order(seed, 0, 5) for seed in range(4000)])
    counts = np.array([[(orders[:, place] == row).sum() for row in range(5)] for place in range(5)])
    assert ((counts - 800) ** 2 / 800).sum() < 59


def test_derived_numbers_fit_every_seed_type_and_differ() -> None:
    found = {derive(seed, purpose) for seed in range(200) for purpose in ("a", "b", "c")}
    assert len(found) == 600
    assert all(0 <= number < 2**31 for number in found)


def test_seed_and_purpose_do_not_run_into_each_other() -> None:
    assert derive(1, "1/x") != derive(11, "/x")


def weights(prepared: PreparedCell, seed: int) -> dict[str, np.ndarray]:
    prepared.initial.assign(seed)
    return {v.path: v.numpy().copy() for v in prepared.model.variables}


def drawn(prepared: PreparedCell) -> dict[str, np.ndarray]:
    return {path: value for path, value in weights(prepared, 0).items() if np.ptp(value) > 0}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_kernel_is_what_keras_draws_with_the_derived_seed(cell, regression, name) -> None:
    hidden = {"name": "tanh", "kernel_initializer": name}
    prepared = prepare_cell(cell(hidden=hidden), regression)
    prepared.initial.assign(4)
    initializer = keras.initializers.get(name)
    if hasattr(initializer, "seed"):
        seed = derive(4, "weight 1")
        initializer = type(initializer)(seed=seed)
    expected = initializer((8, 6))
    np.testing.assert_array_equal(prepared.model.get_layer("hidden_2").kernel, expected)


def test_another_arm_starts_from_the_same_weights(cell, regression) -> None:
    plain = prepare_cell(cell(hidden="tanh"), regression)
    normal = {"type": "mlp", "units": [8, 6], "batch_norm": "before", "dropout": 0.5}
    other = prepare_cell(cell(normal, hidden="prelu", output="sigmoid"), regression)
    expected, found = drawn(plain), drawn(other)
    assert set(expected) == {f"model/{n}/kernel" for n in ("hidden_1", "hidden_2", "output")}
    for path, value in expected.items():
        np.testing.assert_array_equal(found[path], value)


ONE_MODEL = [
    [
        {"Dense": {"units": 8, "activation": "elu"}},
        {"Dropout": {"rate": 0.3}},
        {"Dense": {"units": 6, "activation": "$hidden"}},
        {"Dense": {"units": 1, "activation": "$output"}},
    ],
    [
        {"Dense": {"units": 8}},
        {"Activation": {"activation": "elu"}},
        {"Dropout": {"rate": 0.3}},
        {"Dense": {"units": 6}},
        "$hidden",
        {"Dense": {"units": 1}},
        "$output",
    ],
]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["keras", "compiled"])
@pytest.mark.parametrize("hidden", ["tanh", "prelu"])
def test_one_model_written_in_two_ways_gives_equal_trials(cell, regression, opened, hidden) -> None:
    one, other = (
        opened(cell({"type": "layers", "layers": layers}, hidden=hidden), regression).train(3)
        for layers in ONE_MODEL
    )
    assert one.epochs == other.epochs
    assert one.metrics == other.metrics


def test_a_kernel_that_is_not_random_leaves_the_others_their_weights(cell, regression) -> None:
    plain = prepare_cell(cell(hidden="tanh"), regression)
    constant = {"name": "tanh", "kernel_initializer": "ones"}
    other = prepare_cell(cell(hidden=constant), regression)
    expected, actual = weights(plain, 0), weights(other, 0)
    np.testing.assert_array_equal(actual["model/hidden_1/kernel"], 1)
    np.testing.assert_array_equal(actual["model/output/kernel"], expected["model/output/kernel"])


def test_another_seed_starts_from_other_weights(cell, regression) -> None:
    prepared = prepare_cell(cell(), regression)
    first, second = weights(prepared, 0), weights(prepared, 1)
    for path in drawn(prepared):
        assert (first[path] != second[path]).all()


def test_two_kernels_of_one_shape_are_drawn_apart(cell, regression) -> None:
    prepared = prepare_cell(cell({"type": "mlp", "units": [5, 5]}), regression)
    prepared.initial.assign(0)
    kernels = [prepared.model.get_layer(f"hidden_{i}").kernel.numpy() for i in (1, 2)]
    assert (kernels[0] != kernels[1]).all()


def test_every_kind_of_layer_starts_anew(cell, words) -> None:
    """Two models of one cell agree on every variable, after training one of them."""
    chosen = cell(ENCODER, output="softmax", metrics=[], **READS_WORDS)
    trained, fresh = prepare_cell(chosen, words), prepare_cell(chosen, words)
    trained.initial.assign(3)
    trained.model.fit(trained.train.x, trained.train.y, shuffle=False, verbose=0)
    found, expected = weights(trained, 0), weights(fresh, 0)
    for (path, value), other in zip(expected.items(), found.values(), strict=True):
        np.testing.assert_array_equal(other, value, err_msg=path)


def test_every_kind_of_layer_depends_on_the_seed(cell, words) -> None:
    prepared = prepare_cell(cell(ENCODER, output="softmax", **READS_WORDS), words)
    first, second = weights(prepared, 0), weights(prepared, 1)
    random = {path for path in first if (first[path] != second[path]).any()}
    kernels = {path for path in first if path.endswith(("kernel", "embeddings"))}
    assert kernels <= random
    assert any(path.endswith("separableconv1d/bias") for path in random)
    noise = {path for path in first if path.endswith("seed_generator_state")}
    assert len(noise) == 4
    assert noise <= random


def test_einsum_dense_keeps_the_spread_keras_gives_it(cell, words) -> None:
    """Glorot's limit is sqrt(6 / (fan in + fan out)) of the contracted axes, 2 and 4 here."""
    prepared = prepare_cell(cell(ENCODER, output="softmax", **READS_WORDS), words)
    (kernel,) = (v for p, v in weights(prepared, 0).items() if p.endswith("einsumdense/kernel"))
    assert 0.5 < np.abs(kernel).max() <= np.sqrt(6 / (2 + 4))


def test_lstm_keeps_its_forget_gate_open(cell, words) -> None:
    prepared = prepare_cell(cell(ENCODER, output="softmax", **READS_WORDS), words)
    biases = [v for p, v in weights(prepared, 0).items() if p.endswith("lstm_cell/bias")]
    for bias in biases:
        np.testing.assert_array_equal(bias, [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    assert len(biases) == 2


def test_a_random_bias_of_an_lstm_is_drawn_from_the_seed(cell, words) -> None:
    layers = [*ENCODER["layers"]]
    layers[1] = {"LSTM": {"units": 6, "bias_initializer": "random_normal"}}
    prepared = prepare_cell(cell({"type": "layers", "layers": layers}, **READS_WORDS), words)
    first, again, other = (
        next(v for p, v in weights(prepared, seed).items() if p.endswith("lstm_cell/bias"))
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first[6:12], 1)
    assert (first[:6] != other[:6]).all()


NEEDS: dict[str, dict[str, Any]] = {
    "Activation": {"activation": "tanh"},
    "Dense": {"units": 4},
    "Embedding": {"input_dim": 5, "output_dim": 3},
    "EinsumDense": {"equation": "abc,cd->abd", "output_shape": [6, 5], "bias_axes": "d"},
    "GRU": {"units": 3},
    "GaussianNoise": {"stddev": 0.1},
    "GroupNormalization": {"groups": 1},
    "LSTM": {"units": 3},
    "Permute": {"dims": [2, 1]},
    "RepeatVector": {"n": 2},
    "Rescaling": {"scale": 2.0},
    "Reshape": {"target_shape": [4, 6]},
    "SimpleRNN": {"units": 3},
}
NEEDS_BY_KIND = {
    "Adaptive": {"output_size": 2},
    "GlobalAverage": {},
    "AveragePooling": {"pool_size": 2},
    "Dropout": {"rate": 0.2},
    "DepthwiseConv": {"kernel_size": 2},
    "Conv": {"filters": 2, "kernel_size": 2},
}
INNER = {"Bidirectional": "LSTM", "TimeDistributed": "Dense"}
SHAPES = {"1D": (6, 4), "2D": (8, 8, 2), "3D": (5, 5, 5, 2)}


def layer(name: str, own_name: str = "it") -> Any:
    by_kind = (needs for kind, needs in NEEDS_BY_KIND.items() if kind in name)
    needs = NEEDS.get(name) or next(by_kind, {})
    if name in INNER:
        needs = {"layer": layer(INNER[name], "inner")}
    return getattr(keras.layers, name)(**needs, name=own_name)


def shape(name: str) -> tuple[int, ...]:
    inputs = next((s for end, s in SHAPES.items() if end in name), (6, 4))
    inputs = (5,) if name == "RepeatVector" else inputs
    return (3, *inputs) if name.startswith("ConvLSTM") else inputs


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_no_weight_of_any_layer_escapes(name: str) -> None:
    """All a layer's weights pass through the record, each under a path of its own."""
    with recorded() as origins:
        model = keras.Sequential([keras.Input(shape(name)), layer(name)])
    paths = [origin.variable.path for origin in origins]
    assert sorted(paths) == sorted(v.path for v in model.weights)
    assert len(set(paths)) == len(paths)


def test_the_record_ends_with_its_block() -> None:
    before = keras.layers.Layer.add_weight
    with pytest.raises(RuntimeError, match="stop"), recorded():
        raise RuntimeError("stop")
    assert keras.layers.Layer.add_weight is before


@pytest.mark.parametrize("ema", [False, True])
@pytest.mark.parametrize("name", sorted(OPTIMIZER_ARGUMENTS))
def test_nothing_of_an_optimizer_is_left_for_the_next_seed(cell, regression, name, ema) -> None:
    choice = {"name": name, "use_ema": True} if ema else name
    prepared = prepare_cell(cell(optimizer=choice), regression)
    prepared.model.run_eagerly = True

    def trained(seed: int) -> list[np.ndarray]:
        prepared.initial.assign(seed)
        for _ in range(2):
            prepared.model.train_on_batch(prepared.train.x, prepared.train.y)
        prepared.model.optimizer.finalize_variable_values(prepared.model.trainable_variables)
        return prepared.model.get_weights()

    first, other, again = trained(0), trained(1), trained(0)
    assert any((a != b).any() for a, b in zip(first, other, strict=True))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
