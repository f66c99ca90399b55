"""Whether a column of a user's table gives the target away, by its values or its missing cells."""

import numpy as np

from actbench.data.column_types import MOST_CLASSES, Cells, distinct_cells, has_more_than, labels_of
from actbench.data.preparation import MOST_LEVELS

LEAK = 0.999  # an absolute correlation with the target above this gives it away
_FEWEST_FOR_MISSING = 10  # in fewer rows, cells may be missing for one class only by chance


def leak_by_values(cells: Cells, goal: Cells) -> str:
    """How the values of a column give the target `goal` away; empty if they do not."""
    both = ~(cells.missing | goal.missing)
    if cells.numbers is not None and goal.numbers is not None:
        both &= np.isfinite(cells.numbers) & np.isfinite(goal.numbers)
        x, y = cells.numbers[both], goal.numbers[both]
        if len(x) < 3:
            return ""
        if (x == y).all():
            return "a copy of the target"
        if np.ptp(x) > 0 and np.ptp(y) > 0:
            correlation = float(np.corrcoef(x, y)[0, 1])
            if abs(correlation) > LEAK:
                return f"a copy of the target (correlation {correlation:.4f})"
    if has_more_than(MOST_CLASSES, goal) or has_more_than(MOST_LEVELS, cells):
        return ""
    if both.sum() < 5 * distinct_cells(cells):
        return ""
    (levels, values), (labels, targets) = labels_of(cells), labels_of(goal)
    pairs = np.unique(np.column_stack([values[both], targets[both]]), axis=0)
    if len(pairs) > len(np.unique(pairs[:, 0])):
        return ""  # some category goes with several targets
    one_to_one = len(levels) == len(labels) == len(pairs)
    return "a copy of the target, one to one" if one_to_one else "each category has one target"


def leak_by_missing(cells: Cells, goal: Cells) -> str:
    """How the places of the missing cells give the target away; empty if they do not.

    Where a cell is missing is an input of its own, which may be the target in other words.
    """
    labelled = ~goal.missing
    missing = cells.missing[labelled]
    if len(missing) < _FEWEST_FOR_MISSING or missing.all() or not missing.any():
        return ""
    if goal.numbers is not None:
        y = goal.numbers[labelled]
        if np.isfinite(y).all() and np.ptp(y) > 0:
            correlation = float(np.corrcoef(missing, y)[0, 1])
            if abs(correlation) > LEAK:
                return f"missing cells give the target away (correlation {correlation:.4f})"
    if has_more_than(MOST_CLASSES, goal):
        return ""
    targets = labels_of(goal)[1]
    where_missing = np.unique(targets[labelled & cells.missing])
    where_filled = np.unique(targets[labelled & ~cells.missing])
    if np.intersect1d(where_missing, where_filled).size:
        return ""
    if len(where_missing) == 1:
        return "missing cells give the target away: missing for one class, and for it only"
    if len(where_filled) == 1:
        return "missing cells give the target away: filled for one class, and for it only"
    return ""
