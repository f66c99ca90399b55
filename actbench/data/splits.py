"""Which rows of a data set are trained on, validated on and tested on."""

from dataclasses import dataclass

import numpy as np

from actbench.data.arrays import Integers
from actbench.data.dataset_info import DatasetInfo, DatasetRequest
from actbench.errors import DataError


@dataclass(frozen=True)
class Split:
    """One division of a data set: the row numbers of each part, int64, in the order of use.

    Rows count from 0 through all rows of the source; where it holds training and test rows apart,
    training rows come first.
    """

    train: Integers
    validation: Integers
    test: Integers


def usual_split(request: DatasetRequest) -> Split:
    """The split that Keras's loaders make, with validation rows taken from the training rows.

    A source without test rows is shuffled, and its last 20 % of rows become the test rows.

    Raises:
        DataError: `validation` or `train_limit` does not fit the number of training rows.
    """
    rows, first = request.info.train_rows, request.validation_rows
    if not (0 <= first < rows and 1 <= (request.train_limit or 1) <= rows - first):
        raise DataError(
            f"validation={request.validation!r} and train_limit={request.train_limit!r} do not fit"
            f" the {rows} training rows of {request.info.name}"
        )
    order, last = _row_order(request.info), first + request.training_rows
    return Split(train=order[first:last], validation=order[:first], test=order[rows:])


def _row_order(info: DatasetInfo) -> Integers:
    """All row numbers, the training rows before the test rows."""
    rows = info.train_rows + info.test_rows
    if not info.pre_split:
        return _shuffled(rows)
    if info.kind != "text":
        return np.arange(rows)
    # Keras shuffles IMDB, whose file is sorted by label.
    return np.concatenate([_shuffled(info.train_rows), info.train_rows + _shuffled(info.test_rows)])


def _shuffled(rows: int) -> Integers:
    order = np.arange(rows)
    np.random.RandomState(113).shuffle(order)  # the seed of all of Keras's data sets
    return order
