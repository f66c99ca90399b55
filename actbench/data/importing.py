"""`actbench data import`: files that the user has, checked and put where they are looked for."""

import shutil
from pathlib import Path

import numpy as np

from actbench.data import reuters21578
from actbench.data.catalogue import DatasetInfo, dataset_info
from actbench.data.damage import reading
from actbench.data.loading import read
from actbench.data.placing import draft_folder, put
from actbench.data.sources import Location, destination
from actbench.errors import DataError


def import_files(name: str, path: Path, data_dir: Path | None = None) -> Path:
    """See `actbench.data.import_files`."""
    info = dataset_info(name)
    if info.file is None:
        raise DataError(f"{name} comes with the package {info.package}: there is nothing to import")
    if not path.exists():
        raise DataError(f"there is no file or folder {path}")
    folder = destination(data_dir)
    with draft_folder(folder) as draft:
        _gather(info, path, draft)
        _check(info, draft, path)
        for part in info.files:
            put(draft / part.path, folder / part.path)
    return folder / info.file


def _gather(info: DatasetInfo, path: Path, draft: Path) -> None:
    """Bring the files of `info` together in `draft`, as they lie in a data folder."""
    if info.name == "reuters" and (path.is_dir() or not _is_zip(path)):
        _write_wires(reuters21578.rebuild(path), draft / info.files[0].path)
        return
    if path.is_dir() != (len(info.files) > 1):
        wanted = "a file like" if len(info.files) == 1 else "a folder with"
        raise DataError(
            f"expected {wanted} {', '.join(part.name for part in info.files)}, got {path}"
        )
    for part in info.files:
        _copy(path / part.name if path.is_dir() else path, draft / part.path)


def _check(info: DatasetInfo, draft: Path, path: Path) -> None:
    """Load what was gathered; an error names `path`, which the user knows, not the draft."""
    assert info.file is not None, "only files are imported"
    gathered = draft / info.file
    try:
        read(info, Location("data-dir", gathered))
    except DataError as error:
        raise DataError(f"not imported: {str(error).replace(str(gathered), str(path))}") from error


def _is_zip(path: Path) -> bool:
    with reading(path, "an .npz file"), path.open("rb") as stream:
        return stream.read(2) == b"PK"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise DataError(f"cannot copy {source}: {error.strerror}") from error


def _write_wires(wires: reuters21578.Wires, path: Path) -> None:
    """Write newswires in the layout of Keras's `reuters.npz`."""
    ranks = np.empty(len(wires.ranks), dtype=object)
    ranks[:] = wires.ranks
    np.savez_compressed(path, x=ranks, y=np.array(wires.topics, np.int64))
