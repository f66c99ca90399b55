"""What is published: one version everywhere, and packages that hold what they should."""

import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from actbench import __version__
from actbench.spec.shipped import shipped

REPOSITORY = Path(__file__).parents[1]


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program; a failure shows what it said."""
    done = subprocess.run([*map(str, words)], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def files(folder: str) -> set[str]:
    """The files of the repository in a folder, those that git ignores left out."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", folder)
    return set(run(*command, cwd=REPOSITORY).stdout.splitlines())


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", folder)
    run(*build, cwd=REPOSITORY)
    return folder


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    citation = (REPOSITORY / "CITATION.cff").read_text()
    page = (REPOSITORY / "docs" / "cite.md").read_text()
    changes = (REPOSITORY / "CHANGELOG.md").read_text()
    assert project["version"] == __version__
    assert re.findall(r"^version: (\S+)", citation, re.M) == [__version__]
    assert re.findall(r"version = \{(.+)\}", page) == [__version__]
    assert re.findall(r"^## (\S+)", changes, re.M)[0] == __version__


def test_the_wheel_holds_the_package_and_the_specs(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    assert wheel.name == f"actbench-{__version__}-py3-none-any.whl"
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    assert names == {*files("actbench"), *(f"actbench/configs/{name}.yaml" for name in shipped())}


def test_the_sdist_holds_what_the_package_is_made_and_tested_from(dist: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as sdist:
        names = {name.split("/", 1)[1] for name in sdist.getnames()}
    left_out = {*files(".ci"), *files(".github")}
    assert names - {"PKG-INFO"} == files(".") - left_out


def test_the_description_can_be_shown(dist: Path) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", *dist.iterdir(), cwd=dist)


@pytest.mark.slow
def test_the_wheel_runs_in_a_bare_environment(dist: Path, tmp_path: Path) -> None:
    """From nothing but Python to a trained experiment, a comparison and a page."""
    venv.create(tmp_path / "bare", with_pip=True)
    (wheel,) = dist.glob("*.whl")
    python = tmp_path / "bare" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", wheel, cwd=tmp_path)
    actbench = tmp_path / "bare" / "bin" / "actbench"
    run(actbench, "run", "boston_output", "--seeds", "6", "--epochs", "1", cwd=tmp_path)
    done = run(actbench, "compare", "boston_output", "--format", "markdown", cwd=tmp_path)
    assert "**test mae** on boston_housing" in done.stdout
    assert (tmp_path / "results" / "boston_output" / "report.html").is_file()
