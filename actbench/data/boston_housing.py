"""Boston housing, from mlxtend's table or from Keras's file; both hold the same numbers."""

import numpy as np

from actbench.data.damage import reading
from actbench.data.fingerprint import Arrays
from actbench.data.npz import Numbers, read_npz
from actbench.data.sources import Location
from actbench.errors import DataError


def read(location: Location) -> Arrays:
    """`x` (506, 13) and `y` (506,), float64, in the order of StatLib.

    Raises:
        DataError: the file is damaged or holds something else.
    """
    if location.path.suffix == ".npz":
        return read_npz(
            location.path, {"x": Numbers((506, 13), "float64"), "y": Numbers((506,), "float64")}
        )
    with reading(location.path, "mlxtend's table of Boston housing"):
        table = np.loadtxt(location.path, delimiter=",")
        if table.shape != (506, 14):
            raise DataError(f"expected 506 rows of 14 numbers, got shape {table.shape}")
    return {"x": table[:, :-1], "y": table[:, -1]}
