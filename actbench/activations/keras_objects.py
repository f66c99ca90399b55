"""How an activation of a spec becomes a Keras function or layer, its parameters applied exactly."""

from collections.abc import Callable
from typing import Any, Protocol

import keras

from actbench.activations.catalogue import Value
from actbench.activations.keras_custom import CustomActivation
from actbench.activations.keras_expressions import FormulaActivation


class Activation(Protocol):
    """What is asked of an activation here.

    Its catalogue name and every parameter's value; or the formula, or the place of the user's
    function with the digest of its source, that stands for both.
    """

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> tuple[tuple[str, Value], ...]: ...

    @property
    def formula(self) -> str | None: ...

    @property
    def custom(self) -> str | None: ...

    @property
    def digest(self) -> str: ...


@keras.saving.register_keras_serializable(package="actbench")
class ParametrisedActivation:
    """A function of `keras.activations` with its parameters.

    An object rather than a closure, because wrappers such as `Bidirectional` copy a layer by its
    configuration.
    """

    def __init__(self, name: str, **parameters: Any) -> None:
        self._function = getattr(keras.activations, name)
        self._config = {"name": name, **parameters}
        self._parameters = parameters

    def __call__(self, x: Any) -> Any:
        return self._function(x, **self._parameters)

    def get_config(self) -> dict[str, Any]:
        """What makes the same activation again."""
        return dict(self._config)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "ParametrisedActivation":
        """The activation that such a configuration describes."""
        return cls(**config)


class SharedPReLU(keras.layers.PReLU):  # type: ignore[misc]
    """PReLU, max(x, 0) + alpha * min(x, 0), with one learnt alpha (from 0) a unit or channel.

    Places share it: shape (batch, height, width, channels) gives `channels` parameters, as in
    He et al., Delving deep into rectifiers (2015); Keras's default is one for each place.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Share alpha along every axis between the batch and the channels."""
        self.shared_axes = list(range(1, len(input_shape) - 1)) or None
        super().build(input_shape)


class GatedActivation(keras.layers.Activation):  # type: ignore[misc]
    """An activation that halves its features, with the shape that Keras's own layer misses."""

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


_LAYERS_ONLY = {"prelu": "has weights of its own", "glu": "changes the number of features"}


def only_a_layer(activation: Activation) -> str:
    """Why the activation must be a layer of its own, or nothing where it need not."""
    return _LAYERS_ONLY.get(activation.name, "")


def keras_function(activation: Activation) -> Callable[[Any], Any]:
    """The activation as a function, for the `activation` argument of a Keras layer.

    Raises:
        ValueError: it must be a layer of its own.
        SpecError: a user's function cannot be imported, or does not serve.
    """
    if reason := only_a_layer(activation):
        raise ValueError(f"expected an activation that is a function; {activation.name} {reason}")
    return _function(activation)


def keras_layer(activation: Activation, name: str) -> Any:
    """The activation as a layer of that name.

    Raises:
        SpecError: a user's function cannot be imported, or does not serve.
    """
    if activation.name == "prelu":
        return SharedPReLU(name=name)
    function, parameters = _function(activation), dict(activation.parameters)
    if activation.name == "glu":
        return GatedActivation(function, int(parameters["axis"] or 0), name=name)
    return keras.layers.Activation(function, name=name)


def _function(activation: Activation) -> Callable[[Any], Any]:
    if activation.formula is not None:
        return FormulaActivation(activation.formula)
    if activation.custom is not None:
        return CustomActivation(activation.custom, activation.digest)
    if activation.parameters:
        return ParametrisedActivation(activation.name, **dict(activation.parameters))
    function: Callable[[Any], Any] = getattr(keras.activations, activation.name)
    return function
