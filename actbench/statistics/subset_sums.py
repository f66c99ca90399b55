"""Sums of subsets of paired differences: of all 2ⁿ subsets up to 16 pairs, of random ones beyond.

Many lists of differences of one length are summed at once, each exactly as if it were alone: the
additions and their order are those of the one list, so a sum never depends on its company.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from actbench.statistics.differences import Floats

Picks = NDArray[np.uint8]
Rows = NDArray[np.intp]
Found = TypeVar("Found")

EXACT_PAIRS = 16
DRAWS = 99_999
SEED = 20_250_101
_GROUP = 8
_ABREAST = 4  # as many floats as one look-up in a table fetches at the price of one
_CHUNK = 8192  # draws at a time, so that the partial sums stay in the processor's cache
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

    @cached_property
    def filled(self) -> int:
        """How many subsets are not empty."""
        return int(np.count_nonzero(self.sizes))

    def means(self, sums: Floats) -> Floats:
        """Mean of each subset that is not empty, from sums of shape (rows, subsets)."""
        if self.filled == self.sizes.size:
            return np.asarray(sums / self.sizes)
        some = self.sizes > 0
        return np.asarray(sums[:, some] / self.sizes[some])

    def drawn(self, at: slice) -> "Subsets":
        """Those of the random subsets alone that were drawn at these places."""
        picks = None if self.picks is None else self.picks[:, at]
        return Subsets(self.pairs, picks, self.sizes[at])

    def each(self, function: Callable[[Rows], Found], rows: Rows) -> list[Found]:
        """What `function` finds for some of the rows at a time, whose sums fit into memory.

        Random sums take long enough to use a thread for each processor.
        """
        entries = _CACHED if self.picks is None else _ENTRIES
        step = _ABREAST * max(1, entries // (_ABREAST * len(self.sizes)))
        parts = [rows[start : start + step] for start in range(0, len(rows), step)]
        if self.picks is None or len(parts) < 2:
            return [function(part) for part in parts]
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            return list(threads.map(function, parts))

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
    tables = _tables(values, len(picks))
    sums = np.empty((_ABREAST * len(tables), picks.shape[1]))
    for start in range(0, picks.shape[1], _CHUNK):
        _fill(sums[:, start : start + _CHUNK], tables, picks[:, start : start + _CHUNK])
    return sums[: len(values)]


def _tables(values: Floats, groups: int) -> Floats:
    """Sums of the subsets of each group of eight pairs, shape (rows / 4, groups, 256, 4).

    What is missing to whole groups and rows is zero, which changes no sum.
    """
    rows, pairs = values.shape
    fours = -(-rows // _ABREAST)
    padded = np.zeros((fours * _ABREAST, groups * _GROUP))
    padded[:rows, :pairs] = values
    parts = padded.reshape(fours, _ABREAST, groups, _GROUP).transpose(0, 2, 3, 1)
    tables = np.zeros((fours, groups, 2**_GROUP, _ABREAST))
    for i in range(_GROUP):
        np.add(tables[:, :, : 2**i], parts[:, :, i, None], out=tables[:, :, 2**i : 2 ** (i + 1)])
    return tables


def _fill(sums: Floats, tables: Floats, picks: Picks) -> None:
    totals = np.zeros((len(tables), picks.shape[1], _ABREAST))
    found = np.empty_like(totals[0])
    for group, pick in enumerate(picks):
        fitting = pick.astype(np.intp)
        for of_four, total in zip(tables, totals, strict=True):
            total += of_four[group].take(fitting, axis=0, out=found, mode="clip")
    sums[:] = totals.transpose(0, 2, 1).reshape(sums.shape)
