"""The IDX format of MNIST and its relatives, gzipped: one array of bytes in a file."""

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from actbench.data.damage import reading
from actbench.errors import DataError

_UNSIGNED_BYTES = 0x08


def read_idx(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The array of unsigned bytes in a gzipped IDX file: uint8, of `shape`.

    Never unpacks more than `shape` needs. Source of the format: the MNIST page of LeCun, Cortes
    and Burges.

    Raises:
        DataError: the file is damaged, or holds another shape or type.
    """
    with reading(path, "a gzipped IDX file"), gzip.open(path) as stream:
        header = struct.pack(f">HBB{len(shape)}I", 0, _UNSIGNED_BYTES, len(shape), *shape)
        if stream.read(len(header)) != header:
            raise DataError(f"its header does not declare {shape} unsigned bytes")
        size = int(np.prod(shape))
        data = stream.read(size + 1)
        if len(data) != size:
            raise DataError(f"expected {size:,} bytes of data, got {min(len(data), size + 1):,}")
        return np.frombuffer(data, np.uint8).reshape(shape)
