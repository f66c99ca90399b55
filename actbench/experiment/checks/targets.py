"""Targets that an output cannot reach, and the least error that this leaves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from actbench.activations.info import Range
from actbench.data.arrays import Array
from actbench.experiment.bounds import floors, tally_for
from actbench.experiment.checks.check import Check, Level
from actbench.experiment.checks.subject import Subject, joined, labels
from actbench.experiment.floors import HINGES
from actbench.experiment.output_range import output_range
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


def checks(subject: Subject) -> Iterator[Check]:
    """A warning for each group of outputs that fall short alike."""
    groups: dict[tuple[Shortfall, ...], dict[Activation, Range]] = {}
    for output, cell in subject.outputs.items():
        reach = output_range(cell)
        if reach is not None and (short := _shortfalls(subject, cell, reach)):
            groups.setdefault(short, {})[output] = reach
    for short, outputs in groups.items():
        words = _finding(subject, short, outputs), _advice(subject)
        yield subject.check(_KIND, Level.warning, "output", outputs, words)


def _shortfalls(subject: Subject, cell: Cell, reach: Range) -> tuple[Shortfall, ...]:
    """By part of the data, the test set first; empty where nothing is held up."""
    if subject.targets is None:
        return ()
    parts = {
        "test": subject.targets.test,
        "training": subject.targets.train,
        "validation": subject.targets.validation,
    }
    found = tuple(
        _shortfall(cell, name, targets, reach)
        for name, targets in parts.items()
        if targets is not None
    )
    return found if any(part.floors for part in found) else ()


def _shortfall(cell: Cell, part: str, targets: Array, reach: Range) -> Shortfall:
    against = tally_for(cell, cell.loss, targets)
    below, above = against.beyond(reach)
    found = floors(cell, targets)
    if cell.loss in found:
        found.pop("loss", None)
    return Shortfall(part, below, above, against.total, tuple(found.items()))


def _finding(
    subject: Subject, short: tuple[Shortfall, ...], outputs: Mapping[Activation, Range]
) -> str:
    give = "give" if len(outputs) > 1 else "gives"
    what = "one-hot targets" if subject.task == "multiclass" else "targets"
    missed = joined([f"{_missed(part)} {part.part}" for part in short])
    limits = "; ".join(_limits(subject, part) for part in short if part.floors)
    return (
        f"{labels(outputs)} {give} {_ends(short, tuple(outputs.values()))}, and {missed} {what} "
        f"lie beyond. Whatever the model, {limits}."
    )


def _missed(part: Shortfall) -> str:
    """How many targets of the part are out of reach, as `12 of 102`."""
    missed = part.below + part.above
    return f"all {missed:,}" if missed == part.total else f"{missed:,} of {part.total:,}"


def _ends(short: tuple[Shortfall, ...], ranges: tuple[Range, ...]) -> str:
    """The bounds that targets lie beyond."""
    low = min(reach.low for reach in ranges)
    high = max(reach.high for reach in ranges)
    below, above = any(part.below for part in short), any(part.above for part in short)
    if below and above:
        return f"{low:g}" if low == high else f"{low:g} to {high:g}"
    return f"at most {high:g}" if above else f"at least {low:g}"


def _limits(subject: Subject, part: Shortfall) -> str:
    """What cannot be passed in this part: `test MAE is at least 22.078431 (MSE 570.7)`."""
    loss = subject.any_cell.loss
    told = [
        (f"loss ({loss})" if name == "loss" else name.upper(), f"{value:.8g}")
        for name, value in part.floors
    ]
    (first, least), *others = told
    more = f" ({', '.join(f'{name} {value}' for name, value in others)})" if others else ""
    return f"{part.part} {first} is at least {least}{more}"


def _advice(subject: Subject) -> str:
    reaching = {"regression": "linear", "binary": "sigmoid", "multiclass": "softmax"}[subject.task]
    reaching = "tanh or linear" if subject.any_cell.loss in HINGES else reaching
    return f"An output without this bound, such as {reaching}, reaches them all."
