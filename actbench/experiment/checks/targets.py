"""Targets that an output cannot reach, and the least error that this leaves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from actbench.activations.info import Range
from actbench.data.arrays import Array
from actbench.experiment.bounds import HINGES, floors, tally_for
from actbench.experiment.checks.check import Check, CheckedBlock, joined, labels
from actbench.spec import Cell
from actbench.spec.activation import Activation

Floors = tuple[tuple[str, float], ...]
_KIND = "unreachable targets"


@dataclass(frozen=True)
class Shortfall:
    """What an output misses in one part of the data.

    `below`, `above`: how many of `total` target numbers lie outside its range. `floors`: what the
    loss and each metric cannot fall below.
    """

    part: str
    below: int
    above: int
    total: int
    floors: Floors


def checks(block: CheckedBlock) -> Iterator[Check]:
    """A warning for each group of outputs that fall short alike."""
    groups: dict[tuple[Shortfall, ...], dict[Activation, Range]] = {}
    for output, outputs in block.output_ranges.items():
        if shortfalls := _shortfalls(block, block.outputs[output], outputs):
            groups.setdefault(shortfalls, {})[output] = outputs
    for shortfalls, range_by_output in groups.items():
        finding = _finding(block, shortfalls, range_by_output)
        yield block.warning(_KIND, "output", range_by_output, finding, _advice(block))


def _shortfalls(block: CheckedBlock, cell: Cell, outputs: Range) -> tuple[Shortfall, ...]:
    """One for each part of the data, the test set first; empty where no floor is raised."""
    if block.targets is None:
        return ()
    parts = {
        "test": block.targets.test,
        "training": block.targets.train,
        "validation": block.targets.validation,
    }
    shortfalls = tuple(
        _shortfall(cell, name, targets, outputs)
        for name, targets in parts.items()
        if targets is not None
    )
    return shortfalls if any(part.floors for part in shortfalls) else ()


def _shortfall(cell: Cell, part: str, targets: Array, outputs: Range) -> Shortfall:
    numbers = tally_for(cell, cell.loss, targets)
    below, above = numbers.beyond(outputs)
    floor_by_name = floors(cell, targets)
    if cell.loss in floor_by_name:
        floor_by_name.pop("loss", None)
    return Shortfall(part, below, above, numbers.total, tuple(floor_by_name.items()))


def _finding(
    block: CheckedBlock,
    shortfalls: tuple[Shortfall, ...],
    range_by_output: Mapping[Activation, Range],
) -> str:
    give = "give" if len(range_by_output) > 1 else "gives"
    what = "one-hot targets" if block.task == "multiclass" else "targets"
    missed = joined([f"{_missed(part)} {part.part}" for part in shortfalls])
    limits = "; ".join(_limits(block, part) for part in shortfalls if part.floors)
    return (
        f"{labels(range_by_output)} {give} {_ends(shortfalls, tuple(range_by_output.values()))}, "
        f"and {missed} {what} lie beyond. Whatever the model, {limits}."
    )


def _missed(part: Shortfall) -> str:
    """How many targets of the part are out of reach, as `12 of 102`."""
    missed = part.below + part.above
    return f"all {missed:,}" if missed == part.total else f"{missed:,} of {part.total:,}"


def _ends(shortfalls: tuple[Shortfall, ...], ranges: tuple[Range, ...]) -> str:
    """The bounds that targets lie beyond."""
    low = min(outputs.low for outputs in ranges)
    high = max(outputs.high for outputs in ranges)
    below, above = any(p.below for p in shortfalls), any(p.above for p in shortfalls)
    if below and above:
        return f"{low:g}" if low == high else f"{low:g} to {high:g}"
    return f"at most {high:g}" if above else f"at least {low:g}"


def _limits(block: CheckedBlock, part: Shortfall) -> str:
    """What cannot be passed in this part: `test MAE is at least 22.078431 (MSE 570.7)`."""
    limits = [
        (f"loss ({block.loss})" if name == "loss" else name.upper(), f"{value:.8g}")
        for name, value in part.floors
    ]
    (first, least), *others = limits
    more = f" ({', '.join(f'{name} {value}' for name, value in others)})" if others else ""
    return f"{part.part} {first} is at least {least}{more}"


def _advice(block: CheckedBlock) -> str:
    usual = {"regression": "linear", "binary": "sigmoid", "multiclass": "softmax"}[block.task]
    usual = "tanh or linear" if block.loss in HINGES else usual
    return f"An output without this bound, such as {usual}, reaches them all."
