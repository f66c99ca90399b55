"""The architectures of a spec: parameters by formula, order of layers, inputs as loaded."""

from pathlib import Path

import keras
import numpy as np
import pytest

from actbench.data import CATALOGUE, DatasetRequest
from actbench.data.dataset import load
from actbench.errors import DataError, SpecError
from actbench.models import build
from actbench.models.building import BUILDERS, one_row, refuse_unbuildable
from actbench.spec.architecture import Architecture

WITH_KERNELS = ("conv_1", "hidden_1", "output")


def names(model) -> list[str]:
    return [layer.name for layer in model.layers]


def test_every_architecture_of_a_spec_has_a_builder() -> None:
    assert set(BUILDERS) == set(Architecture.__subclasses__())


def test_mlp_has_the_parameters_of_its_formula(cell, data) -> None:
    model = build(cell({"type": "mlp", "units": [8, 5]}), data((13,)))
    assert model.count_params() == (13 + 1) * 8 + (8 + 1) * 5 + (5 + 1) * 3


def test_mlp_flattens_images(cell, data) -> None:
    model = build(cell({"type": "mlp", "units": [8]}, dataset="digits"), data((8, 8)))
    assert model.count_params() == (64 + 1) * 8 + (8 + 1) * 3


def test_mlp_without_hidden_layers_is_a_linear_model(cell, data) -> None:
    model = build(cell({"type": "mlp", "units": []}), data((13,)))
    assert model.count_params() == (13 + 1) * 3


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("before", ["hidden_1", "batch_norm_1", "hidden_1_activation", "dropout_1"]),
        ("after", ["hidden_1", "hidden_1_activation", "batch_norm_1", "dropout_1"]),
    ],
)
def test_where_batch_normalisation_and_dropout_stand(cell, data, where, expected) -> None:
    architecture = {"type": "mlp", "units": [8], "batch_norm": where, "dropout": 0.25}
    model = build(cell(architecture), data((13,)))
    assert names(model) == [*expected, "output", "output_activation"]
    assert model.get_layer("dropout_1").rate == 0.25
    assert model.count_params() == (13 + 1) * 8 + 4 * 8 + (8 + 1) * 3


def test_alpha_dropout_stands_after_each_hidden_layer(cell, data) -> None:
    architecture = {"type": "mlp", "units": [8, 8], "dropout": {"rate": 0.1, "kind": "alpha"}}
    model = build(cell(architecture, hidden="selu"), data((13,)))
    found = [layer.name for layer in model.layers if type(layer) is keras.layers.AlphaDropout]
    assert found == ["dropout_1", "dropout_2"]


@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        ({"type": "mlp", "units": [8, 8], "dropout": 0.5}, {}),
        ({"type": "cnn", "filters": [4], "units": [8, 8]}, {"dataset": "digits"}),
        (
            {"type": "embedding", "dim": 4, "units": [8, 8]},
            {"dataset": {"name": "imdb", "encoding": "sequence"}},
        ),
    ],
)
def test_dropout_of_an_arm_takes_the_place_of_the_architecture_s(
    cell, data, architecture, options
) -> None:
    """After each dense hidden layer; arms without their own keep the architecture's."""
    shape = {"mlp": (13,), "cnn": (8, 8), "embedding": (6,)}[architecture["type"]]
    rows = data(shape, "int32", vocabulary=20) if shape == (6,) else data(shape)
    hidden = {"name": "relu", "dropout": {"rate": 0.25, "kind": "alpha"}}
    model = build(cell(architecture, hidden=hidden, **options), rows)
    dropouts = {x.name: (type(x), x.rate) for x in model.layers if x.name.startswith("dropout")}
    alpha = (keras.layers.AlphaDropout, 0.25)
    assert dropouts == {"dropout_1": alpha, "dropout_2": alpha}
    assert names(model)[-3:] == ["dropout_2", "output", "output_activation"]
    without = build(cell(architecture, hidden="relu", **options), rows)
    rates = [x.rate for x in without.layers if type(x) is keras.layers.Dropout]
    assert rates == ([0.5, 0.5] if "dropout" in architecture else [])


def test_cnn_adds_a_channel_and_pools_between_convolutions(cell, data) -> None:
    architecture = {"type": "cnn", "filters": [4, 6], "kernel_size": 3, "units": [5]}
    model = build(cell(architecture, dataset="mnist"), data((28, 28), "uint8", scale=1 / 255))
    convolutions = (9 * 1 + 1) * 4 + (9 * 4 + 1) * 6
    side = (28 - 2) // 2 - 2
    assert model.count_params() == convolutions + (side * side * 6 + 1) * 5 + (5 + 1) * 3
    pools = [layer for layer in model.layers if type(layer) is keras.layers.MaxPooling2D]
    assert len(pools) == 1


