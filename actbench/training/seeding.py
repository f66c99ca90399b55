"""The one place that seeds everything: each random choice is a function of (seed, purpose).

No choice depends on what was drawn before it. The bytes come from BLAKE2 and from Philox's raw
stream, both fixed for good; NumPy's `permutation` is not used because NumPy may change its stream
between versions.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from actbench.errors import SpecError
from actbench.models.saved_model import is_kept

_SEEDS = 1 << 31  # every backend's seed type can hold these without a sign


def derive(seed: int, purpose: str) -> int:
    """A whole number from 0 to 2**31 - 1 for one purpose of one seed.

    >>> derive(0, "order"), derive(0, "weights"), derive(1, "order")
    (1893400095, 1506021581, 1815756676)
    """
    digest = blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _SEEDS


def seed_on_split(seed: int, split: int | None) -> int:
    """The seed that a replicate draws everything from: its own, or one for this split alone.

    >>> seed_on_split(7, None), seed_on_split(7, 0), seed_on_split(7, 1)
    (7, 1661439469, 544493170)
    """
    return seed if split is None else derive(seed, f"split {split}")


def row_order(seed: int, epoch: int, rows: int) -> NDArray[np.int32]:
    """The order in which an epoch (counted from 0) visits the training rows.

    Returns:
        A permutation of 0 to rows - 1, shape (rows,): the ranks of as many random 64-bit keys.
    """
    generator = np.random.Philox(key=derive(seed, f"order {epoch}"))
    keys = generator.random_raw(rows)
    return np.argsort(keys, kind="stable").astype(np.int32)


@dataclass(frozen=True)
class Origin:
    """A variable of a layer and the initialiser that its first value came from."""

    layer: Any
    variable: Any
    initializer: Callable[..., Any]

    @property
    def random_initializers(self) -> list[Any]:
        """The initialisers that draw the first value; none where it is not random.

        Some layers wrap their initialiser in a function of their own (LSTM sets the forget gate's
        bias to 1); the random initialisers are then among the layer's attributes.
        """
        if isinstance(self.initializer, keras.initializers.Initializer):
            candidates = [self.initializer]
        else:
            attributes = vars(self.layer).values()
            candidates = [a for a in attributes if isinstance(a, keras.initializers.Initializer)]
        return [initializer for initializer in candidates if hasattr(initializer, "seed")]

    @property
    def is_counted(self) -> bool:
        """Whether the weight has a number, as a random one has.

        A kernel has one even if this arm starts it from a constant: the kernels after it keep the
        numbers that they have in other arms.
        """
        return bool(self.random_initializers) or self.variable.name.endswith("kernel")

    @property
    def repeats(self) -> bool:
        """Whether the same seed draws the same first value again; Keras's own initialisers do."""
        made_by = type(self.initializer) if hasattr(self.initializer, "seed") else self.initializer
        if str(getattr(made_by, "__module__", "")).startswith("keras."):
            return True
        return bool(np.array_equal(self.draw(0, 0), self.draw(0, 0)))

    def draw(self, seed: int, number: int) -> Any:
        """A fresh first value, drawn from the seed and the weight's number."""
        for initializer in self.random_initializers:
            initializer.seed = derive(seed, f"weight {number}")
        return self.initializer(self.variable.shape, dtype=self.variable.dtype)


@contextmanager
def recorded() -> Iterator[list[Origin]]:
    """Record the initialiser of every variable that layers make inside the block.

    Keras forgets an initialiser once the variable has its value. Looking it up by name fails where
    a layer changes it on the way (`EinsumDense` gives it axes, LSTM wraps it), so it is recorded
    where all of them pass through, `Layer.add_weight`.
    """
    origins: list[Origin] = []
    add_weight = keras.layers.Layer.add_weight

    def recording(layer: Any, *args: Any, initializer: Any = None, **options: Any) -> Any:
        variable = add_weight(layer, *args, initializer=initializer, **options)
        given = initializer or (args[1] if len(args) > 1 else None)
        usual = "glorot_uniform" if "float" in variable.dtype else "zeros"
        source = keras.initializers.get(given or usual)
        origins.append(Origin(layer, variable, source))
        return variable

    keras.layers.Layer.add_weight = recording
    try:
        yield origins
    finally:
        keras.layers.Layer.add_weight = add_weight


def refuse_unseedable(model: Any, origins: list[Origin]) -> None:
    """Refuse a model with a weight that a seed cannot set: its seeds would not be replicates.

    Layers of the user's own may make a weight without `add_weight`, share one between models, or
    draw its first value by a function that takes no seed.

    Raises:
        SpecError: names each such weight.
    """
    recorded_ids = {id(origin.variable) for origin in origins}
    problems = [
        f"the weight '{v.path}' was not made by `add_weight` of a layer that the function makes; "
        "make each layer anew in the function, and each weight by `self.add_weight`"
        for v in model.trainable_variables
        if id(v) not in recorded_ids
    ]
    problems += [
        f"the weight '{origin.variable.path}' starts from numbers that no seed of actbench "
        "reaches; use an initialiser of keras.initializers"
        for origin in origins
        if not origin.repeats
    ]
    if problems:
        raise SpecError("; and ".join(problems))


def drawn_weights(origins: list[Origin]) -> list[tuple[int, Origin]]:
    """The weights that a seed draws, each with the number that it is drawn by."""
    counted = [origin for origin in origins if origin.is_counted]
    drawn = ((i, o) for i, o in enumerate(counted) if o.random_initializers)
    return [(i, origin) for i, origin in drawn if not is_kept(origin.variable)]


class InitialState:
    """The weights, optimizer variables and seed generators that a run starts from, by seed.

    A weight with a random initialiser is drawn from the seed and its number: 0 for the first such
    weight that was created, 1 for the second. Seed generators (of dropout, of noise) are numbered
    likewise, in the order of the layers. So layers that draw nothing change no draw, and a model
    starts the same however its layers are written down. Every other variable (constant first
    values, moving averages, the optimizer's) goes back to the value that it was built with. So one
    model serves every seed of a cell.
    """

    def __init__(self, model: Any, origins: list[Origin]) -> None:
        self._drawn = drawn_weights(origins)
        self._generators = _generator_states(model)
        seeded = {id(origin.variable) for _, origin in self._drawn}
        seeded |= {id(state) for state in self._generators}
        # Nadam keeps a variable that it does not list.
        unlisted = [v for v in vars(model.optimizer).values() if isinstance(v, keras.Variable)]
        variables = [*model.variables, *model.optimizer.variables, *unlisted]
        self._fixed = [(v, v.numpy()) for v in variables if id(v) not in seeded]

    def assign(self, seed: int) -> None:
        """Put the compiled model and its optimizer into the state that this seed starts from."""
        for number, origin in self._drawn:
            origin.variable.assign(origin.draw(seed, number))
        for number, state in enumerate(self._generators):
            state.assign([derive(seed, f"noise {number}"), 0])
        for variable, value in self._fixed:
            variable.assign(value)


def _generator_states(model: Any) -> list[Any]:
    """The state of every seed generator, in the order of the layers."""
    variables = [variable for layer in model.layers for variable in layer.variables]
    return [variable for variable in variables if variable.name == "seed_generator_state"]
