"""A trial's identity: a hash of everything that determines its numbers."""

import hashlib
import json

from actbench.spec import Cell

# Raised when a change to actbench changes the numbers that a cell and seed give.
IDENTITY_VERSION = 1


def trial_id(cell: Cell, seed: int, data_digest: str) -> str:
    """Sixteen hexadecimal digits from the cell, the seed and the data; labels do not count.

    >>> from actbench.spec import blocks, load
    >>> cell = blocks(load("boston_output"))[0].cells[0]
    >>> trial_id(cell, 0, "d") == trial_id(cell, 0, "d") != trial_id(cell, 1, "d")
    True
    """
    parts = {
        "version": IDENTITY_VERSION,
        "cell": cell.identity,
        "seed": seed,
        "data": data_digest,
    }
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
