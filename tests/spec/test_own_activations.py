"""Activations of a spec's own: formulas, custom functions, SELU's companions."""

import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from actbench.activations.catalogue import ALIASES, CATALOGUE, canonical_name
from actbench.errors import SpecError
from actbench.spec import Experiment, blocks, load
from actbench.spec.activation import Activation
from actbench.spec.experiment import spec_schema

SPEC = """\
name: own
dataset: boston_housing
architecture: {type: mlp, units: [4], dropout: 0.1}
activations: {hidden: [%s], output: [linear]}
epochs: 1
seeds: 2
"""
MODULE = """\
from keras import ops

SLOPE = 0.1
OTHER = 3


def bent(x):
    \"\"\"A leaky relu.\"\"\"
    return ops.maximum(x, _scaled(x))


def _scaled(x):
    return SLOPE * x  # twice


def two(x, y):
    return x + y


def keyword(x, *, slope):
    return slope * x


def none():
    return 0


async def late(x):
    return x


class Layer:
    pass


TEN = 10
lambdas = lambda x: x * OTHER
"""

Read = Callable[..., Experiment]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """An experiment with these hidden activations, read in a folder with a module `mine`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MODULE, encoding="utf-8")

    def reading(*hidden: str, **options: str) -> Experiment:
        text = SPEC % ", ".join(hidden)
        text += "".join(f"{key}: {value}\n" for key, value in options.items())
        (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
        return load("own.yaml")

    return reading


def hidden(experiment: Experiment) -> tuple[Activation, ...]:
    return experiment.activations.hidden


def ids(experiment: Experiment) -> list[object]:
    return [cell.identity for block in blocks(experiment) for cell in block.cells]


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ('{formula: "x*sigmoid(1.5*x)"}', "x * sigmoid(1.5 * x)"),
        ('{formula: "x*sigmoid(1.5*x)", name: mine}', "mine"),
        ("{formula: x, name: mine, label: ours}", "ours"),
        (
            "{formula: x * 2, name: mine, kernel_initializer: he_normal}",
            "mine(kernel_initializer=he_normal)",
        ),
        ("{custom: mine:bent}", "mine:bent"),
        ("{custom: mine:bent, label: bent}", "bent"),
        ("{name: selu, companions: true}", "selu(companions)"),
        ("{name: selu, companions: false}", "selu"),
        ("{name: selu, companions: true, label: SNN}", "SNN"),
        ("{name: relu, dropout: 0.25}", "relu(dropout=0.25)"),
        ("{name: relu, dropout: {rate: 0.2, kind: alpha}}", "relu(alpha_dropout=0.2)"),
        ("{name: selu, companions: true, dropout: 0.2}", "selu(companions, dropout=0.2)"),
        ("{formula: x, name: mine, learning_rate: 1e-3}", "mine(learning_rate=0.001)"),
        ("{name: elu, dropout: null, learning_rate: null}", "elu"),
    ],
)
def test_labels(read: Read, written: str, label: str) -> None:
    assert hidden(read(written))[0].label == label


def test_spacing_and_names_do_not_count_for_identity(read: Read) -> None:
    one = read("{formula: 'x*sigmoid( x )', name: a}")
    two = read("{formula: 'x * sigmoid(x)', name: b, label: c}")
    assert ids(one) == ids(two) != ids(read("{formula: 'x*sigmoid(2*x)', name: a}"))


def test_the_identities_of_activations_by_name_are_what_they_were(read: Read) -> None:
    """Published results are found again by these."""
    (selu,) = hidden(read("{name: selu, kernel_initializer: lecun_normal}"))
    assert selu.identity == {"name": "selu", "kernel_initializer": "lecun_normal"}


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("None", "linear"),
        ("none", "linear"),
        ("ReLU", "relu"),
        ("ReLU6", "relu6"),
        ("PReLU", "prelu"),
        ("ELU", "elu"),
        ("Softmax", "softmax"),
        ("SiLU", "silu"),
        ("Swish", "silu"),
        ("HardSwish", "hard_silu"),
        ("LogSoftmax", "log_softmax"),
        ("leaky_relu", "leaky_relu(negative_slope=0.2)"),
        ("LeakyReLU", "leaky_relu(negative_slope=0.3)"),  # the layer's default
        ("tf.keras.layers.LeakyReLU", "leaky_relu(negative_slope=0.3)"),
        ("{name: LeakyReLU, negative_slope: 0.1}", "leaky_relu(negative_slope=0.1)"),
        ("tf.nn.leaky_relu", "leaky_relu(negative_slope=0.2)"),
        ("tf.keras.activations.relu", "relu"),
        ("keras.activations.hard_sigmoid", "hard_sigmoid"),
        ("tensorflow.nn.tanh", "tanh"),
        ('{custom: "tensorflow.nn:tanh"}', "tanh"),
        ('{custom: "tf.nn:silu", label: mine}', "mine"),
        ('{custom: "tf.nn:selu", kernel_initializer: he_normal}', "selu(kernel_initializer=he_n"),
    ],
)
def test_a_name_in_any_form_of_keras(read: Read, written: str, label: str) -> None:
    assert hidden(read(written))[0].label.startswith(label)


@pytest.mark.parametrize("name", [*CATALOGUE, *ALIASES])
def test_no_form_of_a_name_stands_for_another(name: str) -> None:
    assert canonical_name(name) == ALIASES.get(name, name)


def test_the_functions_of_keras_have_the_slopes_that_their_names_stand_for() -> None:
    import keras

    assert Activation.model_validate("LeakyReLU").function == {
        "name": "leaky_relu",
        "negative_slope": pytest.approx(keras.layers.LeakyReLU().negative_slope),
    }


@pytest.mark.parametrize("written", ["re_lu", "nn.ReLU", "tf.nn.crelu", "Relu7", "relu_"])
def test_a_name_in_no_form_of_keras(read: Read, written: str) -> None:
    assert "expected the name of an activation, got the text" in told(read, written)


WAYS = (
    '{formula: "max(x,0.3*x)", name: mine}',
    "{formula: tanh( x )*2}",
    "{custom: mine:bent}",
    "{name: selu, companions: true}",
    "{name: selu, kernel_initializer: lecun_normal}",
    "LeakyReLU",
    "keras.activations.tanh",
    "{name: relu, dropout: 0.2}",
    "{name: relu, dropout: {rate: 0.2, kind: alpha}, learning_rate: 0.01}",
    "{name: selu, companions: true, dropout: 0.2}",
    "{custom: mine:bent, learning_rate: 1}",
    # The default label of this one is longer than a label may be.
    "{name: relu, max_value: 6.125, negative_slope: 0.125, kernel_initializer: truncated_normal, "
    "dropout: 0.2}",
)


def test_the_filled_spec_gives_the_same_experiment_again(read: Read, tmp_path: Path) -> None:
    experiment = read(*WAYS)
    filled = experiment.filled()
    assert filled["activations"]["hidden"][:3] == [
        {
            "formula": "max(x,0.3*x)",
            "kernel_initializer": "glorot_uniform",
            "name": "mine",
            "label": "mine",
        },
        {
            "formula": "tanh( x )*2",
            "kernel_initializer": "glorot_uniform",
            "label": "tanh(x) * 2",
        },
        {
            "custom": "mine:bent",
            "kernel_initializer": "glorot_uniform",
            "label": "mine:bent",
        },
    ]
    (tmp_path / "again.yaml").write_text(yaml.safe_dump(filled), encoding="utf-8")
    again = load("again.yaml")
    assert again.filled() == filled and ids(again) == ids(experiment)


def test_a_module_is_found_beside_the_spec_and_then_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, beside = tmp_path / "here", tmp_path / "beside"
    for folder, slope in ((here, 1), (beside, 2)):
        folder.mkdir()
        for name in (f"by_{folder.name}", "both"):
            source = f"def bent(x):\n    return {slope} * x\n"
            (folder / f"{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.chdir(here)
    text = SPEC % ", ".join(f"{{custom: {name}:bent}}" for name in ("by_here", "by_beside", "both"))
    (beside / "own.yaml").write_text(text, encoding="utf-8")
    experiment = load(str(beside / "own.yaml"))
    assert [activation.folder for activation in hidden(experiment)] == ["", *[str(beside)] * 2]
    results = tmp_path / "results" / "own"
    results.mkdir(parents=True)
    filled = experiment.filled(results)
    folders = [entry.get("folder") for entry in filled["activations"]["hidden"]]
    assert folders == [None, "../../beside", "../../beside"]
    (results / "spec.yaml").write_text(yaml.safe_dump(filled), encoding="utf-8")
    again = load(str(results / "spec.yaml"))
    assert again.filled(results) == filled and ids(again) == ids(experiment)


def test_where_a_module_lies_is_no_part_of_the_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("spec", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "spec" / "mine.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "spec" / "own.yaml").write_text(SPEC % "{custom: mine:bent}", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "elsewhere")
    from_elsewhere = load("../spec/own.yaml")
    monkeypatch.chdir(tmp_path / "spec")
    assert ids(load("own.yaml")) == ids(from_elsewhere)


def test_the_schema_accepts_what_the_reader_does(read: Read, tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(spec_schema())
    read(*WAYS)
    plain = yaml.safe_load((tmp_path / "own.yaml").read_text(encoding="utf-8"))
    validator.validate(plain)
    for wrong in (
        {"formula": 3},
        {"formula": "x", "alpha": 1},
        {"formula": "x" * 501},
        {"custom": "os.system"},
        {"custom": "a:b", "formula": "x"},
        {"name": "relu", "companions": True},
        {"name": "selu", "companions": 1},
        {"name": "relu", "dropout": 1},
        {"name": "relu", "dropout": {"kind": "alpha"}},
        {"name": "relu", "learning_rate": 0},
    ):
        assert not validator.is_valid(plain | {"activations": {"hidden": [wrong]}}), wrong


@pytest.mark.parametrize("baseline", ["mine", "x * tanh(x)", "x*tanh( x )", "ours"])
def test_a_reference_names_a_formula_by_label_name_or_text(read: Read, baseline: str) -> None:
    formula = "{formula: 'x*tanh( x )', name: mine, label: ours}"
    experiment = read("relu", formula, baseline=f"{{hidden: '{baseline}'}}")
    assert blocks(experiment)[0].baseline.hidden.label == "ours"


def told(read: Read, *written: str) -> str:
    with pytest.raises(SpecError) as error:
        read(*written)
    return str(error.value)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{formula: x.real}", "4:34: activations.hidden[0].formula: at character 2: '.' cannot"),
        ("{formula: 3}", "expected a formula over x as text, such as"),
        ("{formula: null}", "expected a formula over x as text, such as"),
        ("{formula: ''}", "at character 1: expected x, a number, a function or '('"),
        ("{formula: x / 0}", "the formula gives no finite number for any x from -8 to 8"),
        ("{formula: 'log(-square(x))'}", "the formula gives no finite number for any x"),
        ("{formula: x, name: relu}", "'relu' is an activation that is known already"),
        ("{formula: x, name: swish}", "'swish' is an activation that is known already"),
        ("{formula: x, name: ''}", "expected a name of 1 to 60 characters, got the text ''"),
        ("{formula: x, name: 3}", "expected a name of 1 to 60 characters, got 3"),
        ("{formula: x, label: ''}", "expected a label of 1 to 60 characters"),
        ("{formula: x, lable: a}", "'lable' does not go with `formula`; did you mean 'label'?"),
        ("{formula: x, alpha: 2}", "'alpha' does not go with `formula` (it takes formula, name"),
        ("{formula: max(x, 0)}", 'put a formula with a comma in quotes, as in {formula: "max'),
        ("{formula: max(x, 0)}", "at character 6: expected an operator, ',' or ')', got the end"),
        ("{formula: x, custom: a:b}", "'custom' does not go with `formula`"),
        ("{formula: x, kernel_initializer: he}", "expected a Keras initialiser, got the text"),
        (
            "{formula: x + 0.123456789 * x + 0.123456789 * x + 0.123456789 * x + x * x * x}",
            "is longer than the 60 characters of a label in the tables; give it a `label`",
        ),
        ("{custom: mine}", "expected the place of a function as package.module:function"),
        ("{custom: ../mine:bent}", "expected the place of a function as package.module:function"),
        ("{custom: 3}", "expected the place of a function as package.module:function, got 3"),
        ("{custom: mine:bent, name: a}", "'name' does not go with `custom`"),
        ("{custom: absent:bent}", "there is no module 'absent' in "),
        ("{custom: mine.part:bent}", "there is no module 'mine.part' in "),
        ("{custom: mine:bend}", "there is no function 'bend' at the top level of 'mine'"),
        ("{custom: mine:bend}", "its functions are bent, _scaled, two"),
        ("{custom: mine:two}", "mine.py:16) needs 2 arguments; give all but the first a default"),
        ("{custom: mine:keyword}", "needs the keyword argument 'slope'; give it a default"),
        ("{custom: mine:none}", "takes no argument"),
        ("{custom: mine:late}", "is no plain function"),
        ("{custom: mine:Layer}", "is no plain function"),
        ("{custom: mine:ops}", "'mine:ops' is handed on from module to module"),
        ("{custom: mine:TEN}", "cannot be called"),
        ("{custom: sys:exit}", "expected a module with Python source in 'sys', got built-in"),
        ("{name: relu, companions: true}", "'relu' has no parameter 'companions'"),
        ("{name: selu, companions: 1}", "expected true or false, got 1"),
        (
            "{name: selu, companions: true, kernel_initializer: he_normal}",
            "`companions: true` means lecun_normal; leave `kernel_initializer` or `companions`",
        ),
        (
            "{name: selu, companions: true, dropout: {rate: 0.1, kind: standard}}",
            "dropout.kind: `companions: true` means AlphaDropout; leave `kind` or `companions` out",
        ),
        ("{name: relu, dropout: 1.5}", "hidden[0].dropout: expected less than 1.0, got 1.5"),
        ("{name: relu, dropout: {rate: 2}}", "dropout.rate: expected less than 1.0, got 2"),
        ("{name: relu, dropout: {kind: alpha}}", "dropout.rate: is missing"),
        (
            "{name: relu, dropout: {rate: 0.1, kind: alpa}}",
            "dropout.kind: expected one of standard, alpha, got the text 'alpa'; did you mean",
        ),
        ("{name: relu, dropout: {rate: 0.1, seed: 1}}", "dropout.seed: unknown key 'seed'"),
        ("{name: relu, dropout: much}", "dropout: expected a rate between 0 and 1, or {rate: 0.1,"),
        ("{name: relu, learning_rate: 0}", "learning_rate: expected a positive number, got 0"),
        (
            "{formula: x, learning_rate: {initial: 1}}",
            "learning_rate: expected a positive number, got a mapping with the keys initial",
        ),
    ],
)
def test_what_cannot_be_read_is_said(read: Read, written: str, words: str) -> None:
    assert words in told(read, written)


def test_one_formula_in_two_spellings_is_one_arm(read: Read) -> None:
    words = "'x*x' and 'x * x' are one activation; name it once"
    assert words in told(read, "{formula: x*x, name: a}", "{formula: x * x, name: b}")


def digest(read: Read) -> str:
    return hidden(read("{custom: mine:bent}"))[0].digest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ops.maximum", "ops.minimum"),
        ("SLOPE * x", "SLOPE * x * x"),
        ("SLOPE = 0.1", "SLOPE = 0.2"),
        ("from keras import ops", "from numpy import ops"),
        ("TEN = 10", "TEN = 10\nTEN += 1"),
        ("x  # twice", "x"),
    ],
)
def test_an_edit_of_the_module_gives_new_trials(
    read: Read, tmp_path: Path, before: str, after: str
) -> None:
    former = digest(read)
    assert before in MODULE
    (tmp_path / "mine.py").write_text(MODULE.replace(before, after), encoding="utf-8")
    assert digest(read) != former


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('P = {"a": 1.0}\nP["a"] = 5.0', 'P = {"a": 1.0}\nP["a"] = 6.0'),
        ("L = []\nL.append(1.0)", "L = []\nL.append(2.0)"),
        ("class C: k = 1.0\nC.k = 9.0", "class C: k = 1.0\nC.k = 8.0"),
        ("FLAG = True\nif FLAG:\n    bent = abs", "FLAG = False\nif FLAG:\n    bent = abs"),
    ],
)
def test_a_change_of_what_the_module_does_when_imported_gives_new_trials(
    read: Read, tmp_path: Path, before: str, after: str
) -> None:
    digests = []
    for state in (before, after):
        (tmp_path / "mine.py").write_text(f"{MODULE}\n{state}\n", encoding="utf-8")
        digests.append(digest(read))
    assert len(set(digests)) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "import near",
        "from near import SLOPE",
        "from near import *",
        "def late():\n    import near",
        "import far",  # which imports near
        "from pack.inner import curves",
        "import pack.inner",
        'import importlib\nnear = importlib.import_module("near")',
    ],
)
def test_an_edit_of_what_the_module_imports_beside_it_gives_new_trials(
    read: Read, tmp_path: Path, statement: str
) -> None:
    (tmp_path / "mine.py").write_text(f"{statement}\n{MODULE}", encoding="utf-8")
    (tmp_path / "far.py").write_text("from near import SLOPE", encoding="utf-8")
    inner = tmp_path / "pack" / "inner"
    inner.mkdir(parents=True)
    (inner / "__init__.py").write_text("from ..beside import K", encoding="utf-8")
    (inner / "curves.py").touch()
    (inner.parent / "beside.py").write_text("import near\nK = near.SLOPE", encoding="utf-8")
    digests = []
    for slope in ("0.1", "0.2"):
        (tmp_path / "near.py").write_text(f"SLOPE = {slope}", encoding="utf-8")
        (tmp_path / "unrelated.py").write_text(f"SLOPE = {slope}", encoding="utf-8")
        digests.append(digest(read))
    assert len(set(digests)) == 2


def test_an_edit_of_what_the_module_does_not_import_changes_nothing(
    read: Read, tmp_path: Path
) -> None:
    former = digest(read)
    (tmp_path / "unrelated.py").write_text("SLOPE = 0.2", encoding="utf-8")
    assert digest(read) == former


def test_a_function_in_a_package_is_found_and_nothing_of_it_is_run(
    read: Read, tmp_path: Path
) -> None:
    package = tmp_path / "pack" / "inner"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("raise RuntimeError('was run')", encoding="utf-8")
    (package / "curves.py").write_text("def f(x):\n    return x\nf.made = 1/0", encoding="utf-8")
    (package.parent / "api.py").write_text("from .inner.curves import f as g", encoding="utf-8")
    assert len(hidden(read("{custom: pack.inner.curves:f}", "{custom: pack.api:g}"))) == 2
    assert "pack" not in sys.modules


def test_a_damaged_module_is_said(read: Read, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("def f(x:\n", encoding="utf-8")
    assert "bad.py cannot be read as Python" in told(read, "{custom: bad:f}")
    (tmp_path / "one.py").write_text("from two import f", encoding="utf-8")
    (tmp_path / "two.py").write_text("from one import f", encoding="utf-8")
    assert "handed on from module to module" in told(read, "{custom: one:f}")
