"""Metrics of a whole trial rather than of some rows: what happens inside the model, and cost.

Less is better, except for `BEST_AT_ONE`: those are best at 1 and are compared as |ln value|, by how
many times they are off.
"""

SECONDS = "seconds"  # the time that training took
REACH_EPOCH, REACH_SECONDS, PREDICT_SECONDS = "reach_epoch", "reach_seconds", "predict_seconds"

# Of the hidden activations, with the weights that are tested; and with those before training.
INSIDE = ("dead", "saturated", "gradient_ratio", "off_centre", "spread", "largest")
AT_START = "_at_start"
OF_DIAGNOSTICS = (*INSIDE, *(f"{name}{AT_START}" for name in INSIDE))

TRIAL_METRICS = (SECONDS, *OF_DIAGNOSTICS, PREDICT_SECONDS, REACH_EPOCH, REACH_SECONDS)
BEST_AT_ONE = tuple(
    f"{name}{when}" for name in ("gradient_ratio", "spread") for when in ("", AT_START)
)
# Empty where a trial never got there, which is a failure.
REACHED = (REACH_EPOCH, REACH_SECONDS)
# How long something took; no score of any rows.
OF_NO_ROWS = (SECONDS, PREDICT_SECONDS, *REACHED)
# Times of training: they say something only of trials that were trained alone.
TRAINING_TIMES = (SECONDS, REACH_SECONDS)


def column_of(metric: str) -> str:
    """The column of `trials.csv` that holds a metric of a whole trial.

    >>> column_of("seconds"), column_of("dead")
    ('train_seconds', 'dead')
    """
    return "train_seconds" if metric == SECONDS else metric
