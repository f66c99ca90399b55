"""Reading `.npz` files that nobody vouches for: sizes are checked before anything is read."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from actbench.data.damage import reading
from actbench.data.dataset import Array
from actbench.data.fingerprint import Arrays
from actbench.data.pickled import read_object_array
from actbench.data.ragged import Ragged
from actbench.errors import DataError

_HEADER = 1 << 16
_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


@dataclass(frozen=True)
class Numbers:
    """A member that holds numbers: its shape, and the dtype that they are turned into."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def limit(self) -> int:
        """The most bytes that the member may declare."""
        return int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize + _HEADER


@dataclass(frozen=True)
class RaggedRows:
    """A member that holds a pickled list of integers in each row, of at most `limit` bytes."""

    rows: int
    limit: int


def read_npz(path: Path, members: Mapping[str, Numbers | RaggedRows]) -> Arrays:
    """The named arrays of an `.npz` file; numbers may arrive in any dtype that fits safely.

    Raises:
        DataError: the file is damaged, a member is missing, or a member's declared size, shape
            or dtype is not the expected one; pickles that ask for anything are refused.
    """
    with reading(path, "an .npz file with " + ", ".join(members)), zipfile.ZipFile(path) as archive:
        return {name: _member(archive, name, member) for name, member in members.items()}


def _member(archive: zipfile.ZipFile, name: str, member: Numbers | RaggedRows) -> Array | Ragged:
    if f"{name}.npy" not in archive.namelist():
        found = ", ".join(archive.namelist()[:8]) or "nothing"
        raise DataError(f"it has no array {name!r}; it holds {found}")
    entry = archive.getinfo(f"{name}.npy")
    if entry.file_size > member.limit:
        raise DataError(
            f"the array {name!r} declares {entry.file_size:,} bytes, expected at most"
            f" {member.limit:,}"
        )
    if entry.compress_type not in _COMPRESSIONS:
        raise DataError(f"the array {name!r} is packed by method {entry.compress_type}")
    with archive.open(entry) as stream:
        shape, fortran, dtype = _header(stream)
        if isinstance(member, RaggedRows):
            return _ragged(name, stream.read(), shape, dtype, member.rows)
        return _numbers(name, stream.read(), shape, fortran, dtype, member)


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(stream)
    raise DataError(f"its arrays are in version {version} of NumPy's format, expected 1.0 or 2.0")


def _ragged(
    name: str, data: bytes, shape: tuple[int, ...], dtype: np.dtype[np.generic], rows: int
) -> Ragged:
    if shape != (rows,) or dtype != np.dtype(object):
        raise DataError(f"expected {name!r} to be ({rows},) of object, got {shape} of {dtype}")
    return Ragged.of(read_object_array(data, rows))


def _numbers(
    name: str,
    data: bytes,
    shape: tuple[int, ...],
    fortran: bool,
    dtype: np.dtype[np.generic],
    member: Numbers,
) -> Array:
    if shape != member.shape or dtype.hasobject or not np.can_cast(dtype, member.dtype, "safe"):
        raise DataError(
            f"expected {name!r} to be {member.shape} of {member.dtype}, got {shape} of {dtype}"
        )
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    return array.astype(member.dtype, copy=False)
