"""What all tests share: the real data files, and the command line as a person calls it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
Result = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def shared_datasets() -> Path:
    """The folder with real data files; a test that needs it is skipped where it is absent."""
    named = os.environ.get("ACTBENCH_TEST_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "datasets"
    if not folder.is_dir():
        pytest.skip(f"no real data files: {folder} is no folder (set ACTBENCH_TEST_DATA)")
    return folder


@pytest.fixture
def actbench(tmp_path: Path) -> Callable[..., Result]:
    """Call `actbench` in a process of its own, in an empty folder, without data of the user's."""
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("ACTBENCH_", "COLUMNS"))
    }
    environment |= {"KERAS_HOME": str(tmp_path / "keras"), "PYTHONPATH": str(REPOSITORY)}

    def call(*words: object, before: tuple[str, ...] = (), cwd: Path = tmp_path) -> Result:
        command = [*before, sys.executable, "-m", "actbench", *map(str, words)]
        return subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=240
        )

    return call
