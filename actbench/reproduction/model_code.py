"""The part of a script that builds and compiles the model, with its first weights."""

import json
import re
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from actbench.activations.keras_objects import keras_layer, only_a_layer
from actbench.data.dataset import Dataset, Rows
from actbench.errors import ResultsError
from actbench.models.building import one_row
from actbench.models.layer_list import dropout_layer
from actbench.reproduction.data_code import dtype_of_inputs
from actbench.reproduction.keras_calls import (
    activation_text,
    layer_call,
    literal,
    object_call,
)
from actbench.reproduction.recorded_trial import RecordedTrial
from actbench.spec.activation import Activation
from actbench.spec.builder import DROPOUT, INITIALIZERS, Builder
from actbench.spec.grid import Arm
from actbench.spec.saved import Saved
from actbench.training import objective
from actbench.training.prepared_cell import build_seedable
from actbench.training.seeding import Origin, drawn_weights

_ONE_HOT = "keras.ops.one_hot(keras.ops.reshape(y, (-1,)), outputs.shape[-1])"
# Metrics that Keras has no class for, as functions of targets and outputs.
_METRIC_FUNCTIONS = {
    "accuracy": "keras.metrics.binary_accuracy(y, keras.ops.cast(outputs > 0, outputs.dtype))",
    "mae": f"keras.losses.mean_absolute_error({_ONE_HOT}, outputs)",
    "mse": f"keras.losses.mean_squared_error({_ONE_HOT}, outputs)",
}


@dataclass(frozen=True)
class ModelCode:
    """The lines that build the model, and what those after them need.

    `balanced`: whether balanced accuracy is among the metrics, which Keras does not have.
    `threshold`: an output above it means the class 1.
    """

    text: str
    balanced: bool
    threshold: float


def model_code(trial: RecordedTrial) -> ModelCode:
    """The lines for the model of a trial, which is built here once to see its weights.

    Raises:
        ResultsError: no script can build such a model; the message says why.
        SpecError: the architecture and the arm make no model.
    """
    cell = trial.cell
    if isinstance(cell.architecture, Saved):
        raise ResultsError(
            f"{cell.architecture.name} is a saved model with an activation swapped inside it, of "
            "which there is no plain Keras code. Load the .keras file yourself, or write the model "
            "as `type: layers` or `type: builder`, whose trials can be reproduced"
        )
    data = one_row(trial.request)
    zeros = np.zeros_like(data.train.x, dtype=dtype_of_inputs(trial))
    data = replace(data, train=Rows(zeros, data.train.y))
    model, origins = build_seedable(cell, data)
    layers = _definitions(cell.arm, _layers(trial, model, data))
    parts = [layers, _first_weights(model, origins), _noise(model), _compilation(trial, data)]
    text = "\n".join(filter(None, parts))
    return ModelCode(
        text=text,
        balanced="balanced_accuracy" in cell.metrics,
        threshold=0.0 if cell.loss.endswith("hinge") and data.task == "binary" else 0.5,
    )


def _layers(trial: RecordedTrial, model: Any, data: Dataset) -> str:
    calls = [f'keras.Input({data.input_shape}, dtype="{data.train.x.dtype}")']
    for layer in model.layers:
        own = isinstance(layer, keras.Model)
        calls.append(_own_model(trial, data) if own else layer_call(layer, data.scale))
    if trial.request.target_scale:
        calls.append("keras.layers.Rescaling(width, centre)")
    lines = "".join(f"        {call},\n" for call in calls)
    return f"model = keras.Sequential(\n    [\n{lines}    ]\n)\n"


def _own_model(trial: RecordedTrial, data: Dataset) -> str:
    """The call of the user's own function that builds the model."""
    architecture, arm = trial.cell.architecture, trial.cell.arm
    assert isinstance(architecture, Builder)
    outputs = data.classes if data.task == "multiclass" else 1
    dropout = arm.hidden.dropout
    own = {INITIALIZERS["hidden"]: literal(arm.hidden.kernel_initializer)}
    own[INITIALIZERS["output"]] = literal(arm.output.kernel_initializer)
    layer = layer_call(dropout_layer(dropout)) if dropout else "keras.layers.Identity()"
    own[DROPOUT] = f"lambda: {layer}"
    arguments = {name: own[name] for name in architecture.takes}
    arguments |= {name: literal(value) for name, value in architecture.arguments.items()}
    given = [repr(data.input_shape), str(outputs)]
    given += [f"lambda: {layer_call(keras_layer(a, 'own'))}" for a in (arm.hidden, arm.output)]
    parts = [*given, *(f"{name}={text}" for name, text in arguments.items())]
    return f"{architecture.build.replace(':', '.')}({', '.join(parts)})"


