"""From the inputs of a source to the inputs of a model.

Whatever is learned from rows (means, medians, which categories there are) is learned from the
training rows only.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from actbench.data.arrays import Array, Column, Inputs, Integers, Ragged, Table, flat
from actbench.data.dataset_info import DatasetRequest, Scale
from actbench.data.texts import multi_hot, sequences

# Raised when a change gives other inputs for the same table: it is part of a trial's identity.
PREPARATION_VERSION = 1
RARE = 0.01  # a category in fewer rows shares a column with the other rare ones
MOST_LEVELS = 50  # categories with a column of their own

# The inputs of the rows of these numbers.
Prepare = Callable[[Integers], Array]


def preparation(request: DatasetRequest, inputs: Inputs, train: Integers) -> Prepare:
    """The function that makes the inputs of a model, for the rows of any numbers.

    `train` holds the numbers of the training rows, from which the function learns.
    """
    scale = request.info.scale if request.scale is None else request.scale
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
    scale = request.info.scale if request.scale is None else request.scale
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
    values = training_inputs.astype(np.float64)
    low, high = values.min(axis=0), values.max(axis=0)
    constant = low == high
    centre = low if scale == "minmax" else np.where(constant, values[0], values.mean(axis=0))
    width = np.where(constant, 1.0, high - low if scale == "minmax" else values.std(axis=0))
    return lambda rows: ((rows.astype(np.float64) - centre) / width).astype(np.float32)


def table_width(table: Table) -> int:
    """How many inputs a model gets from the table, however its rows are split."""
    return sum(_flags(column)[1] + (column.levels is None) for column in table.columns)


def _prepared_table(table: Table, train: Integers, scale: Scale) -> Prepare:
    prepared = [_prepared_column(column, train, scale) for column in table.columns]
    width = table_width(table)

    def inputs_of(rows: Integers) -> Array:
        x, start = np.empty((len(rows), width), np.float32), 0
        for prepare in prepared:
            part = prepare(rows)
            x[:, start : start + part.shape[1]] = part
            start += part.shape[1]
        return x

    return inputs_of


def _prepared_column(column: Column, train: Integers, scale: Scale) -> Prepare:
    """The inputs from one column: the number, and a column of 0 and 1 for each flag."""
    flags, number = _flags(column)
    flags = np.where(np.isin(flags, flags[train]), flags, -1)  # what training rows lack stays 0

    def flags_of(rows: Integers) -> Array:
        return np.asarray(flags[rows][:, np.newaxis] == np.arange(number))

    if column.levels is not None:
        return flags_of
    known = column.values[train][~column.missing[train]]
    filled = np.where(column.missing, np.median(known) if len(known) else 0.0, column.values)
    scaled = scaling(filled[train], scale)
    return lambda rows: np.column_stack([scaled(filled[rows]), flags_of(rows)])


def _flags(column: Column) -> tuple[Integers, int]:
    """Which flag of the column each row has, int64, -1 for none; and how many flags there are.

    A flag each for the common categories, in their order, one for the rare ones together, and one
    for missing values: those that the whole file has, so that no split changes the width.
    """
    number, flags = 0, np.full(len(column.values), -1)
    if column.levels is not None:
        counts = np.bincount(column.values[~column.missing], minlength=len(column.levels))
        common = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
        common = np.sort(common[counts[common] >= RARE * len(flags)])
        flag_of_level = np.full(len(counts), len(common))
        flag_of_level[common] = np.arange(len(common))
        flags = flag_of_level[column.values]
        number = len(common) + (len(common) < len(counts))
    if column.missing.any():
        flags[column.missing] = number
        number += 1
    return flags, number