def test_cnn_keeps_the_channels_there_are(cell, data) -> None:
    architecture = {"type": "cnn", "filters": [4], "kernel_size": 2}
    model = build(cell(architecture, dataset="digits"), data((6, 6, 3)))
    assert model.count_params() == (4 * 3 + 1) * 4 + (25 * 4 + 1) * 3


def test_embedding_lays_word_vectors_end_to_end(cell, data) -> None:
    choice = {"name": "reuters", "encoding": "sequence", "maxlen": 12}
    architecture = {"type": "embedding", "dim": 5, "units": [7]}
    model = build(cell(architecture, dataset=choice), data((12,), "int32", vocabulary=40))
    assert model.count_params() == 40 * 5 + (12 * 5 + 1) * 7 + (7 + 1) * 3


def test_prelu_adds_one_weight_a_unit_or_channel(cell, data) -> None:
    wine = build(cell({"type": "mlp", "units": [8]}, hidden="prelu"), data((13,)))
    assert wine.count_params() == (13 + 1) * 8 + 8 + (8 + 1) * 3
    architecture = {"type": "cnn", "filters": [4], "kernel_size": 3}
    digits = build(cell(architecture, hidden="prelu", dataset="digits"), data((8, 8)))
    assert digits.count_params() == (9 + 1) * 4 + 4 + (36 * 4 + 1) * 3


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_one_output_for_a_number_and_for_two_classes(cell, data, task) -> None:
    model = build(cell({"type": "mlp", "units": [8]}), data((13,), task=task, classes=2))
    assert model.output_shape == (None, 1)


def test_the_kernel_initialiser_goes_to_the_layers_the_activation_follows(cell, data) -> None:
    hidden = {"name": "selu", "kernel_initializer": "lecun_normal"}
    output = {"name": "softmax", "kernel_initializer": "he_uniform"}
    architecture = {"type": "cnn", "filters": [4], "units": [5], "kernel_size": 3}
    model = build(cell(architecture, hidden=hidden, output=output, dataset="digits"), data((8, 8)))
    found = [type(model.get_layer(n).kernel_initializer).__name__ for n in WITH_KERNELS]
    assert found == ["LecunNormal", "LecunNormal", "HeUniform"]


@pytest.mark.parametrize("scale", [1.0, 1 / 255])
def test_bytes_are_cast_and_scaled_inside_the_model(cell, data, scale) -> None:
    chosen = cell({"type": "mlp", "units": [8]})
    rows = data((13,), "uint8", scale=scale)
    model, plain = build(chosen, rows), build(chosen, data((13,)))
    plain.set_weights(model.get_weights())
    assert model.inputs[0].dtype == "uint8"
    floats = rows.train.x.astype(np.float32) * np.float32(scale)
    found = model.predict(rows.train.x, verbose=0)
    np.testing.assert_allclose(found, plain.predict(floats, verbose=0), rtol=1e-6)


def test_an_output_that_halves_its_features_is_refused(cell, data) -> None:
    with pytest.raises(SpecError, match=r"expected 4 outputs a row .* got the shape \(2,\)"):
        build(cell({"type": "mlp", "units": [8]}, output="glu"), data((13,), classes=4))


def test_an_odd_output_cannot_be_halved(cell, data) -> None:
    with pytest.raises(SpecError, match=r"makes no model: .*an even number of features"):
        build(cell({"type": "mlp", "units": [8]}, output="glu"), data((13,)))


def test_glu_halves_a_hidden_layer(cell, data) -> None:
    model = build(cell({"type": "mlp", "units": [8]}, hidden="glu"), data((13,)))
    assert model.count_params() == (13 + 1) * 8 + (4 + 1) * 3


@pytest.mark.parametrize("name", CATALOGUE)
def test_one_row_of_zeros_has_the_form_of_the_data(name: str, shared_datasets: Path) -> None:
    info = CATALOGUE[name]
    encodings = ("multi_hot", "sequence") if info.kind == "text" else ("multi_hot",)
    for encoding in encodings:
        request = DatasetRequest(info, train_limit=5, num_words=50, maxlen=20, encoding=encoding)
        try:
            expected = load(request, shared_datasets)
        except DataError:
            pytest.skip(f"{name} is not on this machine")
        row = one_row(request)
        assert row.input_shape == expected.input_shape
        if not request.vocabulary:
            assert row.train.x.dtype == expected.train.x.dtype
        for fact in ("name", "task", "classes", "scale", "vocabulary"):
            assert getattr(row, fact) == getattr(expected, fact)


def test_an_architecture_is_refused_only_if_no_arm_can_be_built(cell) -> None:
    halved = {"type": "layers", "layers": [{"Dense": {"units": 6}}, "$output"]}
    plain, gated = (cell(halved, output=output) for output in ("softmax", "glu"))
    refuse_unbuildable([plain, gated])
    with pytest.raises(SpecError, match=r"refuses the architecture .*: expected 3 outputs"):
        refuse_unbuildable([plain])
