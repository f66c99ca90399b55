"""Which rows of a data set are trained on, validated on and tested on."""

from dataclasses import dataclass

import numpy as np

from actbench.data.arrays import Integers
from actbench.data.dataset_info import DatasetInfo, DatasetRequest


@dataclass(frozen=True)
class Split:
    """One division of a data set: the row numbers of each part, int64, in the order of use.

    Rows count from 0 through all rows of the source; where it holds training and test rows apart,
    training rows come first.
    """

    train: Integers
    validation: Integers
    test: Integers


def split_rows(request: DatasetRequest) -> Split:
    """The rows of each part. The first training rows of an order validate, and the next train."""
    order, rows = keras_order(request.info), request.info.train_rows
    first, last = request.validation_rows, request.validation_rows + request.training_rows
    return Split(train=order[first:last], validation=order[:first], test=order[rows:])


def keras_order(info: DatasetInfo) -> Integers:
    """All row numbers, the training rows before the test rows, as Keras's loaders order them.

    A source without test rows is shuffled, and its last 20 % of rows are the test rows.
    """
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
