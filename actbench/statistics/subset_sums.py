"""Sums of subsets of paired differences: of all 2ⁿ subsets up to 16 pairs, of random ones beyond.

Many lists of differences of one length are summed at once, each exactly as if it were alone: the
additions and their order are those of the one list, so a sum never depends on its company.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from actbench.statistics.differences import Floats

Picks = NDArray[np.uint8]

EXACT_PAIRS = 16
DRAWS = 99_999
SEED = 20_250_101
_GROUP = 8
_ABREAST = 4  # as many floats as one look-up in a table fetches at the price of one
_CHUNK = 4096  # draws at a time, so that the partial sums stay in the processor's cache
_CACHED = 2**17  # sums of all subsets at a time
_ENTRIES = 2**20  # sums of random subsets at a time


@dataclass(frozen=True)
class Subsets:
    """The subsets of `pairs` differences that are summed.

    `picks`: a byte for each eight pairs (eight coins at a time), shape (groups of eight, draws);
    None for all subsets. `sizes`: how many differences each subset has, shape (subsets,).
    """

    pairs: int
    picks: Picks | None
    sizes: Floats

    def drawn(self, at: slice) -> "Subsets":
        """Those of the random subsets alone that were drawn at these places."""
        picks = None if self.picks is None else self.picks[:, at]
        return Subsets(self.pairs, picks, self.sizes[at])

    def blocks(self, rows: int) -> Iterator[slice]:
        """The rows in blocks whose sums fit into memory."""
        entries = _CACHED if self.picks is None else _ENTRIES
        step = _ABREAST * max(1, entries // (_ABREAST * len(self.sizes)))
        return (slice(start, start + step) for start in range(0, rows, step))

    def sums(self, values: Floats) -> Floats:
        """Sum of each subset: `values` of shape (rows, pairs) give shape (rows, subsets)."""
        return _all_sums(values) if self.picks is None else _random_sums(values, self.picks)


def subsets_of(pairs: int, generator: np.random.Generator | None = None) -> Subsets:
    """All subsets up to 16 pairs; beyond, 99,999 that a generator draws, or the fixed ones.

    >>> subsets_of(3).sums(np.array([[1.0, 10.0, 100.0]])).tolist()
    [[0.0, 1.0, 10.0, 11.0, 100.0, 101.0, 110.0, 111.0]]
    """
    if generator is None or pairs <= EXACT_PAIRS:
        return _known_subsets(pairs)
    return _random_subsets(pairs, generator)


@lru_cache(maxsize=4)
def _known_subsets(pairs: int) -> Subsets:
    if pairs <= EXACT_PAIRS:
        return Subsets(pairs, None, _all_sums(np.ones((1, pairs)))[0])
    return _random_subsets(pairs, np.random.default_rng(SEED))


def _random_subsets(pairs: int, generator: np.random.Generator) -> Subsets:
    shape = (-(-pairs // _GROUP), DRAWS)
    picks = generator.integers(0, 2**_GROUP, size=shape, dtype=np.uint8)
    return Subsets(pairs, picks, _random_sums(np.ones((1, pairs)), picks)[0])


def _all_sums(values: Floats) -> Floats:
    rows, pairs = values.shape
    sums = np.zeros((rows, 2**pairs))
    for i in range(pairs):
        np.add(sums[:, : 2**i], values[:, i, None], out=sums[:, 2**i : 2 ** (i + 1)])
    return sums


def _random_sums(values: Floats, picks: Picks) -> Floats:
    tables = [_tables(values[start : start + _ABREAST]) for start in _starts(len(values))]
    sums = np.empty((len(values), picks.shape[1]))
    for start in range(0, picks.shape[1], _CHUNK):
        _fill(sums[:, start : start + _CHUNK], tables, picks[:, start : start + _CHUNK])
    return sums


def _starts(rows: int) -> range:
    return range(0, rows, _ABREAST)


def _tables(few: Floats) -> list[Floats]:
    """For each group of eight pairs the sums of its subsets, shape (256, rows)."""
    starts = range(0, few.shape[1], _GROUP)
    return [np.ascontiguousarray(_all_sums(few[:, s : s + _GROUP]).T) for s in starts]


def _fill(sums: Floats, tables: list[list[Floats]], picks: Picks) -> None:
    draws = picks.shape[1]
    totals = [np.zeros((draws, of_few[0].shape[1])) for of_few in tables]
    found = [np.empty_like(total) for total in totals]
    for group, pick in enumerate(picks):
        entries = len(tables[0][group])
        fitting = (pick if entries == 2**_GROUP else pick & np.uint8(entries - 1)).astype(np.intp)
        for of_few, total, out in zip(tables, totals, found, strict=True):
            total += of_few[group].take(fitting, axis=0, out=out, mode="clip")
    for start, total in zip(_starts(len(sums)), totals, strict=True):
        sums[start : start + _ABREAST] = total.T
