"""What `load` returns: known values, splits, options, and the errors of options that do not fit."""

from pathlib import Path

import numpy as np
import pytest

from actbench import data
from actbench.errors import DataError


def test_boston_is_split_as_keras_splits_it() -> None:
    boston = data.load("boston_housing")
    assert boston.train.y[:5].tolist() == np.float32([15.2, 42.3, 50.0, 21.1, 17.7]).tolist()
    # Targets whose distance from 1 bounds every output of at most 1 (the test split's own).
    assert np.abs(boston.test.y - 1).mean() == pytest.approx(22.078431)


def test_boston_is_the_same_from_package_and_file(shared_datasets: Path) -> None:
    bundled = data.load("boston_housing")
    keras = data.load("boston_housing", data_dir=shared_datasets)
    assert bundled.origin.startswith("package: ")
    assert keras.origin == "data-dir: boston_housing.npz"
    assert bundled.digest == keras.digest
    np.testing.assert_array_equal(bundled.train.x, keras.train.x)


@pytest.mark.parametrize(
    "options", [{}, {"validation": 100}, {"validation": 0.5, "train_limit": 9}]
)
def test_tables_are_standardised_by_the_rows_trained_on(options: dict[str, int]) -> None:
    wine = data.load("wine", **options)
    assert wine.train.x.dtype == np.float32
    np.testing.assert_allclose(wine.train.x.mean(axis=0, dtype=float), 0, atol=1e-5)
    np.testing.assert_allclose(wine.train.x.std(axis=0, dtype=float), 1, atol=1e-5)


def test_first_rows_validate_and_the_limit_keeps_the_first_of_the_rest() -> None:
    whole = data.load("digits")
    cut = data.load("digits", validation=100, train_limit=50)
    assert cut.validation is not None
    np.testing.assert_array_equal(cut.validation.x, whole.train.x[:100])
    np.testing.assert_array_equal(cut.train.x, whole.train.x[100:150])
    np.testing.assert_array_equal(cut.train.y, whole.train.y[100:150])
    np.testing.assert_array_equal(cut.test.x, whole.test.x)
    assert cut.digest == whole.digest


def test_fraction_is_of_the_training_rows() -> None:
    wine = data.load("wine", validation=0.5)
    assert wine.validation is not None
    assert (len(wine.validation), len(wine.train)) == (71, 71)


@pytest.mark.parametrize(("fraction", "rows"), [(0.2, 28), (0.25, 36), (0.26, 37), (0.996, 141)])
def test_fraction_gives_the_nearest_number_of_rows(fraction: float, rows: int) -> None:
    """Of 142: 28.4, 35.5, 36.92 and 141.432."""
    wine = data.load("wine", validation=fraction)
    targets = data.outline("wine").targets(validation=fraction)
    assert wine.validation is not None
    assert targets.validation is not None
    assert (len(wine.validation), len(wine.train)) == (rows, 142 - rows)
    assert (len(targets.validation), len(targets.train)) == (rows, 142 - rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"validation": 142}, "below the 142 training rows.*got 142"),
        ({"validation": 1.0}, "fraction below 1.*got 1.0"),
        ({"validation": -3}, "got -3"),
        ({"validation": True}, "got True"),
        ({"validation": 0.001}, "less than one row"),
        ({"validation": 0.999}, "below the 142 training rows.*got 0.999"),
        ({"train_limit": 143}, "from 1 to 142.*got 143"),
        ({"validation": 100, "train_limit": 43}, "from 1 to 42.*got 43"),
        ({"train_limit": 0}, "got 0"),
        ({"train_limit": 1.5}, "got 1.5"),
        ({"num_words": 100}, "wine is no text: it takes no num_words"),
        ({"encoding": "sequence", "maxlen": 5}, "it takes no encoding, maxlen"),
    ],
)
def test_options_that_do_not_fit_say_the_numbers(options: dict[str, int], message: str) -> None:
    with pytest.raises(DataError, match=message):
        data.load("wine", **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoding": "bag"}, "must be multi_hot or sequence, got 'bag'"),
        ({"num_words": 3}, "num_words must be a whole number from 4"),
        ({"num_words": 10**9}, "num_words must be a whole number from 4 to 100000"),
        ({"num_words": "many"}, "got 'many'"),
        ({"maxlen": 100}, "maxlen belongs to encoding: sequence"),
        ({"encoding": "sequence", "maxlen": 0}, "maxlen must be a whole number from 1"),
    ],
)
def test_text_options_are_checked_before_anything_is_looked_for(
    options: dict[str, int], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        data.load("imdb", **options)


def test_scikit_learn_sets_are_what_scikit_learn_returns() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    from actbench.data import scikit_learn
    from actbench.data.sources import locate

    readers = {
        "diabetes": (scikit_learn.read_diabetes, datasets.load_diabetes(scaled=False)),
        "digits": (scikit_learn.read_digits, datasets.load_digits()),
        "wine": (scikit_learn.read_wine, datasets.load_wine()),
        "breast_cancer": (scikit_learn.read_breast_cancer, datasets.load_breast_cancer()),
    }
    for name, (read, bunch) in readers.items():
        location = locate(name)
        assert location is not None
        arrays = read(location)
        np.testing.assert_array_equal(arrays["x"].reshape(len(bunch.data), -1), bunch.data)
        np.testing.assert_array_equal(arrays["y"], bunch.target)


def test_mnist_5k_holds_500_of_each_digit() -> None:
    digits = data.load("mnist_5k")
    labels = np.concatenate([digits.train.y, digits.test.y])
    assert np.bincount(labels).tolist() == [500] * 10
    assert digits.train.x.dtype == np.uint8
    assert digits.train.x.max() * digits.scale == 1.0


def test_every_image_of_mnist_5k_is_one_of_mnist(shared_datasets: Path) -> None:
    small = data.load("mnist_5k")
    large = data.load("mnist", data_dir=shared_datasets)
    known = {
        image.tobytes(): label for image, label in zip(large.train.x, large.train.y, strict=True)
    }
    assert all(known[x.tobytes()] == y for x, y in zip(small.test.x, small.test.y, strict=True))


def test_mnist_is_the_published_one(shared_datasets: Path) -> None:
    from hashlib import md5

    mnist = data.load("mnist", data_dir=shared_datasets)
    header = bytes.fromhex("00000803 00002710 0000001c 0000001c")
    # MD5 of the raw t10k-images-idx3-ubyte.
    assert md5(header + mnist.test.x.tobytes()).hexdigest() == "2646ac647ad5339dbf082846283269ea"
    assert mnist.train.y[:5].tolist() == [5, 0, 4, 1, 9]
