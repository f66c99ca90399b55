"""Rows before they are encoded: shuffled, split, and cut to what an experiment asks for."""

from dataclasses import dataclass

import numpy as np

from actbench.data.catalogue import validation_rows
from actbench.data.dataset import Array
from actbench.data.ragged import Ragged
from actbench.errors import DataError

SEED = 113  # of every shuffle in Keras's data sets; ours follow it


@dataclass(frozen=True)
class Part:
    """Some rows as the source holds them: `x` of any shape (rows, ...), `y` of shape (rows,)."""

    x: Array | Ragged
    y: Array

    def __len__(self) -> int:
        return len(self.y)

    def cut(self, start: int, stop: int) -> "Part":
        """The rows from `start` up to `stop`."""
        x = self.x.cut(start, stop) if isinstance(self.x, Ragged) else self.x[start:stop]
        return Part(x, self.y[start:stop])

    def shuffled(self) -> "Part":
        """The rows in the order of Keras's shuffle with seed 113."""
        order = np.arange(len(self))
        np.random.RandomState(SEED).shuffle(order)
        x = self.x.take(order) if isinstance(self.x, Ragged) else self.x[order]
        return Part(x, self.y[order])


def shuffle_and_split(x: Array | Ragged, y: Array) -> tuple[Part, Part]:
    """Training and test rows as Keras's loaders make them: shuffled, the last 20 % for the test.

    >>> train, test = shuffle_and_split(np.arange(10), np.arange(10))
    >>> len(train), len(test)
    (8, 2)
    """
    part = Part(x, y).shuffled()
    first_test = int(len(part) * (1 - 0.2))
    return part.cut(0, first_test), part.cut(first_test, len(part))


def held_out_rows(rows: int, validation: int | float | None) -> int:
    """How many of `rows` training rows become the validation set; see `validation_rows`.

    Raises:
        DataError: it is negative, a fraction not below 1, or leaves nothing to train on.

    >>> held_out_rows(8982, 1000), held_out_rows(404, 0.2), held_out_rows(404, None)
    (1000, 81, 0)
    """
    if validation is None or validation == 0:
        return 0
    allowed = not isinstance(validation, bool) and 0 < validation < rows
    if isinstance(validation, float):
        allowed = 0 < validation < 1
    count = validation_rows(rows, validation) if allowed else rows
    if count == rows:
        raise DataError(
            f"validation must be a number of rows below the {rows} training rows, or a fraction"
            f" below 1, so that some are left to train on; got {validation!r}"
        )
    if count == 0:
        raise DataError(f"validation={validation!r} of {rows} training rows is less than one row")
    return count


def training_rows(rows: int, train_limit: int | None) -> int:
    """How many of the `rows` left for training are used.

    Raises:
        DataError: `train_limit` is not between 1 and `rows`.
    """
    if train_limit is None:
        return rows
    if isinstance(train_limit, bool) or not isinstance(train_limit, int):
        raise DataError(f"train_limit must be a number of rows, got {train_limit!r}")
    if not 1 <= train_limit <= rows:
        raise DataError(
            f"train_limit must be from 1 to {rows}, the training rows that are left after the"
            f" validation set; got {train_limit}"
        )
    return train_limit
