"""Which trial is meant, and what is said where none is; read from committed tables."""

import shutil
from pathlib import Path

import pytest

from actbench.errors import ResultsError
from actbench.experiment.trials import trial_id
from actbench.reproduction import find_trial
from actbench.results.reading import read_trials
from actbench.spec import blocks, load

REFERENCE = Path(__file__).parents[2] / "results" / "reference"
BOSTON = REFERENCE / "boston_output" / "trials.csv"


@pytest.mark.parametrize("arm", ["relu/tanh", "relu / tanh", "tanh"])
def test_an_arm_is_named_as_in_the_tables_or_by_what_is_its_own(arm: str) -> None:
    trial = find_trial(BOSTON, arm, 3)
    assert (trial.cell.arm.label, trial.seed, trial.status) == ("relu / tanh", 3, "ok")
    assert trial.metrics.keys() == {"train_loss", "train_mae", "test_loss", "test_mae"}
    assert trial.compiled_by_xla is True
    assert trial.learning_rate is None


def test_a_chosen_learning_rate_comes_from_the_table() -> None:
    trial = find_trial(REFERENCE / "digits_learning_rates" / "trials.csv", "sigmoid/softmax", 10)
    assert trial.learning_rate == 0.03


def test_a_split_is_named_by_its_number() -> None:
    table = REFERENCE / "scope_splits" / "trials.csv"
    trial = find_trial(table, "relu", 1, dataset="digits", split=2)
    assert trial.request.split is not None
    assert trial.request.split.number == 2
    with pytest.raises(ResultsError, match=r"name the split of the trial with --split \(0 to 19\)"):
        find_trial(table, "relu", 1, dataset="digits")
    with pytest.raises(ResultsError, match="--split: expected one of the splits 0 to 19, got 20"):
        find_trial(table, "relu", 1, dataset="digits", split=20)
    with pytest.raises(ResultsError, match="--dataset: expected one of diabetes, digits, boston"):
        find_trial(table, "relu", 1, split=2)


@pytest.mark.parametrize(
    ("arm", "seed", "words"),
    [
        ("relu/tanhh", 3, r"--arm: expected one of relu / linear, .*; got 'relu/tanhh'; did you"),
        ("gelu", 3, "--arm: expected one of relu / linear, relu / relu, relu / sigmoid"),
        ("relu/tanh", 30, "--seed: relu / tanh has the seeds 0 to 29; got 30"),
    ],
)
def test_an_arm_or_seed_that_is_not_there_is_answered_with_those_that_are(
    arm: str, seed: int, words: str
) -> None:
    with pytest.raises(ResultsError, match=words):
        find_trial(BOSTON, arm, seed)


def test_of_several_architectures_one_must_be_named() -> None:
    table = REFERENCE / "inside_depth" / "trials.csv"
    with pytest.raises(ResultsError, match=r"--architecture: expected one of 2 layers, .*got"):
        find_trial(table, "tanh/softmax", 6)
    trial = find_trial(table, "tanh/softmax", 6, architecture="16 layers")
    assert trial.cell.architecture.name == "16 layers"
    with pytest.raises(ResultsError, match="got '17 layers'; did you mean '16 layers'"):
        find_trial(table, "tanh/softmax", 6, architecture="17 layers")


def test_a_table_without_its_spec_is_refused(tmp_path: Path) -> None:
    shutil.copy(BOSTON, tmp_path)
    with pytest.raises(ResultsError, match="expected the spec of the trials beside them"):
        find_trial(tmp_path / "trials.csv", "tanh", 3)


def test_a_spec_that_was_edited_since_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(BOSTON.parent, tmp_path / "boston")
    text = (folder / "spec.yaml").read_text().replace("epochs: 7", "epochs: 8")
    (folder / "spec.yaml").write_text(text)
    with pytest.raises(ResultsError, match=r"the spec has changed\. Put back what it was"):
        find_trial(folder / "trials.csv", "tanh", 3)


BENT = "- {custom: own:bent, folder: ., label: relu}"
NET = "- {type: builder, build: own:build, folder: ., label: mlp(64-64)}"
RELU = """- name: relu
    negative_slope: 0.0
    max_value: null
    threshold: 0.0
    kernel_initializer: glorot_uniform
    label: relu"""
MLP = """- type: mlp
  units:
  - 64
  - 64"""


@pytest.mark.parametrize(("keys", "own"), [(RELU, BENT), (MLP, NET)])
def test_an_edited_module_of_the_users_own_is_named(tmp_path: Path, keys: str, own: str) -> None:
    folder = shutil.copytree(BOSTON.parent, tmp_path / "boston")
    module, spec, table = (folder / name for name in ("own.py", "spec.yaml", "trials.csv"))
    module.write_text("def bent(x): return x\ndef build(shape, outputs, hidden, output): ...\n")
    spec.write_text(spec.read_text().replace(keys, own, 1))
    cell = blocks(load(str(spec)))[0].cells[0]
    identity = trial_id(cell, 0, read_trials(table).side_files.digests["boston_housing"])
    lines = table.read_text().splitlines()
    lines[1] = f"{lines[1].rpartition(',')[0]},{identity}"
    table.write_text("\n".join(lines))
    assert find_trial(table, "relu/linear", 0).cell == cell
    module.write_text(module.read_text() + "# edited\n")
    words = "the spec or the module of the user's own function has changed"
    with pytest.raises(ResultsError, match=words):
        find_trial(table, "relu/linear", 0)


def test_a_trial_that_ended_in_an_error_has_nothing_to_repeat(tmp_path: Path) -> None:
    folder = shutil.copytree(BOSTON.parent, tmp_path / "boston")
    lines = (folder / "trials.csv").read_text().splitlines()
    lines[1] = lines[1].replace(",ok,", ",error,")
    (folder / "trials.csv").write_text("\n".join(lines))
    with pytest.raises(ResultsError, match="seed 0 ended in an error and left no numbers"):
        find_trial(folder / "trials.csv", "relu/linear", 0)
