"""What can be said of a cell's metrics from its targets alone: floors, constants, chance."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from actbench.activations.info import Range
from actbench.data.arrays import Array
from actbench.experiment.floors import HINGES, Tally, known, mean_error, raised_floor, tally
from actbench.experiment.output_range import output_range, trains_on_logits
from actbench.spec import Cell

_OF_EVERY_REGRESSION = ("mae", "mse")


def tally_for(cell: Cell, error: str, targets: Array) -> Tally:
    """The numbers that this loss or metric measures the cell's outputs against."""
    info = cell.dataset.info
    if info.task == "multiclass":
        return tally(targets, classes=info.classes)
    return tally(targets, signs=error in HINGES)


def floors(cell: Cell, targets: Array) -> dict[str, float]:
    """What the loss and the metrics cannot fall below, where the output's range holds them up.

    By their names in the tables; MAE and MSE of a regression are always among them. Empty where
    the range is not known.

    Returns a mapping such as {"mae": 22.078431, "loss": 570.7} for outputs of at most 1 on Boston.
    """
    reach = output_range(cell)
    if reach is None:
        return {}
    found = {
        name: raised_floor(error, tally_for(cell, error, targets), reach)
        for name, error in _errors(cell).items()
    }
    return {name: value for name, value in found.items() if value is not None}


def _errors(cell: Cell) -> dict[str, str]:
    """The metrics by name, and the loss where it is one of what the model gives."""
    always = _OF_EVERY_REGRESSION if cell.dataset.info.task == "regression" else ()
    names = {name: name for name in dict.fromkeys([*always, *cell.metrics]) if known(name)}
    if known(cell.loss) and not trains_on_logits(cell):
        names["loss"] = cell.loss
    return names


@dataclass(frozen=True)
class Bounds:
    """What a cell's test metrics are held against, by their names in the tables.

    `floors`: what they cannot fall below. `constants`: what each would be if every row got the
    same number, an end of the output's range. `majority`: the share of the commonest class among
    the `rows` of the test set; None for a regression.
    """

    floors: Mapping[str, float]
    constants: tuple[Mapping[str, float], ...]
    majority: float | None
    rows: int


def bounds(cell: Cell, test: Array) -> Bounds:
    """The bounds of the cell on these test targets."""
    reach = output_range(cell)
    return Bounds(
        floors=floors(cell, test),
        constants=() if reach is None else _constants(cell, test, reach),
        majority=_majority(cell, test),
        rows=len(test),
    )


def _constants(cell: Cell, test: Array, reach: Range) -> tuple[Mapping[str, float], ...]:
    """For several classes nothing: there the ends of a range are not given to every output."""
    if cell.dataset.info.task == "multiclass":
        return ()
    ends = [end for end in (reach.low, reach.high) if np.isfinite(end)]
    return tuple(_constant(cell, test, end) for end in dict.fromkeys(ends))


def _constant(cell: Cell, test: Array, output: float) -> dict[str, float]:
    found = {}
    for name, error in _errors(cell).items():
        against = tally_for(cell, error, test)
        found[name] = mean_error(error, against, np.full_like(against.values, output))
    return found


def _majority(cell: Cell, test: Array) -> float | None:
    if cell.dataset.info.task == "regression":
        return None
    return int(np.bincount(test).max()) / len(test)
