"""Seeds and splits of a spec."""

from typing import Any

import pytest
import yaml

from actbench.data import SplitScheme
from actbench.errors import SpecError
from actbench.spec import Experiment
from actbench.spec.spec_files import validate
from actbench.spec.yaml_document import parse

GOOD: dict[str, Any] = {
    "name": "good",
    "dataset": "wine",
    "architecture": {"type": "mlp", "units": [4]},
    "activations": {"hidden": ["relu"]},
}


def read(**keys: Any) -> Experiment:
    return validate(parse(yaml.safe_dump(GOOD | keys), "good.yaml"))


@pytest.mark.parametrize(
    ("splits", "scheme"),
    [
        (10, SplitScheme(10)),
        ({"random": 20, "test": 0.3}, SplitScheme(20, 0.3)),
        ({"folds": 5}, SplitScheme(5, folds=5)),
        ({"folds": 5, "repeats": 2}, SplitScheme(10, folds=5)),
    ],
)
def test_the_forms_of_splits(splits: object, scheme: SplitScheme) -> None:
    experiment = read(splits=splits)
    assert experiment.splits is not None
    assert experiment.splits.scheme == scheme
    assert experiment.seeds == (0, 1, 2)
    assert read(splits=splits, seeds=5).seeds == (0, 1, 2, 3, 4)
    again = validate(parse(yaml.safe_dump(experiment.filled()), "again.yaml"))
    assert again.filled() == experiment.filled()


def test_without_splits_there_are_ten_seeds_and_no_key() -> None:
    experiment = read()
    assert experiment.seeds == tuple(range(10))
    assert "splits" not in experiment.filled()
    (request,) = experiment.requests(experiment.dataset[0])
    assert request == experiment.dataset[0].request


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"splits": 1}, "expected at least 2 splits and at most 1,000, got 1"),
        ({"splits": True}, "expected a number of splits, `{random: 20, test: 0.2}` or"),
        ({"splits": {"random": 5, "folds": 5}}, "expected one of `random: 10` and `folds: 5`"),
        ({"splits": {"folds": 5, "test": 0.2}}, "`test` goes with `random` only"),
        ({"splits": {"random": 5, "repeats": 2}}, "`repeats` goes with `folds` only"),
        ({"splits": {"folds": 500, "repeats": 3}}, "expected at most 1,000 splits, got 1,500"),
        ({"splits": {"random": 5, "test": 0.9}}, "expected at most the 18 rows"),
        ({"epochs": 0}, "epochs: expected at least 1"),
    ],
)
def test_what_is_wrong_is_one_problem(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError) as raised:
        read(**keys)
    assert words in str(raised.value)
    assert str(raised.value).startswith("1 problem in the spec:")
