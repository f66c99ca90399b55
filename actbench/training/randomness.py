"""The one place that seeds everything: each random choice is a function of (seed, purpose).

Nothing here keeps state, so that a choice never depends on what was drawn before it. The bytes
come from BLAKE2 and from Philox's raw stream, both fixed for good; NumPy's `permutation` is not
used because NumPy may change its stream between versions.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_SEEDS = 1 << 31  # what every backend's seed type can hold without a sign


def derive(seed: int, purpose: str) -> int:
    """A whole number from 0 to 2**31 - 1 for one purpose of one seed.

    >>> derive(0, "order"), derive(0, "weights"), derive(1, "order")
    (1893400095, 1506021581, 1815756676)
    """
    digest = blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _SEEDS


def order(seed: int, epoch: int, rows: int) -> NDArray[np.int32]:
    """The order in which an epoch (counted from 0) visits the training rows.

    Returns:
        A permutation of 0 to rows - 1, shape (rows,): the ranks of as many random 64-bit keys.
    """
    generator = np.random.Philox(key=derive(seed, f"order {epoch}"))
    keys = generator.random_raw(rows)
    return np.argsort(keys, kind="stable").astype(np.int32)
