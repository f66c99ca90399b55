"""Which rows are trained, validated and tested on, and how many."""

from typing import Any

import numpy as np
import pytest

from actbench.data import CATALOGUE, DatasetInfo, DatasetRequest
from actbench.data.dataset_info import SplitRule
from actbench.data.splits import Split, rows_for_test, split_rows
from actbench.errors import DataError


@pytest.mark.parametrize(
    ("name", "validation", "rows"),
    [
        ("imdb", 0.29, 7250),  # 0.29 * 25_000 is 7249.999999999999 in binary
        ("wine", 0.2, 28),  # 28.4 of 142 rows
        ("wine", 0.25, 36),  # 35.5
        ("wine", 0.26, 37),  # 36.92
        ("wine", 0.996, 141),  # 141.432
        ("reuters", 1000, 1000),
        ("boston_housing", 0.2, 81),
        ("boston_housing", None, 0),
    ],
)
def test_a_fraction_gives_the_nearest_number_of_rows(
    name: str, validation: float | None, rows: int
) -> None:
    request = DatasetRequest(CATALOGUE[name], validation=validation)
    assert request.validation_rows == rows
    assert request.training_rows == CATALOGUE[name].train_rows - rows
    assert len(split_rows(request).validation) == rows


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_row_is_in_one_part(name: str) -> None:
    info = CATALOGUE[name]
    split = split_rows(DatasetRequest(info, validation=0.25))
    parts = [split.validation, split.train, split.test]
    rows = np.concatenate(parts)
    assert sorted(rows.tolist()) == list(range(info.train_rows + info.test_rows))
    assert len(split.test) == info.test_rows
    if info.pre_split:
        assert split.test.min() >= info.train_rows


def info_with(rule: SplitRule, rows: int, test_rows: int, classes: int = 0) -> DatasetInfo:
    return DatasetInfo(
        name="own",
        title="",
        task="multiclass" if classes else "regression",
        classes=classes,
        train_rows=rows - test_rows,
        test_rows=test_rows,
        source=CATALOGUE["wine"].source,
        test=rule,
    )


def parts(rule: SplitRule, y: Any, by: Any = None, classes: int = 0, **options: Any) -> Split:
    """The split of rows with these targets, each row in one part."""
    labels = y if classes else None
    test = rows_for_test(rule, labels, by, len(y))
    info = info_with(rule, len(y), len(test), classes)
    split = split_rows(DatasetRequest(info, **options), y, by)
    np.testing.assert_array_equal(split.test, test)
    if "train_limit" not in options:
        every = np.concatenate([split.train, split.validation, split.test])
        assert sorted(every.tolist()) == list(range(len(y)))
    return split


def test_a_fraction_takes_its_share_of_every_class() -> None:
    y = np.repeat([0, 1, 2], [900, 90, 11])
    split = parts(SplitRule(fraction=0.2), y, classes=3, validation=0.25)
    for rows in (split.test, split.validation):
        assert np.abs(np.bincount(y[rows]) - [180, 18, 2.2]).max() <= 1
    assert len(split.test) == len(split.validation) == 200
    again = parts(SplitRule(fraction=0.2), y, classes=3, validation=0.25, train_limit=50)
    np.testing.assert_array_equal(again.test, split.test)
    np.testing.assert_array_equal(again.train, split.train[:50])


def test_a_regression_is_split_by_chance_and_for_ever_alike() -> None:
    split = parts(SplitRule(fraction=0.3), np.arange(1000.0), validation=100)
    assert (len(split.test), len(split.validation)) == (300, 100)
    assert split.test[:5].tolist() == [779, 582, 815, 41, 795]
    assert abs(split.test.mean() - 500) < 50


def test_groups_stay_whole() -> None:
    group = np.random.default_rng(0).integers(0, 60, 1000)
    rule = SplitRule("group", 0.2, "customer")
    split = parts(rule, np.zeros(1000), group, validation=0.25)
    of_part = [set(group[rows]) for rows in (split.train, split.validation, split.test)]
    assert sum(map(len, of_part)) == 60 == len(set.union(*of_part))
    assert abs(len(split.test) - 200) < 20 and abs(len(split.validation) - 200) < 20
    with pytest.raises(DataError, match="the column 'customer' has too few groups"):
        parts(rule, np.zeros(9), np.zeros(9, int))


def test_the_last_rows_come_after_all_others_and_equal_times_stay_together() -> None:
    time = np.random.default_rng(0).integers(0, 50, 1000).astype(float)
    split = parts(SplitRule("last", 0.2, "day"), np.zeros(1000), time, validation=0.25)
    assert time[split.train].max() < time[split.validation].min()
    assert time[split.validation].max() < time[split.test].min()
    assert 200 <= len(split.test) < 240 and 190 <= len(split.validation) < 240


def test_the_rows_for_the_test_can_be_named() -> None:
    named = np.arange(100) % 4 == 0
    rule = SplitRule("column", column="fold", value="test")
    split = parts(rule, np.arange(100) % 2, named, classes=2, validation=0.2)
    assert sorted(split.test.tolist()) == np.flatnonzero(named).tolist()
    assert len(split.validation) == 15
