"""A small experiment on Boston: two arms that train in a fraction of a second."""

from collections.abc import Callable
from pathlib import Path

import pytest

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
