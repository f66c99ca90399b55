"""Checks before training: what they say of which arms, and what they keep silent about."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actbench.errors import SpecError
from actbench.experiment.checks import Check, checks_of, refuse_warnings
from actbench.experiment.plan import Plan, make_plan
from actbench.experiment.run import write_checks
from actbench.results import ResultsFolder
from actbench.spec import load
from actbench.spec.experiment import Experiment

Checked = Callable[..., tuple[Check, ...]]
RELU = {"name": "relu", "negative_slope": 0.1}


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., Plan]:
    def make(hidden: Any = "tanh", output: Any = "linear", **options: Any) -> Plan:
        spec = {"name": "t", "dataset": "boston_housing", "architecture": MLP}
        chosen = {"activations": {"hidden": hidden, "output": output}}
        return make_plan(Experiment.model_validate(spec | chosen | options), tmp_path)

    return make


MLP = {"type": "mlp", "units": [8]}


@pytest.fixture
def checked(planned: Callable[..., Plan]) -> Checked:
    return lambda *args, **options: checks_of(planned(*args, **options))


def of_kind(found: tuple[Check, ...], kind: str) -> list[Check]:
    return [check for check in found if check.kind == kind]


def test_what_cannot_be_reached_is_told_once_with_its_floor(checked: Checked) -> None:
    found = checked(["relu", "tanh"], ["linear", "relu", "sigmoid", "tanh"])
    (check,) = of_kind(found, "unreachable targets")
    assert check.level == "warning"
    assert check.arms == tuple(f"{h} / {o}" for h in ("relu", "tanh") for o in ("sigmoid", "tanh"))
    assert check.blocks == ("boston_housing, mlp(8)",)
    for words in ("at most 1", "all 102 test", "all 404 training", "22.078431", "linear"):
        assert words in check.sentence


def test_a_plain_spec_has_nothing_to_warn_of(checked: Checked) -> None:
    assert checked(["relu", "tanh", "elu", "sigmoid", "silu", "gelu"]) == ()
    assert checked(["relu", "elu"], "softmax", dataset="wine") == ()
    assert checked(["relu", "elu"], "sigmoid", dataset="breast_cancer") == ()


@pytest.mark.parametrize(
    ("dataset", "loss", "loss_on", "same"),
    [
        ("wine", "sparse_categorical_crossentropy", "keras", True),
        ("wine", "categorical_crossentropy", "keras", True),
        ("wine", "mse", "keras", False),
        ("wine", "categorical_focal_crossentropy", "keras", False),
        ("wine", "sparse_categorical_crossentropy", "outputs", False),
        ("breast_cancer", "binary_crossentropy", "keras", True),
        ("breast_cancer", "binary_focal_crossentropy", "keras", False),
        ("breast_cancer", "binary_crossentropy", "outputs", False),
    ],
)
def test_sigmoid_and_softmax_are_one_problem_where_keras_trains_on_logits(
    checked: Checked, dataset: str, loss: str, loss_on: str, same: bool
) -> None:
    outputs = ["softmax", "sigmoid"]
    found = checked("tanh", outputs, dataset=dataset, loss=loss, loss_on=loss_on)
    told = of_kind(found, "same training problem")
    assert [check.arms for check in told] == (
        [("tanh / softmax", "tanh / sigmoid")] if same else []
    )
    assert all("loss_on: outputs" in check.sentence for check in told)


def test_outputs_that_start_from_other_weights_are_no_one_problem(checked: Checked) -> None:
    other = {"name": "sigmoid", "kernel_initializer": "he_normal"}
    assert not of_kind(checked("tanh", ["softmax", other], dataset="wine"), "same training problem")


def test_sigmoid_alone_is_said_to_train_as_softmax(checked: Checked) -> None:
    (note,) = of_kind(checked("tanh", "sigmoid", dataset="wine"), "loss of the input")
    assert note.level == "note"


CLIPPED = ["linear", "relu", "tanh", "elu", "exponential", "hard_tanh"]


def arms(*outputs: str) -> tuple[str, ...]:
    return tuple(f"tanh / {output}" for output in outputs)


@pytest.mark.parametrize(
    ("dataset", "metrics", "same"),
    [
        ("breast_cancer", ["accuracy", "recall"], arms("linear", "relu", "elu", "hard_tanh")),
        ("wine", [], arms("linear", "relu", "elu", "hard_tanh")),
        ("wine", ["accuracy"], arms("linear", "elu")),
        ("wine", ["top_5_accuracy", "accuracy"], arms("linear", "elu")),
    ],
)
def test_outputs_that_agree_once_clipped_and_in_their_predictions_are_one_problem(
    checked: Checked, dataset: str, metrics: list[str], same: tuple[str, ...]
) -> None:
    found = checked("tanh", CLIPPED, dataset=dataset, metrics=metrics)
    (check,) = of_kind(found, "same training problem")
    assert (check.arms, check.level) == (same, "warning")
    assert "Keep one of them" in check.sentence
    found = checked("tanh", CLIPPED, dataset=dataset, metrics=metrics, loss="mse")
    assert not of_kind(found, check.kind)


@pytest.mark.parametrize(
    ("dataset", "metrics", "words"),
    [
        ("wine", ["accuracy"], "accuracy looks at the outputs as they are"),
        ("wine", ["accuracy", "mae"], "accuracy and mae look at the outputs as they are"),
        ("breast_cancer", ["accuracy", "auc"], "auc looks at the outputs as they are"),
    ],
)
def test_outputs_that_only_the_loss_cannot_tell_apart_are_all_kept(
    checked: Checked, dataset: str, metrics: list[str], words: str
) -> None:
    found = checked("tanh", ["linear", "relu"], dataset=dataset, metrics=metrics)
    assert not of_kind(found, "same training problem")
    (check,) = of_kind(found, "same loss")
    assert (check.arms, check.level) == (arms("linear", "relu"), "note")
    assert words in check.sentence
    assert "no gradient" in check.sentence
    assert "Keep one" not in check.sentence


def test_the_outputs_of_reuters_are_no_one_problem(tmp_path: Path) -> None:
    """Trained, their accuracies are 0.591 and 0.398 (`results/reference/reuters_output`)."""
    found = checks_of(make_plan(load("reuters_output"), tmp_path))
    (check,) = of_kind(found, "same training problem")
    assert check.arms == ("relu / softmax", "relu / sigmoid")
    (check,) = of_kind(found, "same loss")
    assert check.arms == ("relu / linear", "relu / relu")


@pytest.mark.parametrize(
    ("dataset", "loss", "output", "kind"),
    [
        ("wine", "categorical_crossentropy", "relu", "rows of zeros"),
        ("wine", "categorical_crossentropy", "linear", "no probabilities"),
        ("wine", "kl_divergence", "tanh", "no probabilities"),
        ("breast_cancer", "binary_crossentropy", "linear", "no probabilities"),
        ("breast_cancer", "binary_crossentropy", "softmax", "constant output"),
        ("breast_cancer", "hinge", "sigmoid", "unreachable targets"),
        ("boston_housing", "poisson", "linear", "negative outputs"),
        ("boston_housing", "msle", "elu", "negative outputs"),
        ("boston_housing", "mse", "softmax", "constant output"),
        ("boston_housing", "mse", {"name": "relu", "max_value": 0}, "constant output"),
        ("boston_housing", "mse", "exponential", "overflow"),
        ("wine", "categorical_crossentropy", "sparsemax", "wrong in Keras"),
    ],
)
def test_outputs_that_do_not_fit_the_loss(
    checked: Checked, dataset: str, loss: str, output: Any, kind: str
) -> None:
    found = checked("tanh", output, dataset=dataset, loss=loss)
    (check,) = of_kind(found, kind)
    assert check.level == "warning"


@pytest.mark.parametrize(
    ("dataset", "loss", "output"),
    [
        ("breast_cancer", "hinge", "tanh"),
        ("boston_housing", "poisson", "softplus"),
        ("boston_housing", "msle", "softplus"),
        ("wine", "categorical_crossentropy", "softmax"),
        ("wine", "kl_divergence", "softmax"),
    ],
)
def test_outputs_that_fit_the_loss(checked: Checked, dataset: str, loss: str, output: str) -> None:
    found = checked("tanh", output, dataset=dataset, loss=loss)
    assert [check for check in found if check.level == "warning"] == []


@pytest.mark.parametrize(
    "same",
    [
        ["relu", {"name": "leaky_relu", "negative_slope": 0}],
        [RELU, {"name": "leaky_relu", "negative_slope": 0.1}],
        ["elu", "celu"],
        ["relu6", {"name": "relu", "max_value": 6}],
        ["relu", {"name": "squareplus", "b": 0}],
        ["relu", {"name": "threshold", "threshold": 0, "default_value": 0}],
        ["linear", {"name": "soft_shrink", "threshold": 0}],
        ["relu", {"name": "elu", "alpha": 0}],
        ["silu", {"formula": "x / (1 + exp(-x))", "name": "mine"}],
        [{"formula": "max(x, 0)"}, {"formula": "(x + abs(x)) / 2"}],
    ],
)
def test_one_function_under_two_names(checked: Checked, same: list[Any]) -> None:
    (check,) = of_kind(checked([*same, "gelu"]), "same function")
    assert (len(check.arms), check.level) == (2, "warning")


@pytest.mark.parametrize(
    "other",
    [
        ["relu", {"name": "relu", "max_value": 1000}],
        ["gelu", {"name": "gelu", "approximate": True}],
        [RELU, "leaky_relu"],
        ["relu", {"name": "celu", "alpha": 1e-6}],
        ["relu", {"name": "relu", "kernel_initializer": "he_normal"}],
        ["relu", {"name": "leaky_relu", "negative_slope": 0, "kernel_initializer": "he_normal"}],
        ["relu", "prelu"],
        ["tanh", "softsign", "hard_tanh"],
        ["linear", {"name": "hard_shrink", "threshold": 1e-4}],
        ["silu", {"formula": "x * sigmoid(1.01 * x)"}],
        ["relu", {"custom": "keras.activations:relu"}],
    ],
)
def test_functions_that_only_resemble_each_other(checked: Checked, other: list[Any]) -> None:
    assert of_kind(checked(other), "same function") == []


def test_what_hidden_layers_ask_for(checked: Checked) -> None:
    dropout = MLP | {"dropout": 0.1}
    hidden = ["softmax", "selu", "exponential", "sparsemax", "prelu"]
    found = checked(hidden, architecture=dropout)
    kinds = {(check.kind, check.arms[0].split(" / ")[0]) for check in found}
    assert kinds == {
        ("softmax in a hidden layer", "softmax"),
        ("companions", "selu"),
        ("overflow", "exponential"),
        ("wrong in Keras", "sparsemax"),
        ("more parameters", "prelu"),
    }
    (share,) = of_kind(found, "softmax in a hidden layer")
    assert "8 units each gives 0.12" in share.sentence
    selu = {"name": "selu", "kernel_initializer": "lecun_normal"}
    alpha = MLP | {"dropout": {"rate": 0.1, "kind": "alpha"}}
    assert of_kind(checked(selu, architecture=alpha), "companions") == []
    brought = {"name": "selu", "companions": True}
    assert of_kind(checked(brought, architecture=dropout), "companions") == []
    plain = of_kind(checked("selu", architecture=dropout), "companions")
    assert len(plain) == 2
    assert all("companions: true" in check.sentence for check in plain)
    own = [selu | {"dropout": rate} for rate in (0.1, 0.2)]
    own.append(selu | {"dropout": {"rate": 0.3, "kind": "alpha"}})
    notes = of_kind(checked(own, architecture=dropout), "companions")
    assert [check.arms for check in notes] == [
        ("selu(kernel_initializer=lecun_normal, dropout=0.1) / linear",),
        ("selu(kernel_initializer=lecun_normal, dropout=0.2) / linear",),
    ]


def test_arms_that_differ_in_what_they_bring_along_are_not_the_same(checked: Checked) -> None:
    dropping = {"name": "relu", "dropout": 0.1}
    arms = ["relu", dropping, {"name": "relu", "learning_rate": 0.1}]
    assert of_kind(checked(arms), "same function") == []
    again = {"name": "leaky_relu", "negative_slope": 0, "dropout": 0.1}
    (check,) = of_kind(checked([*arms, again]), "same function")
    assert [arm.split("(")[0] for arm in check.arms] == ["relu", "leaky_relu"]


def test_without_a_hidden_layer_the_hidden_activation_is_nobodys_concern(checked: Checked) -> None:
    assert checked("softmax", architecture={"type": "mlp", "units": []}) == ()


def test_which_outputs_give_probabilities(checked: Checked) -> None:
    found = checked("tanh", ["softmax", "sigmoid", "linear"], dataset="wine", loss="mse")
    (note,) = of_kind(found, "probabilities")
    assert note.level == "note"
    assert "softmax: probabilities, whose rows sum to 1" in note.sentence
    assert "sigmoid: numbers from 0 to 1 that need not sum to 1" in note.sentence
    assert "linear: no probabilities" in note.sentence


def test_twenty_arms_and_two_architectures_share_one_sentence(checked: Checked) -> None:
    hidden = ["relu", "tanh", "elu", "silu", "gelu", "mish", "softplus", "softsign", "selu", "celu"]
    found = checked(
        hidden, ["sigmoid", "tanh"], architecture=[MLP, {"type": "mlp", "units": [4, 4]}]
    )
    (check,) = of_kind(found, "unreachable targets")
    assert (len(check.arms), len(check.blocks)) == (20, 2)


def test_without_the_data_the_rest_is_still_said(
    checked: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("ACTBENCH_DATA_DIR", raising=False)
    found = checked("softmax", ["softmax", "sigmoid"], dataset="mnist", architecture=MLP)
    assert {check.kind for check in found} >= {"same training problem", "softmax in a hidden layer"}


def test_strict_names_every_warning_and_no_note(planned: Callable[..., Plan]) -> None:
    refuse_warnings([planned("selu", "relu")])  # notes only
    with pytest.raises(SpecError, match=r"--strict: 2 warnings before training:\n  t: tanh give"):
        refuse_warnings([planned("softmax"), planned("tanh", "tanh")][::-1])


def test_they_are_written_as_plain_json(checked: Checked, tmp_path: Path) -> None:
    found = checked("selu", "tanh")
    write_checks(ResultsFolder(tmp_path), found)
    written = json.loads((tmp_path / "checks.json").read_text(encoding="utf-8"))
    assert written == [check.as_dict() for check in found]
    assert [entry["level"] for entry in written] == ["warning", "note"]
    assert set(written[0]) == {"kind", "level", "blocks", "arms", "sentence"}


def test_of_scaled_targets_the_range_is_that_of_the_scaled_ones(checked: Checked) -> None:
    """The least target of Boston is 1.9 spreads below their mean."""
    dataset = {"name": "boston_housing", "target_scale": "standard"}
    outputs = ["linear", "relu", {"name": "relu6", "label": "six"}]
    (check,) = of_kind(checked("tanh", outputs, dataset=dataset), "unreachable targets")
    assert "relu and six give at least 0, and " in check.finding
    assert " scaled targets lie beyond. Whatever the model, test MAE is at least " in check.finding
    dataset["target_scale"] = "minmax"
    found = checked("tanh", ["linear", "relu", "sigmoid"], dataset=dataset)
    assert "all" not in " ".join(check.finding for check in of_kind(found, "unreachable targets"))
