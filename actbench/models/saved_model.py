"""A saved model with one of its activations swapped for the arm's, and its weights started anew.

The model is made again from its configuration, in which the activation was replaced. Only Keras's
own classes come that far: see `actbench.spec.keras_file`.
"""

import copy
from collections.abc import Iterator
from typing import Any

import keras

from actbench.activations.keras_objects import keras_function, keras_layer, marked, only_a_layer
from actbench.data.dataset import Dataset
from actbench.errors import SpecError
from actbench.models.layer_list import plain_message
from actbench.spec.activation import Activation
from actbench.spec.grid import Arm
from actbench.spec.keras_file import ADAPTED, MODELS, KerasFileError, Place, read_keras_file
from actbench.spec.saved import Saved

_KEPT = "_kept_by_actbench"


def saved_model(architecture: Saved, arm: Arm, data: Dataset, outputs: int) -> list[Any]:
    """The saved model with the arm's hidden activation, after a channel for images without one.

    Raises:
        SpecError: the file changed since the spec was read, or Keras makes no model of it.
    """
    try:
        file = read_keras_file(architecture.path)
    except KerasFileError as error:
        raise SpecError(str(error)) from None
    if file.digest != architecture.digest:
        raise SpecError(
            f"{file.path.name} was changed while this process ran; run the same command again, "
            "and it is trained as it is now"
        )
    config = copy.deepcopy(file.config)
    config.pop("compile_config", None)
    # Later ones first: a layer that is put in moves those behind it.
    names = {p: _swap(config, p, arm.hidden) for p in reversed(architecture.places)}
    _, output = file.last
    try:
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
        if architecture.keeps:
            saved = keras.saving.load_model(file.path, compile=False, safe_mode=True)
            _keep(saved, model)
    except (TypeError, ValueError, KeyError, AttributeError, OSError) as error:
        words = f"{architecture.name} with {arm.hidden.label} makes no model"
        raise SpecError(f"{words}: {plain_message(error)[:500]}") from error
    for place, name in names.items():
        if place != output:
            _mark(model, name, arm.hidden)
    if not model.built:
        raise SpecError(f"{file.path.name} was saved before it was built; give it a keras.Input")
    if not model.trainable_variables:
        raise SpecError(f"every weight of {file.path.name} is frozen, so nothing could be learnt")
    lacks_channel = len(model.input_shape) == len(data.input_shape) + 2
    channel = keras.layers.Reshape((*data.input_shape, 1), name="channel")
    return [channel, model] if lacks_channel else [model]


def is_kept(variable: Any) -> bool:
    """Whether the weight keeps the value that a saved model has, whatever the seed."""
    return getattr(variable, _KEPT, False)


def _mark(model: Any, name: str, activation: Activation) -> None:
    """Let diagnostics find the layer of this name, which follows those of the models around it."""
    layer = model
    for part in name.split("/"):
        is_model = isinstance(layer, keras.Model)
        layer = layer.get_layer(part) if is_model else getattr(layer, part, None)
    if layer is not None:
        marked(layer, activation)


def _swap(config: Any, place: Place, activation: Activation) -> str:
    """Replace the activation at a place in the configuration of a model.

    Return the name of the layer that has it now, after those of the models around it.
    """
    *steps, last = place.node
    parent = config
    for step in steps:
        parent = parent[step]
    node = parent[last]
    if place.form != "argument":
        layer = keras_layer(activation, node.get("name") or node["config"]["name"])
        inbound = {key: node[key] for key in ("name", "inbound_nodes") if key in node}
        parent[last] = _serialized(layer) | inbound
    elif reason := only_a_layer(activation):
        if place.inside or issubclass(getattr(keras.layers, place.kind), keras.layers.RNN):
            raise SpecError(
                f"{activation.name} {reason} and cannot stand inside the layer {place.shown}"
            )
        node["config"]["activation"] = "linear"
        added = _insert_after(_model_around(config, steps), node, activation)
        return "/".join([*place.layer.split("/")[:-1], added])
    else:
        node["config"]["activation"] = keras.activations.serialize(keras_function(activation))
    return place.layer


def _serialized(layer: Any) -> dict[str, Any]:
    plain: dict[str, Any] = keras.saving.serialize_keras_object(layer)
    plain.pop("build_config", None)
    return plain


def _model_around(config: Any, steps: list[Any]) -> Any:
    """The node of the model whose list of layers `steps` lead to."""
    for step in steps[:-2]:
        config = config[step]
    return config


def _insert_after(model: Any, node: Any, activation: Activation) -> str:
    """Put the activation as a layer behind a layer of a model's configuration; return its name."""
    layers = model["config"]["layers"]
    name = node["config"]["name"]
    added_name = f"{name}_activation"
    while any(layer["config"]["name"] == added_name for layer in layers):
        added_name += "_"
    added = _serialized(keras_layer(activation, added_name))
    if model["class_name"] != "Sequential":
        for other in layers:
            _redirect(other["inbound_nodes"], name, added_name)
        _redirect(model["config"]["output_layers"], name, added_name)
        calls = range(len(node["inbound_nodes"]))
        added |= {"name": added_name, "inbound_nodes": [_call_on(name, i) for i in calls]}
    layers.insert(layers.index(node) + 1, added)
    return added_name


def _redirect(value: Any, former: str, later: str) -> None:
    """Let what comes from one layer, as [name, call, output], come from another one."""
    if isinstance(value, list) and len(value) == 3 and value[0] == former:
        value[0] = later
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            _redirect(part, former, later)


def _call_on(name: str, call: int) -> dict[str, Any]:
    history = {"shape": [], "dtype": "float32", "keras_history": [name, call, 0]}
    return {"args": [{"class_name": "__keras_tensor__", "config": history}], "kwargs": {}}


def _keep(saved: Any, model: Any) -> None:
    """Give the kept weights of a model the values they were saved with, and mark them as kept.

    A frozen batch normalisation keeps its statistics; one that is trained starts them anew.
    """
    for layer in saved.layers:
        partner = model.get_layer(layer.name)
        if type(layer).__name__ in MODELS:
            _keep(layer, partner)
            continue
        kept = {id(weight) for weight in _kept_weights(layer)}
        for former, later in zip(layer.weights, partner.weights, strict=False):
            if id(former) in kept:
                later.assign(former)
                setattr(later, _KEPT, True)
        if kept and hasattr(partner, "finalize_state"):
            partner.finalize_state()  # Normalization computes with a copy of its weights


def _kept_weights(layer: Any) -> Iterator[Any]:
    for part in layer._flatten_layers():
        if not part.trainable or type(part).__name__ in ADAPTED:
            yield from part.weights
