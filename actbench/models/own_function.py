"""A model built by a function of the user's, and what must be true of it.

The function is called as `build(input_shape, outputs, hidden, output, **arguments)`. Errors name
the line of the user's file.
"""

import traceback
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from actbench.activations.keras_objects import keras_layer
from actbench.data.dataset import Dataset
from actbench.errors import ActbenchError, SpecError
from actbench.models.layer_list import dropout_layer, plain_message
from actbench.spec.activation import Activation
from actbench.spec.builder import DROPOUT, INITIALIZERS, Builder
from actbench.spec.grid import Arm
from actbench.user_code import UserCodeError, UserFunction, import_function

_OWN_TRAINING = ("train_step", "test_step", "compute_loss", "compute_metrics")


class FreshLayers:
    """Makes fresh layers of an activation, and notes their outputs until `stop_noting`."""

    def __init__(self, activation: Activation, axis: str) -> None:
        self._activation = activation
        self._axis = axis
        self.layers: list[Any] = []
        self.noted: list[Any] = []

    def __call__(self) -> Any:
        """A fresh layer, named `hidden_1`, `hidden_2`, and so on, or `output_1`."""
        layer = keras_layer(self._activation, f"{self._axis}_{len(self.layers) + 1}")
        self.layers.append(layer)
        call = layer.call

        def noting(inputs: Any) -> Any:
            self.noted.append(call(inputs))
            return self.noted[-1]

        layer.call = noting
        return layer

    def stop_noting(self) -> None:
        """Give the layers their own calls back, and forget what was noted."""
        for layer in self.layers:
            vars(layer).pop("call", None)
        self.noted.clear()


def own_function(architecture: Builder, arm: Arm, data: Dataset, outputs: int) -> list[Any]:
    """The model that the user's function returns, as the only layer.

    It is called once on two rows of zeros, which builds a subclassed model and shows whether its
    outputs are those of the arm's activation.

    Raises:
        SpecError: the function raises, or what it returns cannot be trained.
    """
    try:
        function = architecture.function()
    except UserCodeError as error:
        raise SpecError(str(error)) from None
    build = import_function(function, architecture.digest, f"the function '{architecture.build}'")
    hidden, output = FreshLayers(arm.hidden, "hidden"), FreshLayers(arm.output, "output")
    own = {"hidden": arm.hidden, "output": arm.output}
    of_the_arm: dict[str, Any] = {INITIALIZERS[x]: a.kernel_initializer for x, a in own.items()}
    dropout = arm.hidden.dropout
    of_the_arm[DROPOUT] = lambda: dropout_layer(dropout) if dropout else keras.layers.Identity()
    arguments = {name: of_the_arm[name] for name in architecture.takes} | architecture.arguments
    given = (data.input_shape, outputs, hidden, output)
    model = _run(lambda: build(*given, **arguments), function)
    _refuse(function, _why_no_model(model, hidden, output))
    dtype = "int32" if data.vocabulary else "float32"
    symbolic = _run(lambda: model(keras.Input(data.input_shape, dtype=dtype)), function)
    _refuse(function, _why_unfit(symbolic, outputs))
    hidden.noted.clear()
    row = _run(lambda: model(np.zeros((2, *data.input_shape), dtype)), function)
    _refuse(function, _why_other_activations(row, hidden, output))
    hidden.stop_noting()
    output.stop_noting()
    return [model]


def _refuse(function: UserFunction, reason: str) -> None:
    if reason:
        raise SpecError(f"the function {function.place} {reason}")


def _run(call: Callable[[], Any], function: UserFunction) -> Any:
    """What the call returns; what the user's code raises becomes an error with its line."""
    try:
        with warnings.catch_warnings():  # Keras warns of what is an error a moment later
            warnings.filterwarnings("ignore", category=UserWarning, module="keras")
            return call()
    except ActbenchError:
        raise
    except (Exception, SystemExit) as error:
        place = _place(error, function)
        words = f"{type(error).__name__}: {plain_message(error)[:500]}"
        raise SpecError(f"the function {function.path} raised at {place}: {words}") from error


def _place(error: BaseException, function: UserFunction) -> str:
    """The innermost line of the user's own files that led to the error."""
    folder = function.folder or function.file.parent
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename]
    own = [f for f in frames if _lies_in(f.filename, str(folder), function)]
    if not own:
        return f"{function.file.name}:{function.statement.lineno}"
    return f"{own[-1].filename.removeprefix(f'{folder}/')}:{own[-1].lineno} ({own[-1].line})"


def _lies_in(filename: str, folder: str, function: UserFunction) -> bool:
    below = filename.removeprefix(f"{folder}/")
    return filename == str(function.file) or below in function.sources


def _why_no_model(model: Any, hidden: FreshLayers, output: FreshLayers) -> str:
    """What is wrong with what the function returned; "" if it is a model to go on with."""
    if not isinstance(model, keras.Model):
        return f"must return a keras.Model; it returned {_kind(model)}"
    if model.compiled:
        return "returned a compiled model; leave `compile` out: the spec names loss and optimizer"
    if own := [n for n in _OWN_TRAINING if getattr(type(model), n) is not getattr(keras.Model, n)]:
        return f"returned a model with a {own[0]} of its own, which actbench would not call"
    if not hidden.layers:
        return "never called `hidden()`, so arms that differ in it would be the same"
    if not output.layers:
        return "never called `output()`, so the model does not end with the arm's activation"
    for name in ("inputs", "outputs"):
        if (count := len(getattr(model, name, None) or [None])) != 1:
            return f"returned a model with {count} {name}; expected one"
    return ""


def _kind(value: Any) -> str:
    return (
        "nothing (None)" if value is None else f"a {type(value).__module__}.{type(value).__name__}"
    )


def _why_unfit(result: Any, outputs: int) -> str:
    """What is wrong with the model's output; "" if it has one of the right width."""
    if not hasattr(result, "shape"):
        count = (
            f"{len(result)} outputs" if isinstance(result, list | tuple | dict) else _kind(result)
        )
        return f"returned a model that gives {count}; expected one"
    if tuple(result.shape)[1:] != (outputs,):
        return (
            f"returned a model that gives a row the shape {tuple(result.shape)[1:]}; expected "
            f"({outputs},): make the last layer before `output()` `outputs` units wide"
        )
    return ""


def _why_other_activations(result: Any, hidden: FreshLayers, output: FreshLayers) -> str:
    """Why the arm's activations are not those of the model; "" if they are."""
    if not hidden.noted:
        return "called `hidden()`, but none of its layers lies between the input and the output"
    if not any(result is noted for noted in output.noted):
        return (
            "must end with `output()`: what the model gives is not what that layer put out; "
            "put other layers before it (`target_scale` of the data set scales targets)"
        )
    return ""
