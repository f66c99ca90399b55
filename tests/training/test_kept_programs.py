"""Kept programs give the numbers that compiling gives, and no fault of theirs changes one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from actbench.activations.catalogue import CATALOGUE
from actbench.training import kept_programs
from actbench.training.kept_programs import forget_damaged, keep_programs

TRAIN = """
import json, sys
import numpy as np
from actbench.data.dataset import Dataset, Rows
from actbench.spec import blocks
from actbench.spec.experiment import Experiment
from actbench.training import open_trainer

def rows(count):
    x = np.random.default_rng(count).normal(size=(count, 5)).astype(np.float32)
    return Rows(x, x[:, 0] - x[:, 1] + 3)

facts = {"scale": 1.0, "vocabulary": 0, "digest": "", "origin": ""}
data = Dataset("made", "regression", 0, rows(60), None, rows(30), **facts)
spec = {"name": "t", "dataset": "boston_housing", "epochs": 2, "batch_size": 8, "seeds": 1,
        "architecture": {"type": "mlp", "units": [8, 6]}, "activations": {"hidden": sys.argv[1:]}}
for cell in blocks(Experiment.model_validate(spec))[0].cells:
    trainer = open_trainer(cell, data)
    history = trainer.train(0)
    weights = [w.numpy().tobytes().hex() for w in trainer._trainer._prepared.model.weights]
    print(json.dumps([cell.arm.label, history.engine, str(history.metrics), weights]))
"""


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's caches; no flags of TensorFlow's are set."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("TF_XLA_FLAGS", "")  # so that it is put back, whatever sets it
    monkeypatch.delenv("TF_XLA_FLAGS")
    return tmp_path


def trained(*names: str) -> list[Any]:
    """What a process of its own trains with these activations."""
    command = [sys.executable, "-c", TRAIN, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return [json.loads(line) for line in done.stdout.splitlines()]


def programs(caches: Path) -> list[Path]:
    return sorted(caches.glob("actbench/programs/*/*"))


@pytest.mark.slow
def test_a_later_process_loads_the_program(caches: Path) -> None:
    first = trained("tanh")
    (kept,) = programs(caches)
    written = kept.stat().st_mtime_ns
    assert trained("tanh") == first
    assert first[0][1].startswith("compiled, XLA")
    assert [kept] == programs(caches)
    assert kept.stat().st_mtime_ns == written


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["cut off", "changed", "empty"])
def test_a_damaged_program_is_compiled_again(caches: Path, damage: str) -> None:
    first = trained("tanh")
    (kept,) = programs(caches)
    whole = kept.read_bytes()
    half = len(whole) // 2
    changed = whole[:half] + bytes(byte ^ 90 for byte in whole[half : half + 2000])
    kept.write_bytes({"cut off": whole[:1000], "changed": changed, "empty": b""}[damage])
    assert trained("tanh") == first
    (again,) = programs(caches)
    assert again.stat().st_size == pytest.approx(len(whole), rel=0.01)


@pytest.mark.slow
def test_loaded_programs_give_the_bits_of_compiled_ones(
    caches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [
        name
        for name, info in CATALOGUE.items()
        if name != "glu" and not any(p.required for p in info.parameters)
    ]
    first, loaded = trained(*names), trained(*names)
    monkeypatch.setenv("XDG_CACHE_HOME", str(caches / "with a space"))
    compiled = trained(*names)
    assert len(programs(caches)) == len(names)
    assert first == loaded == compiled


def test_a_folder_that_others_can_write_is_not_used(caches: Path) -> None:
    keep_programs()
    (folder,) = caches.glob("actbench/programs/*")
    assert str(folder) in os.environ.pop("TF_XLA_FLAGS")
    for place in (folder, *folder.parents[:2]):
        assert place.stat().st_mode & 0o777 == 0o700
    for place in (folder, *folder.parents[:2]):
        place.chmod(0o770)
        keep_programs()
        assert "TF_XLA_FLAGS" not in os.environ
        place.chmod(0o700)


def test_a_relative_folder_of_caches_is_ignored(
    caches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(caches)
    monkeypatch.setenv("HOME", str(caches / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    keep_programs()
    assert f"{caches}/home/.cache/actbench/programs/" in os.environ["TF_XLA_FLAGS"]
    assert not Path("relative").exists()


def test_the_users_own_folder_stays(caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = caches / "theirs"
    theirs.mkdir()
    (theirs / "program").write_bytes(b"0")
    flags = f"--tf_xla_persistent_cache_directory={theirs}"
    monkeypatch.setenv("TF_XLA_FLAGS", flags)
    keep_programs()
    assert os.environ["TF_XLA_FLAGS"] == flags
    assert not forget_damaged(ValueError("Read less bytes than requested"))
    assert (theirs / "program").exists()


def test_other_errors_forget_nothing(caches: Path) -> None:
    keep_programs()
    (folder,) = caches.glob("actbench/programs/*")
    (folder / "program").write_bytes(b"0")
    assert not forget_damaged(ValueError("an operation that XLA does not know"))
    assert programs(caches)
    assert forget_damaged(ValueError(f"{folder}/other; No such file or directory"))
    assert not programs(caches)


def test_the_oldest_programs_go(caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_programs, "MOST_BYTES", 250)
    folder = caches / "actbench" / "programs" / "of an earlier TensorFlow"
    folder.mkdir(parents=True)
    for age in range(4):
        (folder / str(age)).write_bytes(b"0" * 100)
        os.utime(folder / str(age), (1e9 - age, 1e9 - age))
    keep_programs()
    assert [file.name for file in programs(caches)] == ["0", "1"]


def test_a_file_that_another_process_deletes_meanwhile_stops_nothing(caches: Path) -> None:
    folder = caches / "actbench" / "programs" / "of an earlier TensorFlow"
    folder.mkdir(parents=True)
    (folder / "listed").symlink_to(folder / "deleted")  # it is listed, but is not there
    keep_programs()
    assert str(caches) in os.environ.pop("TF_XLA_FLAGS")
