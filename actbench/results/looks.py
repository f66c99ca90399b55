"""`looks.json`: at how many seeds a run until decided looked, so that `compare` can allow for it.

{"looks": [10, 20, 30, 40], "alpha": 0.05, "comparisons": 3, "taken": 20,
 "decided": [{"block": "boston_housing, mlp(64-64)", "arm": "relu / tanh", "metric": "mae",
              "seeds": 10, "decision": "worse"}]}
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from actbench.errors import ResultsError
from actbench.results import atomic

FILE = "looks.json"


@dataclass(frozen=True)
class Decided:
    """One arm that a look settled: against the baseline of its block, in a metric."""

    block: str
    arm: str
    metric: str
    seeds: int
    decision: str


@dataclass(frozen=True)
class Looks:
    """The plan of a run until decided and how far it came.

    `looks`: numbers of seeds it would look at. `alpha`: spent over all of them, shared between
    the `comparisons` of each block. `taken`: seeds at the last look taken.
    """

    looks: tuple[int, ...]
    alpha: float
    comparisons: int
    taken: int
    decided: tuple[Decided, ...] = ()


def write_looks(folder: Path, looks: Looks) -> None:
    """Write `looks.json` into a results folder, in one step.

    Raises:
        ResultsError: it could not be written.
    """
    atomic.write(folder / FILE, json.dumps(asdict(looks), indent=2, ensure_ascii=False) + "\n")


def forget_looks(folder: Path) -> None:
    """Remove `looks.json`: what was run now has a number of seeds that was fixed before.

    Raises:
        ResultsError: it could not be removed.
    """
    try:
        (folder / FILE).unlink(missing_ok=True)
    except OSError as error:
        raise atomic.cannot_write(folder / FILE, error) from None


def read_looks(folder: Path) -> Looks | None:
    """The looks of a results folder; None where the number of seeds was fixed before.

    Raises:
        ResultsError: the file is there and cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        return _parsed(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ResultsError(
            f"{path}: cannot be read ({error}); it tells at which numbers of seeds the run was "
            "looked at, without which its p-values would claim too much. Run it again"
        ) from None


def _parsed(found: dict[str, Any]) -> Looks:
    looks = tuple(int(seeds) for seeds in found["looks"])
    taken, comparisons, alpha = found["taken"], found["comparisons"], float(found["alpha"])
    if taken not in looks or comparisons < 1 or not 0 < alpha < 1:
        raise ValueError("its numbers do not fit together")
    decided = tuple(Decided(**entry) for entry in found.get("decided", ()))
    return Looks(looks, alpha, int(comparisons), int(taken), decided)
