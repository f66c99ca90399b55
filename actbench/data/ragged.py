"""Rows of different lengths, kept as two flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from actbench.errors import DataError

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

    def take(self, rows: Integers) -> "Ragged":
        """These rows, in this order.

        >>> Ragged.of([[1, 2], [], [3]]).take(np.array([2, 0])).values
        array([3, 1, 2])
        """
        lengths = self.lengths[rows]
        shift = self.starts[rows] - (np.cumsum(lengths) - lengths)
        return Ragged(self.values[np.arange(lengths.sum()) + np.repeat(shift, lengths)], lengths)

    def cut(self, start: int, stop: int) -> "Ragged":
        """The rows from `start` up to `stop`."""
        return self.take(np.arange(start, stop))

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], limit: int = 1 << 26) -> "Ragged":
        """Rows given as lists of Python integers.

        Raises:
            DataError: a row is no list, holds something else than integers, or all rows together
                hold more than `limit` integers (a small file can name one long list many times).
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
