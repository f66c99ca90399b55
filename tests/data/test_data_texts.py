"""Texts: Reuters as Keras's loader gives it, IMDB's file layout, both encodings."""

from pathlib import Path

import numpy as np
import pytest

from actbench import data
from actbench.data import CATALOGUE, DatasetRequest
from actbench.data.arrays import Ragged
from actbench.data.texts import multi_hot, sequences
from actbench.errors import DataError


def keras_formula(shared: Path, num_words: int) -> tuple[list[list[int]], list[int]]:
    """Reuters as `keras.datasets.reuters.load_data` makes it, word by word."""
    with np.load(shared / "reuters.npz", allow_pickle=True) as file:  # trusted: a test's own file
        texts, labels = file["x"], file["y"]
    order = np.arange(len(texts))
    np.random.RandomState(113).shuffle(order)
    shifted = [[1] + [word + 3 for word in texts[row]] for row in order]
    return [[w if w < num_words else 2 for w in text] for text in shifted], labels[order].tolist()


def test_reuters_is_what_keras_loads(shared_datasets: Path) -> None:
    texts, labels = keras_formula(shared_datasets, 1000)
    wires = data.load(DatasetRequest(CATALOGUE["reuters"], num_words=1000), shared_datasets)
    assert wires.train.y[:10].tolist() == [3, 4, 3, 4, 4, 4, 4, 3, 3, 16]
    assert wires.train.y.tolist() == labels[:8982]
    assert wires.test.y.tolist() == labels[8982:]
    assert wires.train.x.shape == (8982, 1000)
    assert wires.train.x.dtype == np.uint8
    assert wires.vocabulary == 0
    for row in [*range(50), 8981]:
        assert np.flatnonzero(wires.train.x[row]).tolist() == sorted(set(texts[row]))


def test_reuters_sequences_are_what_keras_pads(shared_datasets: Path) -> None:
    texts, _ = keras_formula(shared_datasets, 300)
    wires = data.load(
        DatasetRequest(CATALOGUE["reuters"], num_words=300, encoding="sequence", maxlen=80),
        shared_datasets,
    )
    assert wires.vocabulary == 300
    assert wires.test.x.shape == (2246, 80)
    assert wires.test.x.dtype == np.uint16
    for row in range(2246):
        text = texts[8982 + row][-80:]
        assert wires.test.x[row].tolist() == [0] * (80 - len(text)) + text


def test_validation_is_the_first_thousand_wires(shared_datasets: Path) -> None:
    whole = data.load(DatasetRequest(CATALOGUE["reuters"], num_words=50), shared_datasets)
    cut = data.load(
        DatasetRequest(CATALOGUE["reuters"], num_words=50, validation=1000), shared_datasets
    )
    assert cut.validation is not None
    np.testing.assert_array_equal(cut.validation.x, whole.train.x[:1000])
    np.testing.assert_array_equal(cut.train.x, whole.train.x[1000:])
    assert cut.digest == whole.digest


@pytest.mark.parametrize(
    ("num_words", "dtype"), [(255, "uint8"), (256, "uint16"), (65535, "uint16"), (65536, "uint32")]
)
def test_sequences_take_the_smallest_type(num_words: int, dtype: str) -> None:
    assert sequences(Ragged.of([[1]]), num_words, maxlen=200).dtype == dtype


def test_empty_texts_hold_the_start_mark_alone() -> None:
    texts = Ragged.of([[], [1], []])
    empty, one = [0, 1, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 1, 0, 0, 0]
    assert multi_hot(texts, num_words=8).tolist() == [empty, one, empty]
    assert sequences(texts, num_words=8, maxlen=3).tolist() == [[0, 0, 1], [0, 1, 4], [0, 0, 1]]


@pytest.fixture
def imdb_folder(tmp_path: Path) -> Path:
    """A file in the layout of Keras's imdb.npz: 25,000 made-up texts in each half."""
    texts = np.empty(25_000, dtype=object)
    texts[:] = [[1 + row % 7, 2 + row % 1000] for row in range(25_000)]
    labels = np.arange(25_000) % 2
    path = tmp_path / "imdb.npz"
    np.savez(path, x_train=texts, y_train=labels, x_test=texts[::-1], y_test=1 - labels)
    return tmp_path


def test_imdb_shuffles_each_half_as_keras_does(imdb_folder: Path) -> None:
    imdb = data.load(
        DatasetRequest(CATALOGUE["imdb"], encoding="sequence", num_words=500, maxlen=3), imdb_folder
    )
    order = np.arange(25_000)
    np.random.RandomState(113).shuffle(order)
    row = int(order[0])
    rare = 5 + row % 1000
    assert imdb.train.x[0].tolist() == [1, 4 + row % 7, rare if rare < 500 else 2]
    assert imdb.train.y[:50].tolist() == (order[:50] % 2).tolist()
    assert imdb.test.y[:50].tolist() == (1 - order[:50] % 2).tolist()
    assert (imdb.task, imdb.classes, len(imdb.test)) == ("binary", 2, 25_000)


def test_ragged_rows_are_bounded_and_hold_integers() -> None:
    long = [1] * 1000
    with pytest.raises(DataError, match="at most 5000 integers in all rows, got 100000"):
        Ragged.of([long] * 100, limit=5000)
    with pytest.raises(DataError, match="expected only integers"):
        Ragged.of([[1, 2.5]])  # type: ignore[list-item]
    with pytest.raises(DataError, match="a list of integers in every row"):
        Ragged.of([[1], 2])  # type: ignore[list-item]
    with pytest.raises(DataError, match="at most 64 bits"):
        Ragged.of([[10**30]])
