"""What an architecture says of itself: its size, its use of activations, what it can train on."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from actbench.spec import blocks, load
from actbench.spec.architecture import Architecture
from actbench.spec.dataset import AnyDataset, DatasetChoice
from actbench.spec.dropout import Dropout
from actbench.spec.experiment import AnyArchitecture

read_dataset = TypeAdapter(AnyDataset).validate_python


def architecture(**keys: Any) -> Architecture:
    read: Architecture = TypeAdapter(AnyArchitecture).validate_python(keys)
    return read


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({"type": "mlp", "units": [64, 32]}, "mlp(64-32)"),
        ({"type": "mlp", "units": [], "dropout": 0.1}, "mlp(dropout=0.1)"),
        (
            {"type": "mlp", "units": [4], "dropout": {"rate": 0.1, "kind": "alpha"}},
            "mlp(4, dropout=0.1, alpha)",
        ),
        ({"type": "mlp", "units": [4], "batch_norm": "before"}, "mlp(4, batch_norm=before)"),
        ({"type": "cnn", "filters": [32, 64], "units": [64]}, "cnn(32-64, 64)"),
        ({"type": "cnn", "filters": [8], "kernel_size": 5}, "cnn(8, kernel_size=5)"),
        ({"type": "embedding", "dim": 8, "units": [64]}, "embedding(8, 64)"),
        ({"type": "embedding", "dim": 8, "label": "words"}, "words"),
    ],
)
def test_the_name_in_the_tables(keys: dict[str, Any], name: str) -> None:
    assert architecture(**keys).name == name


def dataset(written: Any) -> DatasetChoice:
    return read_dataset(written)


def layers(*entries: Any) -> Architecture:
    return architecture(type="layers", layers=list(entries))


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("boston_output", 13 * 64 + 64 * 64 + 64),
        ("reuters_hidden", 10_000 * 64 + 64 * 64 + 64 * 46),
        ("reuters_embedding", 200 * 8 * 64 + 64 * 46),
    ],
)
def test_there_are_six_operations_a_weight(name: str, weights: int) -> None:
    cell = blocks(load(name))[0].cells[0]
    assert cell.architecture.operations(cell.dataset) == 6 * weights


def test_the_operations_of_a_convolution_count_every_place() -> None:
    places = 26 * 26 * 32 * 9 + 11 * 11 * 64 * 32 * 9 + 3 * 3 * 64 * 64 * 9
    dense = 3 * 3 * 64 * 64 + 64 * 10
    cell = blocks(load("mnist_cnn"))[0].cells[0]
    assert cell.architecture.operations(cell.dataset) == 6 * (places + dense)


OUTPUT = {"Dense": {"units": 1, "activation": "$output"}}


def test_only_keras_knows_the_operations_and_units_of_layers() -> None:
    written = layers({"Dense": {"units": 8, "activation": "$hidden"}}, OUTPUT)
    assert written.operations(dataset("wine")) is None
    assert written.hidden_units == ()


@pytest.mark.parametrize(
    ("chosen", "units"),
    [
        (architecture(type="mlp", units=[4, 5]), (4, 5)),
        (architecture(type="cnn", filters=[2, 3], units=[4]), (2, 3, 4)),
        (architecture(type="embedding", dim=3, units=[4]), (4,)),
    ],
)
def test_hidden_units_are_those_of_every_use_of_the_hidden_activation(
    chosen: Architecture, units: tuple[int, ...]
) -> None:
    assert chosen.hidden_units == units
    assert chosen.why_hidden_is_unused() is None


@pytest.mark.parametrize(
    "chosen",
    [
        architecture(type="mlp", units=[]),
        architecture(type="embedding", dim=3),
        layers("Flatten", OUTPUT),
    ],
)
def test_a_model_without_hidden_layers_does_not_use_the_hidden_activation(
    chosen: Architecture,
) -> None:
    assert chosen.why_hidden_is_unused() is not None


@pytest.mark.parametrize(
    ("last", "ends"),
    [
        (["$output"], True),
        ([OUTPUT], True),
        ([{"Activation": {"activation": "$output"}}], True),
        (["$output", "Flatten"], False),
        ([{"SimpleRNN": {"units": 1, "activation": "$output"}}], False),
    ],
)
def test_layers_end_with_the_output_activation_or_not(last: list[Any], ends: bool) -> None:
    assert layers("Flatten", *last).ends_with_output is ends


@pytest.mark.parametrize(
    ("dropout", "expected"),
    [
        (None, None),
        (0.1, Dropout(rate=0.1)),
        ({"rate": 0.2}, Dropout(rate=0.2)),
        ({"rate": 0.2, "kind": "alpha"}, Dropout(rate=0.2, kind="alpha")),
    ],
)
def test_dropout_is_a_rate_or_a_mapping(dropout: Any, expected: Dropout | None) -> None:
    assert architecture(type="mlp", units=[4], dropout=dropout).hidden_dropout == expected


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"type": "mlp", "units": [4]}, ""),
        ({"type": "cnn", "filters": [4], "units": [4]}, ""),
        ({"type": "embedding", "dim": 4, "units": [4]}, ""),
        ({"type": "mlp", "units": []}, "no dense hidden layer"),
        ({"type": "cnn", "filters": [4]}, "no dense hidden layer"),
        ({"type": "embedding", "dim": 4}, "no dense hidden layer"),
        ({"type": "layers", "layers": ["$output"]}, "write Dropout among the layers"),
    ],
)
def test_where_an_arm_can_bring_its_own_dropout(keys: dict[str, Any], words: str) -> None:
    reason = architecture(**keys).why_no_dropout
    assert words in reason if words else reason == ""


SEQUENCES = {"name": "imdb", "encoding": "sequence"}


@pytest.mark.parametrize(
    ("chosen", "data", "words"),
    [
        (architecture(type="mlp", units=[4]), "wine", ""),
        (architecture(type="mlp", units=[4]), "mnist", ""),
        (architecture(type="mlp", units=[4]), "imdb", ""),
        (architecture(type="mlp", units=[4]), SEQUENCES, "mlp reads word counts; use `encoding: m"),
        (architecture(type="cnn", filters=[4]), "mnist", ""),
        (architecture(type="cnn", filters=[4]), "imdb", "cnn reads images, and imdb holds none"),
        (architecture(type="embedding", dim=3), SEQUENCES, ""),
        (
            architecture(type="embedding", dim=3),
            "imdb",
            "reads word sequences, and imdb gives none",
        ),
        (layers(OUTPUT), "imdb", ""),
    ],
)
def test_an_architecture_says_which_data_it_does_not_fit(
    chosen: Architecture, data: Any, words: str
) -> None:
    misfit = chosen.misfit(dataset(data))
    assert words in misfit
    assert bool(misfit) == bool(words)


@pytest.mark.parametrize(
    ("filters", "words"), [([4, 4, 4], ""), ([4] * 4, "shrink to nothing at convolution 4")]
)
def test_a_convolution_needs_pixels_left(filters: list[int], words: str) -> None:
    misfit = architecture(type="cnn", filters=filters).misfit(dataset("mnist"))
    assert words in misfit
    assert bool(misfit) == bool(words)
