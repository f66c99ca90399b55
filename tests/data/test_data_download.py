"""Downloading from a server on this machine."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from actbench import data
from actbench.data import CATALOGUE, DatasetInfo, DatasetRequest
from actbench.data.download import address_of
from actbench.data.source import Published, SourceFile
from actbench.errors import DataError


@pytest.fixture
def mirror(
    serve: Callable[[Path], str],
    shared_datasets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The folder of a mirror that has reuters.npz, and that ACTBENCH_DATA_MIRROR names."""
    folder = tmp_path / "mirror"
    (folder / "sets").mkdir(parents=True)
    shutil.copy(shared_datasets / "reuters.npz", folder / "sets")
    monkeypatch.setenv("ACTBENCH_DATA_MIRROR", serve(folder) + "/sets/")
    return folder / "sets"


def with_checksum(name: str, file: Path) -> DatasetInfo:
    """The data set as if Keras had published `file`, whose container differs from Keras's."""
    checksum = sha256(file.read_bytes()).hexdigest()
    source = Published(files=(SourceFile(f"{name}.npz", checksum),))
    return replace(CATALOGUE[name], source=source)


def test_a_mirror_replaces_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    part = CATALOGUE["fashion_mnist"].source.files[0]
    keras = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
    assert address_of(part) == keras + "train-labels-idx1-ubyte.gz"
    for base in ("http://host/path", "http://host/path/"):
        monkeypatch.setenv("ACTBENCH_DATA_MIRROR", base)
        assert address_of(part) == "http://host/path/train-labels-idx1-ubyte.gz"
    monkeypatch.setenv("ACTBENCH_DATA_MIRROR", "host/path")
    with pytest.raises(DataError, match="ACTBENCH_DATA_MIRROR must be the address of a folder"):
        address_of(part)


def test_load_downloads_what_is_missing_into_the_cache(
    mirror: Path,
    shared_datasets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    info = with_checksum("reuters", mirror / "reuters.npz")
    wires = data.load(DatasetRequest(info, num_words=100))
    cache = tmp_path / "keras" / "datasets"
    assert wires.origin == "keras cache: reuters.npz"
    assert [path.name for path in cache.iterdir()] == ["reuters.npz"]
    assert wires.digest == data.outline(CATALOGUE["reuters"], shared_datasets).digest
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "Downloading data from http://127.0.0.1" in printed.err
    assert "reuters.npz" in printed.err
    assert "2.1/2.1 MB" in printed.err
    (mirror / "reuters.npz").unlink()
    assert data.fetch(info) == cache / "reuters.npz"


@pytest.mark.parametrize("relative", [False, True])
def test_fetch_makes_the_data_dir(
    relative: bool, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = with_checksum("reuters", mirror / "reuters.npz")
    monkeypatch.chdir(tmp_path)
    new = Path("new/folder") if relative else tmp_path / "new" / "folder"
    assert data.fetch(info, new) == new / "reuters.npz"
    assert info.source.locate(new) == data.Location("data-dir", new / "reuters.npz")
    assert not (tmp_path / "keras").exists()


def test_another_checksum_leaves_nothing_behind(mirror: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        data.fetch(CATALOGUE["reuters"])
    message = str(caught.value)
    published = CATALOGUE["reuters"].source.files[0].sha256
    found = sha256((mirror / "reuters.npz").read_bytes()).hexdigest()
    assert f"expected SHA-256 {published}, got {found} (2,075,896 bytes)" in message
    assert "`actbench data import reuters FILE`" in message
    assert list((tmp_path / "keras" / "datasets").iterdir()) == []


def test_what_the_mirror_lacks(mirror: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        data.load(DatasetRequest(CATALOGUE["mnist"]), tmp_path)
    message = str(caught.value)
    assert f"looked for mnist.npz in {tmp_path} (data-dir), " in message
    assert "/sets/mnist.npz failed: File not found." in message
    assert "1. set ACTBENCH_DATA_MIRROR" in message
    assert "mnist_5k" in message


def test_several_files_are_each_checked(mirror: Path, tmp_path: Path) -> None:
    contents = {f"part-{number}.gz": bytes([number]) * 100 for number in range(2)}
    for name, content in contents.items():
        (mirror / name).write_bytes(content)
    files = tuple(
        SourceFile(f"parts/{name}", sha256(content).hexdigest())
        for name, content in contents.items()
    )
    info = replace(CATALOGUE["fashion_mnist"], source=Published(files=files))
    folder = tmp_path / "new"
    assert data.fetch(info, folder) == folder / "parts"
    assert {p.name: p.read_bytes() for p in (folder / "parts").iterdir()} == contents
    assert [path.name for path in folder.iterdir()] == ["parts"]


def test_a_folder_that_cannot_be_written(mirror: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(DataError, match=r"cannot write .*blocked .*another folder with --data-dir"):
        data.fetch(CATALOGUE["reuters"], blocked)


def test_bundled_sets_need_no_download() -> None:
    assert data.fetch(CATALOGUE["wine"]).is_file()
