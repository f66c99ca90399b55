"""Reading `trials.csv` back: the file alone is enough, also one that was mailed."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from actbench.errors import ResultsError

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("dataset", "architecture", "hidden", "output", "seed", "status")


@dataclass(frozen=True)
class Trials:
    """The rows of a `trials.csv`, and where they were read.

    `baseline` is the {hidden, output} of the spec beside the file, empty where there is none.
    """

    frame: "pd.DataFrame"
    path: Path
    baseline: dict[str, str]


def find_trials(result: str, out: Path) -> Path:
    """The `trials.csv` that `result` means: a file, a results folder, or the name of one.

    Raises:
        ResultsError: there is none.

    """
    named = [Path(result), out / result, out / "reference" / result]
    for path in named:
        if path.is_file():
            return path
        if (path / "trials.csv").is_file():
            return path / "trials.csv"
    looked = ", ".join(str(path) for path in named)
    raise ResultsError(
        f"'{result}' is no results folder and no trials.csv (looked at {looked}); "
        "`actbench run SPEC` makes one"
    )


def read_trials(path: Path) -> Trials:
    """Read a `trials.csv`.

    Raises:
        ResultsError: it cannot be read, is no such table, or lacks a column.
    """
    import pandas as pd

    try:
        frame = pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path}: cannot be read as a table: {error}") from None
    missing = [column for column in NEEDED if column not in frame.columns]
    if missing:
        raise ResultsError(
            f"{path}: expected the columns of a trials.csv, and {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing (it has {', '.join(frame.columns)})"
        )
    if frame.empty:
        raise ResultsError(f"{path}: holds no trials yet; `actbench run` adds them")
    return Trials(frame, path, _baseline(path.parent / "spec.yaml"))


def _baseline(spec: Path) -> dict[str, str]:
    try:
        named = yaml.safe_load(spec.read_text(encoding="utf-8")).get("baseline") or {}
    except (OSError, ValueError, AttributeError, yaml.YAMLError):
        return {}
    return {k: v for k, v in named.items() if k in ("hidden", "output") and isinstance(v, str)}
