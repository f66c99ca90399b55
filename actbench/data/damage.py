"""Turning what goes wrong while a file is read into one clear error."""

import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from actbench.errors import DataError

_DAMAGE = (
    EOFError,
    MemoryError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    ValueError,
    pickle.UnpicklingError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def reading(path: Path, expected: str) -> Iterator[None]:
    """Whatever goes wrong inside becomes a DataError that names `path` and what was expected."""
    try:
        yield
    except DataError as error:
        reason, cause = str(error), error.__cause__
    except _DAMAGE as error:
        reason, cause = str(error) or type(error).__name__, error
    else:
        return
    raise DataError(
        f"{path} cannot be read as {expected}: {reason}.\n"
        "It may be damaged, cut short or another file: replace it with a good copy, or remove"
        " it."
    ) from cause
