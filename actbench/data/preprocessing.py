"""From the inputs of a source to the inputs of a model.

Tables are standardised, texts become multi-hot rows or sequences of one length, and images stay
as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actbench.data.arrays import Array, Integers, Ragged, flat
from actbench.data.dataset_info import MAXLEN, NUM_WORDS, DatasetInfo, DatasetRequest
from actbench.errors import DataError

PAD, START, OUT_OF_VOCABULARY, INDEX_FROM = 0, 1, 2, 3  # Keras's conventions
MAX_WORDS = 100_000
MAX_LENGTH = 10_000


def preprocessing(
    info: DatasetInfo, text: "TextEncoding | None", training_inputs: Array | Ragged
) -> Callable[[Array | Ragged], Array]:
    """The function that turns inputs of the source into inputs of a model.

    Everything it learns from rows, it learns from `training_inputs`.
    """
    if text is not None:
        return lambda x: text.encode(x) if isinstance(x, Ragged) else x
    if info.kind == "table":
        standardise = standardisation(flat(training_inputs))
        return lambda x: standardise(flat(x))
    return flat


def standardisation(training_inputs: Array) -> Callable[[Array], NDArray[np.float32]]:
    """The function that standardises rows: float32, shape (rows, columns).

    Each column is centred on the mean of `training_inputs` and divided by their population
    standard deviation; a constant column is divided by 1.

    >>> standardisation(np.array([[1.0, 7.0], [3.0, 7.0]]))(np.array([[5.0, 7.0]]))
    array([[3., 0.]], dtype=float32)
    """
    values = training_inputs.astype(np.float64)
    constant = values.max(axis=0) == values.min(axis=0)
    mean = np.where(constant, values[0], values.mean(axis=0))
    deviation = np.where(constant, 1.0, values.std(axis=0))
    return lambda rows: ((rows.astype(np.float64) - mean) / deviation).astype(np.float32)


@dataclass(frozen=True)
class TextEncoding:
    """How a text becomes a row of numbers.

    `num_words`: ranks at or above it become the mark for rare words. `encoding`: "multi_hot"
    (one column for each rank, 1 where the word occurs) or "sequence" (the ranks in order, the
    last `maxlen` of them, zeros in front of shorter texts).
    """

    num_words: int = NUM_WORDS
    encoding: str = "multi_hot"
    maxlen: int = MAXLEN

    def __post_init__(self) -> None:
        if self.encoding not in {"multi_hot", "sequence"}:
            raise DataError(f"encoding must be multi_hot or sequence, got {self.encoding!r}")
        _check_range("num_words", self.num_words, INDEX_FROM + 1, MAX_WORDS)
        _check_range("maxlen", self.maxlen, 1, MAX_LENGTH)

    @classmethod
    def of(cls, request: DatasetRequest) -> "TextEncoding | None":
        """The encoding that a request names; None if the data set holds no texts.

        Raises:
            DataError: an option is out of range.
        """
        if request.info.kind != "text":
            return None
        return cls(request.num_words, request.encoding, request.maxlen)

    @property
    def vocabulary(self) -> int:
        """The number of distinct ranks of a sequence; 0 for multi-hot rows."""
        return self.num_words if self.encoding == "sequence" else 0

    def encode(self, texts: Ragged) -> NDArray[np.unsignedinteger]:
        """Rows of numbers from texts whose words are ranks from 1.

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


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise DataError(f"{name} must be a whole number from {low} to {high}, got {value!r}")


def _marked(texts: Ragged, num_words: int) -> Ragged:
    """The texts with a start mark in front, ranks moved up past the marks, rare words marked."""
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