def _definitions(arm: Arm, layers: str) -> str:
    """The layers, in which activations that are no plain name are functions defined above."""
    functions = ""
    for name, activation in (("hidden", arm.hidden), ("output", arm.output)):
        text = _function(activation)
        if text.startswith("lambda x: ") and text in layers:
            # Not where it is only the beginning of the other function.
            layers = re.sub(rf"{re.escape(text)}(?=[,)])", name, layers)
            body = text.removeprefix("lambda x: ")
            functions += f'def {name}(x):\n    """{_quoted(activation)}"""\n    return {body}\n\n\n'
    return f"{functions}{layers}"


def _quoted(activation: Activation) -> str:
    return json.dumps(activation.label, ensure_ascii=False)[1:-1].rstrip("\\")


def _function(activation: Activation) -> str:
    if only_a_layer(activation) == only_a_layer(_PRELU):
        return ""
    config = {"registered_name": "actbench>ConfiguredActivation", "config": activation.function}
    return activation_text(config)


_PRELU = Activation.model_validate("prelu")


def _first_weights(model: Any, origins: list[Origin]) -> str:
    """The lines that draw the random weights, each from a seed of its own."""
    places = {id(weight): place for place, weight in enumerate(model.weights)}
    lines = []
    for number, origin in drawn_weights(origins):
        if not isinstance(origin.initializer, keras.initializers.Initializer):
            # A function of the layer's own, such as that of an LSTM's bias, which draws nothing.
            if np.array_equal(origin.draw(0, number), origin.draw(1, number)):
                continue
            raise ResultsError(f"the first value of {origin.variable.path} has no plain Keras call")
        path = " ".join(origin.variable.path.removeprefix("model/").split())  # on one line
        made = object_call(origin.initializer, seed=f'derive("weight {number}")')
        lines.append(f"    {places[id(origin.variable)]}: {made},  # {path}\n")
    return (
        "# The first value of each random weight, by its place in model.weights; the others start\n"
        "# from constants.\n"
        f"first_weights = {{\n{''.join(lines)}}}\n"
        "for place, draw in first_weights.items():\n"
        "    model.weights[place].assign(draw(model.weights[place].shape))\n"
    )


def _noise(model: Any) -> str:
    """The lines that seed dropout and noise; empty without any."""
    variables = (variable for layer in model.layers for variable in layer.variables)
    if not any(variable.name == "seed_generator_state" for variable in variables):
        return ""
    return (
        "# Where the random numbers of dropout and noise start.\n"
        "variables = [variable for layer in model.layers for variable in layer.variables]\n"
        'generators = [v for v in variables if v.name == "seed_generator_state"]\n'
        "for number, generator in enumerate(generators):\n"
        '    generator.assign([derive(f"noise {number}"), 0])\n'
    )


def _compilation(trial: RecordedTrial, data: Dataset) -> str:
    cell = trial.cell
    optimizer = objective.optimizer(cell.arm_optimizer.with_learning_rate(trial.learning_rate))
    rate = dict(cell.arm_optimizer.arguments)["learning_rate"]
    rate = rate if trial.learning_rate is None else trial.learning_rate
    optimizer_text = object_call(optimizer)
    made = objective.loss(cell.loss)
    loss, function = object_call(made), ""
    if trial.request.target_scale:
        function = (
            f"scaled_loss = {loss}\n\n\ndef loss(y, outputs):\n"
            '    """The loss in the unit of the scaled targets, which training goes by."""\n'
            "    return scaled_loss.call((y - centre) / width, (outputs - centre) / width)\n\n\n"
        )
        loss = "loss"
    lines = [f"    optimizer={_with_rate(optimizer_text, rate)},\n", f"    loss={loss},\n"]
    metrics = [_metric(name, data.task, cell.loss) for name in cell.metrics]
    lines.append(f"    metrics=[{', '.join(filter(None, metrics))}],\n")
    if trial.compiled_by_xla is not None:
        lines.append(f"    jit_compile={trial.compiled_by_xla},  # as it was trained\n")
    return f"{function}model.compile(\n{''.join(lines)})\n"


def _with_rate(call: str, rate: float) -> str:
    """The call of an optimizer with its learning rate as it was written, not as float32."""
    name, _, arguments = call[:-1].partition("(")
    others = [a for a in arguments.split(", ") if a and not a.startswith("learning_rate=")]
    return f"{name}({', '.join([f'learning_rate={rate!r}', *others])})"


def _metric(name: str, task: str, loss: str) -> str:
    """The call that makes a metric; empty of balanced accuracy, which scikit-learn computes."""
    made = objective.metric(name, task, loss)
    if isinstance(made, objective.BalancedAccuracy):
        return ""
    if type(made) is keras.metrics.MeanMetricWrapper:
        function = f"lambda y, outputs: {_METRIC_FUNCTIONS[name]}"
        return f'keras.metrics.MeanMetricWrapper({function}, name="{name}")'
    return object_call(made, name=f'"{name}"')
