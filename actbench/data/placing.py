"""Putting files in place whole: they are gathered in a draft folder and moved when complete."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from actbench.errors import DataError


@contextmanager
def draft_folder(folder: Path) -> Iterator[Path]:
    """A folder inside `folder` (which is made if need be) that is gone afterwards.

    Raises:
        DataError: `folder` cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = tempfile.TemporaryDirectory(dir=folder, prefix=".actbench-")
    except OSError as error:
        raise _unwritable(folder, error) from error
    with draft as path:
        yield Path(path)


def put(file: Path, target: Path) -> None:
    """Move a complete file to `target`, replacing what is there in one step.

    Raises:
        DataError: `target` cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)
    except OSError as error:
        raise _unwritable(target, error) from error


def _unwritable(path: Path, error: OSError) -> DataError:
    return DataError(
        f"cannot write {path} ({error.strerror or error}); name another folder with --data-dir"
    )
