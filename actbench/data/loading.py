"""From a name and options to a `Dataset`: find, read, check, split, cut, encode."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from actbench.data import (
    boston_housing,
    california_housing,
    fashion_mnist,
    imdb,
    mnist,
    mnist_5k,
    reuters,
    scikit_learn,
)
from actbench.data.catalogue import CATALOGUE, DatasetInfo, dataset_info
from actbench.data.dataset import Array, Dataset, Split
from actbench.data.download import download
from actbench.data.fingerprint import Arrays, fingerprint
from actbench.data.ragged import Ragged
from actbench.data.sources import Location, locate, missing
from actbench.data.splitting import Part, held_out_rows, shuffle_and_split, training_rows
from actbench.data.tables import Standardiser
from actbench.data.targets import Outline
from actbench.data.text import TextEncoding
from actbench.errors import DataError

_READERS: dict[str, Callable[[Location], Arrays]] = {
    "boston_housing": boston_housing.read,
    "reuters": reuters.read,
    "imdb": imdb.read,
    "mnist": mnist.read,
    "fashion_mnist": fashion_mnist.read,
    "mnist_5k": mnist_5k.read,
    "california_housing": california_housing.read,
    "diabetes": scikit_learn.read_diabetes,
    "digits": scikit_learn.read_digits,
    "wine": scikit_learn.read_wine,
    "breast_cancer": scikit_learn.read_breast_cancer,
}
_SCALES = {"mnist": 1 / 255, "fashion_mnist": 1 / 255, "mnist_5k": 1 / 255, "digits": 1 / 16}


def load(
    name: str,
    *,
    validation: int | float | None = None,
    train_limit: int | None = None,
    num_words: int | None = None,
    encoding: str | None = None,
    maxlen: int | None = None,
    data_dir: Path | None = None,
) -> Dataset:
    """See `actbench.data.load`."""
    info = dataset_info(name)
    text = _text_encoding(info, num_words=num_words, encoding=encoding, maxlen=maxlen)
    held_out = held_out_rows(info.train_rows, validation)
    used = training_rows(info.train_rows - held_out, train_limit)
    location = locate(name, data_dir) or _downloaded(info, data_dir)
    arrays, digest = read(info, location)
    rows, test = _split(info, arrays)
    train = rows.cut(held_out, held_out + used)
    encode = _encoder(info, train, text)
    return Dataset(
        name=name,
        task=info.task,
        classes=info.classes,
        train=encode(train),
        validation=encode(rows.cut(0, held_out)) if held_out else None,
        test=encode(test),
        scale=_SCALES.get(name, 1.0),
        vocabulary=text.vocabulary if text else 0,
        digest=digest,
        origin=location.origin,
    )


def digest(name: str, data_dir: Path | None = None) -> str:
    """See `actbench.data.digest`."""
    info = dataset_info(name)
    location = locate(name, data_dir)
    if location is None:
        raise missing(info, data_dir)
    return read(info, location)[1]


def outline(name: str, data_dir: Path | None = None) -> Outline:
    """See `actbench.data.outline`."""
    info = dataset_info(name)
    location = locate(name, data_dir)
    if location is None:
        raise missing(info, data_dir)
    arrays, found = read(info, location)
    # Inputs are shuffled and cut as their targets are, so the targets stand in for them here.
    alone = {key: arrays[key.replace("x", "y", 1)] for key in arrays}
    train, test = _split(info, alone)
    kind = _target_type(info)
    return Outline(found, train.y.astype(kind), test.y.astype(kind))


def read(info: DatasetInfo, location: Location) -> tuple[Arrays, str]:
    """The source arrays of a data set and their digest, checked against what is known of it.

    Raises:
        DataError: the files are damaged, or hold another data set.
    """
    arrays = _READERS[info.name](location)
    for name, array in arrays.items():
        _check_values(info, name, array, location)
    found = fingerprint(arrays)
    known = {other.arrays_sha256: name for name, other in CATALOGUE.items()}
    if info.arrays_sha256 not in {None, found} or known.get(found, info.name) != info.name:
        raise DataError(
            f"{location.path} is not {info.name}: its arrays have the right shapes, but their"
            f" values are those of {known.get(found, 'something else')} (digest {found[:12]}…).\n"
            "Replace it with a good copy, or remove it."
        )
    return arrays, found


def _check_values(info: DatasetInfo, name: str, array: Array | Ragged, where: Location) -> None:
    if isinstance(array, Ragged):
        wrong = bool(len(array.values)) and int(array.values.min()) < 1
        expected = "word ranks from 1"
    elif name.startswith("y") and info.classes:
        wrong = int(array.min()) < 0 or int(array.max()) >= info.classes
        expected = f"classes from 0 to {info.classes - 1}"
    else:
        wrong, expected = not np.isfinite(array).all(), "finite numbers"
    if wrong:
        raise DataError(f"{where.path} is not {info.name}: expected {expected} in {name!r}")


def _downloaded(info: DatasetInfo, data_dir: Path | None) -> Location:
    if not info.files:
        raise missing(info, data_dir)
    download(info, data_dir)
    found = locate(info.name, data_dir)
    assert found is not None, "a download goes where data sets are looked for"
    return found


def _text_encoding(info: DatasetInfo, **options: int | str | None) -> TextEncoding | None:
    """The encoding of a text; None for other kinds, which take none of its options."""
    given = {key: value for key, value in options.items() if value is not None}
    if info.kind != "text":
        if given:
            raise DataError(
                f"{info.name} is no text: it takes no {', '.join(given)} (only reuters and imdb do)"
            )
        return None
    if "maxlen" in given and given.get("encoding") != "sequence":
        raise DataError(f"maxlen belongs to encoding: sequence; got maxlen={given['maxlen']!r}")
    return TextEncoding(**given)  # type: ignore[arg-type]


def _split(info: DatasetInfo, arrays: Arrays) -> tuple[Part, Part]:
    """Training and test rows: as the source splits them, else shuffled and split 80 to 20."""
    if "x" in arrays:
        return shuffle_and_split(arrays["x"], _flat(arrays["y"]))
    train = Part(arrays["x_train"], _flat(arrays["y_train"]))
    test = Part(arrays["x_test"], _flat(arrays["y_test"]))
    if info.kind == "text":  # Keras shuffles IMDB, which its file holds sorted by label
        return train.shuffled(), test.shuffled()
    return train, test


def _flat(array: Array | Ragged) -> Array:
    assert not isinstance(array, Ragged), "targets are one number a row"
    return array


def _encoder(info: DatasetInfo, train: Part, text: TextEncoding | None) -> Callable[[Part], Split]:
    inputs = _inputs(info, train, text)
    kind = _target_type(info)
    return lambda part: Split(inputs(part.x), part.y.astype(kind))


def _target_type(info: DatasetInfo) -> np.dtype[np.generic]:
    return np.dtype(np.float32 if info.task == "regression" else np.uint8)


def _inputs(
    info: DatasetInfo, train: Part, text: TextEncoding | None
) -> Callable[[Array | Ragged], Array]:
    if text is not None:
        return lambda x: text.encode(x) if isinstance(x, Ragged) else x
    if info.kind == "table":
        standardiser = Standardiser.of(_flat(train.x))
        return lambda x: standardiser.apply(_flat(x))
    return _flat
