"""Texts as numbers: word ranks become multi-hot rows or sequences of one length."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actbench.data.ragged import Integers, Ragged
from actbench.errors import DataError

PAD, START, OUT_OF_VOCABULARY, INDEX_FROM = 0, 1, 2, 3  # Keras's conventions
MAX_WORDS = 100_000
MAX_LENGTH = 10_000


@dataclass(frozen=True)
class TextEncoding:
    """How a text becomes a row of numbers.

    `num_words`: ranks at or above it become the mark for rare words. `encoding`: "multi_hot"
    (one column for each rank, 1 where the word occurs) or "sequence" (the ranks in order, the
    last `maxlen` of them, zeros in front of shorter texts).
    """

    num_words: int = 10_000
    encoding: str = "multi_hot"
    maxlen: int = 200

    def __post_init__(self) -> None:
        if self.encoding not in {"multi_hot", "sequence"}:
            raise DataError(f"encoding must be multi_hot or sequence, got {self.encoding!r}")
        _check_count("num_words", self.num_words, INDEX_FROM + 1, MAX_WORDS)
        _check_count("maxlen", self.maxlen, 1, MAX_LENGTH)

    @property
    def vocabulary(self) -> int:
        """The number of distinct ranks of a sequence; 0 for multi-hot rows."""
        return self.num_words if self.encoding == "sequence" else 0

    def encode(self, texts: Ragged) -> NDArray[np.unsignedinteger]:
        """Ranks that count from 1 as rows of numbers.

        Returns shape (rows, num_words) of uint8 for multi-hot rows, else (rows, maxlen) of the
        smallest unsigned integer type that holds `num_words`.

        >>> TextEncoding(num_words=6).encode(Ragged.of([[1, 2, 9]]))
        array([[0, 1, 1, 0, 1, 1]], dtype=uint8)
        >>> TextEncoding(6, "sequence", maxlen=5).encode(Ragged.of([[1, 2, 9], [1, 1, 1, 1, 2]]))
        array([[0, 1, 4, 5, 2],
               [4, 4, 4, 4, 5]], dtype=uint8)
        """
        marked = _marked(texts, self.num_words)
        if self.encoding == "multi_hot":
            return _multi_hot(marked, self.num_words)
        return _padded(marked, self.maxlen, np.min_scalar_type(self.num_words))


def _check_count(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise DataError(f"{name} must be a whole number from {low} to {high}, got {value!r}")


def _marked(texts: Ragged, num_words: int) -> Ragged:
    """A start mark before every text, ranks moved up past the marks, rare words replaced."""
    values = np.insert(texts.values + INDEX_FROM, texts.starts, START)
    return Ragged(np.where(values < num_words, values, OUT_OF_VOCABULARY), texts.lengths + 1)


def _row_numbers(texts: Ragged) -> Integers:
    return np.repeat(np.arange(len(texts)), texts.lengths)


def _multi_hot(texts: Ragged, num_words: int) -> NDArray[np.uint8]:
    rows = np.zeros((len(texts), num_words), np.uint8)
    rows[_row_numbers(texts), texts.values] = 1
    return rows


def _padded(
    texts: Ragged, maxlen: int, dtype: np.dtype[np.unsignedinteger]
) -> NDArray[np.unsignedinteger]:
    ends = np.repeat(texts.starts + texts.lengths, texts.lengths)
    columns = maxlen - (ends - np.arange(len(texts.values)))
    kept = columns >= 0
    rows = np.full((len(texts), maxlen), PAD, dtype)
    rows[_row_numbers(texts)[kept], columns[kept]] = texts.values[kept]
    return rows
