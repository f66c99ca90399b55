"""Results that were damaged on disk: named, set aside, trained again, and never a dead end."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # each test runs whole commands

Run = Callable[..., subprocess.CompletedProcess[str]]

SPEC = """\
name: small
dataset: boston_housing
architecture: {type: mlp, units: [4]}
activations: {hidden: [relu], output: [linear, tanh]}
epochs: 2
batch_size: 101
seeds: 3
"""


@pytest.fixture
def folder(tmp_path: Path, actbench: Run) -> Path:
    """The results of a run."""
    (tmp_path / "small.yaml").write_text(SPEC)
    assert actbench("run", "small.yaml").returncode == 0
    return tmp_path / "results" / "small"


def trained(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if line.startswith("[")]


def test_a_damaged_line_is_named_everywhere_and_its_trial_trained_again(
    folder: Path, actbench: Run
) -> None:
    journal, tables = folder / "journal.jsonl", (folder / "trials.csv").read_bytes()
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"test_mae": ', b'"test_mae": 1')
    journal.write_bytes(b"".join(lines))
    named = "results/small/journal.jsonl: damaged in line 4. "
    planned = actbench("plan", "small.yaml")
    assert named in " ".join(planned.stdout.split())
    assert "5 done, 1 to train" in " ".join(planned.stdout.split())
    compared = actbench("compare", "small")
    assert named in " ".join((compared.stdout + compared.stderr).split())
    done = actbench("run", "small.yaml", "--json")
    assert json.loads(done.stdout)["ok"] == 6
    assert named in done.stderr
    assert (folder / "journal.damaged.jsonl").read_bytes() == lines[3]
    assert Path(folder / "journal.jsonl").read_bytes().count(b"\n") == 6
    assert numbers(folder / "trials.csv") == numbers_of(tables.decode())
    again = actbench("run", "small.yaml")
    assert "all 6 trials are done already" in again.stderr
    assert "damaged" not in again.stderr


def numbers(table: Path) -> list[list[str]]:
    return numbers_of(table.read_text())


def numbers_of(table: str) -> list[list[str]]:
    """The cells of a table but for the times and the cells trained side by side."""
    rows = [line.split(",") for line in table.splitlines()]
    kept = [i for i, name in enumerate(rows[0]) if "seconds" not in name and "side_by" not in name]
    return [[row[i] for i in kept] for row in rows]


def test_a_last_line_that_lacks_its_end_only_loses_no_trial(folder: Path, actbench: Run) -> None:
    journal = folder / "journal.jsonl"
    whole = journal.read_bytes()
    for kept, words in (
        (whole[:-1], "2 trials to train, 6"),
        (whole[:-40], "3 trials to train, 5"),
    ):
        journal.write_bytes(kept)
        done = actbench("run", "small.yaml", "--seeds", 4)
        assert f"{words} done already" in done.stderr
        assert (folder / "trials.csv").read_bytes().count(b"\n") == 1 + 8


def test_damaged_looks_are_no_dead_end(folder: Path, tmp_path: Path, actbench: Run) -> None:
    (folder / "looks.json").write_text('{"looks": [2, ')
    for command in (["run", "small.yaml"], ["compare", "small"]):
        done = actbench(*command)
        assert done.returncode == 2
        assert "looks.json: cannot be read (Invalid JSON" in done.stderr
        assert "with --until-decided" in done.stderr
        assert "remove the file" in done.stderr
    done = actbench("run", "small.yaml", "--until-decided", "--looks", "2,3")
    assert done.returncode == 0, done.stderr
    assert not trained(done)
    assert actbench("compare", "small").returncode == 0


NOISY = """
import os, sys
print("imported")
def noisy(x):
    import keras
    print("called")
    os.write(1, b"written\\n")
    return keras.ops.relu(x)
def ends(x):
    sys.exit(3)
"""


def test_a_module_that_prints_or_exits_spoils_nothing(tmp_path: Path, actbench: Run) -> None:
    (tmp_path / "mine.py").write_text(NOISY)
    custom = 'output: [linear, {custom: "mine:noisy"}, {custom: "mine:ends"}]'
    (tmp_path / "small.yaml").write_text(SPEC.replace("output: [linear, tanh]", custom))
    done = actbench("run", "small.yaml", "--json", "--seeds", 1)
    assert (json.loads(done.stdout)["ok"], json.loads(done.stdout)["error"]) == (2, 1)
    assert done.returncode == 1
    assert "written" in done.stderr
    assert "Traceback" not in done.stderr
    shown = actbench("activations", "--custom", "mine:noisy", "--json")
    assert json.loads(shown.stdout)[0]["name"] == "mine:noisy"
    ended = actbench("activations", "--custom", "mine:ends")
    assert ended.returncode == 2
    assert "SystemExit: 3" in ended.stderr
