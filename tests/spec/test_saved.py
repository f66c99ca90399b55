"""`type: saved`: what is swapped and kept, what its identity is, what is refused; all unrun."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actbench.errors import SpecError
from actbench.spec import blocks
from actbench.spec.experiment import Experiment
from actbench.spec.spec_files import validate
from actbench.spec.yaml_document import parse
from tests.own_models import saved_example

SWAPPED = [
    "fused (Dense)",
    "inner/first (Dense)",
    "relu (Relu)",
    "shared (Dense)",
    "last_hidden (Activation)",
]


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from actbench.training.backend import import_keras

    import_keras()
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    saved_example(path)
    return path


@pytest.fixture
def folder(tmp_path: Path, model_file: Path) -> Path:
    """A folder with the model and a table of five columns and five classes."""
    (tmp_path / "model.keras").write_bytes(model_file.read_bytes())
    rows = [f"{i},{i % 7},{i % 3}.5,{-i},{i % 2},{'abcde'[i % 5]}" for i in range(60)]
    (tmp_path / "t.csv").write_text("a,b,c,d,e,kind\n" + "\n".join(rows))
    return tmp_path


def experiment(
    folder: Path, text: str = "swap: relu", activations: str = "{hidden: [relu, tanh]}"
) -> Experiment:
    spec = (
        "name: t\ndataset: {file: t.csv, target: kind}\n"
        f"architecture: {{type: saved, file: model.keras, {text}}}\nactivations: {activations}\n"
    )
    return validate(parse(spec, "t.yaml"), folder)


def edited(folder: Path, change: Callable[[dict[str, Any]], None], member: str) -> None:
    """Change a JSON member of the model file."""
    path = folder / "model.keras"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    plain = json.loads(parts[member])
    change(plain)
    parts[member] = json.dumps(plain).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_activations_of_that_name_and_parameters_are_swapped_in_every_form(folder: Path) -> None:
    saved = experiment(folder).architecture[0]
    assert [place.shown for place in saved.places] == SWAPPED
    assert "Kept as saved: norm, frozen. Every other" in saved.notes[0]
    capped = experiment(folder, "swap: {name: relu, max_value: 6}").architecture[0]
    assert [place.shown for place in capped.places] == ["inner/capped (ReLU)"]


def test_the_arms_keep_the_output_of_the_model(folder: Path) -> None:
    (block,) = blocks(experiment(folder))
    assert [cell.arm.label for cell in block.cells] == ["relu / softmax", "tanh / softmax"]
    assert block.architecture.ends_with_output
    (own,) = blocks(experiment(folder, "swap: softmax"))
    assert [cell.arm.label for cell in own.cells] == ["relu / relu", "tanh / tanh"]


def test_the_identity_is_the_configuration_and_what_is_kept(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, model_file: Path
) -> None:
    """Another training of the same model leaves it; another value of a frozen weight does not."""
    import keras

    former = experiment(folder).architecture[0].identity
    model = keras.saving.load_model(model_file)
    model.get_layer("fused").kernel.assign_add(model.get_layer("fused").kernel)
    model.save(folder / "model.keras")
    assert experiment(folder).architecture[0].identity == former
    model.get_layer("frozen").bias.assign_add([1.0] * 6)
    model.save(folder / "model.keras")
    assert experiment(folder).architecture[0].identity != former


def test_the_spec_in_the_results_finds_the_file(folder: Path) -> None:
    made = experiment(folder)
    plain = made.filled(folder / "results" / "t")
    assert plain["architecture"][0]["file"] == "../../model.keras"
    assert "output" not in plain["activations"]
    (folder / "results" / "t").mkdir(parents=True)
    again = Experiment.model_validate(plain, context={"folder": folder / "results" / "t"})
    assert blocks(again)[0].cells[0].identity == blocks(made)[0].cells[0].identity


def test_reading_it_imports_no_tensorflow(folder: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from actbench.spec.keras_file import read_keras_file\n"
        "read_keras_file(Path(sys.argv[1]))\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    words = [sys.executable, "-c", program, str(folder / "model.keras")]
    subprocess.run(words, check=True, cwd=Path(__file__).parents[2])


def test_a_lambda_is_refused_and_nothing_of_it_runs(folder: Path) -> None:
    import keras

    proof = folder / "it_ran"
    inputs = keras.Input((5,))
    run = keras.layers.Lambda(eval(f"lambda x: (open({str(proof)!r}, 'w').close(), x)[1]"))
    hidden = keras.layers.Dense(4, activation="relu")(run(inputs))
    keras.Model(inputs, keras.layers.Dense(5)(hidden)).save(folder / "model.keras")
    proof.unlink(missing_ok=True)
    with pytest.raises(SpecError, match=r"is a Lambda: it runs code .* use `type: builder`"):
        experiment(folder)
    assert not proof.exists()


def set_module(plain: dict[str, Any]) -> None:
    plain["config"]["layers"][2] |= {"module": "os", "class_name": "System"}


def register(plain: dict[str, Any]) -> None:
    plain["config"]["layers"][2] |= {"registered_name": "mine>Dense"}


def function_for_class(plain: dict[str, Any]) -> None:
    plain["config"]["layers"][2] |= {"module": "keras.utils", "class_name": "get_file"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_module, "the layer 'fused' is of os.System, no class of Keras's"),
        (register, "no class of Keras's; use `type: builder`"),
        (function_for_class, "is of keras.utils.get_file, no class of Keras's"),
        (lambda plain: plain.update(class_name="Mine"), "holds a Mine; expected a functional or"),
        (lambda plain: plain.update(config={}), "its configuration is not as Keras .* writes it"),
    ],
)
def test_a_configuration_that_is_not_of_keras_is_refused(folder, change, words) -> None:
    edited(folder, change, "config.json")
    with pytest.raises(SpecError, match=words):
        experiment(folder)


def test_a_file_of_a_later_keras_is_refused(folder: Path) -> None:
    edited(folder, lambda plain: plain.update(keras_version="99.1.0"), "metadata.json")
    with pytest.raises(SpecError, match=r"was saved by Keras 99.1.0, and 3\..* is installed"):
        experiment(folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no file"),
        (b"no archive", "is no .keras file, or is cut off"),
        ("half", "is no .keras file, or is cut off"),
        ("zip", "is no model that Keras saved: it lacks config.json"),
        ("weights", "its weights cannot be read"),
    ],
)
def test_a_file_that_is_none_is_refused(folder: Path, content: Any, words: str) -> None:
    path = folder / "model.keras"
    whole = path.read_bytes()
    if content is None:
        path.unlink()
    elif content == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "a")
    elif content == "weights":
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part if name.endswith("json") else part[: len(part) // 2])
    else:
        path.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    with pytest.raises(SpecError, match=words):
        experiment(folder)


@pytest.mark.parametrize(
    ("text", "activations", "words"),
    [
        (
            "swap: elu",
            "{hidden: [relu]}",
            r"no activation of .* is elu; it has relu \(5\),",
        ),
        ("swap: relu", "{hidden: [relu], output: [softmax]}", "leave `activations.output` out"),
        (
            "swap: relu",
            "{hidden: [{name: selu, companions: true}]}",
            "keeps those that it was saved with",
        ),
        ("label: x", "{hidden: [relu]}", "swap: is missing"),
    ],
)
def test_what_does_not_go_with_a_saved_model_is_said(folder, text, activations, words) -> None:
    with pytest.raises(SpecError, match=words):
        experiment(folder, text, activations)


def test_data_of_another_shape_is_refused(folder: Path) -> None:
    (folder / "t.csv").write_text("a,kind\n" + "".join(f"{i},{'abc'[i % 3]}\n" for i in range(30)))
    with pytest.raises(SpecError, match="has 5 outputs a row, and t needs 3"):
        experiment(folder)
    rows = "".join(f"{i},{'abcde'[i % 5]}\n" for i in range(60))
    (folder / "t.csv").write_text("a,kind\n" + rows)
    with pytest.raises(SpecError, match=r"takes rows of shape \(5,\), and those of t have \(1,\)"):
        experiment(folder)


def test_rows_that_are_scaled_twice_are_warned_of(folder: Path) -> None:
    from actbench.experiment.checks import checks_of
    from actbench.experiment.plan import make_plan

    checks = checks_of(make_plan(experiment(folder), folder / "results"))
    (check,) = [check for check in checks if check.kind == "scaled twice"]
    assert "scales its inputs in norm, and gets rows that are scaled (standard)" in check.sentence
    spec = experiment(folder).filled(folder)
    spec["dataset"][0]["scale"] = "none"
    plain = Experiment.model_validate(spec, context={"folder": folder})
    kinds = [check.kind for check in checks_of(make_plan(plain, folder / "results"))]
    assert "scaled twice" not in kinds
