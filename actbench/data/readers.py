"""Readers of the file formats that data sets come in: Keras's `.npz`, IDX, and tables of numbers.

The files may be damaged or hostile: sizes are checked before anything is read, and no code in them
is run. scikit-learn's tables are read without importing it, which would take two seconds.
"""

import gzip
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from actbench.data.arrays import Array, Arrays, Inputs, Ragged, arrays_sha256, flat
from actbench.data.catalogue import CATALOGUE
from actbench.data.dataset_info import DatasetInfo
from actbench.data.safe_pickle import read_object_array
from actbench.errors import DataError

_HEADER_BYTES = 1 << 16  # of an array in a file, with room for padding
_LONGEST_HEADER = 1000  # characters; a header of plain numbers has some 100
_TEXT_BYTES = 1 << 12  # of one pickled text, on average; real ones have some 700


@contextmanager
def reading(path: Path, expected: str) -> Iterator[None]:
    """Turn every error of reading a file into a DataError with `path` and what was expected."""
    try:
        yield
    except DataError as error:
        reason, cause = str(error), error.__cause__
    except Exception as error:  # a damaged file makes its reader raise nearly anything
        reason, cause = str(error) or type(error).__name__, error
    else:
        return
    raise DataError(
        f"{path} cannot be read as {expected}: {reason}.\n"
        "It may be damaged, cut short or another file: replace it with a good copy, or remove it."
    ) from cause


@dataclass(frozen=True)
class Member:
    """An array in an `.npz` file: its shape, and the dtype it is converted to.

    "object" stands for a pickled list of integers in each row.
    """

    shape: tuple[int, ...]
    dtype: str

    @property
    def limit(self) -> int:
        """The most bytes that the array may declare."""
        size = _TEXT_BYTES if self.dtype == "object" else np.dtype(self.dtype).itemsize
        return int(np.prod(self.shape)) * size + _HEADER_BYTES


def read_npz(path: Path, members: Mapping[str, Member]) -> Arrays:
    """The named arrays of an `.npz` file; numbers may arrive in any dtype that fits safely.

    Raises:
        DataError: the file is damaged, an array is missing, or its declared size, shape or dtype
            is not the expected one; pickles that ask for anything are refused.
    """
    with reading(path, "an .npz file with " + ", ".join(members)), zipfile.ZipFile(path) as archive:
        return {name: _read_member(archive, name, member) for name, member in members.items()}


def _read_member(archive: zipfile.ZipFile, name: str, member: Member) -> Array | Ragged:
    if f"{name}.npy" not in archive.namelist():
        names = ", ".join(archive.namelist()[:8]) or "nothing"
        raise DataError(f"it has no array {name!r}; it holds {names}")
    entry = archive.getinfo(f"{name}.npy")
    if entry.file_size > member.limit:
        raise DataError(
            f"the array {name!r} declares {entry.file_size:,} bytes, expected at most"
            f" {member.limit:,}"
        )
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise DataError(f"the array {name!r} is packed by method {entry.compress_type}")
    with archive.open(entry) as stream:
        shape, fortran_order, dtype = _header(stream)
        pickled = member.dtype == "object"
        fits = not dtype.hasobject and np.can_cast(dtype, member.dtype, "safe")
        if shape != member.shape or not (dtype == np.dtype("O") if pickled else fits):
            raise DataError(
                f"expected {name!r} to be {member.shape} of {member.dtype}, got {shape} of {dtype}"
            )
        content = stream.read()
    if pickled:
        return Ragged.of(read_object_array(content, *shape))
    array = np.frombuffer(content, dtype).reshape(shape, order="F" if fortran_order else "C")
    return array.astype(member.dtype, copy=False)


def read_arrays(path: Path, most_bytes: int) -> dict[str, Array]:
    """All arrays of a user's `.npz` file by their names: numbers, truth values and texts.

    Raises:
        DataError: the file is damaged, holds Python objects, or more than `most_bytes`.
    """
    with reading(path, "an .npz file of numbers and texts"), zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
        if (size := sum(entry.file_size for entry in entries)) > most_bytes:
            words = f"its arrays take {size / 1e9:,.1f} GB of memory"
            raise DataError(f"{words}, and {most_bytes / 1e9:,.1f} GB are free")
        return {e.filename.removesuffix(".npy"): _any_array(archive, e) for e in entries}


def _any_array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Array:
    with archive.open(entry) as stream:
        shape, fortran_order, dtype = _header(stream)
        if dtype.hasobject:
            raise DataError(f"the array {entry.filename!r} holds Python objects, not plain values")
        content = stream.read()
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran_order else "C")


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    version = np.lib.format.read_magic(stream)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise DataError(f"its arrays are in version {version} of NumPy's format, not 1.0 or 2.0")
    try:
        return read(stream, _LONGEST_HEADER)
    except Exception as error:  # NumPy hands the header to Python's parser, which may fail anyhow
        raise DataError("an array in it has a damaged or too long header") from error


