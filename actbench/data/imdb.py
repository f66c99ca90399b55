"""IMDB film reviews, from Keras's file."""

from actbench.data.fingerprint import Arrays
from actbench.data.npz import Numbers, RaggedRows, read_npz
from actbench.data.sources import Location

REVIEWS = 25_000  # in the training set, and as many in the test set


def read(location: Location) -> Arrays:
    """`x_train` and `x_test`, word ranks from 1; `y_train` and `y_test` (25000,), int64.

    Raises:
        DataError: the file is damaged or holds something else.
    """
    texts, labels = RaggedRows(REVIEWS, limit=96 << 20), Numbers((REVIEWS,), "int64")
    return read_npz(
        location.path,
        {"x_train": texts, "y_train": labels, "x_test": texts, "y_test": labels},
    )
