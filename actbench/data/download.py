"""Downloading with Keras, which checks the SHA-256 and shows the progress.

The only part of `actbench.data` that imports Keras, and only once there is something to fetch.
"""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from hashlib import file_digest
from pathlib import Path

from actbench.data.dataset_info import KERAS_HOST, DatasetInfo, SourceFile
from actbench.data.storage import MIRROR_VARIABLE, destination, draft_folder, locate, missing
from actbench.errors import DataError


def fetch(info: DatasetInfo, data_dir: Path | None = None) -> Path:
    """Where a data set is, the file or the folder of several; downloaded if it was not here.

    Downloads go to `data_dir`, else to the folder that ACTBENCH_DATA_DIR names, else to Keras's
    cache. Each file is put in place once its checksum is right.

    Raises:
        DataError: the host or mirror cannot be reached or sends something else, or the folder
            cannot be written to; the message says what to do next.
    """
    if location := locate(info, data_dir if data_dir and data_dir.is_dir() else None):
        return location.path
    if info.file is None:
        raise missing(info)
    folder = destination(data_dir)
    for part in info.files:
        if (folder / part.path).is_file():
            continue
        with draft_folder(folder, [part]) as draft:
            if reason := _retrieve(part, draft / part.path):
                raise missing(info, data_dir, reason)
    return folder / info.file


def address_of(part: SourceFile) -> str:
    """The address of a file: Keras's host, or the mirror that ACTBENCH_DATA_MIRROR names.

    Raises:
        DataError: ACTBENCH_DATA_MIRROR is no address.
    """
    base = os.environ.get(MIRROR_VARIABLE) or KERAS_HOST
    if not base.startswith(("http://", "https://", "file://")):
        raise DataError(
            f"{MIRROR_VARIABLE} must be the address of a folder, such as https://host/path;"
            f" got {base!r}"
        )
    return base.rstrip("/") + "/" + part.name


def _retrieve(part: SourceFile, draft: Path) -> str:
    """Download one file as `draft`. Return why that failed; empty if it did not."""
    address = address_of(part)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silent_standard_error():
        from keras.utils import get_file

    folder = str(
        draft.parent.absolute()
    )  # get_file takes a relative folder as one in its own cache
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(60)  # get_file would wait for ever
    try:
        with redirect_stdout(sys.stderr):  # standard output is for tables and JSON
            get_file(part.name, address, file_hash=part.sha256, cache_subdir=folder)
    except Exception as error:  # get_file raises bare Exceptions
        return _failure(address, part, draft, error)
    finally:
        socket.setdefaulttimeout(timeout)
    return ""


def _failure(address: str, part: SourceFile, draft: Path, error: Exception) -> str:
    if not draft.is_file():
        cause = error.__context__ or error  # get_file wraps what urllib says
        return f" Downloading {address} failed: {getattr(cause, 'reason', cause)}."
    with draft.open("rb") as stream:
        sha256 = file_digest(stream, "sha256").hexdigest()
    return (
        f" Downloading {address} failed: expected SHA-256 {part.sha256}, got {sha256}"
        f" ({draft.stat().st_size:,} bytes). The file was thrown away; if you trust the one at"
        " that address, fetch it yourself and import it."
    )


@contextmanager
def _silent_standard_error() -> Iterator[None]:
    """Discard what native code logs: TensorFlow does, while it is imported, at any log level."""
    standard_error = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(standard_error, 2)
        os.close(standard_error)
