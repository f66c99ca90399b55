"""A small experiment on Boston: two arms that train in a fraction of a second."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from actbench import experiment
from actbench.experiment import Progress
from actbench.results import ResultsFolder
from actbench.spec import Experiment, load

SPEC = """\
name: small
dataset: boston_housing
architecture: {type: mlp, units: [4]}
activations: {hidden: [relu], output: [linear, sigmoid]}
epochs: 2
batch_size: 101
seeds: 3
"""


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


@pytest.fixture
def small(spec_file: Path) -> Callable[..., Experiment]:
    """The small experiment, with overrides."""

    def make(*overrides: str) -> Experiment:
        return load(str(spec_file), overrides)

    return make


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of the small experiment; for `trained` to copy."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "small.yaml").write_text(SPEC, encoding="utf-8")
    return experiment.run(load(str(folder / "small.yaml")), folder, Progress()).folder.path


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> ResultsFolder:
    """What a run of the small experiment into `tmp_path` leaves."""
    return ResultsFolder(shutil.copytree(trained_once, tmp_path / "small"))
