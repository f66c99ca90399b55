"""Layers as a spec writes them: Keras classes by name, `$hidden` and `$output` filled in."""

from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any

import keras

from actbench.activations.keras_objects import keras_function, keras_layer, only_a_layer
from actbench.errors import SpecError
from actbench.models.refusal import in_words
from actbench.spec.activation import Activation
from actbench.spec.architecture import Layers
from actbench.spec.grid import Arm

_KERNEL_INITIALIZERS = ("kernel_initializer", "depthwise_initializer", "pointwise_initializer")
_NESTED = ("layer", "backward_layer")

Words = Mapping[str, Activation]


def written(architecture: Layers, arm: Arm) -> list[Any]:
    """The layers in order; each is named by its place and class, `layer_1_dense`.

    The kernel initialiser of `$hidden` or `$output` goes to the layer that has the word as its
    `activation`, or that the word follows as an entry of its own (with layers without kernels
    between them at most), unless that layer names an initialiser itself. Where `$hidden` comes
    with its companions, each Dropout is AlphaDropout.

    Raises:
        SpecError: the installed Keras has no such layer, or refuses its arguments.
    """
    words = {"$hidden": arm.hidden, "$output": arm.output}
    entries = [_as_word(entry) for entry in architecture.layers]
    following = _following_words(entries)
    return [
        layer
        for i, entry in enumerate(entries)
        for layer in _entry(entry, f"layer_{i + 1}", words, words.get(following.get(i, "")))
    ]


def _as_word(entry: Any) -> Any:
    """`Activation: {activation: $hidden}` says no more than `$hidden`."""
    if isinstance(entry, str) or "Activation" not in entry:
        return entry
    word = entry["Activation"].get("activation")
    return word if word in ("$hidden", "$output") else entry


def _entry(entry: Any, place: str, words: Words, following: Activation | None) -> list[Any]:
    """The layers of one entry: one, or two where the activation is itself a layer."""
    if isinstance(entry, str):
        return [keras_layer(words[entry], f"{place}_{entry[1:]}")]
    name, arguments = _parts(entry)
    activation = words.get(str(arguments.get("activation")))
    if activation is None or not only_a_layer(activation) or _is_recurrent(name):
        return [_layer(entry, place, words, following)]
    without = {key: value for key, value in arguments.items() if key != "activation"}
    layer = _layer({name: without}, place, words, activation)
    return [layer, keras_layer(activation, f"{place}_activation")]


def _is_recurrent(name: str) -> bool:
    return issubclass(_class(name), keras.layers.RNN)


def _following_words(entries: Sequence[Any]) -> dict[int, str]:
    """For the layers whose activation is a later entry: their place, and the word."""
    found = {}
    waiting: int | None = None
    for i, entry in enumerate(entries):
        if isinstance(entry, str):
            if waiting is not None:
                found[waiting] = entry
            waiting = None
        elif _has_kernels(entry):
            waiting = None if _has_own_activation(entry) else i
    return found


def _has_kernels(entry: Mapping[str, Any]) -> bool:
    name, arguments = _parts(entry)
    inner = arguments.get("layer")
    return _has_kernels(inner) if isinstance(inner, Mapping) else bool(_initializers(_class(name)))


def _has_own_activation(entry: Mapping[str, Any]) -> bool:
    _, arguments = _parts(entry)
    inner = arguments.get("layer")
    if isinstance(inner, Mapping):
        return _has_own_activation(inner)
    return arguments.get("activation") not in (None, "linear")


def _parts(entry: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    ((name, arguments),) = entry.items()
    return name, arguments or {}


def _class(name: str) -> Any:
    found = getattr(keras.layers, name, None)
    if found is None:
        raise SpecError(f"the installed Keras {keras.__version__} has no layer {name!r}")
    return found


def _initializers(cls: Any) -> list[str]:
    known = signature(cls.__init__).parameters
    return [name for name in _KERNEL_INITIALIZERS if name in known]


def _layer(entry: Mapping[str, Any], place: str, words: Words, following: Activation | None) -> Any:
    name, arguments = _parts(entry)
    alpha = name == "Dropout" and words["$hidden"].companions
    cls, own_name = _class("AlphaDropout" if alpha else name), f"{place}_{name.lower()}"
    activation = words.get(str(arguments.get("activation")), following)
    filled = {
        key: _argument(key, value, own_name, words, following) for key, value in arguments.items()
    }
    if activation is not None:
        filled = dict.fromkeys(_initializers(cls), activation.kernel_initializer) | filled
    try:
        return cls(**filled, name=own_name)
    except (TypeError, ValueError) as error:
        raise SpecError(f"{place} ({name}): {in_words(error)}") from error


def _argument(key: str, value: Any, name: str, words: Words, following: Activation | None) -> Any:
    if isinstance(value, Mapping) and key in _NESTED:
        return _layer(value, name if key == "layer" else f"{name}_back", words, following)
    if not isinstance(value, str) or value not in words:
        return value
    if reason := only_a_layer(words[value]):
        raise SpecError(
            f"{name}: {words[value].name} {reason} and cannot be the {key} inside this layer; "
            f"write {value} as an entry of its own, after the layer"
        )
    return keras_function(words[value])
