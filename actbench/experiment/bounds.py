"""Limits of a model's test metrics that are known without training: floors, constants, chance.

An output of at most 1 cannot come nearer to a target of 24 than 23. Every error here falls as the
output draws near to the target, so the nearest output within the range, the target clipped to the
closed range, is the best one, row by row: it gives the floor. The arithmetic is that of float64,
over the different targets and how often each occurs, added up without rounding.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.info import EVERYTHING, Range
from actbench.data.arrays import Array
from actbench.data.preparation import TargetUnit
from actbench.results import Record
from actbench.results.columns import AT_CHANCE, AT_FLOOR, DEAD_OUTPUT, join_notes
from actbench.results.journal import OK
from actbench.spec import Cell
from actbench.statistics import collapsed_to_chance

Floats = NDArray[np.float64]
Error = Callable[[Floats, Floats], Floats]

EPSILON = 1e-7  # keras.config.epsilon(): what Keras keeps logarithms and divisions away from 0 by
_ALMOST_ONE = float(np.float32(1 - EPSILON))  # Keras clips in float32: log(1 - p) is -15.94 there

# Relative distance from a floor up to which a trial counts as being at it.
NEAR_FLOOR = 1e-4
# Keras adds up in float32, whose numbers are 1.2e-7 apart in relative terms.
ROUNDING = 1e-6

# Over a single unit these give the same number whatever the input.
_OF_ONE_UNIT = {"softmax": 1.0, "sparsemax": 1.0, "log_softmax": 0.0}

# Losses that Keras computes from the input of a sigmoid or softmax rather than from its output
# (keras/src/backend/tensorflow/nn.py, `_get_logits`, through the attribute `_keras_logits`).
LOGIT_LOSSES = (
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
)


def output_units(cell: Cell) -> int:
    """Number of outputs a row: 1, or the number of classes where there are several."""
    info = cell.dataset.info
    return info.classes if info.task == "multiclass" else 1


def output_range(cell: Cell) -> Range | None:
    """The smallest interval that holds every output of the cell's output activation.

    None where it is not known: for an activation without a known range, and for layers written
    out in which `$output` is not what the model ends with. Where targets are scaled, `in_unit`
    brings it to the target's own unit.

    >>> from actbench.spec import blocks, load
    >>> [str(output_range(cell)) for cell in blocks(load("boston_output"))[0].cells]
    ['(-inf, inf)', '[0, inf)', '(0, 1)', '(-1, 1)', '(0, inf)', '(0, inf)']
    """
    if not cell.architecture.ends_with_output:
        return None
    output = cell.arm.output
    if output_units(cell) == 1 and output.name in _OF_ONE_UNIT:
        only = _OF_ONE_UNIT[output.name]
        return Range(only, only, low_reached=True, high_reached=True)
    info = CATALOGUE.get(output.name)
    return None if info is None else info.range_with(**dict(output.parameters))


def in_unit(outputs: Range, unit: TargetUnit | None) -> Range:
    """The range of an output activation in the target's own unit.

    >>> str(in_unit(Range.of("[0, inf)"), TargetUnit(centre=24.0, width=9.0)))
    '[24, inf)'
    """
    if unit is None:
        return outputs
    low, high = (unit.centre + unit.width * end for end in (outputs.low, outputs.high))
    return replace(outputs, low=low, high=high)


def trains_on_logits(cell: Cell) -> bool:
    """Whether the loss is computed from the output activation's input, not from its output."""
    return (
        cell.loss_on == "keras"
        and cell.loss in LOGIT_LOSSES
        and cell.arm.output.name in ("sigmoid", "softmax")
        and cell.architecture.ends_with_output
    )


class Tally(NamedTuple):
    """The different numbers that a model's outputs are compared with, and how often each occurs."""

    values: Floats
    counts: Floats

    def beyond(self, outputs: Range) -> tuple[int, int]:
        """How many lie below and how many above the closed range."""
        below, above = self.values < outputs.low, self.values > outputs.high
        return int(self.counts[below].sum()), int(self.counts[above].sum())


