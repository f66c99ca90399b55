"""What `load` returns: known values, splits, options, and the errors of options that do not fit."""

from pathlib import Path

import numpy as np
import pytest

from actbench import data
from actbench.data import CATALOGUE, DatasetRequest
from actbench.data.source import Published, SourceFile


def test_boston_is_split_as_keras_splits_it() -> None:
    boston = data.load(DatasetRequest(CATALOGUE["boston_housing"]))
    assert boston.train.y[:5].tolist() == np.float32([15.2, 42.3, 50.0, 21.1, 17.7]).tolist()
    # Targets whose distance from 1 bounds every output of at most 1 (the test split's own).
    assert np.abs(boston.test.y - 1).mean() == pytest.approx(22.078431)


def test_boston_is_the_same_from_package_and_file(shared_datasets: Path) -> None:
    bundled = data.load(DatasetRequest(CATALOGUE["boston_housing"]))
    keras = data.load(DatasetRequest(CATALOGUE["boston_housing"]), shared_datasets)
    assert bundled.origin.startswith("package: ")
    assert keras.origin == "data-dir: boston_housing.npz"
    assert bundled.digest == keras.digest
    np.testing.assert_array_equal(bundled.train.x, keras.train.x)


@pytest.mark.parametrize(
    "options", [{}, {"validation": 100}, {"validation": 0.5, "train_limit": 9}]
)
def test_tables_are_standardised_by_the_rows_trained_on(options: dict[str, int]) -> None:
    wine = data.load(DatasetRequest(CATALOGUE["wine"], **options))
    assert wine.train.x.dtype == np.float32
    np.testing.assert_allclose(wine.train.x.mean(axis=0, dtype=float), 0, atol=1e-5)
    np.testing.assert_allclose(wine.train.x.std(axis=0, dtype=float), 1, atol=1e-5)


def test_first_rows_validate_and_the_limit_keeps_the_first_of_the_rest() -> None:
    whole = data.load(DatasetRequest(CATALOGUE["digits"]))
    cut = data.load(DatasetRequest(CATALOGUE["digits"], validation=100, train_limit=50))
    assert cut.validation is not None
    np.testing.assert_array_equal(cut.validation.x, whole.train.x[:100])
    np.testing.assert_array_equal(cut.train.x, whole.train.x[100:150])
    np.testing.assert_array_equal(cut.train.y, whole.train.y[100:150])
    np.testing.assert_array_equal(cut.test.x, whole.test.x)
    assert cut.digest == whole.digest


def test_fraction_is_of_the_training_rows() -> None:
    wine = data.load(DatasetRequest(CATALOGUE["wine"], validation=0.5))
    assert wine.validation is not None
    assert (len(wine.validation), len(wine.train)) == (71, 71)


def test_scikit_learn_sets_are_what_scikit_learn_returns() -> None:
    datasets = pytest.importorskip("sklearn.datasets")

    bunches = {
        "diabetes": datasets.load_diabetes(scaled=False),
        "digits": datasets.load_digits(),
        "wine": datasets.load_wine(),
        "breast_cancer": datasets.load_breast_cancer(),
    }
    for name, bunch in bunches.items():
        location = CATALOGUE[name].source.locate()
        assert location is not None
        arrays, _ = CATALOGUE[name].source.read(CATALOGUE[name], location)
        np.testing.assert_array_equal(arrays["x"].reshape(len(bunch.data), -1), bunch.data)
        np.testing.assert_array_equal(arrays["y"], bunch.target)


def test_mnist_5k_holds_500_of_each_digit() -> None:
    digits = data.load(DatasetRequest(CATALOGUE["mnist_5k"]))
    labels = np.concatenate([digits.train.y, digits.test.y])
    assert np.bincount(labels).tolist() == [500] * 10
    assert digits.train.x.dtype == np.uint8
    assert digits.train.x.max() * digits.scale == 1.0


def test_every_image_of_mnist_5k_is_one_of_mnist(shared_datasets: Path) -> None:
    small = data.load(DatasetRequest(CATALOGUE["mnist_5k"]))
    large = data.load(DatasetRequest(CATALOGUE["mnist"]), shared_datasets)
    known = {
        image.tobytes(): label for image, label in zip(large.train.x, large.train.y, strict=True)
    }
    assert all(known[x.tobytes()] == y for x, y in zip(small.test.x, small.test.y, strict=True))


def test_mnist_is_the_published_one(shared_datasets: Path) -> None:
    from hashlib import md5

    mnist = data.load(DatasetRequest(CATALOGUE["mnist"]), shared_datasets)
    header = bytes.fromhex("00000803 00002710 0000001c 0000001c")
    # MD5 of the raw t10k-images-idx3-ubyte.
    assert md5(header + mnist.test.x.tobytes()).hexdigest() == "2646ac647ad5339dbf082846283269ea"
    assert mnist.train.y[:5].tolist() == [5, 0, 4, 1, 9]


def test_a_data_set_outside_the_catalogue_is_loaded_by_its_facts(tmp_path: Path) -> None:
    rows = np.arange(40.0).reshape(10, 4)
    np.savez(tmp_path / "own.npz", x=rows, y=rows.sum(axis=1))
    own = data.DatasetInfo(
        name="own",
        title="A table of one's own",
        task="regression",
        classes=0,
        train_rows=8,
        test_rows=2,
        input_shape=(4,),
        kind="table",
        source=Published(files=(SourceFile("own.npz", sha256=""),)),
    )
    loaded = data.load(DatasetRequest(own, validation=0.25), tmp_path)
    assert [len(part) for part in (loaded.train, loaded.validation or (), loaded.test)] == [6, 2, 2]
    assert loaded.validation is not None
    targets = np.concatenate([loaded.validation.y, loaded.train.y, loaded.test.y])
    assert sorted(targets.tolist()) == rows.sum(axis=1).tolist()
    assert loaded.digest == data.outline(own, tmp_path).digest
