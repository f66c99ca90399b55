"""Which rows of a data set are trained on, validated on and tested on."""

from dataclasses import dataclass

import numpy as np

from actbench.data.arrays import Array, Integers
from actbench.data.dataset_info import DatasetInfo, DatasetRequest, SplitRule
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


def split_rows(request: DatasetRequest, y: Array | None = None, by: Array | None = None) -> Split:
    """The rows of each part, for ever the same.

    A set without a rule keeps its own order: the first of its training rows validate. For a rule,
    `y` holds the targets of all rows, and `by` what the rule goes by (`rows_for_test`).

    Raises:
        DataError: the rule leaves no rows for a part.
    """
    info, rule = request.info, request.info.test
    if rule is None or y is None:
        order, first = keras_order(info), request.validation_rows
        others, validation, test = order[first:], order[:first], order[info.train_rows :]
    else:
        labels = y if info.classes else None
        test = rows_for_test(rule, labels, by, len(y))
        others = _without(_shuffled(len(y)), test)
        validation = _drawn(rule, others, request.validation_rows, labels, by)
        others = _without(others, validation)
    return Split(others[: request.training_rows], validation, test)


def rows_for_test(rule: SplitRule, labels: Array | None, by: Array | None, rows: int) -> Integers:
    """The numbers of the test rows that the rule draws of so many `rows`.

    `labels` are the classes of the rows, None of a regression. `by` holds, for "column", whether a
    row is a test row; for "group", the number of its group; for "last", its time.
    """
    everything = _shuffled(rows)
    if rule.kind == "column":
        return everything[np.isin(everything, np.flatnonzero(np.asarray(by)))]
    return _drawn(rule, everything, round(rule.fraction * rows), labels, by)


def _drawn(
    rule: SplitRule, rows: Integers, count: int, labels: Array | None, by: Array | None
) -> Integers:
    """About `count` of the rows, as the rule draws them; all of one group or time stay together."""
    if count == 0:
        return rows[:0]
    if rule.kind == "group" and by is not None:
        _, first, group, sizes = np.unique(
            by[rows], return_index=True, return_inverse=True, return_counts=True
        )
        order = np.argsort(first)
        if len(order) < 2:
            raise DataError(f"the column '{rule.column}' has too few groups to split the rows by")
        number = int(np.argmin(np.abs(np.cumsum(sizes[order])[:-1] - count))) + 1
        return np.asarray(rows[np.isin(group, order[:number])])
    if rule.kind == "last" and by is not None:
        times = np.sort(by[rows])
        start = times[-count]
        late = by[rows] >= start if start > times[0] else by[rows] > start
        return np.asarray(rows[late])
    if labels is not None:
        rows = rows[np.argsort(labels[rows], kind="stable")]
    # Every so many rows, so that each class has its share to within one row.
    return rows[np.diff(np.arange(len(rows) + 1) * count // len(rows)) > 0]


def _without(rows: Integers, drawn: Integers) -> Integers:
    return rows[~np.isin(rows, drawn)]


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
