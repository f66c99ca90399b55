"""Which rows of a data set are trained on, validated on and tested on."""

from dataclasses import dataclass

import numpy as np

from actbench.data.arrays import Array, Integers
from actbench.data.dataset_info import DatasetInfo, DatasetRequest, NumberedSplit, SplitRule
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
    """The rows of each part; the same ones in every call, process and version.

    A set without a rule keeps its own order: the first of its training rows validate. For a rule,
    and for one of several splits, `y` holds the targets of all rows, and `by` what the rule goes
    by (`rows_for_test`).

    Raises:
        DataError: the rule leaves no rows for a part.
    """
    info, rule = request.info, request.info.test
    if request.split is not None and y is not None:
        return _numbered_split(request, request.split, y, by)
    if rule is None or y is None:
        order, first = _keras_order(info), request.validation_rows
        others, validation, test = order[first:], order[:first], order[info.train_rows :]
    else:
        labels = y if info.classes else None
        test = rows_for_test(rule, labels, by, len(y))
        others = _without(_shuffled(len(y)), test)
        validation = _drawn(rule, others, request.validation_rows, labels, by)
        others = _without(others, validation)
    return Split(others[: request.training_rows], validation, test)


def _numbered_split(
    request: DatasetRequest, split: NumberedSplit, y: Array, by: Array | None
) -> Split:
    """One of several splits. Its number alone decides it, not how many there are.

    Rows of a group stay together, and test rows come later than those trained on, as the rule of
    the set says. All other sets draw from all of their rows, whichever are for the test usually.
    """
    usual = request.info.test
    rule = usual if usual is not None and usual.kind in ("group", "last") else SplitRule()
    labels = y if request.info.classes else None
    if folds := split.scheme.folds:
        repeat, fold = divmod(split.number, folds)
        order = _shuffled(len(y), folds, repeat)
        test = order[_fold_numbers(rule, order, folds, labels, by) == fold]
    else:
        order = _shuffled(len(y), split.number)
        if rule.kind == "last" and by is not None:
            order = _in_window(order, by, request.rows, split.number)
        test = _drawn(rule, order, request.test_rows, labels, by)
    others = _without(order, test)
    validation = _drawn(rule, others, request.validation_rows_of(len(others)), labels, by)
    return Split(_without(others, validation)[: request.train_limit], validation, test)


def _fold_numbers(
    rule: SplitRule, rows: Integers, folds: int, labels: Array | None, by: Array | None
) -> Integers:
    """The fold of each of the rows: every fold has its share of each class.

    With a rule by groups, each whole group goes to the fold that has the fewest rows so far.

    Raises:
        DataError: there are fewer groups than folds.
    """
    numbers = np.arange(len(rows)) % folds
    if rule.kind == "group" and by is not None:
        _, first, group, sizes = np.unique(
            by[rows], return_index=True, return_inverse=True, return_counts=True
        )
        if len(sizes) < folds:
            raise DataError(
                f"the column '{rule.column}' has {len(sizes)} groups, too few for {folds} folds"
            )
        fold_by_group, load = np.zeros(len(sizes), dtype=np.int64), np.zeros(folds)
        for one in np.argsort(first):  # in the order of the rows, which is random
            fold_by_group[one] = np.argmin(load)
            load[fold_by_group[one]] += sizes[one]
        return np.asarray(fold_by_group[group])
    if labels is not None:
        in_order = np.argsort(labels[rows], kind="stable")
        numbers[in_order] = numbers.copy()
    return numbers


def _in_window(rows: Integers, times: Array, length: int, number: int) -> Integers:
    """Those of the rows that follow one another in time from a random start on."""
    start = _random(number).randint(len(rows) - length + 1)
    window = np.argsort(times, kind="stable")[start : start + length]
    return np.asarray(rows[np.isin(rows, window)])


def rows_for_test(rule: SplitRule, labels: Array | None, by: Array | None, rows: int) -> Integers:
    """The numbers of the test rows that the rule draws; `rows` is how many rows there are.

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
    # At equal steps through the rows, so that each class has its share to within one row.
    return rows[np.diff(np.arange(len(rows) + 1) * count // len(rows)) > 0]


def _without(rows: Integers, drawn: Integers) -> Integers:
    return rows[~np.isin(rows, drawn)]


def _keras_order(info: DatasetInfo) -> Integers:
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


def _shuffled(rows: int, *numbers: int) -> Integers:
    order = np.arange(rows)
    _random(*numbers).shuffle(order)
    return order


def _random(*numbers: int) -> np.random.RandomState:
    """A generator whose stream NumPy never changes; without numbers, that of Keras's data sets."""
    return np.random.RandomState([113, *numbers] if numbers else 113)
