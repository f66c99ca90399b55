"""Where the arrays of a data set come from: the places they are looked for in, and reading them."""

import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from actbench.errors import DataError

if TYPE_CHECKING:
    from actbench.data.arrays import Arrays
    from actbench.data.dataset_info import DatasetInfo

KERAS_HOST = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
DATA_DIR_VARIABLE = "ACTBENCH_DATA_DIR"
MIRROR_VARIABLE = "ACTBENCH_DATA_MIRROR"

Place = Literal["data-dir", "ACTBENCH_DATA_DIR", "package", "keras cache", "file"]


@dataclass(frozen=True)
class SourceFile:
    """One downloadable file of a data set: its path below a data folder and its SHA-256."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's own name, which is also its name on the download host."""
        return self.path.rpartition("/")[2]


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


class Source(ABC):
    """Where a data set comes from: a new kind of source is a subclass.

    `files` are those that can be downloaded.
    """

    files: tuple[SourceFile, ...] = ()

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """The facts as plain values, for programs."""

    @abstractmethod
    def locate(self, data_dir: Path | None = None) -> Location | None:
        """Where the data set would be read from; None if it is not on this machine.

        Raises:
            DataError: `data_dir` is not a folder, or a folder may not be read.
        """

    @abstractmethod
    def missing(self, name: str, data_dir: Path | None = None, reason: str = "") -> DataError:
        """The error for a data set that is nowhere: where it was looked for, and how to get it."""

    @abstractmethod
    def read(self, info: "DatasetInfo", location: Location) -> "tuple[Arrays, str]":
        """The arrays as the source holds them, and their digest; both are checked.

        Raises:
            DataError: the files are damaged, or hold another data set.
        """


@dataclass(frozen=True, kw_only=True)
class Published(Source):
    """A set that others publish: files to download, a file in an installed package, or both.

    `files` are looked for in data folders and read by `reader`. `package` is the package that
    ships it, as a person installs it; `package_file`, a path below the package's parent folder, is
    read by `package_reader`. Readers are named as in `actbench.data.readers.READERS`. `instead`
    names similar sets that need no download.
    """

    files: tuple[SourceFile, ...] = ()
    reader: str = "keras_npz"
    package: str | None = None
    package_file: str = ""
    package_reader: str = "table"
    instead: tuple[str, ...] = ()

    @property
    def file(self) -> str | None:
        """The file, or the folder of several files, that is looked for in data folders."""
        return self.files[0].path.partition("/")[0] if self.files else None

    def facts(self) -> dict[str, Any]:
        """`url` is where Keras downloads from; of several files it is the folder."""
        only = self.files[0] if len(self.files) == 1 else None
        return {
            "files": [{"path": part.path, "sha256": part.sha256} for part in self.files],
            "package": self.package,
            "instead": self.instead,
            "file": self.file,
            "bundled": self.package is not None,
            "url": KERAS_HOST + (only.name if only else "") if self.files else None,
            "sha256": only.sha256 if only else None,
        }

    def locate(self, data_dir: Path | None = None) -> Location | None:
        """Look in `data_dir`, in the folder of ACTBENCH_DATA_DIR, the package, Keras's cache."""
        if data_dir is not None and not data_dir.is_dir():
            raise DataError(
                f"the data folder {data_dir} is not a folder; create it or name another"
            )
        locations = [self._in_folder(kind, folder) for kind, folder in _folders(data_dir).items()]
        locations.insert(-1, self._in_package())  # the last folder is Keras's cache
        return next(filter(None, locations), None)

    def missing(self, name: str, data_dir: Path | None = None, reason: str = "") -> DataError:
        """Where the set was looked for, and three ways to get it."""
        if self.file is None:
            return DataError(
                f"{name} should come with the package {self.package}, but its file is not there:"
                f" install {self.package} again"
            )
        places = ", ".join(f"{folder} ({kind})" for kind, folder in _folders(data_dir).items())
        files, place, given = self.file, self.file, "FILE"
        if len(self.files) > 1:
            files = "the files " + ", ".join(part.name for part in self.files)
            place, given = f"the folder {self.file}", "FOLDER"
        copy = "a copy"
        if name == "reuters":
            copy += ", or on the original Reuters-21578 text files (their folder or .tar.gz)"
        instead = f"\nAlready here, but another data set: {', '.join(self.instead)}."
        return DataError(
            f"{name} is not here: looked for {self.file} in {places}.{reason}\n"
            "Three ways to get it:\n"
            f"  1. set {MIRROR_VARIABLE} to the address of a mirror that has {files},"
            f" and run `actbench data fetch {name}`;\n"
            f"  2. put {place} into a folder, and name that with --data-dir or"
            f" {DATA_DIR_VARIABLE};\n"
            f"  3. run `actbench data import {name} {given}` on {copy}."
            + (instead if self.instead else "")
        )

    def read(self, info: "DatasetInfo", location: Location) -> "tuple[Arrays, str]":
        """Read the package's file or the downloaded ones."""
        from actbench.data.readers import read_published

        reader = self.package_reader if location.kind == "package" else self.reader
        return read_published(info, location.path, reader)

    def _in_folder(self, kind: Place, folder: Path) -> Location | None:
        try:
            present = all((folder / part.path).is_file() for part in self.files)
        except PermissionError as error:
            raise DataError(f"cannot look into {folder} ({error.strerror})") from error
        return Location(kind, folder / self.file) if self.file and present else None

    def _in_package(self) -> Location | None:
        package, _, file = self.package_file.partition("/")
        spec = find_spec(package) if package else None
        folders = spec.submodule_search_locations if spec else None
        paths = [Path(folder) / file for folder in folders or ()]
        return next((Location("package", path) for path in paths if path.is_file()), None)


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
