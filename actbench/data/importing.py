"""`actbench data import`: a user's files, checked and put where data sets are looked for."""

import shutil
from pathlib import Path

import numpy as np

from actbench.data import reuters21578
from actbench.data.dataset import read
from actbench.data.dataset_info import DatasetInfo
from actbench.data.readers import reading
from actbench.data.storage import Location, destination, draft_folder
from actbench.errors import DataError


def import_files(info: DatasetInfo, path: Path, data_dir: Path | None = None) -> Path:
    """Check a user's files and put them where data sets are looked for; return where that is.

    `path` is the file that Keras downloads (for fashion_mnist, the folder of its four files); for
    reuters also the folder or tar archive of the original Reuters-21578 texts. The files go to
    `data_dir`, else to the folder that ACTBENCH_DATA_DIR names, else to Keras's cache.

    Raises:
        DataError: the files are damaged or hold another data set; nothing was put in place.
    """
    if info.file is None:
        raise DataError(
            f"{info.name} comes with the package {info.package}: there is nothing to import"
        )
    if not path.exists():
        raise DataError(f"there is no file or folder {path}")
    folder = destination(data_dir)
    with draft_folder(folder, info.files) as draft:
        _gather(info, path, draft)
        gathered = draft / info.file
        try:
            read(info, Location("data-dir", gathered))
        except DataError as error:
            reason = str(error).replace(str(gathered), str(path))
            raise DataError(f"not imported: {reason}") from error
    return folder / info.file


def _gather(info: DatasetInfo, path: Path, draft: Path) -> None:
    """Copy the files of `info` to `draft`, under the paths they have in a data folder."""
    if info.name == "reuters" and (path.is_dir() or not _is_zip(path)):
        ranks, topics = reuters21578.rebuild(path)
        x = np.empty(len(ranks), dtype=object)
        x[:] = ranks
        np.savez_compressed(draft / info.files[0].path, x=x, y=np.array(topics, np.int64))
        return
    if path.is_dir() != (len(info.files) > 1):
        kind = "a file like" if len(info.files) == 1 else "a folder with"
        raise DataError(
            f"expected {kind} {', '.join(part.name for part in info.files)}, got {path}"
        )
    for part in info.files:
        source, target = path / part.name if path.is_dir() else path, draft / part.path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            raise DataError(f"cannot copy {source}: {error.strerror}") from error


def _is_zip(path: Path) -> bool:
    with reading(path, "an .npz file"), path.open("rb") as stream:
        return stream.read(2) == b"PK"
