"""Specs that are wrong, and what the user is told."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from actbench.errors import SpecError
from actbench.spec import blocks, load
from actbench.spec.dataset import FileDataset
from actbench.spec.experiment import spec_schema
from actbench.spec.problems import EXAMPLES
from tests.own_models import function

GOOD = """\
name: trial
dataset: boston_housing
architecture: {type: mlp, units: [4]}
activations: {hidden: [relu], output: [linear, tanh]}
epochs: 1
batch_size: 32
seeds: 2
"""


MANY = f"[{', '.join(f'{{name: elu, alpha: {i}}}' for i in range(1, 1000))}]"

OWN_KEYS = {
    "cnn": ["filters", "kernel_size", "pool_size"],
    "embedding": ["dim"],
    "layers": ["layers"],
    "builder": ["build", "arguments", "folder"],
    "saved": ["file", "swap"],
}


def told(tmp_path: Path, text: str) -> str:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as error:
        load(str(path))
    return str(error.value).replace(f"{path}:", "")


# What is replaced in the good spec, by what, and what the message says of it.
WRONG = {
    "unknown key": ("epochs: 1", "epcohs: 1", "5:1: epcohs: unknown key 'epcohs'; did you mean 'e"),
    "misspelt activation": ("[relu]", "[rellu]", "4:24: activations.hidden[0]: expected the name"),
    "nearest activation": ("[relu]", "[rellu]", "got the text 'rellu'; did you mean 'relu'?"),
    "misspelt data set": ("boston_housing", "bostn_housing", "did you mean 'boston_housing'?"),
    "text for a number": (
        "epochs: 1",
        "epochs: '1'",
        "expected a whole number, got the text '1'; for example `epochs: 20`",
    ),
    "text for a mapping": (
        "architecture: {type: mlp, units: [4]}",
        "architecture: mlp",
        "architecture: expected a mapping, got the text 'mlp'; for example `architecture: {type: m",
    ),
    "key of another architecture": (
        "{type: mlp, units: [4]}",
        "{type: layers, layers: [$output], units: [4]}",
        "3:49: architecture.units: unknown key 'units' (known: label, type, layers)",
    ),
    "no units": ("units: [4]", "label: a", "architecture.units: is missing; for example `units: ["),
    "boolean for a number": ("epochs: 1", "epochs: yes", "got true (a boolean; quote it"),
    "number for a list": ("units: [4]", "units: 4", "3:34: architecture.units: expected a list"),
    "empty grid": ("[relu]", "[]", "expected at least one entry, got an empty list"),
    "duplicate arms": ("[linear, tanh]", "[tanh, tanh]", "'tanh' stands in the list twice"),
    "linear and null": ("[linear, tanh]", "[linear, null]", "'linear' stands in the list twice"),
    "alias pair": ("[relu]", "[swish, silu]", "'swish' and 'silu' are one activation"),
    "one label twice": (
        "[relu]",
        "[{name: relu, label: a}, {name: elu, label: a}]",
        "two activations have the label 'a'",
    ),
    "unknown parameter": (
        "[relu]",
        "[{name: elu, alhpa: 2}]",
        "'elu' has no parameter 'alhpa'; did you mean 'alpha'?",
    ),
    "parameter out of bounds": (
        "[relu]",
        "[{name: elu, alpha: -1}]",
        "expected a finite number of at least 0, got -1",
    ),
    "parameter beyond floats": (
        "[relu]",
        f"[{{name: elu, alpha: 1{'0' * 310}}}]",
        "a number has at most 40 characters, got 311",
    ),
    "more cells than anybody can train": (
        "[relu], output: [linear, tanh]",
        f"{MANY}, output: {MANY}",
        "activations: expected at most 10,000 cells (data sets × architectures × hidden × output "
        "activations), got 998,001",
    ),
    "more trials than anybody can train": (
        "[relu], output: [linear, tanh]}\nepochs: 1\nbatch_size: 32\nseeds: 2",
        f"{MANY}, output: [linear, tanh]}}\nseeds: 1000",
        "seeds: expected at most 1,000,000 trials (cells × seeds), got 1,998,000",
    ),
    "parameter missing": ("[relu]", "[threshold]", "'threshold' needs its parameter 'threshold'"),
    "zero seeds": ("seeds: 2", "seeds: 0", "7:8: seeds: expected at least 1 seed"),
    "a seed twice": ("seeds: 2", "seeds: [3, 3]", "7:12: seeds[1]: the seed 3 stands in the"),
    "a negative seed": ("seeds: 2", "seeds: [-1]", "expected a seed from 0 to 2147483647, got -1"),
    "negative epochs": ("epochs: 1", "epochs: -7", "5:9: epochs: expected at least 1, got -7"),
    "no patience": (
        "seeds: 2",
        "early_stopping: {patience: 0}",
        "7:28: early_stopping.patience: expected at least 1, got 0",
    ),
    "patience left out": (
        "seeds: 2",
        "early_stopping: {min_delta: 0.1}",
        "early_stopping.patience: is missing; for example `patience: 5`",
    ),
    "negative min_delta": (
        "seeds: 2",
        "early_stopping: {patience: 2, min_delta: -0.1}",
        "early_stopping.min_delta: expected at least 0.0, got -0.1",
    ),
    "unknown key of early stopping": (
        "seeds: 2",
        "early_stopping: {patience: 2, monitor: val_loss}",
        "7:31: early_stopping.monitor: unknown key 'monitor' (known: patience, min_delta)",
    ),
    "number for early stopping": (
        "seeds: 2",
        "early_stopping: 5",
        "early_stopping: expected a mapping, got 5; for example `early_stopping: {patience: 5}`",
    ),
    "early stopping without validation rows": (
        "seeds: 2",
        "early_stopping: {patience: 2}",
        "7:1: early_stopping: training stops by the loss on validation rows, and boston_housing "
        "has none; give the data set `validation: 0.2`, or leave `early_stopping` out",
    ),
    "early stopping and averaged weights": (
        "dataset: boston_housing",
        "early_stopping: {patience: 2}\ndataset: {name: boston_housing, validation: 0.2}\n"
        "optimizer: {name: sgd, use_ema: true}",
        "2:1: early_stopping: Keras puts the weights of the best epoch in the place of the "
        "averages of `use_ema`",
    ),
    "what belongs to an arm at an output": (
        "[linear, tanh]",
        "[{name: linear, dropout: 0.1}, {name: tanh, learning_rate: 1}]",
        "4:98: activations.output[1].learning_rate: 'learning_rate' belongs to the whole arm; give "
        "it to the hidden activation",
    ),
    "dropout of an arm in a list of layers": (
        "{type: mlp, units: [4]}\nactivations: {hidden: [relu]",
        "{type: layers, layers: [{Dense: {units: 3, activation: $hidden}}, $output]}\n"
        "activations: {hidden: {name: relu, dropout: 0.1}",
        "4:45: activations.hidden.dropout: layers(Dense-$output) takes no dropout of an arm's own: "
        "a list of layers says itself where it drops units",
    ),
    "batch larger than the data": ("batch_size: 32", "batch_size: 405", "at most the 404 rows"),
    "no activations": ("activations:", "# activations:", "activations: is missing; for ex"),
    "name that leaves the folder": ("name: trial", "name: ../x", "expected letters, digits, '-'"),
    "absolute name": ("name: trial", "name: /tmp/x", "expected letters, digits, '-' and '_'"),
    "unknown architecture": ("type: mlp", "type: mpl", "got 'mpl'; did you mean 'mlp'?"),
    "unknown optimizer": ("seeds: 2", "optimizer: adm", "got the text 'adm'; did you mean 'adam'"),
    "list for an optimizer's name": (
        "seeds: 2",
        "optimizer: {name: [adam]}",
        "7:19: optimizer.name: expected the name of a Keras optimizer, got a list of 1; they are",
    ),
    "optimizer's argument": (
        "seeds: 2",
        "optimizer: {name: sgd, learning_rat: 1}",
        "'sgd' has no argument 'learning_rat'; did you mean 'learning_rate'?",
    ),
    "gradients clipped to nothing": (
        "seeds: 2",
        "optimizer: {name: sgd, clipnorm: 0}",
        "7:34: optimizer.clipnorm: expected a positive number, got 0",
    ),
    "loss of another task": (
        "seeds: 2",
        "loss: categorical_crossentropy",
        "expected a loss for a regression task",
    ),
    "metric of another task": ("seeds: 2", "metrics: [accuracy]", "expected a metric for a regre"),
    "images for a table": ("{type: mlp, units: [4]}", "{type: cnn, filters: [4]}", "holds none"),
    "no hidden layer": (
        "{type: mlp, units: [4]}\nactivations: {hidden: [relu]",
        "{type: mlp, units: []}\nactivations: {hidden: [relu, elu]",
        "there is no hidden layer, so arms that differ in `hidden` would be the same",
    ),
    "baseline that is no arm": ("seeds: 2", "baseline: {output: tahn}", "did you mean 'tanh'?"),
    "validation takes all": (
        "dataset: boston_housing",
        "dataset: {name: boston_housing, validation: 404}",
        "validation takes 404 of the 404 training rows",
    ),
    "more than there is": (
        "dataset: boston_housing",
        "dataset: {name: boston_housing, train_limit: 1000}",
        "expected at most the 404 training rows there are, got 1,000",
    ),
    "text option for a table": (
        "dataset: boston_housing",
        "dataset: {name: boston_housing, num_words: 100}",
        "num_words is an option of reuters and imdb",
    ),
    "hypothesis without than": (
        "seeds: 2",
        "expect: [{worse: {output: tanh}}]",
        "`worse` needs `than`",
    ),
    "hypothesis on an architecture there is not": (
        "seeds: 2",
        "expect: [{worse: {architecture: mlp(8)}, than: {architecture: mlp(4)}}]",
        "expect[0].worse.architecture: expected one of the architectures of this spec (mlp(4)), "
        "got 'mlp(8)'; did you mean 'mlp(4)'? (`--set expect=[]` goes without the expectations)",
    ),
    "hypothesis on rows there are not": (
        "seeds: 2",
        "expect: [{better: {hidden: relu}, than: {hidden: relu}, split: val}]",
        "expect[0].split: no data set of this spec has a validation set",
    ),
    "a baseline that is an architecture": (
        "seeds: 2",
        "baseline: {architecture: mlp(4)}",
        "baseline.architecture",
    ),
    "layer that runs code": (
        "{type: mlp, units: [4]}",
        "{type: layers, layers: [{Lambda: {function: x}}]}",
        "Lambda is a Keras layer, but it runs code, which a spec does not hold; `type: builder`",
    ),
    "layer that joins": (
        "{type: mlp, units: [4]}",
        "{type: layers, layers: [Add, $output]}",
        "Add is a Keras layer, but it joins several tensors, and a list of layers has nowhere to",
    ),
    "layer that is none": (
        "{type: mlp, units: [4]}",
        "{type: layers, layers: [Densee, $output]}",
        "expected the class name of a Keras layer, got the text 'Densee'; did you mean 'Dense'?",
    ),
    "layers without output": (
        "{type: mlp, units: [4]}",
        "{type: layers, layers: [Flatten]}",
        "no layer uses $output",
    ),
    "a key twice": ("seeds: 2", "epochs: 2", "the key 'epochs' stands here again; first at"),
    "a Python object": (
        "name: trial",
        "name: !!python/object/apply:os.system ['touch pwned']",
        "1:7: the tag !!python/object/apply:os.system is not allowed",
    ),
    "not YAML": ("seeds: 2", "seeds: [2", "8:1: this is not YAML: expected ',' or ']'"),
}


def keys(section: dict[str, Any], schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """The keys of a section of the schema and of the sections below it, with dots between."""
    section = schema["$defs"][section["$ref"].rpartition("/")[2]] if "$ref" in section else section
    inner = [*section.get("anyOf", []), *section.get("oneOf", []), section.get("items", {})]
    for part in filter(None, inner):
        yield from keys(part, schema, path)
    for key, value in section.get("properties", {}).items():
        yield path + key
        yield from keys(value, schema, f"{path}{key}.")


def test_every_key_has_an_example() -> None:
    schema = spec_schema()
    # what has one as a whole
    within = r"optimizer\.|activations\.\w+\.|architecture\.swap\.|expect\.\w+\."
    assert {k for k in keys(schema, schema) if not re.match(within, k)} == set(EXAMPLES)


GIVEN = "input_shape, outputs, hidden, output"


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_is_right(path: str, tmp_path: Path) -> None:
    *sections, key = path.split(".")
    plain = yaml.safe_load(GOOD) | {"architecture": {"type": "mlp", "units": [4]}}
    plain |= {"dataset": {"name": "imdb", "encoding": "sequence"}, "baseline": {}, "expect": {}}
    if sections[:1] == ["dataset"] and path.split(".")[1] in {*FileDataset.model_fields} - {"name"}:
        plain["dataset"] = {"file": "none.csv"}
        (tmp_path / "houses.csv").write_text("area,price\n" + "1,2.5\n2,3.5\n" * 9)
    section = plain
    for name in sections:
        section = section.setdefault(name, {})
    (tmp_path / "models").mkdir()
    for place in ("", "models/"):
        (tmp_path / f"{place}my_model.py").write_text(function("pass", f"{GIVEN}, width=8"))
    section[key] = yaml.safe_load(EXAMPLES[path])
    for architecture, own in OWN_KEYS.items():
        if path.startswith("architecture.") and key in own:
            section["type"] = architecture
    if section.get("type") == "builder":
        section["build"] = "my_model:build"
        del section["units"]
    message = told(tmp_path, yaml.safe_dump(plain))
    assert f": {path}: " not in message and f": {path}[" not in message, message


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_place(case: str, tmp_path: Path) -> None:
    old, new, words = WRONG[case]
    assert old in GOOD
    assert words in told(tmp_path, GOOD.replace(old, new))


def test_the_good_spec_is_good(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load(str(path)).seeds == (0, 1)


def test_all_problems_are_told_at_once_in_reading_order(tmp_path: Path) -> None:
    text = GOOD.replace("boston_housing", "bostn").replace("[relu]", "[rellu]")
    message = told(tmp_path, text.replace("seeds: 2", "seeds: 0\nepcohs: 3"))
    lines = message.splitlines()
    assert lines[0] == "4 problems in the spec:"
    assert [line.strip().split(":")[0] for line in lines[1:]] == ["2", "4", "7", "8"]


def test_losses_and_metrics_are_checked_beside_other_problems(tmp_path: Path) -> None:
    text = GOOD.replace("[relu]", "[rellu]") + "loss: msee\nmetrics: [mae, accuracy]\n"
    message = told(tmp_path, text)
    assert message.startswith("3 problems in the spec:")
    assert "8:7: loss: expected a loss for a regression task (mse, mae" in message
    assert "got 'msee'; did you mean 'mse'?" in message
    assert "9:16: metrics[1]: expected a metric for a regression task" in message


def test_of_a_data_set_there_is_not_any_loss_of_keras_will_do(tmp_path: Path) -> None:
    text = GOOD.replace("boston_housing", "bostn") + "loss: hinge\nmetrics: [accuracy, accurcy]\n"
    message = told(tmp_path, text)
    assert message.startswith("2 problems in the spec:")
    assert "metrics[1]: expected a metric (mae, mse" in message
    assert "got 'accurcy'; did you mean 'accuracy'?" in message


@pytest.mark.parametrize(
    ("activations", "baseline", "arm"),
    [
        ("{hidden: [elu, relu], output: linear}", "relu", "relu / linear"),
        ("{hidden: [elu, relu]}", "relu", "relu / linear"),
        ("{hidden: [elu, ReLU]}", "tf.nn.relu", "relu / linear"),
        ("{hidden: relu, output: [linear, tanh]}", "tanh", "relu / tanh"),
        ("{hidden: relu, output: [linear, relu]}", "relu", "relu / relu"),
        ("{hidden: [tanh, elu], output: [relu, linear]}", "linear", "tanh / linear"),
        ("{hidden: [tanh, elu], output: [relu, linear]}", "None", "tanh / linear"),
        ("{hidden: [elu, relu], output: relu}", "relu", "relu / relu"),
    ],
)
def test_a_bare_name_is_a_baseline_where_it_is_clear(
    activations: str, baseline: str, arm: str, tmp_path: Path
) -> None:
    path = tmp_path / "spec.yaml"
    lines = [line for line in GOOD.splitlines() if "activations" not in line]
    lines += [f"activations: {activations}", f"baseline: {baseline}"]
    path.write_text("\n".join(lines), encoding="utf-8")
    experiment = load(str(path))
    assert blocks(experiment)[0].baseline.label == arm
    again = tmp_path / "again.yaml"
    again.write_text(yaml.safe_dump(experiment.filled()), encoding="utf-8")
    assert blocks(load(str(again)))[0].baseline.label == arm


@pytest.mark.parametrize(
    ("baseline", "words"),
    [
        ("tanh", "'tanh' is both a hidden and an output activation; write {hidden: tanh} or {out"),
        ("sigmiod", "expected one of the activations of this spec (tanh, sigmoid, linear)"),
        ("sigmiod", "got 'sigmiod'; did you mean 'sigmoid'?"),
        ("3", "baseline: expected a mapping, got 3"),
    ],
)
def test_a_bare_name_that_is_not_clear(baseline: str, words: str, tmp_path: Path) -> None:
    text = GOOD.replace("[relu]", "[tanh, sigmoid]") + f"baseline: {baseline}"
    assert words in told(tmp_path, text)


def test_a_bare_baseline_of_a_spec_with_other_problems_is_no_problem(tmp_path: Path) -> None:
    message = told(tmp_path, GOOD.replace("[relu]", "[rellu]") + "baseline: relu")
    assert message.startswith("1 problem in the spec:")


def test_anchors_that_expand_without_end_are_refused(tmp_path: Path) -> None:
    layers = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    bomb = "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x, x]", *layers])
    assert "expands to more than 10,000 values" in told(tmp_path, bomb)


def test_an_anchor_that_holds_itself_is_refused(tmp_path: Path) -> None:
    assert "nested more than 30 deep" in told(tmp_path, "name: &a [*a]")


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    assert "deep" in told(tmp_path, "name: " + "[" * 20_000)


@pytest.mark.parametrize(
    "number", ["1" * 41, "1" * 400, "-" + "9" * 20_000, "1" * 400 + ".5", ":".join(["1"] * 400)]
)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("epochs: 1", "epochs: %s"),
        ("[relu]", "[{name: elu, alpha: %s}]"),
        ("seeds: 2", "optimizer: {name: sgd, learning_rate: %s}"),
        ("seeds: 2", "optimizer: {name: ftrl, learning_rate_power: %s}"),
        ("boston_housing", "{name: boston_housing, validation: %s}"),
        ("{type: mlp, units: [4]}", "{type: layers, layers: [{Dense: {units: %s}}]}"),
        ("seeds: 2", "expect: {worse: {output: tanh}, than: {output: linear}, by: %s}"),
    ],
)
def test_a_number_without_end_is_refused(old: str, new: str, number: str, tmp_path: Path) -> None:
    message = told(tmp_path, GOOD.replace(old, new % number))
    assert f"a number has at most 40 characters, got {len(number):,}" in message


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0x", "expected a whole number, got the text '0x'"),
        ("0x_", "5:9: '0x_' cannot be read as a value"),
        ("!!bool abc", "5:9: 'abc' cannot be read as a value"),
        ("!!int abc", "5:9: 'abc' cannot be read as a value"),
        ('"\\ud800"', r"5:9: '\ud800' cannot be read as a value"),
        ('"\\UFFFFFFFF"', "a text holds an escape that is no character"),
        ("9" * 40, "5:9: epochs: expected at most 100,000, got 9999"),
    ],
)
def test_a_value_that_is_none_is_refused(value: str, words: str, tmp_path: Path) -> None:
    assert words in told(tmp_path, GOOD.replace("epochs: 1", f"epochs: {value}"))


@pytest.mark.parametrize(
    "text",
    [
        "optimizer: {name: ftrl, learning_rate_power: .nan}",
        "optimizer: {name: sgd, momentum: .inf}",
        "expect: {worse: {output: tanh}, than: {output: linear}, by: .inf}",
    ],
)
def test_a_number_that_is_not_finite_is_refused(text: str, tmp_path: Path) -> None:
    assert re.search("expected a (finite )?number", told(tmp_path, GOOD + text))


def test_a_long_description_is_refused(tmp_path: Path) -> None:
    message = told(tmp_path, GOOD + f"description: {'y' * 3000}")
    assert "expected at most 2,000 characters, got 3,000: the text 'yyy" in message


def test_a_large_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    message = told(tmp_path, GOOD + "# " + "x" * 1_000_000)
    assert "expected a spec of at most 100 kB, got 1,000 kB" in message


def test_an_empty_file_points_to_init(tmp_path: Path) -> None:
    assert "the file is empty; `actbench init`" in told(tmp_path, "# nothing\n")


def test_a_list_is_no_spec(tmp_path: Path) -> None:
    assert "expected a spec (a mapping" in told(tmp_path, "- relu\n- tanh\n")


def test_other_bytes_are_no_spec(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"name: \xff\xfe")
    with pytest.raises(SpecError, match="expected a text file in UTF-8, got other bytes at posi"):
        load(str(path))


def test_a_missing_file_names_the_shipped_specs() -> None:
    with pytest.raises(SpecError, match=r"did you mean 'boston_output'.*shipped: boston_output"):
        load("boston_outptu")


def test_a_folder_of_its_name_does_not_hide_a_shipped_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "boston_output").mkdir()
    assert load("boston_output").name == "boston_output"


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="expected a YAML file, got a folder"):
        load(str(tmp_path))


def test_the_index_after_the_last_appends() -> None:
    assigned = ["activations.hidden=relu", "activations.hidden.1=selu", "activations.hidden.2=elu"]
    hidden = load("boston_output", [*assigned, "expect=[]"]).activations.hidden
    assert [activation.name for activation in hidden] == ["relu", "selu", "elu"]


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("epochs", "--set epochs: expected key=value"),
        ("epochs=-1", "--set epochs=-1: epochs: expected at least 1, got -1"),
        ("activations.hidden=relu, tanh", "--set 'activations.hidden=[relu, tanh]'"),
        ("epochs=[", "this is not YAML"),
        ("epochs.more=1", "'more' lies below a plain value"),
        ("architecture.units.7=3", "expected an index from 0 to 1 (2 appends), got '7'"),
        ("architecture.untis=[3]", "unknown key 'untis'; did you mean 'units'?"),
    ],
)
def test_overrides_are_checked_like_the_file(assignment: str, words: str) -> None:
    with pytest.raises(SpecError) as error:
        load("boston_output", [assignment])
    assert words in str(error.value)
