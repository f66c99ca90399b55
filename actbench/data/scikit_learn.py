"""The four small sets that ship with scikit-learn, read from its files without importing it.

Importing scikit-learn takes two seconds, which `actbench plan` would pay for a digest; a test
holds these readers to what scikit-learn's own functions return.
"""

import numpy as np

from actbench.data.damage import reading
from actbench.data.dataset import Array
from actbench.data.fingerprint import Arrays
from actbench.data.sources import Location
from actbench.errors import DataError


def read_diabetes(location: Location) -> Arrays:
    """`x` (442, 10), in natural units, and `y` (442,), float64."""
    target = location.path.with_name("diabetes_target.csv.gz")
    x, y = _table(location, (442, 10)), _table(Location(location.kind, target), (442,))
    return {"x": x, "y": y}


def read_digits(location: Location) -> Arrays:
    """`x` (1797, 8, 8), grey levels from 0 to 16, and `y` (1797,), uint8."""
    table = _table(location, (1797, 65), delimiter=",").astype(np.uint8)
    return {"x": table[:, :-1].reshape(-1, 8, 8), "y": table[:, -1]}


def read_wine(location: Location) -> Arrays:
    """`x` (178, 13), float64, and `y` (178,), uint8."""
    return _labelled(_table(location, (178, 14), delimiter=",", skiprows=1))


def read_breast_cancer(location: Location) -> Arrays:
    """`x` (569, 30), float64, and `y` (569,), uint8: 0 malignant, 1 benign."""
    return _labelled(_table(location, (569, 31), delimiter=",", skiprows=1))


def _labelled(table: Array) -> Arrays:
    return {"x": table[:, :-1], "y": table[:, -1].astype(np.uint8)}


def _table(
    location: Location, shape: tuple[int, ...], delimiter: str | None = None, skiprows: int = 0
) -> Array:
    with reading(location.path, "a table of scikit-learn"):
        table = np.loadtxt(location.path, delimiter=delimiter, skiprows=skiprows)
        if table.shape != shape:
            raise DataError(f"expected numbers of shape {shape}, got {table.shape}")
    return table
