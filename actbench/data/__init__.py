"""Data sets: where the bytes come from, arrays, task, split and digest.

Importing this package imports no NumPy; what needs it is imported when it is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from actbench.data.catalogue import CATALOGUE, DatasetInfo, dataset_info, validation_rows
from actbench.data.sources import Location, locate

if TYPE_CHECKING:
    from actbench.data.dataset import Dataset
    from actbench.data.targets import Outline

__all__ = [
    "CATALOGUE",
    "DatasetInfo",
    "Location",
    "dataset_info",
    "digest",
    "fetch",
    "import_files",
    "load",
    "locate",
    "outline",
    "validation_rows",
]


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
    """Load a data set, ready to train on; it is downloaded if it is not on this machine.

    The first `validation` training rows (a number, or a fraction of them to the
    nearest row) become the validation
    set; `train_limit` keeps the first so many of the rest. Tables are standardised with the mean
    and the standard deviation of the rows that are trained on. `num_words` (default 10000),
    `encoding` ("multi_hot", the default, or "sequence") and `maxlen` (of a sequence, default
    200) belong to texts.

    Raises:
        DataError: the data set is missing or damaged, or an option does not fit it.

    >>> wine = load("wine", validation=0.25)
    >>> len(wine.train), len(wine.validation), len(wine.test), wine.input_shape
    (106, 36, 36, (13,))
    """
    from actbench.data import loading

    return loading.load(
        name,
        validation=validation,
        train_limit=train_limit,
        num_words=num_words,
        encoding=encoding,
        maxlen=maxlen,
        data_dir=data_dir,
    )


def digest(name: str, data_dir: Path | None = None) -> str:
    """SHA-256 (64 hex digits) over the source arrays, whatever file or package they come in.

    Downloads nothing, and does not depend on any option of `load`.

    Raises:
        DataError: the data set is missing or damaged.
    """
    from actbench.data import loading

    return loading.digest(name, data_dir)


def outline(name: str, data_dir: Path | None = None) -> Outline:
    """The digest and the targets of a data set, its inputs left aside.

    Downloads nothing.

    Raises:
        DataError: the data set is missing or damaged.

    >>> targets = outline("wine").targets(validation=0.25)
    >>> len(targets.train), len(targets.validation), len(targets.test)
    (106, 36, 36)
    """
    from actbench.data import loading

    return loading.outline(name, data_dir)


def fetch(name: str, data_dir: Path | None = None) -> Path:
    """Make a data set present: where it is, downloaded if it was not on this machine.

    Downloads go to `data_dir`, else to the folder that ACTBENCH_DATA_DIR names, else to Keras's
    cache.

    Raises:
        DataError: it cannot be downloaded; the message says what to do next.
    """
    from actbench.data import download

    return download.fetch(name, data_dir)


def import_files(name: str, path: Path, data_dir: Path | None = None) -> Path:
    """Check files that the user has and put them where data sets are looked for.

    `path` is the file that Keras downloads (for fashion_mnist, the folder of its four files); for
    reuters also the folder or tar archive of the original Reuters-21578 texts. The files go to
    `data_dir`, else to the folder that ACTBENCH_DATA_DIR names, else to Keras's cache.

    Raises:
        DataError: the files are damaged or hold another data set; nothing was put in place.
    """
    from actbench.data import importing

    return importing.import_files(name, path, data_dir)
