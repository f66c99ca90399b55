"""The digest of a data set: one SHA-256 over its source arrays, whatever file they came in."""

from collections.abc import Mapping
from hashlib import sha256

import numpy as np

from actbench.data.dataset import Array
from actbench.data.ragged import Ragged

Arrays = Mapping[str, Array | Ragged]


def fingerprint(arrays: Arrays) -> str:
    """SHA-256 over names, dtypes, shapes and values, in the order of the names.

    Values count in little-endian, row-major order, so neither the container nor the machine nor
    the memory layout matters; ragged rows count as their lengths and then their values.

    >>> a = {"x": np.arange(4).reshape(2, 2), "y": np.zeros(2)}
    >>> b = {"y": np.zeros(2, ">f8"), "x": np.asfortranarray(a["x"])}
    >>> fingerprint(a) == fingerprint(b) != fingerprint({**a, "y": np.ones(2)})
    True
    """
    state = sha256()
    for name in sorted(arrays):
        for part, array in _flat(name, arrays[name]):
            plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
            state.update(f"{part} {plain.dtype.str} {array.shape}\n".encode())
            state.update(plain.data)
    return state.hexdigest()


def _flat(name: str, array: Array | Ragged) -> list[tuple[str, Array]]:
    if isinstance(array, Ragged):
        return [(f"{name}.lengths", array.lengths), (f"{name}.values", array.values)]
    return [(name, array)]