def tally(targets: Array, *, classes: int = 0, signs: bool = False) -> Tally:
    """The numbers behind targets: themselves, one-hot rows of `classes`, or signs of two classes.

    >>> tally(np.array([0, 2, 2]), classes=3).counts
    array([6., 3.])
    """
    if classes:
        return Tally(np.array([0.0, 1.0]), np.array([len(targets) * (classes - 1.0), len(targets)]))
    values, counts = np.unique(targets.astype(np.float64), return_counts=True)
    return Tally(2 * values - 1 if signs else values, counts.astype(np.float64))


def tally_for(cell: Cell, error: str, targets: Array) -> Tally:
    """The numbers that this loss or metric compares the cell's outputs with."""
    info = cell.dataset.info
    classes = info.classes if info.task == "multiclass" else 0
    return tally(targets, classes=classes, signs=error in HINGES)


def _log_above_0(values: Floats) -> Floats:
    return np.asarray(np.log1p(np.maximum(values, EPSILON)))


def _huber(y: Floats, output: Floats) -> Floats:
    error = np.abs(y - output)
    return np.where(error <= 1, error**2 / 2, error - 0.5)


def _binary_crossentropy(y: Floats, output: Floats) -> Floats:
    p = np.clip(output, EPSILON, _ALMOST_ONE)
    return np.asarray(-(y * np.log(p) + (1 - y) * np.log1p(-p)))


# Keras's losses and metrics that are a mean over single outputs, by their names in a spec.
ERRORS: Mapping[str, Error] = {
    "mae": lambda y, output: np.abs(y - output),
    "mse": lambda y, output: (y - output) ** 2,
    "mape": lambda y, output: 100 * np.abs(y - output) / np.maximum(np.abs(y), EPSILON),
    "msle": lambda y, output: (_log_above_0(y) - _log_above_0(output)) ** 2,
    "huber": _huber,
    "log_cosh": lambda y, output: np.logaddexp(y - output, output - y) - math.log(2),
    "hinge": lambda y, output: np.maximum(1 - y * output, 0.0),
    "squared_hinge": lambda y, output: np.maximum(1 - y * output, 0.0) ** 2,
    "binary_crossentropy": _binary_crossentropy,
}
HINGES = ("hinge", "squared_hinge")


def mean_error(error: str, targets: Tally, outputs: Floats) -> float:
    """The loss or metric of that name where every row with one target gets one output.

    `outputs`: one for each value of the tally, same shape.

    >>> mean_error("mse", tally(np.array([3.0, 4.0])), np.zeros(2))
    12.5
    """
    if error == "rmse":
        return math.sqrt(mean_error("mse", targets, outputs))
    terms = ERRORS[error](targets.values, outputs) * targets.counts
    return math.fsum(terms.tolist()) / math.fsum(targets.counts.tolist())


def floor(error: str, targets: Tally, outputs: Range) -> float:
    """What the loss or metric of that name cannot fall below for outputs within a range.

    >>> floor("mae", tally(np.array([3.0, 0.5])), Range.of("[0, 1]"))
    1.0
    """
    return mean_error(error, targets, np.clip(targets.values, outputs.low, outputs.high))


def raised_floor(error: str, targets: Tally, outputs: Range) -> float | None:
    """The floor, if it lies above that of an output without bounds; else None."""
    least = floor(error, targets, outputs)
    return least if least > floor(error, targets, EVERYTHING) else None


def floors(cell: Cell, targets: Array, unit: TargetUnit | None = None) -> dict[str, float]:
    """Floors of the loss and the metrics, where they lie above those of an output without bounds.

    By their names in the tables; MAE and MSE of a regression are always considered. Empty where
    the output's range is not known. `unit` is that of scaled targets; their loss is left out.

    Returns a mapping such as {"mae": 22.078431, "loss": 570.7} for outputs of at most 1 on Boston.
    """
    outputs = output_range(cell)
    if outputs is None:
        return {}
    floor_by_name = {}
    for name, error in _errors(cell).items():
        least = raised_floor(error, tally_for(cell, error, targets), in_unit(outputs, unit))
        if least is not None:
            floor_by_name[name] = least
    return floor_by_name


