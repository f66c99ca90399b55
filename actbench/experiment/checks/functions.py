"""Problems of a function itself: it is there twice, it overflows, or Keras computes another."""

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.formula import evaluate
from actbench.activations.grammar import parse
from actbench.experiment.bounds import output_units
from actbench.experiment.checks.check import Check, CheckedBlock, labels
from actbench.spec.activation import Activation

Floats = NDArray[np.float64]
Clip = tuple[float, float] | None

_LARGEST_EXPONENT = 88.72  # exp of more is infinity in float32: log(3.4028235e38) = 88.7228
_NEAR = 12.0  # the grid is fine from minus this to this
# Irrational, so that no value lies half-way between two rounded ones; those near 0 tell steep
# functions apart, such as x * sigmoid(500 * x) and x * sigmoid(501 * x).
_FEW_INPUTS = (
    np.pi
    / 3
    * np.array([-999.0, -7.0, -2.0, -0.8, -0.3, -0.05, 0.002, 0.01, 0.1, 0.5, 1.4, 4.0, 9.0, 999.0])
)


def checks(block: CheckedBlock) -> Iterator[Check]:
    """Everything about the functions of both axes of a block."""
    for axis, candidates in block.candidates.items():
        yield from _overflow(block, axis, candidates)
    for axis, candidates in block.candidates.items():
        yield from _wrong_in_keras(block, axis, candidates)
    for axis, candidates in block.candidates.items():
        yield from _same_function(block, axis, candidates)


def _overflow(block: CheckedBlock, axis: str, candidates: Sequence[Activation]) -> Iterator[Check]:
    activations = [a for a in candidates if a.name == "exponential"]
    if activations:
        yield block.warning(
            "overflow",
            axis,
            activations,
            f"exponential ({axis}) is infinite in float32 for inputs above "
            f"{_LARGEST_EXPONENT}, and nothing bounds what goes into it.",
            "Such trials may diverge, which is counted; softplus has the same sign and no "
            "overflow.",
        )


def _wrong_in_keras(
    block: CheckedBlock, axis: str, candidates: Sequence[Activation]
) -> Iterator[Check]:
    """Keras's sparsemax (keras-team/keras#23425); corrected after 3.15.1."""
    if axis == "output" and output_units(block.any_cell) == 1:
        return
    activations = [a for a in candidates if a.name == "sparsemax"]
    if activations and (wrong := keras_with_wrong_sparsemax()):
        yield block.warning(
            "wrong in Keras",
            axis,
            activations,
            f"sparsemax ({axis}) of Keras {wrong} is wrong wherever more than one output is "
            "above 0: of (1, 0.5, −1) it gives (0.25, 0, 0) for (0.75, 0.25, 0).",
            "Results are those of this other function (keras-team/keras#23425).",
        )


def keras_with_wrong_sparsemax() -> str:
    """The installed Keras's version if its sparsemax is known to be wrong, else empty.

    Keras is not imported.
    """
    try:
        installed = version("keras")
    except PackageNotFoundError:
        return ""
    numbers = tuple(int(part) for part in installed.split(".")[:3] if part.isdigit())
    return installed if numbers <= (3, 15, 1) else ""


def _same_function(
    block: CheckedBlock, axis: str, candidates: Sequence[Activation]
) -> Iterator[Check]:
    for same in (same for group in starting_alike(candidates) for same in alike(group)):
        yield block.warning(
            "same function",
            axis,
            same,
            f"{labels(same)} are the same function ({axis}): arms that differ in nothing else "
            "can differ by rounding, and by the gradient at a kink, only.",
            "Keep one of them: each further arm costs trials, and seeds for the others.",
        )


def starting_alike(activations: Iterable[Activation]) -> list[tuple[Activation, ...]]:
    """Groups of at least two that share what belongs to an arm, and so the same first weights."""
    return _groups(
        ((one.kernel_initializer, one.dropout, one.learning_rate), one) for one in activations
    )


