"""A `trials.csv` as it was written, read in one pass; any other file is for the careful reader."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

_COMMA, _QUOTE, _NEWLINE = b',"\n'


def read_quickly(
    path: Path,
    words: Sequence[str],
    whole: Sequence[str],
    numbers: Sequence[str],
    needed: Sequence[str],
) -> "pd.DataFrame | None":
    """The columns of a plain CSV file that are asked for and there, indexed by line number.

    Plain is UTF-8 with commas, as many cells in every row, nothing to strip, and nothing but
    numbers where numbers belong: as `write_tables` leaves it. None for any other file.
    `words` become strings, `whole` whole numbers, `numbers` floats with NaN for empty cells;
    each names a column, or with a `_` at its end all that begin so. `needed` must be there.
    """
    import pandas as pd

    try:
        found = path.read_bytes()
        header = found[: found.index(b"\n")].decode("utf-8").split(",")
    except (OSError, ValueError):
        return None
    if not _is_plain_header(header, needed) or not _is_plain(found, len(header)):
        return None
    kinds = {
        **dict.fromkeys(_named(header, words), "category"),
        **dict.fromkeys(_named(header, whole), "int64"),
        **dict.fromkeys(_named(header, numbers), "float64"),
    }
    try:
        frame = pd.read_csv(
            path,
            usecols=list(kinds),
            dtype=kinds,
            keep_default_na=False,
            na_values={name: [""] for name, kind in kinds.items() if kind == "float64"},
            encoding="utf-8",
        )
    except (ValueError, OverflowError):
        return None
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="line")
    return frame if len(frame) and _needs_no_trimming(frame, kinds) else None


def _named(header: Sequence[str], asked: Sequence[str]) -> list[str]:
    starts = tuple(name for name in asked if name.endswith("_"))
    return [name for name in header if name in asked or (starts and name.startswith(starts))]


def _is_plain_header(header: Sequence[str], needed: Sequence[str]) -> bool:
    trimmed = [name.strip() for name in header if '"' not in name]
    return trimmed == list(header) and len({*header}) == len(header) and {*needed} <= {*header}


def _is_plain(found: bytes, cells: int) -> bool:
    """Whether every line has as many cells as the header, commas within quotes apart."""
    if b"\r" in found or b"\0" in found or found.startswith(b"\xef\xbb\xbf"):
        return False
    codes = np.frombuffer(found if found.endswith(b"\n") else found + b"\n", dtype=np.uint8)
    outside = _outside_quotes(codes) if b'"' in found else np.ones(1, dtype=bool)
    ends = np.flatnonzero((codes == _NEWLINE) & outside)
    commas = np.flatnonzero((codes == _COMMA) & outside)
    if len(ends) != np.count_nonzero(codes == _NEWLINE) or cells < 2:
        return False
    per_line = np.diff(np.searchsorted(commas, ends), prepend=0)
    return bool((per_line == cells - 1).all())


def _outside_quotes(codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(np.bitwise_xor.accumulate(codes == _QUOTE) == 0)


def _needs_no_trimming(frame: "pd.DataFrame", kinds: dict[str, str]) -> bool:
    words = (frame[name].cat.categories for name, kind in kinds.items() if kind == "category")
    return all(word == word.strip() for of_column in words for word in map(str, of_column))
