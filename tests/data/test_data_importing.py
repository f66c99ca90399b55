"""Importing copies that a user has: checked first, put in place whole, or not at all."""

import gzip
import io
import shutil
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from actbench import data
from actbench.data import CATALOGUE, DatasetRequest, reuters21578
from actbench.data.reuters21578 import FILES, newswires, numbered, rebuild
from actbench.errors import DataError


@pytest.fixture
def texts(shared_datasets: Path) -> Path:
    return shared_datasets / "reuters21578.tar.gz"


def archive(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_reuters_is_rebuilt_from_the_original_texts(
    texts: Path, shared_datasets: Path, tmp_path: Path
) -> None:
    target = data.import_files(CATALOGUE["reuters"], texts, tmp_path / "new")
    assert target == tmp_path / "new" / "reuters.npz"
    rebuilt = data.load(DatasetRequest(CATALOGUE["reuters"]), tmp_path / "new")
    assert rebuilt.train.y[:10].tolist() == [3, 4, 3, 4, 4, 4, 4, 3, 3, 16]
    assert (len(rebuilt.train), len(rebuilt.test)) == (8982, 2246)
    assert rebuilt.digest == data.outline(CATALOGUE["reuters"], shared_datasets).digest
    assert [path.name for path in target.parent.iterdir()] == ["reuters.npz"]


def test_a_folder_of_texts_and_a_plain_tar_do_as_well(texts: Path, tmp_path: Path) -> None:
    with tarfile.open(texts) as tar:
        members = {Path(member.name).name: tar.extractfile(member) for member in tar}
        contents = {name: file.read() for name, file in members.items() if file}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    plain = tmp_path / "plain.tar"
    with tarfile.open(plain, "w") as tar:
        for name in reversed(FILES):
            tar.add(tmp_path / name, f"some/folder/{name}")
    wires = rebuild(tmp_path)
    assert rebuild(plain) == wires
    assert len(wires[1]) == 11_228
    (tmp_path / FILES[7]).unlink()
    with pytest.raises(DataError, match=r"did not find reut2-007\.sgm"):
        rebuild(tmp_path)


def test_wires_and_numbers() -> None:
    wire = "<TOPICS><D>{}</D></TOPICS><TEXT>{}</TEXT>"
    bodies = ["", "<BODY>The tin, the TIN.</BODY>", "<BODY>rare</BODY>"]
    text = "".join(wire.format("tin", body) for body in bodies[:2]) + wire.format("zinc", bodies[2])
    found = list(newswires(text + "<TOPICS></TOPICS><BODY>no topic</BODY>"))
    assert found == [("tin", "The tin, the TIN.")] * 2 + [("zinc", "rare")]
    ranks, topics = numbered(found * 8)
    assert topics == [0] * 16
    assert ranks[0] == [1, 2, 1, 2]


def test_members_that_are_no_files_are_left_alone(tmp_path: Path) -> None:
    odd = [tarfile.TarInfo("../../escaped"), tarfile.TarInfo("../escaped")]
    for name, kind in zip(
        FILES, (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE), strict=False
    ):
        odd.append(tarfile.TarInfo(name))
        odd[-1].type, odd[-1].linkname = kind, "../escaped"
    path = archive(tmp_path / "odd.tar.gz", *[(info, b"") for info in odd])
    with pytest.raises(DataError, match=r"did not find reut2-000\.sgm"):
        data.import_files(CATALOGUE["reuters"], path, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["new", "odd.tar.gz"]
    assert not (tmp_path.parent / "escaped").exists()


def test_large_members_and_large_archives_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = archive(tmp_path / "a.tgz", (tarfile.TarInfo(FILES[0]), bytes(9 << 20)))
    with pytest.raises(DataError, match=r"reut2-000\.sgm has 9,437,184 bytes, expected at most"):
        rebuild(large)
    monkeypatch.setattr(reuters21578, "_ARCHIVE_LIMIT", 1 << 20)
    other = archive(tmp_path / "b.tgz", (tarfile.TarInfo("other"), bytes(9 << 20)))
    with pytest.raises(DataError, match="unpacks to more than 1,048,576 bytes"):
        rebuild(other)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_truncated_archives(share: float, texts: Path, tmp_path: Path) -> None:
    whole = texts.read_bytes()
    path = tmp_path / "cut.tar.gz"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DataError, match=r"cut.tar.gz cannot be read as Keras's reuters.npz or the"):
        data.import_files(CATALOGUE["reuters"], path, tmp_path / "new")


@pytest.mark.parametrize("name", ["reuters", "mnist", "boston_housing"])
def test_keras_files_are_imported(name: str, shared_datasets: Path, tmp_path: Path) -> None:
    target = data.import_files(CATALOGUE[name], shared_datasets / f"{name}.npz")
    assert target == tmp_path / "keras" / "datasets" / f"{name}.npz"
    assert target.read_bytes() == (shared_datasets / f"{name}.npz").read_bytes()
    assert (
        data.outline(CATALOGUE[name], target.parent).digest
        == data.outline(CATALOGUE[name], shared_datasets).digest
    )


def test_import_goes_to_the_named_folder(
    shared_datasets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTBENCH_DATA_DIR", str(tmp_path / "named"))
    source = shared_datasets / "boston_housing.npz"
    assert data.import_files(CATALOGUE["boston_housing"], source).parent == tmp_path / "named"
    assert (
        data.import_files(CATALOGUE["boston_housing"], source, tmp_path / "x").parent
        == tmp_path / "x"
    )


def test_a_bad_file_leaves_the_good_one_in_place(shared_datasets: Path, tmp_path: Path) -> None:
    good = data.import_files(
        CATALOGUE["boston_housing"], shared_datasets / "boston_housing.npz", tmp_path
    )
    before = good.read_bytes()
    bad = tmp_path / "bad.npz"
    bad.write_bytes(before[:5000])
    with pytest.raises(DataError, match=r"not imported: \S*bad\.npz cannot be read as"):
        data.import_files(CATALOGUE["boston_housing"], bad, tmp_path)
    assert good.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.npz", "boston_housing.npz"]


@pytest.fixture
def mnist_as_idx(shared_datasets: Path, tmp_path: Path) -> Callable[[], Path]:
    """The four files of Fashion-MNIST's layout, holding MNIST."""

    def write(shift: int = 0) -> Path:
        mnist = data.load(DatasetRequest(CATALOGUE["mnist"]), shared_datasets)
        folder = tmp_path / "idx"
        folder.mkdir()
        for name, split in {"train": mnist.train, "t10k": mnist.test}.items():
            for kind, array in {"images-idx3": split.x, "labels-idx1": split.y}.items():
                header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
                content = (
                    header
                    + (np.asarray(array, np.uint8) + shift * (array.ndim - 1))
                    .astype(np.uint8)
                    .tobytes()
                )
                path = folder / f"{name}-{kind}-ubyte.gz"
                path.write_bytes(gzip.compress(content, compresslevel=1))
        return folder

    return write


def test_mnist_is_not_taken_for_fashion_mnist(
    mnist_as_idx: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"not imported: .* values are those of mnist"):
        data.import_files(CATALOGUE["fashion_mnist"], mnist_as_idx(), tmp_path / "new")
    assert CATALOGUE["fashion_mnist"].source.locate(tmp_path / "new") is None


def test_a_folder_of_idx_files_is_imported(
    mnist_as_idx: Callable[..., Path], tmp_path: Path
) -> None:
    target = data.import_files(CATALOGUE["fashion_mnist"], mnist_as_idx(shift=1), tmp_path / "new")
    assert target == tmp_path / "new" / "fashion-mnist"
    loaded = data.load(DatasetRequest(CATALOGUE["fashion_mnist"], validation=0.1), tmp_path / "new")
    assert loaded.train.x.shape == (54_000, 28, 28)
    assert loaded.test.x.dtype == np.uint8


def test_what_cannot_be_imported(shared_datasets: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="comes with the package scikit-learn"):
        data.import_files(CATALOGUE["wine"], tmp_path)
    with pytest.raises(DataError, match=r"there is no file or folder .*missing"):
        data.import_files(CATALOGUE["mnist"], tmp_path / "missing.npz")
    with pytest.raises(DataError, match=r"expected a file like mnist\.npz, got"):
        data.import_files(CATALOGUE["mnist"], tmp_path)
    with pytest.raises(DataError, match=r"expected a folder with train-labels-idx1-ubyte\.gz"):
        data.import_files(CATALOGUE["fashion_mnist"], shared_datasets / "mnist.npz")
    with pytest.raises(DataError, match=r"cannot copy .*train-labels-idx1-ubyte\.gz: No such file"):
        data.import_files(CATALOGUE["fashion_mnist"], tmp_path)
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(DataError, match=r"cannot write .*blocked"):
        data.import_files(CATALOGUE["mnist"], shared_datasets / "mnist.npz", blocked)
    (tmp_path / "in" / "mnist.npz").mkdir(parents=True)
    with pytest.raises(DataError, match=r"cannot write .*mnist\.npz"):
        data.import_files(CATALOGUE["mnist"], shared_datasets / "mnist.npz", tmp_path / "in")
    shutil.rmtree(tmp_path / "in")
