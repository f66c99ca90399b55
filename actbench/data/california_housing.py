"""California housing, from Keras's file, in its large version of 20,640 block groups."""

from actbench.data.fingerprint import Arrays
from actbench.data.npz import Numbers, read_npz
from actbench.data.sources import Location


def read(location: Location) -> Arrays:
    """`x` (20640, 8) and `y` (20640,), float64, in the order of the file.

    Raises:
        DataError: the file is damaged or holds something else.
    """
    return read_npz(
        location.path, {"x": Numbers((20_640, 8), "float64"), "y": Numbers((20_640,), "float64")}
    )
