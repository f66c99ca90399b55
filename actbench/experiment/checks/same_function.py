"""Activations that are one function under several names or parameters, found by computing them."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.formula import evaluate
from actbench.activations.grammar import parse
from actbench.experiment.checks.check import Check, CheckedBlock, labels, starting_alike
from actbench.spec.activation import Activation

Floats = NDArray[np.float64]

_NEAR = 12.0  # the grid is fine from minus this to this


def checks(block: CheckedBlock) -> Iterator[Check]:
    """A warning for each group of candidates that are the same function."""
    for axis, candidates in block.candidates.items():
        groups = (same for group in starting_alike(candidates) for same in alike(group))
        for same in groups:
            yield block.warning(
                "same function",
                axis,
                same,
                f"{labels(same)} are the same function ({axis}): arms that differ in nothing else "
                "can differ by rounding, and by the gradient at a kink, only.",
                "Keep one of them: each further arm costs trials, and seeds for the others.",
            )


def alike(
    candidates: Sequence[Activation], clip: tuple[float, float] | None = None
) -> Iterator[tuple[Activation, ...]]:
    """Groups of at least two candidates that give the same output for every input.

    Only functions of a single input without weights of their own are compared, by the catalogue's
    formulas and those of the spec, on a grid that is fine around 0 and around every parameter, and
    reaches out to ±1e6. A user's own code is not run.
    With `clip`, outputs count after they are clipped to that interval.

    >>> two = [{"name": "relu", "max_value": 6}, "relu6", "elu"]
    >>> [a.label for a in next(alike([Activation.model_validate(a) for a in two]))]
    ['relu(max_value=6.0)', 'relu6']
    """
    known = [activation for activation in candidates if _comparable(activation)]
    for group in _candidates(known, whole=clip is not None):
        grid = _grid(group)
        yield from _same(group, [_values(activation, grid, clip) for activation in group])


def ordering_alike(candidates: Sequence[Activation]) -> Iterator[tuple[Activation, ...]]:
    """Groups of at least two candidates that put any inputs in the same order, with equal ties.

    Of several classes' outputs they have the same one largest. `candidates` are such as `alike`
    compares. Inputs below −12 do not count: there elu is flat but for rounding.

    >>> three = [Activation.model_validate(a) for a in ("linear", "relu", "elu")]
    >>> [a.label for a in next(ordering_alike(three))]
    ['linear', 'elu']
    """
    grid = _grid(candidates)
    grid = grid[grid >= -_NEAR]
    groups: dict[bytes, list[Activation]] = {}
    for activation in candidates:
        values = np.round(_values(activation, grid, None), 12)
        ranks = np.unique(values, return_inverse=True)[1]
        groups.setdefault(ranks.tobytes(), []).append(activation)
    yield from (tuple(group) for group in groups.values() if len(group) > 1)


def _comparable(activation: Activation) -> bool:
    if activation.formula is not None:
        return True
    info = CATALOGUE.get(activation.name)
    return info is not None and info.elementwise and not info.learnable


def _candidates(known: Sequence[Activation], *, whole: bool) -> Iterator[tuple[Activation, ...]]:
    """Those with one range: the same function has the same, and telling so needs no formula.

    That of a formula is sampled, not known, so that it is compared with all.
    """
    whole = whole or any(activation.formula is not None for activation in known)
    groups: dict[tuple[str, ...], list[Activation]] = {}
    for activation in known:
        ends = () if whole else _ends(activation)
        groups.setdefault(ends, []).append(activation)
    yield from (tuple(group) for group in groups.values() if len(group) > 1)


def _ends(activation: Activation) -> tuple[str, ...]:
    found = CATALOGUE[activation.name].range_with(**dict(activation.parameters))
    return f"{found.low:.9g}", f"{found.high:.9g}"


def _grid(activations: Iterable[Activation]) -> Floats:
    far = np.logspace(-3, 6, 400)
    near = np.linspace(-_NEAR, _NEAR, 4801)
    given = [float(v) for a in activations for _, v in a.parameters if v is not None]
    kinks = [sign * v + step for v in given for sign in (1, -1) for step in (-0.01, 0.0, 0.01)]
    return np.unique(np.concatenate([-far, near, far, np.array(kinks, dtype=float)]))


def _values(activation: Activation, grid: Floats, clip: tuple[float, float] | None) -> Floats:
    with np.errstate(all="ignore"):
        if activation.formula is not None:
            values = evaluate(parse(activation.formula), grid).value
        else:
            values = CATALOGUE[activation.name].values(grid, **dict(activation.parameters))
    return values if clip is None else np.clip(values, *clip)


def _same(
    group: Sequence[Activation], values: Sequence[Floats]
) -> Iterator[tuple[Activation, ...]]:
    taken: set[int] = set()
    for i, first in enumerate(values):
        if i in taken:
            continue
        like = [
            j
            for j in range(i, len(group))
            if j not in taken
            and np.allclose(first, values[j], rtol=1e-9, atol=1e-9, equal_nan=True)
        ]
        taken.update(like)
        if len(like) > 1:
            yield tuple(group[j] for j in like)
