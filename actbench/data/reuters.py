"""Reuters newswires, from Keras's file."""

from actbench.data.fingerprint import Arrays
from actbench.data.npz import Numbers, RaggedRows, read_npz
from actbench.data.sources import Location

WIRES = 11_228


def read(location: Location) -> Arrays:
    """`x`, word ranks from 1 in 11,228 rows, and `y` (11228,), topics as int64.

    Raises:
        DataError: the file is damaged or holds something else.
    """
    return read_npz(
        location.path, {"x": RaggedRows(WIRES, limit=32 << 20), "y": Numbers((WIRES,), "int64")}
    )
