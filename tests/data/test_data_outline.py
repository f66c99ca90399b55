"""The targets by themselves are those that the loaded data set holds."""

from pathlib import Path

import numpy as np
import pytest

from actbench import data
from actbench.data import CATALOGUE, DatasetRequest

LOCAL = ["boston_housing", "breast_cancer", "digits", "mnist_5k", "mnist", "reuters"]


@pytest.mark.parametrize("name", LOCAL)
@pytest.mark.parametrize("options", [{}, {"validation": 50, "train_limit": 60}])
def test_the_targets_are_those_of_the_loaded_data(
    name: str, options: dict[str, int], shared_datasets: Path
) -> None:
    request = DatasetRequest(CATALOGUE[name], **options)
    loaded = data.load(request, shared_datasets)
    outline = data.outline(CATALOGUE[name], shared_datasets)
    targets = outline.targets(request)
    assert outline.digest == loaded.digest
    parts = [(targets.train, loaded.train), (targets.test, loaded.test)]
    if loaded.validation is not None:
        assert targets.validation is not None
        parts.append((targets.validation, loaded.validation))
    for alone, split in parts:
        assert alone.dtype == split.y.dtype
        np.testing.assert_array_equal(alone, split.y)
    assert len(targets.test) == CATALOGUE[name].test_rows
