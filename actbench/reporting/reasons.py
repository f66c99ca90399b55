"""What the diagnostics show of the arms, in words by fixed rules. They never name a cause.

A line stands below a table of scores where a number is conspicuous: a gradient that shrinks or
grows tenfold between the first and the last hidden layer, a twentieth of the units dead, or a share
of saturated outputs that grew by a fifth.
"""

import math
from collections.abc import Iterator

import numpy as np

from actbench.reporting.block_report import ArmRow, BlockReport
from actbench.spec.trial_metrics import AT_START, OF_DIAGNOSTICS, TRIAL_METRICS

STEEP = math.log(10)
MANY_DEAD = 0.05
SATURATED_MORE = 0.2
NOTHING = (
    "Inside, nothing is conspicuous: no arm has a gradient that shrinks or grows tenfold over the "
    "layers, a twentieth of its units dead, or a fifth more of its outputs saturated than before "
    "training. Next: the learning curves on the page of `actbench report`, and `learning_rates` or "
    "more `epochs` in the spec."
)


def reasons(block: BlockReport) -> Iterator[str]:
    """The lines below the table of a block; none for a table of the diagnostics themselves."""
    if block.metric in TRIAL_METRICS:
        return
    lines = [line for row in block.rows for line in _gradient(block, row)]
    lines += _dead(block)
    lines += (line for row in block.rows for line in _saturated(block, row))
    if not lines and {*OF_DIAGNOSTICS} & {*block.trials.measured}:
        lines = [NOTHING]
    yield from lines


def _gradient(block: BlockReport, row: ArmRow) -> Iterator[str]:
    """Where the gradient vanishes or explodes, and how the arm ended."""
    log_ratio = _mean(block, row, f"gradient_ratio{AT_START}")
    when = "when training starts"
    if log_ratio is None or abs(log_ratio) < STEEP:
        log_ratio, when = _mean(block, row, "gradient_ratio"), "at the end"
    if log_ratio is None or abs(log_ratio) < STEEP:
        return
    times = _two_digits(math.exp(abs(log_ratio)))
    size = f"1/{times} of" if log_ratio > 0 else f"{times} times"
    yield (
        f"{row.label}: the gradient at the first hidden layer is {size} that at the last "
        f"{when}{_ended(row)}."
    )


def _ended(row: ArmRow) -> str:
    counts = ((row.at_chance, "it ends at chance"), (row.diverged, "it diverges"))
    words = [f"{outcome} on {n} of {row.trials} seeds" for n, outcome in counts if n]
    return f"; {' and '.join(words)}" if words else ""


def _dead(block: BlockReport) -> Iterator[str]:
    """The arms with many dead units, and beside each the one with the fewest."""
    shares = {
        row.label: share for row in block.rows if (share := _mean(block, row, "dead")) is not None
    }
    fewest = min(shares, key=lambda label: shares[label], default="")
    for label, share in shares.items():
        if share >= MANY_DEAD:
            beside = f" ({fewest}: {shares[fewest]:.0%})" if fewest != label else ""
            yield f"{label}: {share:.0%} of units dead at the end{beside}."


def _saturated(block: BlockReport, row: ArmRow) -> Iterator[str]:
    start, end = (_mean(block, row, f"saturated{when}") for when in (AT_START, ""))
    if start is not None and end is not None and end - start >= SATURATED_MORE:
        shares = f"{end:.0%} of its outputs saturated at the end, {start:.0%} before training"
        yield f"{row.label}: {shares}."


def _mean(block: BlockReport, row: ArmRow, metric: str) -> float | None:
    """The mean over the seeds that have the metric; of a ratio, of its logarithm."""
    if metric not in block.trials.metrics:
        return None
    values = block.trials.metrics[metric][block.trials.position[row.name]]
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else None


def _two_digits(number: float) -> str:
    """A number in two significant digits, without an exponent.

    >>> _two_digits(21345.0), _two_digits(12.3)
    ('21,000', '12')
    """
    places = 1 - math.floor(math.log10(number))
    return f"{round(number, places):,.0f}"
