"""A spec with activations of its own, as a person runs it."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SPEC = """\
name: own
dataset: boston_housing
architecture: {type: mlp, units: [4], dropout: 0.1}
activations:
  hidden:
    - silu
    - {formula: "x*sigmoid(x)", name: mine}
    - {custom: shapes:gated}
    - {custom: shapes:summed}
    - {name: selu, companions: true}
  output: [linear]
epochs: 2
batch_size: 101
seeds: 2
"""
MODULE = """\
from keras import ops

def gated(x):
    return x * ops.sigmoid(x)

def summed(x):
    return ops.sum(x, axis=-1)
"""


def scores(folder: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    with (folder / "trials.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["status"] == "ok":
                found.setdefault(row["hidden"], []).append(float(row["test_mae"]))
    return found


def todo(actbench: Callable[..., Any]) -> int:
    return int(json.loads(actbench("plan", "own.yaml", "--json").stdout)[0]["todo"])


@pytest.mark.slow
def test_own_activations_from_plan_to_comparison(
    actbench: Callable[..., Any], tmp_path: Path
) -> None:
    module = tmp_path / "shapes.py"
    module.write_text(MODULE, encoding="utf-8")
    (tmp_path / "own.yaml").write_text(SPEC, encoding="utf-8")
    planned = actbench("plan", "own.yaml")
    assert planned.returncode == 0
    assert "shapes:gated is a Python function that a run imports and runs" in planned.stdout

    done = actbench("run", "own.yaml")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    told = " ".join(done.stderr.split())
    assert "2 trials ended in an error: SpecError: the activation 'shapes:summed' (" in told
    assert "made the shape (2,) of the shape (2, 7); expected a function that mak" in told
    folder = tmp_path / "results" / "own"
    found = scores(folder)
    assert list(found) == ["silu", "mine", "shapes:gated", "selu(companions)"]
    for own in ("mine", "shapes:gated"):
        assert all(abs(a - b) < 1e-4 for a, b in zip(found[own], found["silu"], strict=True))

    assert todo(actbench) == 2  # those that raised
    module.write_text(MODULE.replace("x * ops.sigmoid(x)", "ops.sigmoid(x) * x"), encoding="utf-8")
    assert todo(actbench) == 4  # and those of the edited function
    module.unlink()
    compared = actbench("compare", "results/own", "--baseline", "hidden=x*sigmoid(x)")
    assert compared.returncode == 0 and "selu(companions)" in compared.stdout
    assert "mine" in next(row for row in compared.stdout.splitlines() if " baseline" in row)
    refused = actbench("run", "own.yaml")
    assert refused.returncode == 2 and "there is no module 'shapes' in" in refused.stderr
    assert "own.yaml:8:16: activations.hidden[2].custom:" in refused.stderr


def test_a_hostile_formula_is_refused_by_every_command(
    actbench: Callable[..., Any], tmp_path: Path
) -> None:
    hostile = SPEC.replace("x*sigmoid(x)", '__import__(\\"os\\").system(\\"touch hit\\")')
    (tmp_path / "own.yaml").write_text(hostile, encoding="utf-8")
    for command in ("plan", "run"):
        done = actbench(command, "own.yaml")
        assert done.returncode == 2 and "Traceback" not in done.stderr
        assert "7:17: activations.hidden[1].formula: at character 12: '\"' cannot" in done.stderr
    assert not (tmp_path / "hit").exists()
