"""A model of the user's, from the command line: what a run says, keeps and refuses."""

from pathlib import Path

import pytest

from tests.own_models import RESIDUAL, SUBCLASSED, function

SPEC = """\
name: own
dataset: wine
architecture:
  - {type: builder, build: "mine:build"}
  - {type: builder, build: "other:build", label: branches}
activations: {hidden: [relu, prelu]}
epochs: 1
seeds: 2
"""


@pytest.mark.slow
def test_two_builders_are_trained_in_processes_and_the_spec_kept_runs_again(
    tmp_path: Path, actbench
) -> None:
    specs = tmp_path / "specs"
    specs.mkdir()
    (specs / "mine.py").write_text(RESIDUAL)
    (specs / "other.py").write_text(SUBCLASSED)
    (specs / "own.yaml").write_text(SPEC)
    done = actbench("run", "specs/own.yaml", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert "mine:build" in done.stdout and "branches" in done.stdout
    kept = tmp_path / "results" / "own" / "spec.yaml"
    assert "folder: ../../specs" in kept.read_text()
    again = actbench("run", "results/own/spec.yaml", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "8 done" in actbench("plan", "results/own/spec.yaml").stdout
    partly = actbench("plan", "specs/own.yaml", "--set", "activations.hidden=[relu, tanh]")
    assert "4 to train, in about" in partly.stdout.replace("\n", " ")
    (specs / "mine.py").write_text(RESIDUAL + "\n# edited\n")
    assert "4 done, 4 to train" in actbench("plan", "specs/own.yaml").stdout


@pytest.mark.slow
def test_a_builder_that_raises_ends_the_run_before_training(tmp_path: Path, actbench) -> None:
    (tmp_path / "mine.py").write_text(function("return input_shape.nothing"))
    (tmp_path / "other.py").write_text(SUBCLASSED)
    (tmp_path / "own.yaml").write_text(SPEC)
    done = actbench("run", "own.yaml")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert (
        "nothing was trained; the function mine:build raised at mine.py:5 "
        "(return input_shape.nothing): AttributeError: 'tuple' object has"
    ) in done.stderr
    assert "Keras refuses" not in done.stderr


def test_a_spec_without_its_module_ends_with_a_message(tmp_path: Path, actbench) -> None:
    (tmp_path / "own.yaml").write_text(SPEC)
    done = actbench("plan", "own.yaml")
    assert done.returncode == 2
    assert "own.yaml:4:28: architecture[0].build: there is no module 'mine' in" in done.stderr
    assert "architecture[1].build: there is no module 'other'" in done.stderr
