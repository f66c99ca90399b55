"""Running the experiments of one command: progress, outcome, interrupts."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from actbench import experiment
from actbench.cli.outcome import print_outcome
from actbench.cli.progress import progress_for
from actbench.cli.terminal import messages
from actbench.errors import Interrupted
from actbench.experiment.checks import refuse_warnings
from actbench.spec import Experiment
from actbench.statistics import DEFAULT_LOOKS

SOME_TRIAL_FAILED = 1
REFUTED = 3


@dataclass(frozen=True)
class Until:
    """The options of a run until decided; what is None is by default."""

    looks: tuple[int, ...] | None = None
    rope: float | None = None


@dataclass(frozen=True)
class How:
    """The options of a run that concern every spec of it."""

    out: Path
    data_dir: Path | None
    engine: str
    fresh: bool
    quiet: bool
    as_json: bool
    until: Until | None = None
    jobs: int | None = None
    strict: bool = False


def run_all(experiments: Sequence[Experiment], how: How) -> int:
    """Run each experiment and print what came of it; the exit code that this comes to.

    It is 1 where a trial ended in an error, else 3 where an expectation was refuted, else 0.

    Raises:
        Interrupted: Ctrl-C, or the system's polite request to end; it says how to go on.
        SpecError: `strict` was asked for, and a check before training warns of something.
    """
    try:
        if how.strict:
            _refuse_warnings(experiments, how)
        outcomes = [_run_one(planned, how) for planned in experiments]
    except KeyboardInterrupt:
        kept = "interrupted; finished trials are kept. To go on: "
        raise Interrupted(kept + _command_to_go_on()) from None
    return min((code for code in outcomes if code), default=0)


def _refuse_warnings(experiments: Sequence[Experiment], how: How) -> None:
    """Before anything is trained, for all specs at once; the checks need the data to be here."""
    with progress_for(messages(), quiet=how.quiet or how.as_json) as progress:
        for planned in experiments:
            experiment.fetch_missing(planned, how.data_dir, progress)
    refuse_warnings([experiment.make_plan(e, how.out, how.data_dir) for e in experiments])


def _run_one(planned: Experiment, how: How) -> int:
    if how.until is not None:
        looks = how.until.looks or DEFAULT_LOOKS
        train = partial(_train, how)
        result = experiment.until_decided(
            planned, train, looks=looks, rope=how.until.rope, fresh=how.fresh
        )
    else:
        result = _train(how, planned, how.fresh)
        experiment.forget_other_looks(result)
    refuted = print_outcome(result, as_json=how.as_json, quiet=how.quiet, go_on=_command_to_go_on())
    if result.errors:
        return SOME_TRIAL_FAILED
    return REFUTED if refuted else 0


def _train(how: How, planned: Experiment, fresh: bool) -> experiment.RunResult:
    with progress_for(messages(), quiet=how.quiet or how.as_json) as progress:
        return experiment.run(
            planned,
            how.out,
            progress,
            executor=experiment.LocalProcesses(how.data_dir, how.engine, how.jobs),
            data_dir=how.data_dir,
            fresh=fresh,
        )


def _command_to_go_on() -> str:
    return shlex.join(["actbench", *(word for word in sys.argv[1:] if word != "--fresh")])
