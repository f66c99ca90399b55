"""Several splits of one data set: which rows they have, and what is learned from them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from actbench import data
from actbench.data import CATALOGUE, DatasetRequest, NumberedSplit, SplitScheme
from actbench.data.dataset_info import SplitRule
from actbench.data.splits import Split, split_rows
from actbench.errors import DataError
from tests.data.test_data_splits import info_with

ROWS = 600
RANDOM = SplitScheme(20)
FOLDS = SplitScheme(10, folds=5)


def several(
    scheme: SplitScheme,
    rule: SplitRule | None = None,
    y: Any = None,
    by: Any = None,
    classes: int = 0,
    **options: Any,
) -> list[Split]:
    """All splits of a scheme; no row is in two parts of one of them."""
    y = np.arange(float(ROWS)) if y is None else y
    info = info_with(rule or SplitRule(), len(y), len(y) // 5, classes)
    splits = [
        split_rows(DatasetRequest(info, split=NumberedSplit(scheme, i), **options), y, by)
        for i in range(scheme.count)
    ]
    for split in splits:
        rows = np.concatenate([split.train, split.validation, split.test])
        assert len(np.unique(rows)) == len(rows)
    return splits


def test_random_splits_differ_and_do_not_depend_on_their_number() -> None:
    splits = several(RANDOM)
    assert {len(split.test) for split in splits} == {ROWS // 5}
    assert len({tuple(sorted(split.test.tolist())) for split in splits}) == RANDOM.count
    for few, many in zip(several(SplitScheme(10)), splits, strict=False):
        np.testing.assert_array_equal(few.train, many.train)
    # Every row is in the test of about a fifth of the splits.
    often = np.bincount(np.concatenate([split.test for split in splits]), minlength=ROWS)
    assert often.mean() == RANDOM.count / 5
    assert often.max() < 15


@pytest.mark.parametrize("scheme", [RANDOM, FOLDS])
def test_classes_have_their_share_of_every_part(scheme: SplitScheme) -> None:
    y = np.repeat([0, 1, 2], [440, 150, 10])
    for split in several(scheme, y=y, classes=3, validation=0.25):
        assert np.abs(np.bincount(y[split.test], minlength=3) - [88, 30, 2]).max() <= 1
        assert np.abs(np.bincount(y[split.validation], minlength=3) - [88, 30, 2]).max() <= 1


def test_folds_divide_all_rows_in_every_repeat_anew() -> None:
    splits = several(FOLDS, y=np.arange(602.0))
    for repeat in (splits[:5], splits[5:]):
        tested = np.concatenate([split.test for split in repeat])
        assert sorted(tested.tolist()) == list(range(602))
        assert sorted(len(split.test) for split in repeat) == [120, 120, 120, 121, 121]
    assert not np.array_equal(splits[0].test, splits[5].test)
    more = several(SplitScheme(15, folds=5), y=np.arange(602.0))
    np.testing.assert_array_equal(more[9].train, splits[9].train)


def test_folds_have_as_many_of_each_class_as_those_of_scikit_learn() -> None:
    y = np.random.default_rng(0).choice(3, 500, p=[0.7, 0.2, 0.1])
    theirs = StratifiedKFold(5).split(np.zeros((500, 1)), y)
    expected = sorted(np.bincount(y[test]).tolist() for _, test in theirs)
    ours = several(SplitScheme(5, folds=5), y=y, classes=3)
    got = np.array(sorted(np.bincount(y[split.test]).tolist() for split in ours))
    assert np.abs(got - np.array(expected)).max() <= 1


@pytest.mark.parametrize("scheme", [RANDOM, FOLDS])
def test_a_group_is_never_on_both_sides(scheme: SplitScheme) -> None:
    rule = SplitRule("group", column="customer")
    group = np.random.default_rng(0).integers(0, 80, ROWS)
    sizes = set()
    for split in several(scheme, rule, by=group, validation=0.2):
        parts = [{*group[rows]} for rows in (split.train, split.validation, split.test)]
        assert len(parts[0]) + len(parts[1]) + len(parts[2]) == 80
        assert 0.15 < len(split.test) / ROWS < 0.25
        sizes.add(len(split.test))
    assert len(sizes) > 2


def test_folds_of_fewer_groups_are_refused() -> None:
    rule = SplitRule("group", column="customer")
    with pytest.raises(DataError, match="'customer' has 4 groups, too few for 5 folds"):
        several(FOLDS, rule, by=np.arange(ROWS) % 4)


def test_by_time_every_part_is_later_than_the_one_before() -> None:
    rule = SplitRule("last", 0.2, "date")
    time = np.random.default_rng(0).permutation(ROWS).astype(float)
    starts = set()
    for split in several(RANDOM, rule, by=time, validation=0.2):
        assert time[split.train].max() < time[split.validation].min()
        assert time[split.validation].max() < time[split.test].min()
        assert len(split.test) == 84  # a fifth of 70% of the rows
        assert len(split.train) + len(split.validation) == 336
        starts.add(time[split.train].min())
    assert len(starts) > 15


def test_rows_of_one_time_are_never_on_both_sides() -> None:
    rule = SplitRule("last", 0.2, "date")
    time = np.arange(ROWS) // 7
    for split in several(RANDOM, rule, by=time):
        assert time[split.train].max() < time[split.test].min()


def test_a_set_with_a_test_set_of_its_own_pools_its_rows() -> None:
    info = CATALOGUE["mnist"]
    y = np.arange(70_000) % 10
    split = split_rows(DatasetRequest(info, split=NumberedSplit(RANDOM, 0)), y)
    assert len(split.test) == 10_000
    assert len(split.train) == 60_000
    assert split.test.min() < 60_000 <= split.train.max()


def test_a_share_and_a_limit_are_honoured() -> None:
    (split, *_) = several(SplitScheme(2, 0.3), validation=20, train_limit=50)
    assert [len(split.train), len(split.validation), len(split.test)] == [50, 20, 180]


def test_scales_are_learned_from_the_training_rows_of_each_split() -> None:
    info = CATALOGUE["diabetes"]
    load = data.loader(info)
    x, y = load_diabetes(return_X_y=True, scaled=False)
    for i in range(3):
        request = DatasetRequest(info, validation=0.1, split=NumberedSplit(RANDOM, i))
        split = split_rows(request, y)
        loaded = load(request)
        scaler = StandardScaler().fit(x[split.train])
        np.testing.assert_allclose(loaded.train.x, scaler.transform(x[split.train]), atol=1e-5)
        np.testing.assert_allclose(loaded.test.x, scaler.transform(x[split.test]), atol=1e-5)
        np.testing.assert_array_equal(loaded.test.y, y[split.test].astype(np.float32))


def test_preparation_of_a_file_is_learned_anew_in_every_split(tmp_path: Path) -> None:
    from actbench.data.user_file import UserFile, describe

    random = np.random.default_rng(0)
    values = random.exponential(size=200)
    lines = [
        f"{'' if i % 9 == 0 else value},{'ab'[i % 2]},{value * 2 + 1}"
        for i, value in enumerate(values)
    ]
    file = tmp_path / "own.csv"
    file.write_text("\n".join(["size,kind,price", *lines]) + "\n")
    info, _ = describe(UserFile(file, "price"), "own")
    load = data.loader(info)
    y = np.arange(200.0)
    medians = set()
    for i in range(5):
        request = DatasetRequest(info, split=NumberedSplit(RANDOM, i))
        split, loaded = split_rows(request, y), load(request)
        known = np.array([row for row in split.train if row % 9])
        median = np.median(values[known])
        filled = np.where(np.arange(200) % 9 == 0, median, values)
        expected = StandardScaler().fit(filled[split.train, None])
        for part, rows in ((loaded.train, split.train), (loaded.test, split.test)):
            scaled = expected.transform(filled[rows, None])[:, 0]
            np.testing.assert_allclose(part.x[:, 0], scaled, atol=1e-5)
        medians.add(median)
    assert len(medians) > 1
