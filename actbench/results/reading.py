"""Reading `trials.csv` back: the file alone is enough, also one that was mailed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actbench.errors import ResultsError
from actbench.results.beside import Beside, read_beside, read_spec
from actbench.results.journal import DIVERGED, ERROR, OK
from actbench.results.quick_table import read_quickly
from actbench.results.sheet import Sheet, read_sheet
from actbench.wording import listed, nearest

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("dataset", "architecture", "hidden", "output", "seed", "status")
TRIAL_KEY = ("dataset", "architecture", "hidden", "output", "optimizer", "epochs", "batch_size")
_WORDS = ("experiment", *TRIAL_KEY, "note")
_BEST = ("best_epoch", "best_val_loss")
_SPLITS = ("train_", "val_", "test_")
_SECONDS = ("train_seconds", "compile_seconds")
_STATUSES = (OK, DIVERGED, ERROR)


@dataclass(frozen=True)
class Trials:
    """The rows of a `trials.csv`, where they were read, and what was found beside them.

    `frame`: one row a trial; `seed` is whole, metrics are floats, NaN where a cell is empty.
    `notes` tell what the reader of a comparison should know of the file.
    """

    frame: "pd.DataFrame"
    path: Path
    beside: Beside
    notes: tuple[str, ...] = ()

    @property
    def baseline(self) -> dict[str, str]:
        """The {hidden, output} of the spec beside the file, empty where there is none."""
        return dict(self.beside.baseline)


def find_trials(result: str, out: Path) -> Path:
    """The `trials.csv` that `result` means: a file, a results folder, or the name of one.

    Raises:
        ResultsError: there is none.

    """
    named = [Path(result), out / result, out / "reference" / result]
    if Path(result).suffix.lower() in (".yaml", ".yml") and Path(result).is_file():
        raise ResultsError(_about_spec(Path(result), out))
    for path in named:
        if path.is_file():
            return path
        if (path / "trials.csv").is_file():
            return path / "trials.csv"
    for path in named:
        if (path / "journal.jsonl").is_file():
            raise ResultsError(
                f"{path} holds a journal of finished trials and no tables yet: the run still goes "
                "on, or was killed. The same `actbench run` again goes on from there and writes "
                "the tables; no finished trial is trained twice"
            )
    looked = ", ".join(str(path) for path in named)
    raise ResultsError(
        f"'{result}' is no results folder and no trials.csv (looked at {looked}); "
        "`actbench run SPEC` makes one"
    )


def _about_spec(spec: Path, out: Path) -> str:
    """That a spec was named, and the folder that its results would be in."""
    found = read_spec(spec).get("name")
    folder = out / (found if isinstance(found, str) else spec.stem)
    there = (folder / "trials.csv").is_file()
    run = f"`actbench run {spec}`, which makes {folder}"
    way = f"`actbench compare {folder}`" if there else run
    return f"{spec} is a spec, not a results folder; use {way}"


def read_trials(path: Path) -> Trials:
    """Read a `trials.csv`, as it was written or as a spreadsheet left it.

    Raises:
        ResultsError: it cannot be read, is no such table, lacks a column, has text where a number
            belongs, or holds a trial twice with different numbers.
    """
    frame, infinite = _plain(path) or _careful(path)
    frame, failed = _failed_where_not_finite(frame, infinite)
    frame, repeated = without_repeats(frame, str(path))
    return Trials(frame, path, read_beside(path.parent), (*failed, *repeated))


def _plain(path: Path) -> "tuple[pd.DataFrame, NDArray[np.bool_]] | None":
    """The columns that a comparison uses of a file that nobody changed; None for another one."""
    words, numbers = (*_WORDS, "status"), (*_SPLITS, *_BEST)
    frame = read_quickly(path, words=words, whole=("seed",), numbers=numbers, needed=NEEDED)
    if frame is None or not {*frame["status"].cat.categories} <= {*_STATUSES}:
        return None
    infinite = np.zeros(len(frame), dtype=bool)
    for name in (*metric_columns(list(frame.columns)), *_BEST):
        if name in frame.columns and (endless := np.isinf(frame[name].to_numpy())).any():
            infinite |= endless & (name not in _BEST)
            frame[name] = frame[name].where(~endless)
    return frame, infinite


def _careful(path: Path) -> "tuple[pd.DataFrame, NDArray[np.bool_]]":
    """The same columns of any other file, whatever a spreadsheet did to it."""
    import pandas as pd

    sheet = read_sheet(path)
    _check_columns(sheet, NEEDED)
    if not sheet.lines:
        raise ResultsError(f"{path}: holds no trials yet; `actbench run` adds them")
    columns, infinite = _columns(sheet)
    return pd.DataFrame(columns, index=pd.Index(sheet.lines, name="line")), infinite


def metric_columns(names: Sequence[str]) -> list[str]:
    """The columns among `names` that hold a metric of some split."""
    return [name for name in names if name.startswith(_SPLITS) and name not in _SECONDS]


def _check_columns(sheet: Sheet, needed: Sequence[str]) -> None:
    missing = [column for column in needed if column not in sheet.columns]
    if missing:
        raise ResultsError(
            f"{sheet.path}: expected the columns of a trials.csv, and {listed(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing (it has {listed(sheet.columns)})"
        )


def _columns(sheet: Sheet) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """The columns as they are used, and the rows in which a metric is written as not finite."""
    import pandas as pd

    columns: dict[str, Any] = {}
    infinite = np.zeros(len(sheet.lines), dtype=bool)
    for name, cells in sheet.columns.items():
        if name == "seed":
            columns[name] = whole_numbers(sheet, name)
        elif name == "status":
            columns[name] = pd.Categorical(_statuses(sheet, _trimmed(cells)))
        elif name in _WORDS:
            columns[name] = pd.Categorical(_trimmed(cells))
        elif name in _BEST:
            columns[name], _ = numbers(sheet, name)
        elif metric_columns([name]):
            columns[name], bad = numbers(sheet, name)
            infinite |= bad
    return columns, infinite


def _trimmed(cells: tuple[str, ...]) -> list[str]:
    return [cell.strip() for cell in cells]


def numbers(sheet: Sheet, column: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """A column as floats, NaN where it is empty or not finite; and where it is not finite.

    Raises:
        ResultsError: a cell holds something else than a number.
    """
    import pandas as pd

    cells = pd.Series(_trimmed(sheet.columns[column]), dtype=object)
    if sheet.decimal_comma:
        cells = cells.str.replace(",", ".", regex=False)
    empty = (cells == "").to_numpy(dtype=bool)
    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float)
    unread = np.flatnonzero(np.isnan(values) & ~empty).tolist()
    wrong = [i for i in unread if cells[i].lower() not in ("nan", "+nan", "-nan")]
    if wrong:
        raise ResultsError(_no_number(sheet, column, wrong, "a number"))
    infinite = ~np.isfinite(values) & ~empty
    return np.where(np.isfinite(values), values, np.nan), infinite


def whole_numbers(sheet: Sheet, column: str) -> NDArray[np.int64]:
    """A column as whole numbers.

    Raises:
        ResultsError: a cell is empty or holds something else.
    """
    values, _ = numbers(sheet, column)
    wrong = np.flatnonzero(~np.isfinite(values) | (values != np.floor(values))).tolist()
    if wrong:
        raise ResultsError(_no_number(sheet, column, wrong, "a whole number"))
    return values.astype(np.int64)


def _no_number(sheet: Sheet, column: str, wrong: Sequence[int], expected: str) -> str:
    cell = sheet.columns[column][wrong[0]].strip()
    got = f"the text '{cell[:60]}'" if cell else "an empty cell"
    more = f" (and {len(wrong) - 1} more such cells)" if len(wrong) > 1 else ""
    return (
        f"{sheet.path}:{sheet.lines[wrong[0]]}: {column}: expected {expected}, got {got}{more}; "
        "a spreadsheet may have changed it: put the number back, or use the file as it was written"
    )


def _statuses(sheet: Sheet, cells: list[str]) -> list[str]:
    known = [cell.lower() for cell in cells]
    for cell, line in zip(known, sheet.lines, strict=True):
        if cell not in _STATUSES:
            raise ResultsError(
                f"{sheet.path}:{line}: status: expected one of {listed(_STATUSES)}, "
                f"got '{cell[:60]}'{nearest(cell, _STATUSES)}"
            )
    return known


def _failed_where_not_finite(
    frame: "pd.DataFrame", infinite: NDArray[np.bool_]
) -> tuple["pd.DataFrame", list[str]]:
    """A trial with a metric that is not finite diverged, whatever its status says."""
    claimed = infinite & (frame["status"] == OK).to_numpy()
    if not claimed.any():
        return frame, []
    changed = frame.assign(status=np.where(claimed, DIVERGED, frame["status"]))
    count, first = int(claimed.sum()), frame.index[claimed][0]
    trials = "1 trial of status ok has" if count == 1 else f"{count} trials of status ok have"
    words = f"{trials} NaN or infinity for a metric (line {first}): counted as diverged."
    return changed, [words]


def without_repeats(frame: "pd.DataFrame", where: str) -> tuple["pd.DataFrame", list[str]]:
    """The frame with every trial once, and a note where rows said the same twice.

    Raises:
        ResultsError: one arm and seed is there twice, with different numbers.
    """
    key = [*(name for name in TRIAL_KEY if name in frame.columns), "seed"]
    repeated = frame.duplicated(key, keep="first")
    if not repeated.any():
        return frame, []
    said = [*key, "status", *metric_columns(list(frame.columns))]
    again = frame.duplicated(said, keep="first")
    other = repeated & ~again
    if other.any():
        raise ResultsError(f"{where}: {_two_scores(frame, key, frame.index[other][0])}")
    count = int(again.sum())
    words = f"{count} trial{'s are' if count > 1 else ' is'} there twice with the same numbers:"
    return frame[~again], [f"{words} counted once."]


def _two_scores(frame: "pd.DataFrame", key: Sequence[str], line: Any) -> str:
    keys = frame[list(key)].astype(object)
    row = keys.loc[[line]].iloc[-1]
    same = (keys == row).all(axis=1)
    named = ", ".join(f"{name} {row[name]}" for name in key)
    lines = " and ".join(str(found) for found in frame.index[same][:2])
    return (
        f"one trial is there twice with different numbers ({named}; lines {lines}). Remove one "
        "of them; to compare two runs of one spec, keep them in two files and use --against"
    )
