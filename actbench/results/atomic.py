"""Writing a file so that a reader sees the old one or the new one, never half of it."""

import os
import tempfile
from pathlib import Path

from actbench.errors import ResultsError


def write(path: Path, text: str) -> None:
    """Replace the file at `path` with `text` in one step, flushed to disk.

    Raises:
        ResultsError: the disk is full, or the folder cannot be written.
    """
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError) -> ResultsError:
    """The error for a file that could not be written, with what to do next."""
    beside = (path.parent / "journal.jsonl").is_file()
    kept = " Finished trials stay in the journal beside it." if beside else ""
    return ResultsError(
        f"cannot write {path}: {error.strerror}.{kept} Make room or permission there (or choose "
        "another --out or --output) and run the same command again"
    )


def _umask() -> int:
    """The process's file mode mask: `mkstemp` makes private files, and a table is none."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
