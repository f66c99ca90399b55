"""`actbench plan` as a person sees it: the checks before training, and `--strict`."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

SPEC = """\
name: small
dataset: boston_housing
architecture: {type: mlp, units: [4]}
activations: {hidden: [relu], output: [linear, tanh, sigmoid]}
epochs: 2
batch_size: 101
seeds: 3
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_a_plan_shows_the_checks_in_every_width(spec: Path, actbench: Run) -> None:
    for columns in ("60", "100"):
        done = actbench("plan", spec, before=("env", f"COLUMNS={columns}"))
        assert done.returncode == 0
        assert all(len(line.rstrip()) <= int(columns) for line in done.stdout.splitlines())
        text = " ".join(done.stdout.split())
        assert "warning: tanh and sigmoid give at most 1" in text
        assert "test MAE is at least 22.078431" in text
        assert text.count("22.078431") == 1


def test_a_plan_in_json_holds_the_checks(spec: Path, actbench: Run) -> None:
    (plan,) = json.loads(actbench("plan", spec, "--json").stdout)
    (check,) = plan["checks"]
    assert check["arms"] == ["relu / tanh", "relu / sigmoid"]
    assert check["level"] == "warning"


def test_the_smallest_p_of_ten_thousand_seeds_is_a_true_bound(spec: Path, actbench: Run) -> None:
    spec.write_text(SPEC.replace("seeds: 3", "seeds: 10000"))
    said = "The smallest p-value that 10000 seeds can reach is 2e-05 after correction for 2"
    assert said in " ".join(actbench("plan", spec).stdout.split())
    assert json.loads(actbench("plan", spec, "--json").stdout)[0]["smallest_p"] == 1e-05


@pytest.mark.parametrize("command", ["plan", "run"])
def test_strict_refuses_warnings_before_training(
    command: str, spec: Path, tmp_path: Path, actbench: Run
) -> None:
    fine = tmp_path / "fine.yaml"
    fine.write_text(SPEC.replace("small", "fine").replace(", tanh, sigmoid", ""))
    done = actbench(command, fine, spec, "--strict")
    assert done.returncode == 2
    assert "--strict: 1 warning before training:\n  small: tanh and sigmoid give" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results" / "fine" / "journal.jsonl").exists()


def test_strict_lets_a_plan_without_warnings_pass(spec: Path, actbench: Run) -> None:
    assert actbench("plan", spec, "--strict", "--set", "activations.output=relu").returncode == 0


def test_the_time_with_early_stopping_is_the_most_that_it_takes(
    spec: Path, actbench: Run, shared_datasets: Path
) -> None:
    stopping = ("dataset={name: boston_housing, validation: 0.2}", "early_stopping={patience: 2}")
    words = [word for option in stopping for word in ("--set", option)]
    done = actbench("plan", spec, *words, "--data-dir", shared_datasets)
    assert ", in at most about " in " ".join(done.stdout.split())
    plain = actbench("plan", spec, "--data-dir", shared_datasets)
    assert ", in about " in " ".join(plain.stdout.split())
