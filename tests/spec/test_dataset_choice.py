"""The data set of a spec: its options, what it asks the data room for, and its identity."""

import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from actbench.data import CATALOGUE, DatasetRequest
from actbench.errors import SpecError
from actbench.spec import load
from actbench.spec.dataset import AnyDataset

read_dataset = TypeAdapter(AnyDataset).validate_python

SPEC = """\
name: t
dataset: {dataset}
architecture: {{type: mlp, units: [4]}}
activations: {{hidden: relu}}
batch_size: 1
"""


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("{name: wine, validation: 142}", "validation takes 142 of the 142 training rows"),
        ("{name: wine, validation: 0.001}", "validation takes 0 of the 142 training rows"),
        ("{name: wine, validation: 0.999}", "validation takes 142 of the 142 training rows"),
        ("{name: wine, validation: 1.0}", "a fraction between 0 and 1, got 1.0"),
        ("{name: wine, validation: -3}", "expected a number of training rows (at least 1)"),
        ("{name: wine, validation: true}", "got true (a boolean"),
        ("{name: wine, train_limit: 143}", "expected at most the 142 training rows"),
        ("{name: wine, validation: 100, train_limit: 43}", "at most the 42 training rows"),
        ("{name: wine, train_limit: 0}", "expected at least 1, got 0"),
        ("{name: wine, train_limit: 1.5}", "expected a whole number, got 1.5"),
        ("{name: wine, num_words: 100}", "'wine' is no text; num_words is an option of"),
        ("{name: wine, encoding: sequence}", "'wine' is no text; encoding is an option of"),
        ("{name: imdb, encoding: bag}", "expected one of multi_hot, sequence, got the text 'bag'"),
        ("{name: imdb, num_words: 3}", "expected at least 10, got 3"),
        ("{name: imdb, num_words: many}", "expected a whole number, got the text 'many'"),
        ("{name: imdb, maxlen: 100}", "maxlen goes with `encoding: sequence` only"),
        ("{name: imdb, encoding: sequence, maxlen: 0}", "expected at least 1, got 0"),
        ("{name: wine, target_scale: standard}", "targets of a regression are scaled, and 'wine'"),
        ("{name: winee}", "expected the name of a data set, got 'winee'; did you mean 'wine'?"),
    ],
)
def test_options_that_do_not_fit_say_the_numbers(
    dataset: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.format(dataset=dataset), encoding="utf-8")
    with pytest.raises(SpecError) as error:
        load(str(path))
    assert message in str(error.value)
    assert ":2:" in str(error.value)


def test_every_column_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("aa,bb,yy\n1,2,3\n2,3,5\n", encoding="utf-8")
    options = "file: t.csv, target: y1, drop: [a1, b1], types: {c1: number}, test: {group: d1}"
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.format(dataset=f"{{{options}}}"), encoding="utf-8")
    with pytest.raises(SpecError) as error:
        load(str(path))
    keys = {"y1": "target", "a1": "drop", "b1": "drop", "c1": "types", "d1": "test"}
    for name, key in keys.items():
        assert f": dataset.{key}: t.csv: it has no column '{name}'" in str(error.value)


def test_a_choice_carries_the_facts_of_its_data_set() -> None:
    choice = read_dataset("wine")
    for same in (choice, choice.model_copy(), pickle.loads(pickle.dumps(choice))):
        assert same.info == CATALOGUE["wine"]
        assert same == choice
        assert hash(same) == hash(choice)


@pytest.mark.parametrize(
    ("written", "request_", "identity"),
    [
        ("wine", DatasetRequest(CATALOGUE["wine"]), {"name": "wine"}),
        (
            {"name": "imdb", "validation": 0.29},
            DatasetRequest(CATALOGUE["imdb"], validation=0.29),
            {"name": "imdb", "validation": 7250},
        ),
        (
            {"name": "reuters", "encoding": "sequence", "train_limit": 5},
            DatasetRequest(CATALOGUE["reuters"], train_limit=5, encoding="sequence"),
            {"name": "reuters", "train_limit": 5, "encoding": "sequence"},
        ),
        (
            {"name": "diabetes", "target_scale": "minmax"},
            DatasetRequest(CATALOGUE["diabetes"], target_scale="minmax"),
            {"name": "diabetes", "target_scale": "minmax"},
        ),
    ],
)
def test_what_is_loaded_and_what_determines_it(
    written: Any, request_: DatasetRequest, identity: dict[str, Any]
) -> None:
    choice = read_dataset(written)
    assert choice.request == request_
    assert choice.identity == identity
    assert choice.request.validation_rows == identity.get("validation", 0)
