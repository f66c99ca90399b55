"""The arrays of a data set as its source holds them: plain, ragged or by column; the digest."""

import ctypes
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actbench.errors import DataError

Array = NDArray[np.generic]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Ragged:
    """Rows of integers of different lengths.

    `values`: all rows one after the other, int64, shape (total,). `lengths`: how many of them
    belong to each row, int64, shape (rows,).
    """

    values: Integers
    lengths: Integers

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def starts(self) -> Integers:
        """Where each row begins in `values`, int64, shape (rows,)."""
        return np.cumsum(self.lengths) - self.lengths

    def __getitem__(self, rows: Integers) -> "Ragged":
        """The rows of these numbers, in this order.

        >>> Ragged.of([[1, 2], [], [3]])[np.array([2, 0])].values
        array([3, 1, 2])
        """
        lengths = self.lengths[rows]
        shift = self.starts[rows] - (np.cumsum(lengths) - lengths)
        return Ragged(self.values[np.arange(lengths.sum()) + np.repeat(shift, lengths)], lengths)

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], limit: int = 1 << 26) -> "Ragged":
        """Ragged rows from lists of Python integers.

        Raises:
            DataError: a row is not a list of integers of at most 64 bits, or all rows together hold
                more than `limit` integers (a small file can name one long list many times).
        """
        if not all(isinstance(row, list) for row in rows):
            raise DataError("expected a list of integers in every row, got something else")
        total = sum(map(len, rows))
        if total > limit:
            raise DataError(f"expected at most {limit} integers in all rows, got {total}")
        if not set(map(type, chain.from_iterable(rows))) <= {int}:
            raise DataError("expected only integers in the rows, got something else")
        try:
            values = np.fromiter(chain.from_iterable(rows), np.int64, count=total)
        except OverflowError as error:
            raise DataError("expected integers of at most 64 bits in the rows") from error
        return cls(values, np.fromiter(map(len, rows), np.int64, count=len(rows)))


@dataclass(frozen=True)
class Column:
    """One column of a user's table, as it was parsed.

    Of numbers, `values` is float64, shape (rows,), NaN where one is missing. Of categories it is
    int32, the index of each row's category in `levels` (sorted), -1 where one is missing.
    """

    name: str
    values: NDArray[Any]
    levels: tuple[str, ...] | None = None

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Where there is no value, shape (rows,)."""
        return np.asarray(np.isnan(self.values) if self.levels is None else self.values < 0)

    def take(self, rows: Integers) -> "Column":
        """The rows of these numbers, in this order."""
        return replace(self, values=self.values[rows])


@dataclass(frozen=True)
class Table:
    """The inputs of a user's table, column by column."""

    columns: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.columns[0].values)


# By name: `x` and `y`, or `x_train`, `y_train`, `x_test` and `y_test`. With `x` and `y` of a user's
# file, `by` holds what its rows are split by, shape (rows,).
Inputs = Array | Ragged | Table
Arrays = Mapping[str, Inputs]


def arrays_sha256(arrays: Arrays) -> str:
    """SHA-256 (64 hex digits) over names, dtypes, shapes and values, in the order of the names.

    Values count in little-endian, row-major order, so that neither the container nor the machine
    nor the memory layout matters; ragged rows count as their lengths and then their values, and a
    table as the values and the categories of each column.
    """
    plain: dict[str, Array] = {}
    for name, array in arrays.items():
        if isinstance(array, Ragged):
            plain |= {f"{name}.lengths": array.lengths, f"{name}.values": array.values}
        elif isinstance(array, Table):
            for i, column in enumerate(array.columns):
                plain[f"{name}.{i:06}.{column.name}"] = column.values
                plain[f"{name}.{i:06}.levels"] = np.array(column.levels or (), dtype=np.str_)
        else:
            plain[name] = array
    state = sha256()
    for name in sorted(plain):
        little = np.ascontiguousarray(plain[name], plain[name].dtype.newbyteorder("<"))
        state.update(f"{name} {little.dtype.str} {plain[name].shape}\n".encode())
        state.update(little.data)
    return state.hexdigest()


def all_rows(arrays: Arrays, name: str) -> Inputs:
    """All rows of the inputs ("x") or the targets ("y"); training rows come before test rows."""
    if name in arrays:
        return arrays[name]
    train, test = arrays[f"{name}_train"], arrays[f"{name}_test"]
    if isinstance(train, Ragged) and isinstance(test, Ragged):
        values = np.concatenate([train.values, test.values])
        return Ragged(values, np.concatenate([train.lengths, test.lengths]))
    return np.concatenate([flat(train), flat(test)])


def flat(array: Inputs) -> Array:
    """The array itself, which must be a plain one."""
    assert isinstance(array, np.ndarray), "only inputs are ragged or tables"
    return array


def release_memory() -> None:
    """Give freed memory back to the system, for the processes that train beside this one."""
    with suppress(OSError, AttributeError):  # only the C library of Linux has `malloc_trim`
        ctypes.CDLL(None).malloc_trim(0)
