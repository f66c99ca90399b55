"""Reproduction: one trial as a plain Keras script, with which a reader checks its numbers.

Importing this room is quick: Keras is imported when a script is made.
"""

from pathlib import Path

from actbench.reproduction.recorded_trial import RecordedTrial, find_trial

__all__ = ["OPENING", "find_trial", "script_of"]

OPENING = "One training run in plain Keras. It loads and splits the rows"  # of every script


def script_of(trial: RecordedTrial, output: Path | None = None) -> str:
    """The script of a trial: see `actbench.reproduction.script.script_of`."""
    from actbench.training.backend import import_keras

    import_keras()
    from actbench.reproduction import script

    return script.script_of(trial, output)
