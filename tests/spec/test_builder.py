"""`type: builder`: where the function is looked for, what its identity is, what is refused."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from actbench.errors import SpecError
from actbench.spec import blocks
from actbench.spec.experiment import Experiment
from actbench.spec.spec_files import load, validate
from actbench.spec.yaml_document import parse
from tests.own_models import RESIDUAL, function, written


def experiment(folder: Path, text: str, hidden: str = "[relu, tanh]") -> Experiment:
    spec = f"name: t\ndataset: wine\narchitecture: {{type: builder, {text}}}\n"
    return validate(parse(f"{spec}activations: {{hidden: {hidden}}}\n", "t.yaml"), folder)


def identity(made: Experiment) -> dict[str, Any]:
    return blocks(made)[0].cells[0].architecture.identity


def test_the_module_is_found_beside_the_spec_before_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("specs", "here"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "both.py").write_text(f"# {name}\n{RESIDUAL}")
    (tmp_path / "here" / "only.py").write_text(RESIDUAL)
    monkeypatch.chdir(tmp_path / "here")
    beside = experiment(tmp_path / "specs", "build: both:build")
    assert beside.architecture[0].function().file == tmp_path / "specs" / "both.py"
    fallback = experiment(tmp_path / "specs", "build: only:build")
    assert fallback.architecture[0].function().file == tmp_path / "here" / "only.py"


def test_an_edit_of_the_source_or_of_an_argument_makes_other_trials(tmp_path: Path) -> None:
    build = written(tmp_path, RESIDUAL)
    former = identity(experiment(tmp_path, f"build: {build}"))
    assert former == identity(experiment(tmp_path, f"build: {build}, label: other"))
    assert former != identity(experiment(tmp_path, f"build: {build}, arguments: {{width: 9}}"))
    file = tmp_path / f"{build.split(':')[0]}.py"
    file.write_text(RESIDUAL.replace("width=8", "width=7"))
    assert former != identity(experiment(tmp_path, f"build: {build}"))


def test_the_spec_in_the_results_finds_the_module_from_where_it_lies(tmp_path: Path) -> None:
    import yaml

    build = written(tmp_path, RESIDUAL)
    results = tmp_path / "results" / "t"
    results.mkdir(parents=True)
    made = experiment(tmp_path, f"build: {build}, arguments: {{width: 4}}")
    plain = made.filled(results)
    assert plain["architecture"][0]["folder"] == "../.."
    (results / "spec.yaml").write_text(yaml.safe_dump(plain))
    again = load(str(results / "spec.yaml"))
    assert blocks(again)[0].cells[0].identity == blocks(made)[0].cells[0].identity


def test_the_name_in_the_tables_has_the_arguments(tmp_path: Path) -> None:
    build = written(tmp_path, RESIDUAL)
    made = experiment(tmp_path, f"build: {build}, arguments: {{width: 4}}")
    assert made.architecture[0].name == f"{build}(width=4)"


def test_reading_a_spec_runs_nothing_of_the_module(tmp_path: Path) -> None:
    build = written(tmp_path, RESIDUAL + "raise RuntimeError('this was run')\n")
    experiment(tmp_path, f"build: {build}")


@pytest.mark.parametrize(
    ("source", "text", "words"),
    [
        (
            RESIDUAL,
            "build: my_model",
            "expected the place of a function as",
        ),
        (RESIDUAL, "build: not_here:build", "there is no module 'not_here' in"),
        (
            RESIDUAL,
            "build: MODULE:other",
            "no function 'other' .* its functions are build",
        ),
        (RESIDUAL, "build: MODULE:build, arguments: {widht: 4}", "did you mean 'width'"),
        (RESIDUAL, "build: MODULE:build, arguments: {hidden: 4}", "'hidden' is given by actbench"),
        ("build = 3", "build: MODULE:build", "cannot be called"),
        ("class build: pass", "build: MODULE:build", "is no plain function"),
        (function("pass", "shape"), "build: MODULE:build", r"takes shape"),
        (
            function("pass", "input_shape, outputs, hidden, output, depth"),
            "build: MODULE:build",
            "needs its argument 'depth'; set it under `arguments`",
        ),
        (RESIDUAL, "build: MODULE:build, width: 4", "unknown key 'width'"),
        ("def build(:", "build: MODULE:build", "cannot be read as Python"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_run(
    tmp_path: Path, source: str, text: str, words: str
) -> None:
    module = written(tmp_path, source).split(":")[0]
    with pytest.raises(SpecError, match=words):
        experiment(tmp_path, text.replace("MODULE", module))


@pytest.mark.parametrize(
    ("own", "parameter", "place"),
    [
        ("kernel_initializer: lecun_normal", "kernel_initializer", r"hidden\[1\]"),
        ("dropout: 0.1", "dropout_layer", r"hidden\[1\].dropout"),
    ],
)
def test_what_belongs_to_an_arm_needs_a_parameter(
    own: str, parameter: str, place: str, tmp_path: Path
) -> None:
    arms = f"[relu, {{name: selu, {own}}}]"
    with pytest.raises(SpecError, match=f"{place}.*a parameter `{parameter}`"):
        experiment(tmp_path, f"build: {written(tmp_path, RESIDUAL)}", arms)
    taking = function("pass", f"input_shape, outputs, hidden, output, {parameter}")
    made = experiment(tmp_path, f"build: {written(tmp_path, taking)}", arms)
    assert made.architecture[0].takes == (parameter,)


def test_a_plan_imports_no_tensorflow(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        "name: t\ndataset: wine\nactivations: {hidden: [relu, tanh]}\n"
        f"architecture: {{type: builder, build: '{written(tmp_path, RESIDUAL)}'}}\n"
    )
    program = (
        "import sys; from actbench.cli import main; sys.argv = ['actbench', 'plan', 't.yaml']\n"
        "try: main()\nfinally: assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "is not known before `actbench run` builds it" in done.stdout.replace("\n", " ")
