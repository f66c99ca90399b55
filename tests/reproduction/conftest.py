"""A Python that has Keras, TensorFlow, pandas and scikit-learn alone, and running scripts in it."""

import os
import re
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

PACKAGES = ("tensorflow", "keras", "pandas", "scikit-learn")


def distributions(names: tuple[str, ...]) -> dict[str, Distribution]:
    """The installed distributions of these names, and all that they need."""
    needed: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in needed:
            continue
        try:
            needed[name] = distribution(name)
        except PackageNotFoundError:  # for another system or another Python
            continue
        requirements = (r for r in needed[name].requires or () if "extra ==" not in r)
        waiting += [re.match(r"[\w.-]+", r)[0] for r in requirements]  # type: ignore[index]
    return needed


def places(package: Distribution) -> Iterator[Path]:
    """The files and folders in `site-packages` that the package consists of."""
    for top in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
        yield Path(str(package.locate_file(top)))


@pytest.fixture(scope="session")
def plain_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with those packages and what they need, linked."""
    folder = tmp_path_factory.mktemp("plain")
    venv.create(folder, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    for package in distributions(PACKAGES).values():
        for place in places(package):
            if place.exists() and not (site / place.name).exists():
                (site / place.name).symlink_to(place)
    return folder / "bin" / "python"


# Runs several scripts in one process, as a person would run each: TensorFlow starts only once.
RUNNER = """
import runpy, sys
from importlib.util import find_spec
assert [find_spec(name) for name in ("actbench", "typer", "pydantic")] == [None] * 3
for words in sys.argv[1:]:
    sys.argv = words.split()
    print("script", sys.argv[0], flush=True)
    runpy.run_path(sys.argv[0], run_name="__main__")
"""
NUMBERS = re.compile(r"^(\w+_\w+) +(\S+) +(\S+) +\S+$", re.M)
Numbers = dict[str, dict[str, tuple[float, float]]]


@pytest.fixture(scope="session")
def run_scripts(plain_python: Path) -> Callable[..., Numbers]:
    """Runs scripts with their options; what each recorded and what it got, by metric."""

    def run(folder: Path, *commands: str) -> Numbers:
        done = subprocess.run(
            [plain_python, "-I", "-c", RUNNER, *commands],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        parts = re.split(r"^script (\S+)$", done.stdout, flags=re.M)[1:]
        return {
            name: {
                metric: (float(recorded), float(here))
                for metric, recorded, here in NUMBERS.findall(text)
            }
            for name, text in zip(parts[::2], parts[1::2], strict=True)
        }

    return run
