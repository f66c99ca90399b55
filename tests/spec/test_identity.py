"""The identity of a cell: what determines its numbers, without keys at their default."""

from dataclasses import field, fields, make_dataclass, replace
from typing import Any

import pytest
from pydantic import create_model

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.info import Parameter
from actbench.spec import Cell, blocks
from actbench.spec.activation import Activation
from actbench.spec.architecture import Cnn, Embedding, Layers, Mlp
from actbench.spec.dataset import CatalogueDataset
from actbench.spec.experiment import Experiment

SHORT = {
    "name": "t",
    "dataset": "wine",
    "architecture": {"type": "mlp", "units": [8]},
    "activations": {"hidden": "elu"},
}
SPELLED_OUT = {
    "dataset": {"name": "wine", "validation": None},
    "architecture": {"type": "mlp", "units": [8], "dropout": None, "label": "small"},
    "activations": {
        "hidden": {"name": "elu", "alpha": 1.0, "kernel_initializer": "glorot_uniform"},
        "output": "softmax",
    },
    "optimizer": {"name": "rmsprop", "learning_rate": 0.001},
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "epochs": 10,
    "batch_size": 32,
    "loss_on": "keras",
}


def cell(**options: Any) -> Cell:
    (block,) = blocks(Experiment.model_validate(SHORT | options))
    return block.cells[0]


def test_keys_at_their_default_are_left_out() -> None:
    assert cell().identity == cell(**SPELLED_OUT).identity
    assert cell().identity == {
        "dataset": {"name": "wine"},
        "architecture": {"type": "mlp", "units": [8]},
        "hidden": {"name": "elu"},
        "output": {"name": "softmax"},
        "optimizer": {"name": "rmsprop"},
    }


def test_keys_away_from_their_default_are_kept() -> None:
    other = cell(
        dataset={"name": "reuters", "encoding": "sequence", "maxlen": 50, "validation": 10},
        architecture={"type": "embedding", "dim": 4, "units": [8]},
        activations={
            "hidden": {"name": "elu", "alpha": 2, "kernel_initializer": "he_normal"},
            "output": "leaky_relu",
        },
        optimizer={"name": "adam", "learning_rate": 0.01, "amsgrad": True},
        loss="mse",
        metrics=[],
        epochs=3,
        batch_size=8,
        loss_on="outputs",
        early_stopping={"patience": 4, "min_delta": 0.5},
    )
    assert other.identity == {
        "dataset": {"name": "reuters", "validation": 10, "encoding": "sequence", "maxlen": 50},
        "architecture": {"type": "embedding", "dim": 4, "units": [8]},
        "hidden": {"name": "elu", "alpha": 2.0, "kernel_initializer": "he_normal"},
        "output": {"name": "leaky_relu", "negative_slope": 0.2},  # Keras has three defaults for it
        "optimizer": {"name": "adam", "learning_rate": 0.01, "amsgrad": True},
        "loss": "mse",
        "metrics": [],
        "epochs": 3,
        "batch_size": 8,
        "loss_on": "outputs",
        "early_stopping": {"patience": 4, "min_delta": 0.5},
    }


@pytest.mark.parametrize(
    ("section", "written"),
    [
        (CatalogueDataset, {"name": "mnist", "train_limit": 100}),
        (CatalogueDataset, {"name": "reuters"}),
        (Mlp, {"type": "mlp", "units": (4,), "dropout": 0.1}),
        (Cnn, {"type": "cnn", "filters": (4,)}),
        (Embedding, {"type": "embedding", "dim": 4}),
        (Layers, {"type": "layers", "layers": [{"Dense": {"units": 3}}, "$output"]}),
    ],
)
def test_a_new_key_at_its_default_changes_no_section(section: Any, written: Any) -> None:
    later = create_model("Later", __base__=section, new=(int, 5))
    assert later.model_validate(written).identity == section.model_validate(written).identity


def test_a_new_setting_at_its_default_changes_no_cell() -> None:
    later = make_dataclass("Later", [("new", int, field(default=5))], bases=(Cell,), frozen=True)
    values = {f.name: getattr(cell(), f.name) for f in fields(Cell)}
    assert later(**values).identity == cell().identity
    assert later(**values, new=6).identity == cell().identity | {"new": 6}


def test_a_new_parameter_at_its_default_changes_no_activation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Activation.model_validate("elu").identity
    info = CATALOGUE["elu"]
    parameters = (*info.parameters, Parameter("new", 5.0))
    monkeypatch.setitem(CATALOGUE, "elu", replace(info, parameters=parameters))
    later = Activation.model_validate("elu")
    assert later.parameters == (("alpha", 1.0), ("new", 5.0))
    assert later.identity == before


def test_what_an_arm_brings_along_is_part_of_it_when_given() -> None:
    hidden = {"name": "elu", "dropout": 0.1, "learning_rate": 0.01}
    assert cell(activations={"hidden": hidden}).identity == cell().identity | {
        "hidden": {"name": "elu", "dropout": {"rate": 0.1}, "learning_rate": 0.01}
    }
    alpha = {"name": "elu", "dropout": {"rate": 0.1, "kind": "alpha"}}
    assert cell(activations={"hidden": alpha}).identity["hidden"]["dropout"] == {
        "rate": 0.1,
        "kind": "alpha",
    }


def test_a_spec_that_is_written_out_keeps_its_defaults() -> None:
    assert cell().arm.hidden.as_written() == {
        "name": "elu",
        "alpha": 1.0,
        "kernel_initializer": "glorot_uniform",
        "label": "elu",
    }
    assert cell().optimizer.as_written() == {"name": "rmsprop", "learning_rate": 0.001}
