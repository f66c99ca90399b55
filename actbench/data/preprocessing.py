"""From the inputs of a source to the inputs of a model."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actbench.data.arrays import Array, Integers, Ragged, flat
from actbench.data.dataset_info import DatasetRequest

PAD, START, OUT_OF_VOCABULARY, INDEX_FROM = 0, 1, 2, 3  # Keras's conventions


def preprocessing(
    request: DatasetRequest, training_inputs: Array | Ragged
) -> Callable[[Any], Array]:
    """The function that turns inputs of the source into inputs of a model.

    Tables are standardised, texts become multi-hot rows or sequences, and images stay as they are.
    Everything the function learns from rows, it learns from `training_inputs`.
    """
    if request.info.kind == "table":
        return standardisation(flat(training_inputs))
    if request.info.kind == "image":
        return lambda images: images
    if request.encoding == "sequence":
        return partial(sequences, num_words=request.num_words, maxlen=request.maxlen)
    return partial(multi_hot, num_words=request.num_words)


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
