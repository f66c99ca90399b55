"""Fashion-MNIST, from the four gzipped IDX files that Keras keeps in a folder."""

from actbench.data.fingerprint import Arrays
from actbench.data.idx import read_idx
from actbench.data.sources import Location


def read(location: Location) -> Arrays:
    """`x_train` (60000, 28, 28), `y_train`, `x_test` (10000, 28, 28) and `y_test`, all uint8.

    Raises:
        DataError: a file is damaged or holds something else.
    """
    folder = location.path
    return {
        "x_train": read_idx(folder / "train-images-idx3-ubyte.gz", (60_000, 28, 28)),
        "y_train": read_idx(folder / "train-labels-idx1-ubyte.gz", (60_000,)),
        "x_test": read_idx(folder / "t10k-images-idx3-ubyte.gz", (10_000, 28, 28)),
        "y_test": read_idx(folder / "t10k-labels-idx1-ubyte.gz", (10_000,)),
    }
