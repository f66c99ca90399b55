"""MNIST, from Keras's file."""

from actbench.data.fingerprint import Arrays
from actbench.data.npz import Numbers, read_npz
from actbench.data.sources import Location


def read(location: Location) -> Arrays:
    """`x_train` (60000, 28, 28), `y_train`, `x_test` (10000, 28, 28) and `y_test`, all uint8.

    Raises:
        DataError: the file is damaged or holds something else.
    """
    return read_npz(
        location.path,
        {
            "x_train": Numbers((60_000, 28, 28), "uint8"),
            "y_train": Numbers((60_000,), "uint8"),
            "x_test": Numbers((10_000, 28, 28), "uint8"),
            "y_test": Numbers((10_000,), "uint8"),
        },
    )
