"""`actbench data` as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from actbench.data import CATALOGUE


def actbench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "actbench", "data", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_list_fits_eighty_columns() -> None:
    done = actbench("list")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    rows = {line.split()[0]: line.split() for line in lines if line.strip()}
    assert set(CATALOGUE) <= set(rows)
    assert rows["mnist"][-3:] == ["60,000", "10,000", "no"]
    assert rows["wine"][-3:] == ["142", "36", "package"]
    assert "boston_housing: Its variable B is built on race" in done.stdout


def test_list_in_full(shared_datasets: Path) -> None:
    done = actbench("list", "reuters", "--data-dir", shared_datasets)
    assert done.returncode == 0
    flat = " ".join(done.stdout.split())
    assert CATALOGUE["reuters"].caution in flat
    assert CATALOGUE["reuters"].licence in flat
    assert "8,982 for training, 2,246 for the test" in flat
    assert "data-dir: " in flat


def test_list_as_json(shared_datasets: Path) -> None:
    rows = json.loads(actbench("list", "--json", "--data-dir", shared_datasets).stdout)
    assert [row["name"] for row in rows] == list(CATALOGUE)
    mnist = rows[3]
    assert mnist["here"] is True
    assert mnist["location"] == {"kind": "data-dir", "path": str(shared_datasets / "mnist.npz")}
    assert mnist["sha256"] == CATALOGUE["mnist"].source.files[0].sha256
    one = json.loads(actbench("list", "imdb", "--json").stdout)
    assert (one["name"], one["here"], one["location"]) == ("imdb", False, None)


def test_import_then_list(shared_datasets: Path, tmp_path: Path) -> None:
    done = actbench("import", "reuters", shared_datasets / "reuters.npz")
    target = tmp_path / "keras" / "datasets" / "reuters.npz"
    assert (done.returncode, done.stdout, done.stderr) == (0, f"reuters: {target}\n", "")
    assert "keras cache" in actbench("list", "reuters").stdout


def test_fetch_that_fails_says_why_on_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTBENCH_DATA_MIRROR", "http://127.0.0.1:1")
    done = actbench("fetch", "wine", "mnist")
    assert done.returncode == 2
    assert done.stdout.startswith("wine: ")
    lines = done.stderr.splitlines()
    assert lines[0] == "Downloading data from http://127.0.0.1:1/mnist.npz"
    assert lines[1].startswith("actbench: mnist is not here: looked for mnist.npz in ")
    assert "Connection refused" in lines[1]
    assert lines[-1] == "Already here, but another data set: mnist_5k, digits."
    assert len(lines) == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "mnits"], "did you mean 'mnist'?"),
        (["fetch", "wine", "mnits"], "did you mean 'mnist'?"),
        (["list", "--data-dir", "no-such-folder"], "no-such-folder is not a folder"),
        (["import", "mnist", __file__], "not imported: "),
    ],
)
def test_mistakes_end_in_a_message(arguments: list[str], message: str) -> None:
    done = actbench(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("actbench: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
