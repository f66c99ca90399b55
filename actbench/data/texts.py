"""Texts as inputs of a model: a column for each word, or the words in order."""

import numpy as np
from numpy.typing import NDArray

from actbench.data.arrays import Integers, Ragged

PAD, START, OUT_OF_VOCABULARY, INDEX_FROM = 0, 1, 2, 3  # Keras's conventions


def multi_hot(texts: Ragged, num_words: int) -> NDArray[np.uint8]:
    """One column for each rank, 1 where the word occurs: uint8, shape (rows, num_words).

    >>> multi_hot(Ragged.of([[1, 2, 9]]), num_words=6)
    array([[0, 1, 1, 0, 1, 1]], dtype=uint8)
    """
    marked = _marked(texts, num_words)
    rows = np.zeros((len(texts), num_words), np.uint8)
    rows[_row_numbers(marked), marked.values] = 1
    return rows


def sequences(texts: Ragged, num_words: int, maxlen: int) -> NDArray[np.unsignedinteger]:
    """The ranks in order, the last `maxlen` of them, with zeros in front of shorter texts.

    Returns shape (rows, maxlen) of the smallest unsigned integer type that holds `num_words`.

    >>> sequences(Ragged.of([[1, 2, 9], [1, 1, 1, 1, 2]]), num_words=6, maxlen=5)
    array([[0, 1, 4, 5, 2],
           [4, 4, 4, 4, 5]], dtype=uint8)
    """
    marked = _marked(texts, num_words)
    ends = np.repeat(marked.starts + marked.lengths, marked.lengths)
    columns = maxlen - (ends - np.arange(len(marked.values)))
    kept = columns >= 0
    rows = np.full((len(texts), maxlen), PAD, np.min_scalar_type(num_words))
    rows[_row_numbers(marked)[kept], columns[kept]] = marked.values[kept]
    return rows


def _marked(texts: Ragged, num_words: int) -> Ragged:
    """The texts with a start mark in front, ranks moved up past the marks, rare words marked."""
    values = np.insert(texts.values + INDEX_FROM, texts.starts, START)
    return Ragged(np.where(values < num_words, values, OUT_OF_VOCABULARY), texts.lengths + 1)


def _row_numbers(texts: Ragged) -> Integers:
    return np.repeat(np.arange(len(texts)), texts.lengths)
