"""A formula's tree in `keras.ops`, as a function that Keras layers take."""

from typing import Any

import keras

from actbench.activations.expression import (
    Call,
    Expression,
    Minus,
    Operation,
    Variable,
    depends_on_x,
)
from actbench.activations.formulas.expressions import number_of
from actbench.activations.grammar import parse


@keras.saving.register_keras_serializable(package="actbench")
class FormulaActivation:
    """A formula as a function of a tensor.

    An object rather than a closure, because wrappers such as `Bidirectional` copy a layer by its
    configuration.
    """

    def __init__(self, formula: str) -> None:
        self._formula = formula
        self._tree = parse(formula)

    def __call__(self, x: Any) -> Any:
        return _tensor(self._tree, x)

    def get_config(self) -> dict[str, Any]:
        """What makes the same activation again."""
        return {"formula": self._formula}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "FormulaActivation":
        """The activation that such a configuration describes."""
        return cls(**config)


def _tensor(tree: Expression, x: Any) -> Any:
    """The value at x: a tensor of its shape, or a number where the expression has no x."""
    if not depends_on_x(tree):
        return number_of(tree)
    match tree:
        case Minus(operand):
            return keras.ops.negative(_tensor(operand, x))
        case Operation(sign, left, right):
            return _combined(sign, _tensor(left, x), _tensor(right, x))
        case Call(function, arguments):
            return _called(function, *(_tensor(argument, x) for argument in arguments))
    assert isinstance(tree, Variable)
    return x


def _combined(sign: str, left: Any, right: Any) -> Any:
    match sign:
        case "+":
            return keras.ops.add(left, right)
        case "-":
            return keras.ops.subtract(left, right)
        case "*":
            return keras.ops.multiply(left, right)
        case "/":
            return keras.ops.divide(left, right)
    # A square by its own operation: exact to the last bit, and without a logarithm in its gradient.
    squared = isinstance(right, float) and right == 2.0
    return keras.ops.square(left) if squared else keras.ops.power(left, right)


def _called(function: str, *arguments: Any) -> Any:
    if function == "clip":
        x, low, high = arguments
        return keras.ops.minimum(keras.ops.maximum(x, low), high)
    # The activation first: `keras.ops.gelu` is the approximation by default.
    found = getattr(keras.activations, function, None) or getattr(keras.ops, function)
    return found(*arguments)
