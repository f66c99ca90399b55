"""From the inputs of a source to the inputs of a model.

Whatever is learned from rows (means, medians, which categories there are) is learned from the
training rows only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from actbench.data.arrays import Array, Column, Inputs, Integers, Ragged, Table, flat
from actbench.data.dataset_info import DatasetRequest, Scale, TargetScale
from actbench.data.texts import multi_hot, sequences

Floats = NDArray[np.float64]

# Raised when a change gives other inputs for the same table: it is part of a trial's identity.
PREPARATION_VERSION = 1
RARE = 0.01  # a category in fewer rows shares a column with the other rare ones
MOST_LEVELS = 50  # categories with a column of their own

# The inputs of the rows of these numbers.
Prepare = Callable[[Integers], Array]


@dataclass(frozen=True)
class TargetUnit:
    """The unit of scaled targets: a target is `centre` + `width` times what the output gives.

    The model's last step turns outputs into targets, so that every score is in the target's own
    unit. The loss is that of the scaled targets: training is the same in francs and in millions.
    """

    centre: float
    width: float

    @classmethod
    def of(cls, training_targets: Array, scale: TargetScale) -> "TargetUnit":
        """The unit in which the training targets, shape (rows,), are scaled as `scaling` has it.

        >>> TargetUnit.of(np.array([2.0, 6.0]), "standard")
        TargetUnit(centre=4.0, width=2.0)
        """
        centre, width = _centre_and_width(training_targets.astype(np.float64), scale)
        return cls(float(centre), float(width))


def preparation(request: DatasetRequest, inputs: Inputs, train: Integers) -> Prepare:
    """The function that makes the inputs of a model, for the rows of any numbers.

    `train` holds the numbers of the training rows, from which the function learns.
    """
    scale = request.applied_scale
    if isinstance(inputs, Table):
        return _prepared_table(inputs, train, scale)
    if isinstance(inputs, Ragged):
        if request.encoding == "sequence":
            encode = partial(sequences, num_words=request.num_words, maxlen=request.maxlen)
        else:
            encode = partial(multi_hot, num_words=request.num_words)
        return lambda rows: encode(inputs[rows])
    if inputs.dtype == np.uint8 and scale not in ("standard", "minmax"):
        return lambda rows: inputs[rows]  # the model scales bytes, so that the arrays stay small
    scaled = scaling(flat(inputs)[train], scale)
    return lambda rows: scaled(inputs[rows])


def byte_scale(request: DatasetRequest) -> float:
    """What the model multiplies inputs of bytes by."""
    scale = request.applied_scale
    return 1 / scale if isinstance(scale, int | float) else 1.0


def scaling(training_inputs: Array, scale: Scale) -> Callable[[Array], NDArray[np.float32]]:
    """The function that scales rows: float32, of the same shape.

    "standard" centres each column on the mean of `training_inputs` and divides it by their
    population standard deviation; "minmax" maps their range to 0 to 1. A constant column is only
    centred. A number divides everything; "none" leaves everything as it is.

    >>> scaling(np.array([[1.0, 7.0], [3.0, 7.0]]), "standard")(np.array([[5.0, 7.0]]))
    array([[3., 0.]], dtype=float32)
    """
    if isinstance(scale, int | float):
        return lambda rows: (rows.astype(np.float64) / scale).astype(np.float32)
    if scale == "none":
        return lambda rows: rows.astype(np.float32)
    centre, width = _centre_and_width(training_inputs.astype(np.float64), scale)
    return lambda rows: ((rows.astype(np.float64) - centre) / width).astype(np.float32)


def _centre_and_width(values: Floats, scale: TargetScale) -> tuple[Floats, Floats]:
    low, high = values.min(axis=0), values.max(axis=0)
    constant = low == high
    centre = low if scale == "minmax" else np.where(constant, values[0], values.mean(axis=0))
    width = np.where(constant, 1.0, high - low if scale == "minmax" else values.std(axis=0))
    return centre, width


def table_width(table: Table) -> int:
    """How many inputs a model gets from the table, however its rows are split."""
    return sum(_flags(column)[1] + (column.levels is None) for column in table.columns)


def _prepared_table(table: Table, train: Integers, scale: Scale) -> Prepare:
    prepared = [_prepared_column(column, train, scale) for column in table.columns]
    width = table_width(table)

    def inputs_of(rows: Integers) -> Array:
        x, start = np.empty((len(rows), width), np.float32), 0
        for column, prepare in zip(table.columns, prepared, strict=True):
            part = prepare(column.take(rows))
            x[:, start : start + part.shape[1]] = part
            start += part.shape[1]
        return x

    return inputs_of


def _prepared_column(column: Column, train: Integers, scale: Scale) -> Callable[[Column], Array]:
    """The inputs from some rows of a column: the number, and a column of 0 and 1 for each flag."""
    flags, number = _flags(column)
    training = column.take(train)
    in_training = np.bincount(flags[_places(training)] + 1, minlength=number + 1)[1:] > 0

    def flags_of(part: Column) -> Array:
        own = flags[_places(part)][:, np.newaxis] == np.arange(number)
        return np.asarray(own & in_training)  # what the training rows lack stays 0

    if column.levels is not None:
        return flags_of
    present = training.values[~training.missing]
    median = np.median(present) if len(present) else 0.0

    def filled(part: Column) -> Array:
        return np.where(part.missing, median, part.values)

    scaled = scaling(filled(training), scale)
    return lambda part: np.column_stack([scaled(filled(part)), flags_of(part)])


def _places(part: Column) -> Integers:
    """Where in `_flags` the flag of each row is."""
    return part.values if part.levels is not None else -part.missing.astype(np.int64)


def _flags(column: Column) -> tuple[Integers, int]:
    """The flag of each category, int64, and last that of a missing value; and how many there are.

    A flag each for the common categories, in their order, one for the rare ones together, and one
    for missing values: those that the whole file has, so that no split changes the width. -1 stands
    for no flag. Numbers count as one category, which has no flag.
    """
    flags, number = np.array([-1, -1]), 0
    if column.levels is not None:
        counts = np.bincount(column.values[~column.missing], minlength=len(column.levels))
        common = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
        common = np.sort(common[counts[common] >= RARE * len(column.values)])
        flags = np.full(len(counts) + 1, len(common))
        flags[common] = np.arange(len(common))
        number = len(common) + (len(common) < len(counts))
    if column.missing.any():
        flags[-1] = number
        number += 1
    return flags, number
