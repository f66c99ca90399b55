"""How an activation of a spec becomes a Keras function or layer, its parameters applied exactly.

The only module here that imports Keras and TensorFlow.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

import keras
import numpy as np
import tensorflow as tf

from actbench.activations.catalogue import LAYERS_ONLY
from actbench.activations.custom import locate_activation
from actbench.activations.formula import Call, Expression, Minus, Operation, depends_on_x, number_of
from actbench.activations.grammar import parse
from actbench.activations.info import Array
from actbench.errors import SpecError
from actbench.user_code import UserCodeError, import_function, in_one_line


class SpecActivation(Protocol):
    """A spec's activation: its name, and the arguments that make its `ConfiguredActivation`."""

    @property
    def name(self) -> str: ...

    @property
    def configuration(self) -> Mapping[str, Any]: ...


def only_a_layer(activation: SpecActivation) -> str:
    """Why the activation must be a layer of its own; "" if it can be a function."""
    return LAYERS_ONLY.get(activation.name, "")


def keras_function(activation: SpecActivation) -> Callable[[Any], Any]:
    """The activation as a function, for the `activation` argument of a Keras layer.

    Raises:
        ValueError: it must be a layer of its own.
        SpecError: a user's function cannot be imported, or is not fit to be an activation.
    """
    if reason := only_a_layer(activation):
        raise ValueError(f"expected an activation that is a function; {activation.name} {reason}")
    return _function(activation)


def keras_layer(activation: SpecActivation, name: str) -> Any:
    """The activation as a layer of that name, marked as that activation's.

    Raises:
        SpecError: a user's function cannot be imported, or is not fit to be an activation.
    """
    if activation.name == "prelu":
        return marked(SharedPReLU(name=name), activation)
    function = _function(activation)
    if activation.name == "glu":
        layer: Any = GatedActivation(function, activation.configuration["axis"], name=name)
    else:
        layer = keras.layers.Activation(function, name=name)
    return marked(layer, activation)


def marked(layer: Any, activation: SpecActivation) -> Any:
    """The layer, with a note of the spec's activation that it holds, for diagnostics to find it."""
    layer.spec_activation = activation
    return layer


def _function(activation: SpecActivation) -> Callable[[Any], Any]:
    if set(activation.configuration) == {"name"}:  # Keras's own function says all
        function: Callable[[Any], Any] = getattr(keras.activations, activation.name)
        return function
    return ConfiguredActivation(**activation.configuration)


@keras.saving.register_keras_serializable(package="actbench")
class SharedPReLU(keras.layers.PReLU):  # type: ignore[misc]
    """PReLU, max(x, 0) + alpha * min(x, 0), with one learnt alpha (from 0) a unit or channel.

    Places share it: shape (batch, height, width, channels) gives `channels` parameters, as in
    He et al., Delving deep into rectifiers (2015). Keras's default is one for each place.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Share alpha along every axis between the batch and the channels."""
        self.shared_axes = list(range(1, len(input_shape) - 1)) or None
        super().build(input_shape)


@keras.saving.register_keras_serializable(package="actbench")
class GatedActivation(keras.layers.Activation):  # type: ignore[misc]
    """An activation that halves its features, with the output shape that Keras's layer lacks."""

    def __init__(self, activation: Callable[[Any], Any], axis: int, **options: Any) -> None:
        super().__init__(activation, **options)
        self._axis = axis

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Half of the features along the axis.

        Raises:
            ValueError: the number of features is odd.
        """
        shape = list(input_shape)
        features = shape[self._axis]
        if features is None or features % 2:
            raise ValueError(f"expected an even number of features to halve, got {features}")
        shape[self._axis] = features // 2
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same layer again."""
        return {**super().get_config(), "axis": self._axis}


@keras.saving.register_keras_serializable(package="actbench")
class ConfiguredActivation:
    """A function of a tensor: of Keras with its parameters, a formula, or the user's own.

    An object rather than a closure, because wrappers such as `Bidirectional` copy a layer by the
    configuration of its activation.
    """

    def __init__(self, **config: Any) -> None:
        self._config = config
        if "formula" in config:
            self._function: Callable[[Any], Any] = partial(_tensor, parse(config["formula"]))
        elif "custom" in config:
            self._function = load_custom(**config)
        else:
            parameters = {key: value for key, value in config.items() if key != "name"}
            self._function = partial(getattr(keras.activations, config["name"]), **parameters)

    def __call__(self, x: Any) -> Any:
        return self._function(x)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same activation again."""
        return dict(self._config)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)


def _tensor(tree: Expression, x: Any) -> Any:
    """The value at x: a tensor of x's shape, or a number if the expression has no x."""
    if not depends_on_x(tree):
        return number_of(tree)
    match tree:
        case Minus(operand):
            return keras.ops.negative(_tensor(operand, x))
        case Operation(sign, left, right):
            return _operation(sign, _tensor(left, x), _tensor(right, x))
        case Call(function, arguments):
            return _call(function, *(_tensor(argument, x) for argument in arguments))
    return x


