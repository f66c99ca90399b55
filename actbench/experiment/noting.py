"""What a trained model's test metrics tell beside their size: the `note` of a trial.

From the metrics and the targets alone, so that it also holds for trials of earlier journals.
"""

from collections.abc import Mapping

from actbench.experiment.bounds import Bounds
from actbench.results import Record
from actbench.results.columns import AT_CHANCE, AT_FLOOR, DEAD_OUTPUT, join_notes
from actbench.results.journal import OK
from actbench.statistics import collapsed_to_chance

NEAR_FLOOR = 1e-4
# Keras adds up in float32, whose numbers are 1.2e-7 apart in relative terms.
ROUNDING = 1e-6


def note_of(record: Record, bounds: Bounds) -> str:
    """The notes of a trial that trained, in one cell; empty where there is nothing to say.

    "dead output": every row got one number, an end of the output's range: the metrics are those
    of that constant, and not the best there are. "at its floor": a metric within 1e-4 of what no
    model with that output can pass. "at chance": accuracy no better than naming the commonest
    class, by `actbench.statistics.collapsed_to_chance`.
    """
    if record.status != OK:
        return ""
    test = {
        name.removeprefix("test_"): value
        for name, value in record.metrics.items()
        if name.startswith("test_")
    }
    floored = _at_floor(test, bounds.floors)
    found = {
        DEAD_OUTPUT: not floored and any(_equal(test, constant) for constant in bounds.constants),
        AT_FLOOR: floored,
        AT_CHANCE: _at_chance(test, bounds),
    }
    return join_notes(words for words, holds in found.items() if holds)


def _at_floor(test: Mapping[str, float], floors: Mapping[str, float]) -> bool:
    return any(
        _close(test[name], floor, NEAR_FLOOR)
        for name, floor in floors.items()
        if floor > 0 and name in test
    )


def _equal(test: Mapping[str, float], constant: Mapping[str, float]) -> bool:
    """Whether all the metrics that are known of a constant output are its own."""
    both = [(test[name], value) for name, value in constant.items() if name in test]
    return bool(both) and all(_close(found, value, ROUNDING) for found, value in both)


def _close(found: float, expected: float, tolerance: float) -> bool:
    return abs(found - expected) <= tolerance * abs(expected)


def _at_chance(test: Mapping[str, float], bounds: Bounds) -> bool:
    accuracy = test.get("accuracy")
    if accuracy is None or bounds.majority is None or bounds.majority == 1:
        return False
    return collapsed_to_chance(accuracy, bounds.majority, bounds.rows)
