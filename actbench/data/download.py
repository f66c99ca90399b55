"""Downloading the files of a data set from Keras's host or a mirror of it."""

import os
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from actbench.data.dataset_info import DatasetInfo
from actbench.data.source import KERAS_HOST, MIRROR_VARIABLE, SourceFile, destination, draft_folder
from actbench.errors import DataError


def fetch(info: DatasetInfo, data_dir: Path | None = None) -> Path:
    """Where a data set is, the file or the folder of several; downloaded if it was not here.

    Downloads go to `data_dir`, else to the folder that ACTBENCH_DATA_DIR names, else to Keras's
    cache. Each file is put in place once its checksum is right.

    Raises:
        DataError: the host or mirror cannot be reached or sends something else, or the folder
            cannot be written to; the message says what to do next.
    """
    source = info.source
    if location := source.locate(data_dir if data_dir and data_dir.is_dir() else None):
        return location.path
    folder = destination(data_dir)
    for part in source.files:
        if (folder / part.path).is_file():
            continue
        with draft_folder(folder, [part]) as draft:
            if reason := _retrieve(part, draft / part.path):
                raise source.missing(info.name, data_dir, reason)
    if location := source.locate(data_dir):
        return location.path
    raise source.missing(info.name, data_dir)


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
    from rich.console import Console
    from rich.progress import wrap_file

    address, digest = address_of(part), sha256()
    console = Console(stderr=True)  # standard output is for tables and JSON
    console.print(f"Downloading data from {address}", highlight=False, markup=False, soft_wrap=True)
    draft.parent.mkdir(exist_ok=True)
    try:
        with urlopen(address, timeout=60) as response, draft.open("wb") as target:
            size = int(response.headers["Content-Length"] or 0)
            with wrap_file(response, size, description=part.name, console=console) as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
                    target.write(block)
    except (OSError, ValueError, HTTPException) as error:
        return f" Downloading {address} failed: {getattr(error, 'reason', None) or error}."
    if digest.hexdigest() == part.sha256:
        return ""
    return (
        f" Downloading {address} failed: expected SHA-256 {part.sha256}, got {digest.hexdigest()}"
        f" ({draft.stat().st_size:,} bytes). The file was thrown away; if you trust the one at"
        " that address, fetch it yourself and import it."
    )
