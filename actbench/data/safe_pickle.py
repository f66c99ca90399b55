"""Reading a pickled object array without running anything that the pickle asks for.

NumPy stores ragged rows as a pickle, and a pickle can name any function to be called. Here the
bytes are first checked against the few opcodes that such an array needs, which also bounds the
memory that reading takes. They are then read by an unpickler that accepts three names only and
replaces each by a harmless class or function of this file, so that the pickle calls nothing of
NumPy.
"""

import io
import pickle
import re
from typing import Any

import numpy as np

# Opcodes of fixed length: integers, lists, tuples, booleans, memo (indices below 2**20, as the
# reader's table grows with the index), GLOBAL, REDUCE, BUILD, STOP, protocol and frame.
_FIXED = re.compile(
    rb"(?:M..|K.|J....|\x94|[]()etaN.bR\x85-\x89\x93]|\x95.{8}|\x80.|[qh].|[rj]..[\x00-\x0f]\x00"
    rb"|c[^\n]{1,64}\n[^\n]{1,64}\n)*+",
    re.DOTALL,
)
_WITH_LENGTH = {0x8C: 1, 0x43: 1, 0x55: 1, 0x8A: 1, 0x58: 4, 0x42: 4}  # strings, bytes, LONG1

_NUMBERS = re.compile(r"[iu][1248]")


def read_object_array(data: bytes, rows: int) -> list[list[int]]:
    """The rows of a pickled one-dimensional object array of lists (or arrays) of integers.

    Raises:
        pickle.UnpicklingError: the bytes are no such array, are damaged, or ask for anything
            that such an array does not need.
    """
    _check_growth(data, rows)
    _check_opcodes(data)
    try:
        array = _ArrayUnpickler(io.BytesIO(data)).load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:  # a damaged pickle raises nearly anything
        raise pickle.UnpicklingError(f"the pickled rows are damaged ({error})") from error
    if not isinstance(array, _Array) or not isinstance(array.items, list):
        raise pickle.UnpicklingError("the pickle holds no array of rows")
    if len(array.items) != rows or array.shape != (rows,):
        raise pickle.UnpicklingError(f"expected {rows} pickled rows, got {len(array.items)}")
    return [row.items if isinstance(row, _Array) else row for row in array.items]


def _check_growth(data: bytes, rows: int) -> None:
    """Refuse bytes that would become far more objects than rows of integers need.

    A list or a tuple takes one byte in a pickle and some 56 bytes in memory. The bytes of the two
    opcodes also occur inside integers, about once in 256 bytes each: one in 32 leaves room for it.
    """
    if data.count(b"]") + data.count(b"\x85") > 16 * rows + len(data) // 32:
        raise pickle.UnpicklingError(f"the pickle makes many more lists than {rows} rows need")


def _check_opcodes(data: bytes) -> None:
    position = 0
    while True:
        match = _FIXED.match(data, position)
        position = match.end() if match else position
        if position >= len(data):
            return
        width = _WITH_LENGTH.get(data[position])
        if width is None:
            raise pickle.UnpicklingError(
                f"byte {position} of the pickle (0x{data[position]:02x}) is nothing that an array"
                " of integers needs"
            )
        start = position + 1
        position = start + width + int.from_bytes(data[start : start + width], "little")


class _Dtype:
    """Replaces `numpy.dtype` while an array is read: its code and byte order."""

    def __init__(self, code: str, align: bool = False, copy: bool = False) -> None:
        self.code = str(code)
        self.order = "|"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = str(state[1])


class _Array:
    """Replaces an array of NumPy while it is read: its shape and its items."""

    shape: Any = None
    items: Any = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, self.shape, dtype, _, content = state
        if isinstance(content, list):
            self.items = content
        elif not _NUMBERS.fullmatch(dtype.code) or dtype.order not in {"<", ">", "|", "="}:
            raise pickle.UnpicklingError(f"expected rows of integers, got dtype {dtype.code!r}")
        else:
            self.items = np.frombuffer(content, dtype.order + dtype.code).tolist()


class _NdarrayName:
    """Replaces the class `numpy.ndarray`, which is named but never called."""


def _reconstruct(kind: type, shape: tuple[int, ...], code: str | bytes) -> _Array:
    if kind is not _NdarrayName or shape != (0,):
        raise pickle.UnpicklingError("the pickle does not begin an array as NumPy does")
    return _Array()


class _ArrayUnpickler(pickle.Unpickler):
    """Accepts the names that NumPy 1 and 2 write for an array, and no others."""

    def find_class(self, module: str, name: str) -> Any:
        allowed = {
            "numpy.ndarray": _NdarrayName,
            "numpy.dtype": _Dtype,
            "numpy.core.multiarray._reconstruct": _reconstruct,
            "numpy._core.multiarray._reconstruct": _reconstruct,
        }
        if f"{module}.{name}" not in allowed:
            raise pickle.UnpicklingError(
                f"the pickle asks for {module}.{name}, which an array does not need: refused"
            )
        return allowed[f"{module}.{name}"]
