"""The region of practical equivalence (ROPE): differences too small to matter."""

from actbench.statistics.differences import Interval

ROPE_OF_ACCURACY = 0.005


def default_rope(metric: str) -> float | None:
    """Half-width of the ROPE where none is given: 0.005 for accuracies, none for other metrics.

    `metric`: a metric's name, with or without its split, such as "test_accuracy".

    >>> default_rope("test_accuracy"), default_rope("mae")
    (0.005, None)
    """
    return ROPE_OF_ACCURACY if metric.endswith("accuracy") else None


def inside(interval: Interval | None, rope: float) -> bool:
    """Whether the whole interval lies within ±rope.

    >>> inside((-0.001, 0.004), 0.005), inside((0.004, 0.006), 0.005), inside(None, 0.005)
    (True, False, False)
    """
    return interval is not None and -rope <= interval[0] and interval[1] <= rope


def beyond(interval: Interval | None, rope: float) -> bool:
    """Whether the whole interval lies on one side, at least `rope` from zero.

    >>> beyond((0.006, 0.02), 0.005), beyond((-0.02, -0.006), 0.005), beyond((0.0, 0.02), 0.005)
    (True, True, False)
    """
    return interval is not None and (interval[0] >= rope or interval[1] <= -rope)
