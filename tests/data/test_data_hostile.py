"""Damaged, truncated and hostile files: a clear error, nothing run, little memory."""

import gzip
import io
import os
import pickle
import shutil
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from actbench import data
from actbench.data import CATALOGUE, DatasetRequest
from actbench.data.readers import Member, read_idx, read_npz
from actbench.data.safe_pickle import read_object_array
from actbench.errors import DataError


class TouchesFile:
    """An object whose pickle, when read carelessly, creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def npy(header: dict[str, object], body: bytes) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, header)  # type: ignore[arg-type]
    return stream.getvalue() + body


def object_npy(rows: int, body: bytes) -> bytes:
    return npy({"descr": "|O", "fortran_order": False, "shape": (rows,)}, body)


def object_array(rows: list[object]) -> np.ndarray:
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_runs_something_is_refused(
    protocol: int, tmp_path: Path, rezipped: Callable[..., Path]
) -> None:
    trap = tmp_path / "trap"
    body = pickle.dumps(object_array([TouchesFile(trap)] * 11_228), protocol=protocol)
    path = rezipped("reuters.npz", x=object_npy(11_228, body))
    with pytest.raises(DataError, match=r"reuters.npz cannot be read"):
        data.outline(CATALOGUE["reuters"], path.parent)
    assert not trap.exists()


def test_the_trap_is_a_real_one(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(TouchesFile(tmp_path / "trap")))
    assert (tmp_path / "trap").exists()


@pytest.mark.parametrize(
    "name", ["posix.system", "builtins.eval", "numpy.load", "numpy.f2py.main", "numpy.array"]
)
def test_no_global_but_the_reconstruction_of_an_array(name: str) -> None:
    module, _, function = name.rpartition(".")
    body = f"c{module}\n{function}\n(I1\ntR.".encode().replace(b"I1\n", b"K\x01")
    with pytest.raises(pickle.UnpicklingError, match=f"asks for {name}, which an array does not"):
        read_object_array(body, 1)


def test_numpy_1_and_2_and_arrays_as_rows_are_read() -> None:
    rows = object_array([[1, 2, 300, 70_000], [], np.array([5, 6], np.int16)])
    for protocol in (3, 4):  # what NumPy writes
        body = pickle.dumps(rows, protocol=protocol)
        assert read_object_array(body, 3) == [[1, 2, 300, 70_000], [], [5, 6]]
    old = pickle.dumps(rows, protocol=3).replace(b"numpy._core.multi", b"numpy.core.multi")
    assert b"numpy.core.multiarray" in old
    assert read_object_array(old, 3) == [[1, 2, 300, 70_000], [], [5, 6]]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"r\xff\xff\xff\x7f.", "is nothing that an array"),  # a memo of 2**31 places
        (b"\x8b\xff\xff\xff\x7f", "is nothing that an array"),  # an integer of 2**31 bytes
        (b"}.", "is nothing that an array"),
        (b"]K\x01a.", "holds no array"),
        (b"cnumpy\nndarray\nK\x01\x85R.", "damaged"),  # ndarray((1,)) called
        (b"cnumpy\nndarray\n.", "holds no array"),
        (b"", "damaged"),
        (b"]" * 10, "damaged"),
        (b"]" * 1000, "many more lists than 1 rows need"),
    ],
)
def test_pickles_that_are_no_array_are_refused(body: bytes, message: str) -> None:
    with pytest.raises(pickle.UnpicklingError, match=message):
        read_object_array(body, 1)


def test_an_array_cannot_ask_for_memory_it_does_not_fill() -> None:
    body = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nJ\xff\xff\xff\x7f\x85U\x01b\x87R."
    )
    with pytest.raises(pickle.UnpicklingError, match="does not begin an array as NumPy does"):
        read_object_array(body, 1)


def test_one_long_row_named_many_times_is_refused(
    tmp_path: Path, rezipped: Callable[..., Path]
) -> None:
    bomb = object_array([[1] * 100_000] * 11_228)
    path = rezipped("reuters.npz", x=object_npy(11_228, pickle.dumps(bomb)))
    with pytest.raises(DataError, match="integers in all rows, got 1122800000"):
        data.outline(CATALOGUE["reuters"], path.parent)


def test_more_lists_than_rows_are_refused_before_they_are_made(
    rezipped: Callable[..., Path],
) -> None:
    path = rezipped("reuters.npz", x=object_npy(11_228, b"]" * (20 << 20)))
    tracemalloc.start()
    with pytest.raises(DataError, match="many more lists than 11228 rows need"):
        data.outline(CATALOGUE["reuters"], path.parent)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80 << 20


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("name", ["boston_housing", "reuters", "mnist"])
def test_truncated_files(name: str, share: float, shared_datasets: Path, tmp_path: Path) -> None:
    whole = (shared_datasets / f"{name}.npz").read_bytes()
    path = tmp_path / f"{name}.npz"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DataError, match=r"cannot be read as an \.npz file with x.*\n.*good copy"):
        data.load(DatasetRequest(CATALOGUE[name]), tmp_path)


def test_flipped_bytes_never_end_in_another_error(shared_datasets: Path, tmp_path: Path) -> None:
    whole = (shared_datasets / "boston_housing.npz").read_bytes()
    random = np.random.default_rng(0)
    path = tmp_path / "boston_housing.npz"
    good = data.outline(CATALOGUE["boston_housing"], shared_datasets).digest
    refused = 0
    for position in random.integers(0, len(whole), 300):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        path.write_bytes(damaged)
        try:
            assert data.outline(CATALOGUE["boston_housing"], tmp_path).digest == good
        except DataError:
            refused += 1
    assert refused > 250


def test_flipped_bytes_in_a_pickle_never_end_in_another_error() -> None:
    whole = pickle.dumps(object_array([[1, 2, 300, 70_000]] * 3 + [[7]] * 5), protocol=4)
    for position in range(len(whole)):
        for flip in (0x01, 0x10, 0xFF):
            damaged = bytearray(whole)
            damaged[position] ^= flip
            try:
                read_object_array(bytes(damaged), 8)
            except pickle.UnpicklingError as error:
                assert str(error)


def declare(path: Path, size: int) -> None:
    """Let the central directory of a zip file declare `size` bytes for its first member."""
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", size)
    path.write_bytes(content)


def test_declared_sizes_are_checked_before_reading(shared_datasets: Path, tmp_path: Path) -> None:
    path = Path(
        shutil.copyfile(shared_datasets / "boston_housing.npz", tmp_path / "boston_housing.npz")
    )
    declare(path, 0xFFFFFFF0)
    with pytest.raises(DataError, match="'x' declares 4,294,967,280 bytes, expected at most 118,"):
        data.load(DatasetRequest(CATALOGUE["boston_housing"]), tmp_path)


def test_a_zip_bomb_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "mnist.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        header = npy({"descr": "|u1", "fortran_order": False, "shape": (60_000, 28, 28)}, b"")
        archive.writestr("x_train.npy", header + bytes(60 << 20))
        for name in ("y_train", "x_test", "y_test"):
            archive.writestr(f"{name}.npy", b"")
    assert path.stat().st_size < 1 << 20
    tracemalloc.start()
    with pytest.raises(DataError, match="declares 62,914,688 bytes, expected at most 47,105,536"):
        data.outline(CATALOGUE["mnist"], tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((506, 12)), r"expected 'x' to be \(506, 13\) of float64, got \(506, 12\)"),
        (np.zeros((506, 13), complex), "got .* of complex128"),
        (np.full((506, 13), "a"), "got .* of <U1"),
        (np.full((506, 13), np.nan), "expected finite numbers in 'x'"),
        (np.zeros((506, 13)), "is not boston_housing: .* something else"),
    ],
)
def test_arrays_of_another_kind(array: np.ndarray, message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "boston_housing.npz", x=array, y=np.zeros(506))
    with pytest.raises(DataError, match=message):
        data.load(DatasetRequest(CATALOGUE["boston_housing"]), tmp_path)


def test_labels_outside_the_classes(rezipped: Callable[..., Path]) -> None:
    labels = np.full(11_228, 46)
    stream = io.BytesIO()
    np.save(stream, labels)
    path = rezipped("reuters.npz", y=stream.getvalue())
    with pytest.raises(DataError, match="expected classes from 0 to 45 in 'y'"):
        data.load(DatasetRequest(CATALOGUE["reuters"]), path.parent)


def test_missing_members_and_odd_compression(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, z=np.zeros(3))
    with pytest.raises(DataError, match=r"no array 'x'; it holds z\.npy"):
        read_npz(path, {"x": Member((3,), "float64")})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(
            "x.npy", npy({"descr": "<f8", "fortran_order": False, "shape": (3,)}, bytes(24))
        )
    with pytest.raises(DataError, match="packed by method 14"):
        read_npz(path, {"x": Member((3,), "float64")})


def test_objects_where_numbers_belong_and_numbers_where_rows_belong(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.array([1, None]), y=np.zeros(2))
    with pytest.raises(DataError, match=r"expected 'x' to be .* of float64, got .* of object"):
        read_npz(path, {"x": Member((2,), "float64")})
    with pytest.raises(
        DataError, match=r"expected 'y' to be \(2,\) of object, got \(2,\) of float64"
    ):
        read_npz(path, {"y": Member((2,), "object")})


def idx(shape: tuple[int, ...], body: bytes) -> bytes:
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + body


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(idx((2, 3), bytes(5))), "expected 6 bytes of data, got 5"),
        (gzip.compress(idx((2, 3), bytes(50 << 20))), "expected 6 bytes of data, got 7"),
        (gzip.compress(idx((3, 2), bytes(6))), r"does not declare \(2, 3\) unsigned bytes"),
        (gzip.compress(idx((2, 3), bytes(6)))[:-9], "gzipped IDX file"),
        (b"not gzipped", "Not a gzipped file"),
    ],
    ids=["short", "long", "other shape", "cut off", "not gzipped"],  # gzip's bytes tell the time
)
def test_damaged_idx_files(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_idx(path, (2, 3))


def test_idx_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(idx((2, 3), bytes(range(6)))))
    assert read_idx(path, (2, 3)).tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("brackets", ["(" * 900, "()" * 4000, "-" * 9000, "[" * 400 + "]" * 400])
def test_a_header_of_brackets_is_refused(brackets: str, tmp_path: Path) -> None:
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(brackets)) + brackets.encode()
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", header)
    with pytest.raises(DataError, match="an array in it has a damaged or too long header"):
        read_npz(tmp_path / "a.npz", {"x": Member((10,), "float64")})
