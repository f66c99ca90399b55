"""Loading a data set: find its files, read and check them, split the rows, preprocess."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from actbench.data.arrays import (
    Array,
    Arrays,
    Integers,
    all_rows,
    arrays_sha256,
    flat,
    release_memory,
)
from actbench.data.dataset_info import DatasetInfo, DatasetRequest
from actbench.data.download import fetch
from actbench.data.preparation import TargetUnit, byte_scale, preparation
from actbench.data.source import Location
from actbench.data.splits import split_rows


@dataclass(frozen=True)
class Rows:
    """Some rows of a data set, such as its training rows.

    `x`: inputs, shape (rows, *input_shape). Multi-hot rows stay `uint8`, and so do images, unless
    `scale` is "standard" or "minmax"; word ranks stay integers; all else is `float32`. `y`:
    targets, shape (rows,); `float32` for a regression, class numbers from 0 (`uint8`) otherwise.
    """

    x: Array
    y: Array

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Dataset:
    """One data set, split and ready to train on.

    `task` is "regression", "binary" or "multiclass"; `classes` is the number of classes (0 for a
    regression). `scale` is what a `uint8` input is multiplied by inside the model (1/255 for
    images, 1 for multi-hot rows), so that the arrays stay small. `vocabulary` is the number of
    distinct word ranks of a sequence (0 elsewhere). `digest` is the SHA-256 over the source's
    arrays before any option was applied; `origin` says where the bytes came from. `unit` is that of
    the targets that the model sees, where they are scaled; those of `Rows` never are.
    """

    name: str
    task: str
    classes: int
    train: Rows
    validation: Rows | None
    test: Rows
    scale: float
    vocabulary: int
    digest: str
    origin: str
    unit: TargetUnit | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one row of inputs."""
        return self.train.x.shape[1:]


@dataclass(frozen=True)
class Targets:
    """The targets of each part, as in its `Rows.y`, and their `unit` as in `Dataset`."""

    train: Array
    validation: Array | None
    test: Array
    unit: TargetUnit | None = None

    @property
    def rows(self) -> tuple[int, int, int]:
        """How many rows are trained on, validated on and tested on."""
        return (
            len(self.train),
            0 if self.validation is None else len(self.validation),
            len(self.test),
        )


@dataclass(frozen=True)
class Outline:
    """A data set without its inputs.

    `digest` is that of `Dataset`. `y` holds the targets of all rows, shape (rows,), in the order
    of the source; `by` what the rows of a user's file are split by, if not by chance.
    """

    digest: str
    y: Array = field(compare=False)
    by: Array | None = field(default=None, compare=False)

    @classmethod
    def of(cls, info: DatasetInfo, arrays: Arrays, digest: str | None = None) -> "Outline":
        """The outline of what a source holds."""
        return cls(digest or arrays_sha256(arrays), _targets(info, arrays), _by(arrays))

    def targets(self, request: DatasetRequest) -> Targets:
        """The targets of the parts that `load` makes of this request."""
        split = split_rows(request, self.y, self.by)
        validation = self.y[split.validation] if request.validation_rows else None
        train = self.y[split.train]
        return Targets(train, validation, self.y[split.test], _unit(request, train))


def load(request: DatasetRequest, data_dir: Path | None = None) -> Dataset:
    """Load a data set, ready to train on. It is downloaded if it is not on this machine.

    Raises:
        DataError: the data set is missing or damaged.

    >>> from actbench.data import from_catalogue
    >>> wine = load(DatasetRequest(from_catalogue("wine"), validation=0.25))
    >>> len(wine.train), len(wine.validation), len(wine.test), wine.input_shape
    (106, 36, 36, (13,))
    """
    return loader(request.info, data_dir)(request)


def loader(info: DatasetInfo, data_dir: Path | None = None) -> Callable[[DatasetRequest], Dataset]:
    """Read a data set, and return a function from a request for it to the `Dataset`.

    The function reads no file, so that it can be pickled and sent to another machine.

    Raises:
        DataError: the data set is missing or damaged.
    """
    if info.source.locate(data_dir) is None:
        fetch(info, data_dir)
    location, arrays, digest = _read_local(info, data_dir)
    return _Loader(location.origin, arrays, digest)


@dataclass(frozen=True, repr=False)
class _Loader:
    """What `loader` returns: the arrays of a source, and how a request becomes a `Dataset`."""

    origin: str
    arrays: Arrays
    digest: str

    def __call__(self, request: DatasetRequest) -> Dataset:
        dataset = _prepared(request, self.origin, self.arrays, self.digest)
        release_memory()
        return dataset


def _prepared(request: DatasetRequest, origin: str, arrays: Arrays, digest: str) -> Dataset:
    info = request.info
    y = _targets(info, arrays)
    split = split_rows(request, y, _by(arrays))
    prepare = preparation(request, all_rows(arrays, "x"), split.train)

    def part(rows: Integers) -> Rows:
        return Rows(prepare(rows), y[rows])

    return Dataset(
        name=info.name,
        task=info.task,
        classes=info.classes,
        train=part(split.train),
        validation=part(split.validation) if len(split.validation) else None,
        test=part(split.test),
        scale=byte_scale(request),
        vocabulary=request.vocabulary,
        digest=digest,
        origin=origin,
        unit=_unit(request, y[split.train]),
    )


def outline(info: DatasetInfo, data_dir: Path | None = None) -> Outline:
    """The digest and the targets of a data set, without its inputs. Downloads nothing.

    Raises:
        DataError: the data set is missing or damaged.
    """
    _, arrays, digest = _read_local(info, data_dir)
    outline = Outline.of(info, arrays, digest)
    del arrays
    release_memory()
    return outline


def _read_local(info: DatasetInfo, data_dir: Path | None) -> tuple[Location, Arrays, str]:
    location = info.source.locate(data_dir)
    if location is None:
        raise info.source.missing(info.name, data_dir)
    return location, *info.source.read(info, location)


def _unit(request: DatasetRequest, training_targets: Array) -> TargetUnit | None:
    scale = request.target_scale
    return None if scale is None else TargetUnit.of(training_targets, scale)


def _by(arrays: Arrays) -> Array | None:
    return flat(arrays["by"]) if "by" in arrays else None


def _targets(info: DatasetInfo, arrays: Arrays) -> Array:
    return flat(all_rows(arrays, "y")).astype("float32" if info.task == "regression" else "uint8")
