"""Layers as a spec writes them: Keras classes by name, `$hidden` and `$output` filled in."""

import re
from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any

import keras

from actbench.activations.keras_objects import keras_function, keras_layer, marked, only_a_layer
from actbench.data.dataset import Dataset
from actbench.errors import SpecError
from actbench.spec.activation import Activation
from actbench.spec.architecture import Layers
from actbench.spec.dropout import Dropout
from actbench.spec.grid import Arm

_KERNEL_INITIALIZERS = ("kernel_initializer", "depthwise_initializer", "pointwise_initializer")
_INNER_LAYERS = ("layer", "backward_layer")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

# The arm's activations by their words, `$hidden` and `$output`.
Activations = Mapping[str, Activation]


def layer_list(architecture: Layers, arm: Arm, data: Dataset, outputs: int) -> list[Any]:
    """The layers in order; each is named by its place and class, `layer_1_dense`.

    The kernel initialiser of `$hidden` or `$output` goes to the layer that has the word as its
    `activation`. Where the word is an entry of its own, its initialiser goes to the last layer
    with kernels before it. A layer keeps an initialiser that it names itself. Where `$hidden`
    comes with its companions, each Dropout becomes AlphaDropout.

    Raises:
        SpecError: the installed Keras has no such layer, or refuses its arguments.
    """
    activations = {"$hidden": arm.hidden, "$output": arm.output}
    entries = [_plain_word(entry) for entry in architecture.layers]
    later_words = _later_words(entries)
    layers: list[Any] = []
    for i, entry in enumerate(entries):
        later = activations.get(later_words.get(i, ""))
        layers += _entry_layers(entry, f"layer_{i + 1}", activations, later)
    return layers


def _plain_word(entry: Any) -> Any:
    """`$hidden` for an entry `Activation: {activation: $hidden}`; other entries as they are."""
    if isinstance(entry, str) or "Activation" not in entry:
        return entry
    word = entry["Activation"].get("activation")
    return word if word in ("$hidden", "$output") else entry


def _later_words(entries: Sequence[Any]) -> dict[int, str]:
    """The word that serves as a layer's activation from an entry after it, by the layer's place.

    Between the two there are only layers without kernels.
    """
    words = {}
    last_with_kernels: int | None = None
    for i, entry in enumerate(entries):
        if isinstance(entry, str):
            if last_with_kernels is not None:
                words[last_with_kernels] = entry
            last_with_kernels = None
            continue
        name, arguments = _innermost(entry)
        if _initializers(_layer_class(name)):
            activated = arguments.get("activation") not in (None, "linear")
            last_with_kernels = None if activated else i
    return words


def _entry_layers(
    entry: Any, place: str, activations: Activations, later: Activation | None
) -> list[Any]:
    """The layers of one entry: one, or two where the activation must be a layer itself."""
    if isinstance(entry, str):
        return [keras_layer(activations[entry], f"{place}_{entry[1:]}")]
    name, arguments = _parts(entry)
    activation = activations.get(str(arguments.get("activation")))
    recurrent = issubclass(_layer_class(name), keras.layers.RNN)
    if activation is None or not only_a_layer(activation) or recurrent:
        return [_layer(entry, place, activations, later)]
    others = {key: value for key, value in arguments.items() if key != "activation"}
    layer = _layer({name: others}, place, activations, activation)
    return [layer, keras_layer(activation, f"{place}_activation")]


def _layer(
    entry: Mapping[str, Any], place: str, activations: Activations, later: Activation | None
) -> Any:
    name, arguments = _parts(entry)
    alpha = name == "Dropout" and activations["$hidden"].companions
    cls, own_name = _layer_class("AlphaDropout" if alpha else name), f"{place}_{name.lower()}"
    filled = {
        key: _argument(key, value, own_name, activations, later) for key, value in arguments.items()
    }
    inside = activations.get(str(arguments.get("activation")))
    activation = inside or later
    if activation is not None:
        filled = dict.fromkeys(_initializers(cls), activation.kernel_initializer) | filled
    try:
        layer = cls(**filled, name=own_name)
        return layer if inside is None else marked(layer, inside)
    except (TypeError, ValueError) as error:
        raise SpecError(f"{place} ({name}): {plain_message(error)}") from error


def _argument(
    key: str, value: Any, name: str, activations: Activations, later: Activation | None
) -> Any:
    """An argument of the layer of this name: inner layers made, words replaced by activations."""
    if isinstance(value, Mapping) and key in _INNER_LAYERS:
        return _layer(value, name if key == "layer" else f"{name}_back", activations, later)
    if not isinstance(value, str) or value not in activations:
        return value
    if reason := only_a_layer(activations[value]):
        raise SpecError(
            f"{name}: {activations[value].name} {reason} and cannot be the {key} inside this "
            f"layer; write {value} as an entry of its own, after the layer"
        )
    return keras_function(activations[value])


def _parts(entry: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The class name and the arguments of an entry."""
    ((name, arguments),) = entry.items()
    return name, arguments or {}


def _innermost(entry: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The class name and the arguments of the layer itself, inside any wrappers."""
    name, arguments = _parts(entry)
    inner = arguments.get("layer")
    return _innermost(inner) if isinstance(inner, Mapping) else (name, arguments)


def _layer_class(name: str) -> Any:
    cls = getattr(keras.layers, name, None)
    if cls is None:
        raise SpecError(f"the installed Keras {keras.__version__} has no layer {name!r}")
    return cls


def _initializers(cls: Any) -> list[str]:
    """The arguments for initialisers of kernels that a layer class takes."""
    parameters = signature(cls.__init__).parameters
    return [name for name in _KERNEL_INITIALIZERS if name in parameters]


def plain_message(error: BaseException) -> str:
    r"""What Keras says when it refuses a model, without colours and line breaks.

    >>> plain_message(ValueError("Exception:\n\n\x1b[1mno shape\x1b[0m"))
    'Exception: no shape'
    """
    return " ".join(_COLOURS.sub("", str(error)).split())


def dropout_layer(dropout: Dropout, name: str | None = None) -> Any:
    """A fresh layer of this dropout; Keras names it if there is no `name`."""
    kind = keras.layers.AlphaDropout if dropout.kind == "alpha" else keras.layers.Dropout
    return kind(dropout.rate, name=name)
