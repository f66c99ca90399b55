"""Which rows are trained, validated and tested on, and how many."""

import numpy as np
import pytest

from actbench.data import CATALOGUE, DatasetRequest
from actbench.data.splits import split_rows


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
