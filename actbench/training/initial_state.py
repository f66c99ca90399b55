"""The state that a seed starts from: weights, optimizer variables and seed generators.

One model serves every seed of a cell, so that all of it is assigned afresh for each seed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras

from actbench.training.randomness import derive


@dataclass(frozen=True)
class Origin:
    """A variable of a layer and the initialiser that its first value came from."""

    layer: Any
    variable: Any
    initializer: Callable[..., Any]

    @property
    def drawn_by(self) -> list[Any]:
        """The random initialisers at work; none where the first value is no matter of chance.

        Some layers wrap their initialiser in a function of their own (LSTM sets the forget
        gate's bias to 1); the random ones are then among the layer's attributes.
        """
        if isinstance(self.initializer, keras.initializers.Initializer):
            return [i for i in (self.initializer,) if hasattr(i, "seed")]
        owned = vars(self.layer).values()
        return [i for i in owned if isinstance(i, keras.initializers.Initializer) and _seeded(i)]

    def draw(self, seed: int) -> Any:
        """A fresh first value: the initialiser's, drawn from (seed, layer name, variable name)."""
        number = derive(seed, f"weights {self.variable.path}")
        for initializer in self.drawn_by:
            initializer.seed = number
        return self.initializer(self.variable.shape, dtype=self.variable.dtype)


def _seeded(initializer: Any) -> bool:
    return hasattr(initializer, "seed")


@contextmanager
def recorded() -> Iterator[list[Origin]]:
    """Note the initialiser of every variable that layers make inside the block.

    Keras forgets it once the variable has its value, and looking it up by name fails where a
    layer changes it on the way (`EinsumDense` gives it axes, LSTM wraps it), so it is noted where
    all of them pass through, `Layer.add_weight`.
    """
    origins: list[Origin] = []
    add_weight = keras.layers.Layer.add_weight

    def noting(layer: Any, *args: Any, initializer: Any = None, **options: Any) -> Any:
        made = add_weight(layer, *args, initializer=initializer, **options)
        source = keras.initializers.get(initializer or "glorot_uniform")
        origins.append(Origin(layer, made, source))
        return made

    keras.layers.Layer.add_weight = noting
    try:
        yield origins
    finally:
        keras.layers.Layer.add_weight = add_weight


class InitialState:
    """Assigns to a built and compiled model the state that a seed starts from.

    Weights with a random initialiser are drawn from (seed, layer name, variable name), whatever
    else the model holds; the random state of a layer (dropout, noise) starts from (seed, layer
    name). Every other variable - constant first values, moving averages, the optimizer's - goes
    back to the value it was built with.
    """

    def __init__(self, model: Any, origins: list[Origin]) -> None:
        self._drawn = [origin for origin in origins if origin.drawn_by]
        self._generators = _generator_states(model)
        changing = {id(origin.variable) for origin in self._drawn}
        changing |= {id(state) for _, state in self._generators}
        held = [*model.variables, *_optimizer_variables(model.optimizer)]
        self._fixed = [(v, v.numpy()) for v in held if id(v) not in changing]

    def assign(self, seed: int) -> None:
        """Put the model and its optimizer into the state that this seed starts from."""
        for origin in self._drawn:
            origin.variable.assign(origin.draw(seed))
        for purpose, state in self._generators:
            state.assign([derive(seed, purpose), 0])
        for variable, value in self._fixed:
            variable.assign(value)


def _generator_states(model: Any) -> list[tuple[str, Any]]:
    """The seed generators of every layer, named by layer and place in it.

    Their own names count up through the process, so that they would differ from run to run.
    """
    return [
        (f"noise {layer.name} {place}", state)
        for layer in model.layers
        for place, state in enumerate(v for v in layer.variables if _is_generator_state(v))
    ]


def _is_generator_state(variable: Any) -> bool:
    return bool(variable.name == "seed_generator_state")


def _optimizer_variables(optimizer: Any) -> list[Any]:
    """All of an optimizer's variables; Nadam keeps one that it does not list."""
    listed = list(optimizer.variables)
    unlisted = [v for v in vars(optimizer).values() if isinstance(v, keras.Variable)]
    return list({id(v): v for v in [*listed, *unlisted]}.values())
