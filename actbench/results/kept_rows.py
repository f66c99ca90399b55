"""The scores of single test rows: a file a trial in `rows/`, and those of a plan in `rows.npz`.

A file is written before the record of its trial, which holds its digest. A trial whose file is
missing or damaged is not trained again: it has no rows, and a note says so.
"""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from actbench.errors import ResultsError
from actbench.results.folder import ResultsFolder, cannot_write, read_file, replacing, write_file
from actbench.results.journal import OK, Record
from actbench.wording import counted

RowScores = Mapping[str, NDArray[np.float32]]

_LARGEST = 10_000_000  # bytes of one trial's file
_LARGEST_MEMBER = 1_000_000
_OLDEST_TIME = (1980, 1, 1, 0, 0, 0)  # of each member: equal scores give equal bytes
_FAST = 1  # level of compression: higher ones take several times longer and save 2%


def write_rows(folder: ResultsFolder, trial: str, scores: RowScores) -> str:
    """Write the scores of a trial's test rows, and return the SHA-256 of the file.

    `scores`: by metric, shape (rows,) each. Returns an empty text, and writes nothing, where there
    are none.

    Raises:
        ResultsError: the file could not be written.
    """
    if not scores:
        return ""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for metric, values in scores.items():
            _add(archive, metric, values)
    try:
        folder.rows_of_trials.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_write(folder.rows_of_trials, error) from None
    write_file(_file_of(folder, trial), content.getvalue())
    return hashlib.sha256(content.getvalue()).hexdigest()


def gather_rows(folder: ResultsFolder, records: Sequence[Record]) -> tuple[str, ...]:
    """Write `rows.npz` from the files of these trials; return notes on those that have none.

    Its arrays are named `<trial>/<metric>`, in the order of the records. Without any rows the file
    is removed.

    Raises:
        ResultsError: the file could not be written.
    """
    trained = [record for record in records if record.status == OK]
    lost: list[str] = []
    count = 0
    with replacing(folder.rows) as file, zipfile.ZipFile(file, "w") as archive:
        for record in (record for record in trained if record.rows):
            scores = _of_trial(folder, record)
            if scores is None:
                lost.append(_file_of(folder, record.trial).name)
                continue
            count += 1
            for metric, values in scores.items():
                _add(archive, f"{record.trial}/{metric}", values)
    if not count:
        folder.rows.unlink(missing_ok=True)
    return tuple(_notes(folder, len(trained) - count - len(lost), lost))


def _notes(folder: ResultsFolder, without: int, lost: Sequence[str]) -> Iterator[str]:
    """`without`: trials that an older version trained. `lost`: files missing or damaged."""
    if without:
        yield (
            f"No rows kept for {counted(without, 'trial')}, which an older version trained; they "
            "have no verdict about rows. `--fresh` trains everything anew"
        )
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        yield (
            f"{folder.rows_of_trials}: {lost[0]}{more} missing or not as written; these trials "
            "keep their scores, but have no verdict about rows. `--fresh` trains everything anew"
        )


def _file_of(folder: ResultsFolder, trial: str) -> Path:
    return folder.rows_of_trials / f"{trial}.npz"


def _of_trial(folder: ResultsFolder, record: Record) -> RowScores | None:
    """The scores of a trial; None where its file is missing, or not as the record says."""
    try:
        content = read_file(_file_of(folder, record.trial), _LARGEST)
    except ResultsError:
        return None
    if hashlib.sha256(content).hexdigest() != record.rows:
        return None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name.removesuffix(".npy"): _array(archive, name) for name in archive.namelist()}


class KeptRows:
    """The rows in a `rows.npz`; none where there is no such file.

    `note`: why the file cannot be used, in words; else empty. The file stays open: many blocks
    read from it, and its list of contents is long.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._archive: zipfile.ZipFile | None = None
        self._names: frozenset[str] = frozenset()
        self.note = ""
        if path is None or not path.is_file():
            return
        try:
            self._archive = zipfile.ZipFile(path)
            self._names = frozenset(self._archive.namelist())
        except (OSError, zipfile.BadZipFile):
            self.note = f"{path}: cannot be read, so that nothing is said about rows."

    def __bool__(self) -> bool:
        """Whether there are rows of any trial."""
        return bool(self._names)

    @cached_property
    def trials(self) -> frozenset[str]:
        """The trials that have rows, in any metric."""
        return frozenset(name.partition("/")[0] for name in self._names)

    def of(self, trials: Sequence[str], metric: str) -> dict[str, NDArray[np.float32]]:
        """The scores of these trials in a metric, shape (rows,) each.

        Without those that have none, or whose scores cannot be read.
        """
        scores = {}
        for trial in trials:
            name = f"{trial}/{metric}.npy"
            if self._archive is None or name not in self._names:
                continue
            with suppress(OSError, ValueError, zipfile.BadZipFile, zlib.error):
                scores[trial] = _array(self._archive, name)
        return scores


def _add(archive: zipfile.ZipFile, name: str, values: NDArray[np.float32]) -> None:
    content = io.BytesIO()
    np.lib.format.write_array(content, values.astype("<f4"), version=(1, 0), allow_pickle=False)
    entry = zipfile.ZipInfo(f"{name}.npy", _OLDEST_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content.getvalue(), compresslevel=_FAST)


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[np.float32]:
    """An array of the archive, shape (rows,). Raises ValueError for anything else."""
    if archive.getinfo(name).file_size > _LARGEST_MEMBER:
        raise ValueError(f"{name}: too large")
    with archive.open(name) as file:
        shape, dtype = _header(file)
        values = np.frombuffer(file.read(), dtype="<f4")
    if dtype != np.dtype("<f4") or shape != values.shape or not np.isfinite(values).all():
        raise ValueError(f"{name}: expected finite float32 scores, one a row")
    return values.astype(np.float32)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    np.lib.format.read_magic(file)
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    return shape, dtype
