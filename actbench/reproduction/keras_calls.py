"""Keras objects as the Python calls that make them: layers, activations, losses, optimizers."""

import json
from collections.abc import Mapping
from inspect import Parameter, signature
from typing import Any

import keras

from actbench.activations.formula import (
    Call,
    Expression,
    Minus,
    Operation,
    depends_on_x,
    number_of,
)
from actbench.activations.grammar import parse
from actbench.activations.keras_objects import GatedActivation, SharedPReLU
from actbench.errors import ResultsError
from actbench.models.building import RealOutput, Scaled

# Of a configuration, what says nothing of the numbers or is set elsewhere in the script.
_LEFT_OUT = ("name", "trainable", "dtype", "seed", "batch_input_shape")
_SIGNS = {"+": "+", "-": "-", "*": "*", "/": "/"}
_OWN_ACTIVATION = "actbench>ConfiguredActivation"


def layer_call(layer: Any, scale: float = 1.0) -> str:
    """The call that makes such a layer. `scale`: what bytes are multiplied by.

    >>> layer_call(keras.layers.Dense(8, name="hidden_1"))
    'keras.layers.Dense(8)'
    """
    config = layer.get_config()
    if isinstance(layer, Scaled):
        return f"keras.layers.Rescaling({f'1 / {1 / scale:.12g}' if scale != 1 else '1'})"
    if isinstance(layer, RealOutput):
        return "keras.layers.Lambda(tf.identity)"
    if isinstance(layer, GatedActivation):
        text = activation_text(config["activation"])
        is_function = text.startswith("lambda")
        return f"keras.layers.Lambda({text if is_function else 'keras.activations.glu'})"
    if isinstance(layer, SharedPReLU):
        axes = f"shared_axes={layer.shared_axes}" if layer.shared_axes else ""
        return f"keras.layers.PReLU({axes})"
    named = [f"name={literal(config['name'])}"] if layer.weights else []
    return _call(type(layer), config, *named)


def object_call(made: Any, **shown: Any) -> str:
    """The call that makes such a loss, metric, optimizer or initialiser.

    `shown`: arguments to write down, whatever their default.

    >>> object_call(keras.initializers.HeNormal(), seed=3)
    'keras.initializers.HeNormal(seed=3)'
    """
    text = _call(type(made), made.get_config())
    arguments = ", ".join(f"{name}={value}" for name, value in shown.items())
    return text[:-1] + (", " if arguments and text[-2] != "(" else "") + arguments + ")"


def activation_text(activation: Any) -> str:
    """An activation, as a configuration holds it, as Python text: a name or a function.

    >>> activation_text("relu")
    '"relu"'
    """
    if isinstance(activation, str):
        return literal(activation)
    if activation.get("registered_name") != _OWN_ACTIVATION:
        raise _no_text(activation)
    config = dict(activation["config"])
    if "formula" in config:
        return f"lambda x: {_formula_text(parse(config['formula']))}"
    if "custom" in config:
        return str(config["custom"]).replace(":", ".")
    name = config.pop("name")
    defaults = signature(getattr(keras.activations, name)).parameters
    others = [f"{k}={literal(v)}" for k, v in config.items() if v != defaults[k].default]
    return (
        f"lambda x: keras.activations.{name}(x, {', '.join(others)})" if others else literal(name)
    )


def _call(cls: type[Any], config: Mapping[str, Any], *more: str) -> str:
    """The call that makes an object of this configuration; what is Keras's default is left out."""
    parameters = signature(cls.__init__).parameters
    required = [
        name
        for name, parameter in list(parameters.items())[1:]
        if parameter.default is Parameter.empty
        and parameter.kind is Parameter.POSITIONAL_OR_KEYWORD
    ]
    usual = cls.from_config({name: config[name] for name in required}).get_config()
    arguments = [_value_text(config[name], name) for name in required]
    for name, value in config.items():
        is_usual = name in required or name in _LEFT_OUT or value == usual.get(name)
        if not is_usual and name in parameters and not _is_random(value):
            arguments.append(f"{name}={_value_text(value, name)}")
    return f"{_namespace(cls)}.{cls.__name__}({', '.join([*arguments, *more])})"


def _namespace(cls: type[Any]) -> str:
    """The public module of a Keras class, such as `keras.layers`."""
    for module in ("layers", "losses", "metrics", "optimizers", "initializers", "regularizers"):
        if getattr(getattr(keras, module), cls.__name__, None) is cls:
            return f"keras.{module}"
    raise _no_text(cls.__name__)


def _is_random(value: Any) -> bool:
    """Whether it is an initialiser that draws; the script draws each such weight on its own."""
    return isinstance(value, Mapping) and "seed" in (value.get("config") or {})


def _value_text(value: Any, name: str = "") -> str:
    """The value of an argument of a configuration as Python text."""
    if name == "activation":
        return activation_text(value)
    if isinstance(value, Mapping) and str(value.get("module", "")).startswith("keras."):
        module = getattr(keras, value["module"].partition(".")[2].partition(".")[0])
        return _call(getattr(module, value["class_name"]), value["config"])
    if isinstance(value, Mapping):
        raise _no_text(value.get("class_name", value))
    return literal(value)


def literal(value: Any) -> str:
    """A plain value as Python text, with double quotes.

    >>> literal(["a", 0.5, None])
    '["a", 0.5, None]'
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def _no_text(what: object) -> ResultsError:
    return ResultsError(f"no plain Keras call makes {str(what)[:100]}, so there is no script of it")


def _formula_text(tree: Expression) -> str:
    """A formula as Python over a tensor x, with the operations that training uses."""
    if not depends_on_x(tree):
        return repr(number_of(tree))
    match tree:
        case Minus(operand):
            return f"-{_operand(operand)}"
        case Operation("**", left, right):
            base = _formula_text(left)
            if not depends_on_x(right) and number_of(right) == 2:
                return f"keras.ops.square({base})"
            return f"keras.ops.power({base}, {_formula_text(right)})"
        case Operation(sign, left, right):
            return f"{_operand(left)} {_SIGNS[sign]} {_operand(right)}"
        case Call("clip", (inside, low, high)):
            above = f"keras.ops.maximum({_formula_text(inside)}, {_formula_text(low)})"
            return f"keras.ops.minimum({above}, {_formula_text(high)})"
        case Call(function, arguments):
            room = "activations" if hasattr(keras.activations, function) else "ops"
            return f"keras.{room}.{function}({', '.join(map(_formula_text, arguments))})"
    return "x"


def _operand(tree: Expression) -> str:
    """A formula as part of a longer one; a power needs no brackets, as it is a call."""
    text = _formula_text(tree)
    is_term = isinstance(tree, Minus) or (isinstance(tree, Operation) and tree.sign != "**")
    return f"({text})" if is_term and depends_on_x(tree) else text
