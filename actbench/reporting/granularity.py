"""How fine an accuracy can be: a share of the test rows moves in steps of one row."""

import numpy as np

from actbench.reporting.blocks import BlockReport, Floats

# A float32 is off by 6e-8 of itself, and so by less than this of one row up to a thousand rows.
_NOISE = 1e-4
_FEWEST_VALUES = 3


def rows_behind(scores: Floats, most: int) -> int | None:
    """The fewest rows, up to `most`, of which every score is a whole number's share.

    None where there are none, or fewer than three different scores to tell it from.

    >>> rows_behind(np.array([[110 / 114, 109 / 114], [105 / 114, np.nan]]), most=200)
    114
    >>> rows_behind(np.array([[0.9, 0.9], [0.9, 0.9]]), most=200) is None
    True
    """
    known = np.unique(scores[np.isfinite(scores)])
    if known.size < _FEWEST_VALUES:
        return None
    rows = np.arange(1, most + 1)
    steps = known[:, None] * rows
    exact = np.flatnonzero((np.abs(steps - np.rint(steps)) < _NOISE).all(axis=0))
    return int(rows[exact[0]]) if exact.size else None


def finer_than_a_row(block: BlockReport) -> str:
    """A remark where the ROPE of an accuracy is smaller than one test row; empty elsewhere."""
    if not block.rope or not block.metric.endswith("accuracy"):
        return ""
    rows = rows_behind(block.scores, most=int(1 / block.rope))
    if rows is None or 1 / rows <= block.rope:
        return ""
    return (
        f"All these accuracies are multiples of 1/{rows} = {1 / rows:.2g}, as of {rows} test rows: "
        f"±{block.rope:g} is less than one row."
    )
