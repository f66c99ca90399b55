"""Which cells are trained together: few enough for memory, side by side where that is faster."""

import os
from collections.abc import Sequence
from math import ceil

from actbench.experiment import worker
from actbench.experiment.plan import Trial
from actbench.spec import Cell

# Cells whose programs are held at once; more would take memory, fewer would compile in vain.
CELLS_AT_ONCE = 12

# A step of fewer operations keeps one core busy at most: TensorFlow shares out larger products.
SMALL_STEP = 1e7


def groups(todo: Sequence[Trial]) -> list[tuple[Trial, ...]]:
    """A block's trials in as few groups as hold at most `CELLS_AT_ONCE` cells, equally many."""
    count = ceil(len({trial.cell for trial in todo}) / CELLS_AT_ONCE)
    cells = list(dict.fromkeys(trial.cell for trial in todo))
    size = ceil(len(cells) / max(1, count))
    return _by_cells(todo, [cells[i * size : (i + 1) * size] for i in range(count)])


def side_by_side(todo: Sequence[Trial], jobs: int | None = None) -> list[tuple[Trial, ...]]:
    """A group's trials for each of the processes that train it: `jobs`, or as many as pay."""
    cells = list(dict.fromkeys(trial.cell for trial in todo))
    count = min(len(cells), jobs or _paying(cells))
    return _by_cells(todo, [cells[i::count] for i in range(count)])


def _by_cells(todo: Sequence[Trial], parts: Sequence[Sequence[Cell]]) -> list[tuple[Trial, ...]]:
    return [tuple(trial for trial in todo if trial.cell in part) for part in parts]


def _paying(cells: Sequence[Cell]) -> int:
    if not worker.FORKS:  # every process would import TensorFlow anew
        return 1
    steps = [(c.architecture.operations(c.dataset) or 0) * c.batch_size for c in cells]
    small = all(0 < operations < SMALL_STEP for operations in steps)
    return _cores() if small else 1


def _cores() -> int:
    """Those this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