def _errors(cell: Cell) -> dict[str, str]:
    """The metrics whose floor is known, by name, and the loss where it is one of the outputs."""
    always = ("mae", "mse") if cell.dataset.info.task == "regression" else ()
    names = {name: name for name in (*always, *cell.metrics)}
    if not trains_on_logits(cell) and cell.dataset.target_scale is None:
        names["loss"] = cell.loss
    return {name: error for name, error in names.items() if error in ERRORS or error == "rmse"}


@dataclass(frozen=True)
class Bounds:
    """What a cell's test metrics are compared with, by their names in the tables.

    `floors`: what they cannot fall below. `constants`: what each would be if every row got the
    same number, an end of the output's range. `majority`: the share of the commonest class among
    the `rows` of the test set; None for a regression.
    """

    floors: Mapping[str, float]
    constants: tuple[Mapping[str, float], ...]
    majority: float | None
    rows: int


def bounds(cell: Cell, test: Array, unit: TargetUnit | None = None) -> Bounds:
    """The bounds of the cell on these test targets, shape (rows,), which may be of scaled ones."""
    regression = cell.dataset.info.task == "regression"
    majority = None if regression else int(np.bincount(test).max()) / len(test)
    return Bounds(floors(cell, test, unit), _constants(cell, test, unit), majority, len(test))


def _constants(cell: Cell, test: Array, unit: TargetUnit | None) -> tuple[Mapping[str, float], ...]:
    """Nothing for several classes: there no end of the range can be given to every output."""
    outputs = output_range(cell)
    if outputs is None or cell.dataset.info.task == "multiclass":
        return ()
    outputs = in_unit(outputs, unit)
    tallies = {name: (e, tally_for(cell, e, test)) for name, e in _errors(cell).items()}
    return tuple(
        {name: mean_error(e, t, np.full_like(t.values, end)) for name, (e, t) in tallies.items()}
        for end in dict.fromkeys((outputs.low, outputs.high))
        if np.isfinite(end)
    )


def note_of(record: Record, bounds: Bounds) -> str:
    """The `note` of a trial that trained; empty where there is nothing to say.

    "dead output": every row got one number, an end of the output's range: the metrics are those
    of that constant, and not the best there are. "at its floor": a metric within 1e-4 of what no
    model with that output can pass. "at chance": accuracy no better than naming the commonest
    class, by `actbench.statistics.collapsed_to_chance`. It needs the metrics and the targets
    alone, so it also holds for trials of earlier journals.
    """
    if record.status != OK:
        return ""
    metrics = record.metrics.items()
    test = {name.removeprefix("test_"): v for name, v in metrics if name.startswith("test_")}
    at_floor = any(
        _close(test[name], floor, NEAR_FLOOR)
        for name, floor in bounds.floors.items()
        if floor > 0 and name in test
    )
    constant = any(_equal(test, constant) for constant in bounds.constants)
    state = [AT_FLOOR] if at_floor else [DEAD_OUTPUT] if constant else []
    return join_notes([*state, AT_CHANCE] if _at_chance(test, bounds) else state)


def _equal(test: Mapping[str, float], constant: Mapping[str, float]) -> bool:
    """Whether all the metrics that are known of a constant output are its own."""
    both = [(test[name], value) for name, value in constant.items() if name in test]
    return bool(both) and all(_close(value, expected, ROUNDING) for value, expected in both)


def _close(value: float, expected: float, tolerance: float) -> bool:
    return abs(value - expected) <= tolerance * abs(expected)


def _at_chance(test: Mapping[str, float], bounds: Bounds) -> bool:
    accuracy = test.get("accuracy")
    if accuracy is None or bounds.majority is None or bounds.majority == 1:
        return False
    return collapsed_to_chance(accuracy, bounds.majority, bounds.rows)
