"""How long a plan will take: from earlier trials where there are any, else by arithmetic."""

from collections import Counter
from collections.abc import Mapping
from math import ceil

from actbench.experiment.plan import Plan
from actbench.results import Record
from actbench.spec import Cell

# Orders of magnitude for a laptop processor, not promises: a plan says "about".
START_SECONDS = 6.0
OPEN_SECONDS = 1.0
TRIAL_SECONDS = 0.005
STEP_SECONDS = 1e-5
OPERATIONS_A_SECOND = 1e11


def expected_seconds(plan: Plan) -> float | None:
    """Seconds that the rest of the plan will take on one machine; None where nobody can tell.

    A cell that was trained before costs what it cost then; one that was not is estimated from
    its arithmetic, six operations a weight and row (two forward, four backward).
    """
    if not plan.todo:
        return 0.0
    trials = Counter(trial.cell for trial in plan.todo)
    seconds = START_SECONDS
    for cell, count in trials.items():
        each = _seconds(cell, plan.records)
        if each is None:
            return None
        seconds += OPEN_SECONDS + count * each
    return seconds


def _seconds(cell: Cell, records: Mapping[str, Record]) -> float | None:
    """Seconds of one trial of the cell."""
    identity = cell.identity
    earlier = [r.train_seconds for r in records.values() if r.train_seconds and r.cell == identity]
    if earlier:
        return sum(earlier) / len(earlier)
    a_row = cell.architecture.operations(cell.dataset)
    if a_row is None:
        return None
    rows, steps = _rows_and_steps(cell)
    epoch = rows * a_row / OPERATIONS_A_SECOND + steps * STEP_SECONDS
    return TRIAL_SECONDS + cell.epochs * epoch


def _rows_and_steps(cell: Cell) -> tuple[int, int]:
    rows = cell.dataset.training_rows
    return rows, ceil(rows / cell.batch_size)
