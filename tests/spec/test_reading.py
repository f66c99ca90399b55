"""Specs that are right: shorthands, defaults, overrides, the grid."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from actbench.data import CATALOGUE
from actbench.spec import Experiment, arms, blocks, load
from actbench.spec.dataset import CatalogueDataset
from actbench.spec.experiment import spec_schema
from actbench.spec.shipped import shipped
from actbench.spec.spec_files import templates


def from_text(tmp_path: Path, text: str, *overrides: str) -> Experiment:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return load(str(path), overrides)


SHORT = "name: a\ndataset: wine\narchitecture: {type: mlp, units: [4]}\n"


@pytest.mark.parametrize("name", templates())
def test_every_template_is_valid_for_the_reader_and_for_the_schema(name: str) -> None:
    path = templates()[name]
    assert load(str(path)).name == name
    plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(spec_schema()).validate(plain)


def test_an_editor_is_told_what_every_key_means() -> None:
    schema = spec_schema()
    sections = [schema, *schema["$defs"].values()]
    keys = [key for section in sections for key in section.get("properties", {}).values()]
    told = [key["description"] for key in keys]
    assert len(told) > 30
    assert all(told)


def test_the_schema_is_a_schema_and_refuses_what_the_reader_refuses() -> None:
    jsonschema.Draft202012Validator.check_schema(spec_schema())
    validator = jsonschema.Draft202012Validator(spec_schema())
    good = yaml.safe_load(shipped()["boston_output"].read_text(encoding="utf-8"))
    for key, wrong in (
        ("epcohs", 3),
        ("dataset", "bostn_housing"),
        ("activations", {"hidden": ["rellu"]}),
        ("activations", {"hidden": [{"name": "elu", "alpha": -1}]}),
        ("optimizer", {"name": "sgd", "learning_rat": 1}),
        ("seeds", 0),
        ("architecture", {"type": "mlp"}),
        ("name", "../x"),
    ):
        assert not validator.is_valid(good | {key: wrong}), (key, wrong)


@pytest.mark.parametrize("name", shipped())
def test_the_filled_spec_gives_the_same_experiment_again(name: str, tmp_path: Path) -> None:
    experiment = load(name)
    again = from_text(tmp_path, yaml.safe_dump(experiment.filled(), sort_keys=False))
    assert again.filled() == experiment.filled()
    cells = [c.identity for b in blocks(experiment) for c in b.cells]
    assert [c.identity for b in blocks(again) for c in b.cells] == cells


def test_the_task_fills_in_loss_metrics_and_output(tmp_path: Path) -> None:
    experiment = from_text(tmp_path, SHORT + "activations: {hidden: relu}")
    (block,) = blocks(experiment)
    (cell,) = block.cells
    assert cell.loss == "sparse_categorical_crossentropy"
    assert cell.metrics == ("accuracy",)
    assert cell.arm.label == "relu / softmax"


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_fraction_for_validation_is_as_many_rows_in_the_spec_as_in_the_data(name: str) -> None:
    """Thousandths of the rows by whole numbers alone: binary fractions would lose some."""
    rows = CATALOGUE[name].train_rows
    for thousandths in range(10, 991):
        nearest = (rows * thousandths + 500) // 1000
        choice = CatalogueDataset(name=name, validation=thousandths / 1000)
        assert choice.identity["validation"] == choice.request.validation_rows == nearest
        assert choice.request.training_rows == rows - nearest


def test_the_rows_of_imdb_for_validation(tmp_path: Path) -> None:
    spec = SHORT.replace("wine", "{name: imdb, validation: 0.29}") + "activations: {hidden: relu}"
    experiment = from_text(tmp_path, spec)
    assert experiment.dataset[0].identity["validation"] == 7250


def test_a_list_of_data_sets_and_architectures_is_a_grid(tmp_path: Path) -> None:
    experiment = from_text(
        tmp_path,
        """
name: grid
dataset: [wine, digits]
architecture: [{type: mlp, units: [4]}, {type: mlp, units: [8], dropout: 0.1}]
activations: {hidden: [relu, elu, tanh], output: [softmax, sigmoid]}
""",
    )
    grid = blocks(experiment)
    assert [(b.dataset.label, b.architecture.name) for b in grid] == [
        ("wine", "mlp(4)"),
        ("wine", "mlp(8, dropout=0.1)"),
        ("digits", "mlp(4)"),
        ("digits", "mlp(8, dropout=0.1)"),
    ]
    assert [len(b.cells) for b in grid] == [6, 6, 6, 6]


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("null", "linear"),
        ("relu", "relu"),
        ("swish", "silu"),
        ("leaky_relu", "leaky_relu(negative_slope=0.2)"),
        ("{name: leaky_relu, negative_slope: 0.02}", "leaky_relu(negative_slope=0.02)"),
        ("{name: elu, alpha: 1}", "elu"),
        ("{name: relu, max_value: 6}", "relu(max_value=6.0)"),
        ("{name: gelu, approximate: true}", "gelu(approximate=True)"),
        (
            "{name: selu, kernel_initializer: lecun_normal}",
            "selu(kernel_initializer=lecun_normal)",
        ),
        ("{name: selu, label: mine}", "mine"),
    ],
)
def test_labels_spell_out_what_the_name_does_not_tell(
    written: str, label: str, tmp_path: Path
) -> None:
    experiment = from_text(tmp_path, f"{SHORT}activations: {{hidden: [{written}]}}")
    assert arms(experiment, "multiclass")[0].hidden.label == label


def test_labels_do_not_count_for_identity(tmp_path: Path) -> None:
    text = SHORT + "activations: {hidden: [{name: elu, label: %s}]}"
    one, two = (blocks(from_text(tmp_path, text % label))[0].cells[0] for label in ("a", "b"))
    assert one.identity == two.identity


def test_scientific_notation_is_a_number(tmp_path: Path) -> None:
    text = SHORT + "activations: {hidden: relu}\noptimizer: {name: adam, learning_rate: 1e-3}"
    assert from_text(tmp_path, text).optimizer.label == "adam"


def test_overrides_reach_any_key(tmp_path: Path) -> None:
    experiment = load(
        "boston_output",
        ["epochs=20", "architecture.units=[128,128]", "dataset.validation=0.25", "optimizer=adam"],
        seeds=3,
    )
    assert experiment.epochs == 20
    assert experiment.architecture[0].name == "mlp(128-128)"
    assert experiment.dataset[0].request.validation_rows == 101
    assert experiment.optimizer.name == "adam"
    assert experiment.seeds == (0, 1, 2)


def test_layers_can_be_written_out(tmp_path: Path) -> None:
    experiment = from_text(
        tmp_path,
        """
name: written
dataset: digits
architecture:
  type: layers
  layers:
    - Flatten
    - Dense: {units: 8, activation: $hidden}
    - $hidden
    - Dense: {units: 10, activation: $output}
activations: {hidden: [relu, elu]}
""",
    )
    assert experiment.architecture[0].name == "layers(Flatten-Dense-$hidden-Dense)"
    assert len({hash(cell) for cell in blocks(experiment)[0].cells}) == 2
