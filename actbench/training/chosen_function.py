"""A hidden activation that is one of several functions: one program for many arms.

To compile a small cell takes longer than to train it. A program in which a variable says what the
hidden function is serves many arms, and each further arm adds a tenth of a program to it.

XLA compiles each branch apart from the others and from what stands around it, so that the numbers
of an arm do not depend on the arms beside it. They do depend on the branches being there: inside a
program of its own a function is computed together with its neighbours, which rounds otherwise. So
an arm that could share has its branches also where it is alone.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from actbench.activations.keras_objects import keras_function
from actbench.spec.grid import Cell
from actbench.training.probe import hidden_layers

Function = Callable[[Any], Any]

# Of two branches XLA may compute both and choose a result, in one piece with the rest.
_NEVER_CHOSEN: tuple[Function, ...] = (tf.identity, tf.identity)


class ChosenFunction:
    """The hidden functions of some cells, called as the one that was chosen last."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._functions = tuple(keras_function(cell.arm.hidden) for cell in cells)
        self._index = tf.Variable(0, dtype=tf.int32, trainable=False)
        self._alone: Function | None = None

    def choose(self, number: int) -> None:
        """Be the function of the cell with this number, counted from 0."""
        self._index.assign(number)

    @contextmanager
    def without_branches(self, number: int) -> Iterator[None]:
        """What is traced inside holds this function as if there were no other."""
        self._alone = self._functions[number]
        try:
            yield
        finally:
            self._alone = None

    def __call__(self, x: Any) -> Any:
        if self._alone is not None:
            return self._alone(x)
        index = self._index.read_value()
        branches = (*self._functions, *_NEVER_CHOSEN)

        # The gradient that TensorFlow would derive hands what every branch computed on to it.
        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def chosen(x: Any) -> tuple[Any, Callable[[Any], Any]]:
            def gradient(upstream: Any) -> Any:
                return _branch(index, [_times_slope(f, x, upstream) for f in branches], x)

            return _branch(index, [_value(f, x) for f in branches], x), gradient

        return chosen(x)


def _branch(index: Any, branches: Sequence[Callable[[], Any]], x: Any) -> Any:
    return tf.ensure_shape(tf.switch_case(index, branches), x.shape)


def _value(function: Function, x: Any) -> Callable[[], Any]:
    return lambda: function(x)


def _times_slope(function: Function, x: Any, upstream: Any) -> Callable[[], Any]:
    """Computes the gradient by x of what has the gradient `upstream` by function(x)."""

    def branch() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = function(x)
        return tape.gradient(value, x, upstream, unconnected_gradients="zero")

    return branch


def put_into(model: Any, cells: Sequence[Cell]) -> ChosenFunction | None:
    """Let the hidden functions of these cells be chosen in the model of the first; None if it has
    no hidden activations that are functions.
    """
    layers = hidden_layers(model, cells[0].arm.hidden)
    if not layers or any(type(layer) is not keras.layers.Activation for layer in layers):
        return None
    function = ChosenFunction(cells)
    for layer in layers:
        # Straight into the attribute: a model that is built refuses to track new ones.
        vars(layer)["activation"] = function
    return function
