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


@pytest.fixture(scope="session")
def differences(plain_python: Path) -> Callable[..., dict[str, tuple[float, float]]]:
    """Runs a script, and gives what it recorded and what it got, by metric."""

    def run(script: Path, *options: str) -> dict[str, tuple[float, float]]:
        words = script.read_text(encoding="utf-8").lower()
        assert "actbench" not in words
        probe = "import importlib.util as u; print(u.find_spec('actbench'), u.find_spec('typer'))"
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
        plain = {"cwd": script.parent, "env": environment, "capture_output": True, "text": True}
        none = subprocess.run([plain_python, "-I", "-c", probe], **plain)  # type: ignore[call-overload]
        assert none.stdout.split() == ["None", "None"]
        command = [plain_python, "-I", str(script), *options]
        done = subprocess.run(command, **plain)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr[-3000:]
        rows = re.findall(r"^(\w+) +(\S+) +(\S+) +\S+$", done.stdout, re.M)
        return {name: (float(recorded), float(here)) for name, recorded, here in rows}

    return run
