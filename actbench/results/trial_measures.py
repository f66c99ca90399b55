"""A trial's own numbers from its record: what happened inside, and when it reached its goal."""

import math
from collections.abc import Sequence
from statistics import fmean

from actbench.results.journal import OK, Record
from actbench.spec.keras_names import higher_is_better
from actbench.spec.trial_metrics import AT_START

Layer = dict[str, float]


def inside(record: Record, name: str) -> float | None:
    """One of `actbench.spec.trial_metrics.OF_DIAGNOSTICS`; None where it was not measured.

    `dead`, `saturated`, `off_centre` are means over the hidden layers, empty where a layer has
    none. `gradient_ratio` is that of the last layer over the first, 0 where one of them is 0 or
    not finite. `spread` is the sd of the last layer's outputs, `largest` the greatest output.
    """
    layers = _layers(record, at_start=name.endswith(AT_START))
    name = name.removesuffix(AT_START)
    if not layers:
        return None
    if name == "gradient_ratio":
        return _gradient_ratio(layers)
    if name == "spread":
        return layers[-1].get("sd")
    values = [layer[name] for layer in layers if name in layer]
    if len(values) < len(layers):
        return None
    return max(values) if name == "largest" else fmean(values)


def _layers(record: Record, *, at_start: bool) -> list[Layer]:
    """The layers that were measured at the start, or with the weights that were tested."""
    return [
        layer
        for layer in record.diagnostics or ()
        if (layer["epoch"] == 0) == at_start and "mean" in layer
    ]


def _gradient_ratio(layers: Sequence[Layer]) -> float | None:
    if len(layers) < 2:
        return None
    first, last = (layer.get("gradient", 0.0) for layer in (layers[0], layers[-1]))
    ratio = last / first if first else 0.0
    return ratio if math.isfinite(ratio) else 0.0


def reach_epoch(record: Record, goal: tuple[str, float] | None) -> int | None:
    """The first epoch, from 1, whose metric is at least as good as the goal; None if none was.

    Measured on the validation rows where there are any, else on the training rows.
    """
    if goal is None or record.status != OK:
        return None
    metric, value = goal
    sign = 1 if higher_is_better(metric) else -1
    for number, epoch in enumerate(record.history, start=1):
        reached = epoch.get(f"val_{metric}", epoch.get(f"train_{metric}"))
        if reached is not None and sign * reached >= sign * value:
            return number
    return None


def reach_seconds(record: Record, goal: tuple[str, float] | None) -> float | None:
    """The training time until the end of that epoch; None where it is not known."""
    epoch = reach_epoch(record, goal)
    if epoch is None or epoch > len(record.epoch_seconds):
        return None
    return record.epoch_seconds[epoch - 1]
