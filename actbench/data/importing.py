"""`actbench data import`: a user's files, checked and put where data sets are looked for."""

import shutil
from pathlib import Path

import numpy as np

from actbench.data import reuters21578
from actbench.data.dataset_info import DatasetInfo
from actbench.data.readers import reading
from actbench.data.source import Location, Published, destination, draft_folder
from actbench.errors import DataError
from actbench.wording import nearest_file


def import_files(info: DatasetInfo, path: Path, data_dir: Path | None = None) -> Path:
    """Check a user's files and put them where data sets are looked for; return where that is.

    `path` is the file that Keras downloads (for fashion_mnist, the folder of its four files); for
    reuters also the folder or tar archive of the original Reuters-21578 texts. The files go to
    `data_dir`, else to the folder that ACTBENCH_DATA_DIR names, else to Keras's cache.

    Raises:
        DataError: the files are damaged or hold another data set; nothing was put in place.
    """
    source = info.source
    if not isinstance(source, Published) or source.file is None:
        package = source.facts()["package"]
        words = f"{info.name} comes with the package {package}: there is nothing to import"
        raise DataError(words)
    if not path.exists():
        raise DataError(f"there is no file or folder {path}{nearest_file(path)}")
    folder = destination(data_dir)
    with draft_folder(folder, source.files) as draft:
        _gather(info.name, source, path, draft)
        gathered = draft / source.file
        try:
            source.read(info, Location("data-dir", gathered))
        except DataError as error:
            reason = str(error).replace(str(gathered), str(path))
            raise DataError(f"not imported: {reason}") from error
    return folder / source.file


def _gather(name: str, source: Published, path: Path, draft: Path) -> None:
    """Copy the files of a data set to `draft`, under the paths they have in a data folder."""
    if name == "reuters" and (path.is_dir() or not _is_zip(path)):
        ranks, topics = reuters21578.rebuild(path)
        x = np.empty(len(ranks), dtype=object)
        x[:] = ranks
        np.savez_compressed(draft / source.files[0].path, x=x, y=np.array(topics, np.int64))
        return
    if path.is_dir() != (len(source.files) > 1):
        kind = "a file like" if len(source.files) == 1 else "a folder with"
        raise DataError(
            f"expected {kind} {', '.join(part.name for part in source.files)}, got {path}"
        )
    for part in source.files:
        original, copy = path / part.name if path.is_dir() else path, draft / part.path
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(original, copy)
        except OSError as error:
            raise DataError(f"cannot copy {original}: {error.strerror}") from error


def _is_zip(path: Path) -> bool:
    with reading(path, "an .npz file"), path.open("rb") as stream:
        return stream.read(2) == b"PK"