_OPERATIONS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power"}


def _operation(sign: str, left: Any, right: Any) -> Any:
    # `square` is exact to the last bit, and its gradient needs no logarithm.
    if sign == "**" and isinstance(right, float) and right == 2.0:
        return keras.ops.square(left)
    return getattr(keras.ops, _OPERATIONS[sign])(left, right)


def _call(name: str, *arguments: Any) -> Any:
    if name == "clip":
        x, low, high = arguments
        return keras.ops.minimum(keras.ops.maximum(x, low), high)
    # `keras.activations` first: `keras.ops.gelu` is the approximation by default.
    function = getattr(keras.activations, name, None) or getattr(keras.ops, name)
    return function(*arguments)


_PROBE = np.linspace(-3.0, 3.0, 14, dtype=np.float32).reshape(2, 7)


def load_custom(custom: str, digest: str, folder: str = "") -> Callable[[Any], Any]:
    """Import the user's function, which runs the user's module, and try it on a small tensor.

    `custom`: its place, as package.module:function. `digest`: as for `import_function`. `folder`:
    the one that holds the module; by default the working directory.

    Raises:
        SpecError: it cannot be imported or called, does not give floats of the tensor's shape, has
            no gradient, or was edited since the spec was read.
    """
    try:
        located = locate_activation(custom, [Path(folder)] if folder else ())
    except UserCodeError as error:
        raise SpecError(f"the activation '{custom[:60]}': {error}") from None
    function = import_function(located, digest, f"the activation '{custom}'")
    try:
        reason = _why_unfit(*_with_gradient(function)(tf.constant(_PROBE)))
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        reason = f"fails on a tensor of shape {_PROBE.shape}: {in_one_line(error)}"
    if reason:
        raise SpecError(
            f"the activation '{located.path}' ({located.file}) {reason}; expected a function that "
            "makes a tensor of floats of the same shape from any tensor of floats, written with "
            "keras.ops"
        )
    return function


def _with_gradient(function: Callable[[Any], Any]) -> Any:
    """A graph, as training makes one: the outputs, and the gradient of the first in each row."""

    def both(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            output = tf.convert_to_tensor(function(x))
            first = output[..., 0] if output.shape == x.shape else output
        return output, tape.gradient(first, x) if output.dtype.is_floating else None

    return tf.function(both, autograph=False)


def _why_unfit(output: Any, gradient: Any) -> str:
    """Why the function cannot be an activation; "" if it can."""
    if output.shape != _PROBE.shape:
        return f"made the shape {tuple(output.shape)} of the shape {_PROBE.shape}"
    if output.dtype != _PROBE.dtype:
        return f"made {output.dtype.name} of {_PROBE.dtype}"
    if np.isnan(output).all():
        return "gives NaN for every input from -3 to 3"
    return "has no gradient, so nothing could be learnt through it" if gradient is None else ""


class CustomSamples(NamedTuple):
    """The values and derivatives of a user's function, all of shape (points,).

    If it is not `elementwise`, they are those of the first output for the row (x, 0).
    `computed_in` is float64, or float32 if the function takes nothing else.
    """

    values: Array
    slopes: Array
    elementwise: bool
    computed_in: str


def sample_custom(x: Array, custom: str, digest: str, folder: str = "") -> CustomSamples:
    """The user's function at x, shape (points,); derivatives by automatic differentiation.

    Raises:
        SpecError: as `load_custom`.
    """
    graph = _with_gradient(load_custom(custom, digest, folder))
    try:
        return _sample(graph, x, "float64")
    except Exception:  # a function may hold constants of float32
        return _sample(graph, x, "float32")


def _sample(graph: Any, x: Array, dtype: str) -> CustomSamples:
    rows, other_rows = (np.stack([x, np.full_like(x, second)], axis=-1) for second in (0.0, 1.0))
    outputs, slopes = graph(tf.constant(rows, dtype))
    other_outputs, _ = graph(tf.constant(other_rows, dtype))
    values, other_values = (np.asarray(o[:, 0], np.float64) for o in (outputs, other_outputs))
    elementwise = bool(np.array_equal(values, other_values, equal_nan=True))
    return CustomSamples(values, np.asarray(slopes[:, 0], np.float64), elementwise, dtype)