def read_idx(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The array of unsigned bytes in a gzipped IDX file: uint8, of `shape`.

    Never unpacks more than `shape` needs. Source of the format: the MNIST page of LeCun, Cortes
    and Burges.

    Raises:
        DataError: the file is damaged, or holds another shape or type.
    """
    unsigned_bytes = 0x08
    with reading(path, "a gzipped IDX file"), gzip.open(path) as stream:
        header = struct.pack(f">HBB{len(shape)}I", 0, unsigned_bytes, len(shape), *shape)
        if stream.read(len(header)) != header:
            raise DataError(f"its header does not declare {shape} unsigned bytes")
        size = int(np.prod(shape))
        content = stream.read(size + 1)
        if len(content) != size:
            raise DataError(f"expected {size:,} bytes of data, got {len(content):,}")
        return np.frombuffer(content, np.uint8).reshape(shape)


def _keras_npz(path: Path, info: DatasetInfo) -> Arrays:
    """Keras's file. Tables are float64, images uint8, the classes of texts int64."""
    x_dtype = {"table": "float64", "image": "uint8", "text": "object"}[info.kind]
    y_dtype = "int64" if info.kind == "text" else x_dtype
    parts = {"": info.train_rows + info.test_rows}
    if info.pre_split:
        parts = {"_train": info.train_rows, "_test": info.test_rows}
    members = {}
    for part, rows in parts.items():
        members[f"x{part}"] = Member((rows, *info.input_shape), x_dtype)
        members[f"y{part}"] = Member((rows,), y_dtype)
    return read_npz(path, members)


def _idx_folder(path: Path, info: DatasetInfo) -> Arrays:
    """The four gzipped IDX files of MNIST and its relatives, uint8."""
    arrays = {}
    for part, rows, name in (("train", info.train_rows, "train"), ("test", info.test_rows, "t10k")):
        images, labels = f"{name}-images-idx3-ubyte.gz", f"{name}-labels-idx1-ubyte.gz"
        arrays[f"x_{part}"] = read_idx(path / images, (rows, *info.input_shape))
        arrays[f"y_{part}"] = read_idx(path / labels, (rows,))
    return arrays


def _table(path: Path, info: DatasetInfo, skiprows: int = 0) -> Arrays:
    """A table whose last column is the target: images and classes are uint8, the rest float64."""
    shape = (info.train_rows + info.test_rows, int(np.prod(info.input_shape)) + 1)
    dtype = np.uint8 if info.kind == "image" else np.float64
    table = _read_numbers(path, info, shape, dtype=dtype, delimiter=",", skiprows=skiprows)
    y = table[:, -1].astype(np.uint8) if info.classes else table[:, -1]
    return {"x": table[:, :-1].reshape(-1, *info.input_shape), "y": y}


def _diabetes(path: Path, info: DatasetInfo) -> Arrays:
    """scikit-learn's two files: ten measurements in natural units, and the target. float64."""
    rows = info.train_rows + info.test_rows
    target = path.with_name("diabetes_target.csv.gz")
    x = _read_numbers(path, info, (rows, *info.input_shape))
    return {"x": x, "y": _read_numbers(target, info, (rows,))}


def _read_numbers(path: Path, info: DatasetInfo, shape: tuple[int, ...], **options: Any) -> Array:
    with reading(path, "a table of numbers"):
        table: Array = np.loadtxt(path, **options)
        if table.shape != shape:
            raise DataError(f"expected numbers of shape {shape}, got {table.shape}")
    return table


# Each raises DataError if a file is damaged or holds something else.
READERS: dict[str, Callable[[Path, DatasetInfo], Arrays]] = {
    "keras_npz": _keras_npz,
    "idx_folder": _idx_folder,
    "table": _table,
    "table_with_header": partial(_table, skiprows=1),
    "diabetes": _diabetes,
}


def read_published(info: DatasetInfo, path: Path, reader: str) -> tuple[Arrays, str]:
    """The arrays of a data set of the catalogue, and their digest; both are checked.

    Raises:
        DataError: the files are damaged, or hold another data set.
    """
    arrays = READERS[reader](path, info)
    for name, array in arrays.items():
        _check_values(info, name, array, path)
    digest = arrays_sha256(arrays)
    name_by_digest = {other.arrays_sha256: other.name for other in CATALOGUE.values()}
    name = name_by_digest.get(digest, info.name if info.arrays_sha256 is None else "something else")
    if info.source.files and name != info.name:
        raise DataError(
            f"{path} is not {info.name}: its arrays have the right shapes, but their"
            f" values are those of {name} (digest {digest[:12]}…).\n"
            "Replace it with a good copy, or remove it."
        )
    return arrays, digest


def _check_values(info: DatasetInfo, name: str, array: Inputs, path: Path) -> None:
    if isinstance(array, Ragged):
        wrong = bool(len(array.values)) and int(array.values.min()) < 1
        expected = "word ranks from 1"
    elif name.startswith("y") and info.classes:
        y = flat(array)
        wrong = int(y.min()) < 0 or int(y.max()) >= info.classes
        expected = f"classes from 0 to {info.classes - 1}"
    else:
        wrong, expected = not np.isfinite(flat(array)).all(), "finite numbers"
    if wrong:
        raise DataError(f"{path} is not {info.name}: expected {expected} in {name!r}")