def alike(candidates: Sequence[Activation], clip: Clip = None) -> list[tuple[Activation, ...]]:
    """Groups of at least two candidates that give the same output for every input.

    Only functions of a single input without weights of their own are compared, by the catalogue's
    formulas and those of the spec, on a grid that is fine around 0 and around every parameter, and
    reaches out to ±1e6. A user's own code is not run.
    With `clip`, outputs count after they are clipped to that interval.

    >>> two = [{"name": "relu", "max_value": 6}, "relu6", "elu"]
    >>> [a.label for a in alike([Activation.model_validate(a) for a in two])[0]]
    ['relu(max_value=6.0)', 'relu6']
    """
    comparable = [activation for activation in candidates if _comparable(activation)]
    suspects = _groups((_rounded(_values(a, _FEW_INPUTS, clip)), a) for a in comparable)
    return [same for group in suspects for same in _same(group, clip)]


def ordering_alike(candidates: Sequence[Activation]) -> list[tuple[Activation, ...]]:
    """Groups of at least two candidates that put any inputs in the same order, with equal ties.

    Of several classes' outputs they have the same one largest. `candidates` are such as `alike`
    compares. Inputs below −12 do not count: there elu is flat except for rounding.

    >>> three = [Activation.model_validate(a) for a in ("linear", "relu", "elu")]
    >>> [a.label for a in ordering_alike(three)[0]]
    ['linear', 'elu']
    """
    grid = _grid(candidates)
    grid = grid[grid >= -_NEAR]

    def ranks(activation: Activation) -> bytes:
        values = np.round(_values(activation, grid), 12)
        return np.unique(values, return_inverse=True)[1].tobytes()

    return _groups((ranks(activation), activation) for activation in candidates)


def _groups(
    activations_by_key: Iterable[tuple[object, Activation]],
) -> list[tuple[Activation, ...]]:
    """The activations that share a key, where there are at least two."""
    groups: dict[object, list[Activation]] = {}
    for key, activation in activations_by_key:
        groups.setdefault(key, []).append(activation)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _comparable(activation: Activation) -> bool:
    if activation.formula is not None:
        return True
    info = CATALOGUE.get(activation.name)
    return info is not None and info.elementwise and not info.learnable


def _same(group: Sequence[Activation], clip: Clip) -> Iterator[tuple[Activation, ...]]:
    grid = _grid(group)
    rest = [(activation, _values(activation, grid, clip)) for activation in group]
    while rest:
        first = rest[0][1]
        equal = [np.allclose(first, v, rtol=1e-9, atol=1e-9, equal_nan=True) for _, v in rest]
        same = tuple(a for (a, _), is_equal in zip(rest, equal, strict=True) if is_equal)
        rest = [one for one, is_equal in zip(rest, equal, strict=True) if not is_equal]
        if len(same) > 1:
            yield same


def _rounded(values: Floats) -> tuple[str, ...]:
    return tuple(f"{value:.6g}" for value in np.round(values, 7) + 0.0)


def _grid(activations: Iterable[Activation]) -> Floats:
    far = np.logspace(-3, 6, 400)
    near = np.linspace(-_NEAR, _NEAR, 4801)
    given = [float(v) for a in activations for _, v in a.parameters if v is not None]
    kinks = [sign * v + step for v in given for sign in (1, -1) for step in (-0.01, 0.0, 0.01)]
    return np.unique(np.concatenate([-far, near, far, np.array(kinks, dtype=float)]))


def _values(activation: Activation, grid: Floats, clip: Clip = None) -> Floats:
    with np.errstate(all="ignore"):
        if activation.formula is not None:
            values = evaluate(parse(activation.formula), grid).value
        else:
            values = CATALOGUE[activation.name].values(grid, **dict(activation.parameters))
    return values if clip is None else np.clip(values, *clip)
