"""`type: layers`: Keras layers by name, with the arm's activations in their places."""

import keras
import numpy as np
import pytest

from actbench.activations.catalogue import CATALOGUE
from actbench.errors import SpecError
from actbench.models import build

END = ["Flatten", {"Dense": {"units": 3, "activation": "$output"}}]
LEAKY = {"name": "leaky_relu", "negative_slope": 0.02, "kernel_initializer": "he_normal"}
CONVOLUTION = {"Conv2D": {"filters": 2, "kernel_size": [2, 2]}}


def architecture(*layers) -> dict:
    return {"type": "layers", "layers": [*layers, *END]}


def kind(layer) -> str:
    return type(layer.kernel_initializer).__name__


def test_the_words_become_the_activations_of_the_arm(cell, data) -> None:
    layers = architecture({"Dense": {"units": 8, "activation": "$hidden"}}, "$hidden")
    model = build(cell(layers, hidden=LEAKY, output="sigmoid"), data((5,)))
    dense, alone, _, output = model.layers
    for function in (dense.activation, alone.activation):
        np.testing.assert_allclose(function(np.float32([-1, 1])), [-0.02, 1])
    assert output.activation is keras.activations.sigmoid


def test_same_numbers_as_the_model_written_in_keras(cell, data) -> None:
    layers = architecture(CONVOLUTION, "MaxPooling2D", "$hidden")
    model = build(cell(layers, hidden="tanh", output="softmax"), data((6, 6, 1)))
    plain = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Conv2D(2, 2),
            keras.layers.MaxPooling2D(),
            keras.layers.Activation("tanh"),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    plain.set_weights(model.get_weights())
    x = data((6, 6, 1)).train.x
    np.testing.assert_array_equal(model.predict(x, verbose=0), plain.predict(x, verbose=0))


@pytest.mark.parametrize(
    "layers",
    [
        [{"Dense": {"units": 8, "activation": "$hidden"}}],
        [{"Dense": {"units": 8}}, "$hidden"],
        [{"Dense": {"units": 8}}, "BatchNormalization", {"Dropout": {"rate": 0.1}}, "$hidden"],
        [{"Dense": {"units": 8}}, {"Activation": {"activation": "$hidden"}}],
    ],
)
def test_the_initialiser_goes_to_the_layer_the_word_follows(cell, data, layers) -> None:
    model = build(cell(architecture(*layers), hidden=LEAKY), data((5,)))
    assert kind(model.layers[0]) == "HeNormal"
    assert kind(model.layers[-1]) == "GlorotUniform"


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([{"Dense": {"units": 8, "activation": "tanh"}}, "$hidden"], "GlorotUniform"),
        ([{"Dense": {"units": 8}}, "ReLU", {"Dense": {"units": 8}}, "$hidden"], "GlorotUniform"),
        (
            [{"Dense": {"units": 8, "activation": "$hidden", "kernel_initializer": "zeros"}}],
            "Zeros",
        ),
    ],
)
def test_the_initialiser_goes_nowhere_else(cell, data, layers, expected) -> None:
    model = build(cell(architecture(*layers), hidden=LEAKY), data((5,)))
    assert kind(model.layers[0]) == expected


def test_the_initialiser_reaches_both_kernels_of_a_separable_convolution(cell, data) -> None:
    layer = {"SeparableConv1D": {"filters": 4, "kernel_size": 2, "activation": "$hidden"}}
    model = build(cell(architecture(layer), hidden=LEAKY), data((6, 3)))
    first = model.layers[0]
    found = (first.depthwise_initializer, first.pointwise_initializer)
    assert [type(i).__name__ for i in found] == ["HeNormal", "HeNormal"]


def test_wrappers_hold_the_activation_of_the_arm(cell, data) -> None:
    inner = {"LSTM": {"units": 3, "activation": "$hidden"}}
    layers = architecture({"Bidirectional": {"layer": inner}})
    wrapper = build(cell(layers, hidden=LEAKY), data((6, 4))).layers[0]
    for layer in (wrapper.forward_layer, wrapper.backward_layer):
        np.testing.assert_allclose(layer.cell.activation(np.float32([-1, 1])), [-0.02, 1])
        assert kind(layer.cell) == "HeNormal"


def test_a_word_after_a_wrapper_brings_its_initialiser_inside(cell, data) -> None:
    layers = architecture({"TimeDistributed": {"layer": {"Dense": {"units": 3}}}}, "$hidden")
    model = build(cell(layers, hidden=LEAKY), data((6, 4)))
    assert kind(model.layers[0].layer) == "HeNormal"


@pytest.mark.parametrize(
    "layers",
    [
        [{"Conv2D": {"filters": 2, "kernel_size": 2, "activation": "$hidden"}}],
        [{"Conv2D": {"filters": 2, "kernel_size": 2}}, {"Activation": {"activation": "$hidden"}}],
    ],
)
def test_prelu_as_an_activation_argument_has_its_weights(cell, data, layers) -> None:
    model = build(cell(architecture(*layers), hidden="prelu"), data((4, 4, 1)))
    assert model.count_params() == (4 + 1) * 2 + 2 + (9 * 2 + 1) * 3


@pytest.mark.parametrize(
    "layer",
    [
        {"LSTM": {"units": 3, "activation": "$hidden"}},
        {"TimeDistributed": {"layer": {"Dense": {"units": 3, "activation": "$hidden"}}}},
    ],
)
def test_prelu_inside_another_layer_is_refused_with_a_way_out(cell, data, layer) -> None:
    with pytest.raises(SpecError, match=r"write \$hidden as an entry of its own, after the layer"):
        build(cell(architecture(layer), hidden="prelu"), data((6, 4)))


def test_a_wrong_argument_names_its_layer(cell, data) -> None:
    with pytest.raises(SpecError, match=r"layer_2 \(Dense\): .*missing .*'units'"):
        build(cell(architecture("Flatten", {"Dense": {"unit": 3}})), data((5,)))


def test_layers_that_do_not_fit_together_are_refused(cell, data) -> None:
    with pytest.raises(SpecError, match="makes no model"):
        build(cell(architecture(CONVOLUTION)), data((5,)))


@pytest.mark.parametrize("name", sorted(set(CATALOGUE) - {"glu"}))
def test_names_of_layers_do_not_depend_on_the_arm(cell, data, name) -> None:
    needed = {p.name: 0.5 for p in CATALOGUE[name].parameters if p.required}
    layers = architecture({"Dense": {"units": 8}}, "$hidden")
    model = build(cell(layers, hidden={"name": name, **needed}), data((5,)))
    found = [layer.name for layer in model.layers]
    assert found == ["layer_1_dense", "layer_2_hidden", "layer_3_flatten", "layer_4_dense"]
