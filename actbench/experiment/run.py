"""Running an experiment: skip what is done, train what is missing, append, write the tables."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from actbench import data
from actbench.experiment.bounds import bounds, note_of
from actbench.experiment.checks import Check, checks_of
from actbench.experiment.environment import version_notes, write_environment
from actbench.experiment.executors import Executor, Progress
from actbench.experiment.executors.in_process import InProcess
from actbench.experiment.interrupt import interruptible
from actbench.experiment.plan import Plan, make_plan
from actbench.experiment.references import in_background, references_of
from actbench.results import Journal, ResultsFolder, write_file
from actbench.results.columns import Row, write_selection, write_tables
from actbench.results.journal import ERROR
from actbench.results.kept_rows import gather_rows, write_rows
from actbench.results.references import Reference, read_references, write_references
from actbench.spec import Experiment
from actbench.wording import counted


@dataclass(frozen=True)
class RunResult:
    """What a run leaves: its folder, the plan it followed, and every record of the experiment.

    `selection`: the trials that learning rates were chosen by; `rows`: the others.
    """

    folder: ResultsFolder
    plan: Plan
    rows: tuple[Row, ...]
    interrupted: bool = False
    selection: tuple[Row, ...] = ()

    @property
    def errors(self) -> tuple[Row, ...]:
        """The trials that raised."""
        trials = (*self.selection, *self.rows)
        return tuple(row for row in trials if row.record.status == ERROR)

    @property
    def done_in_words(self) -> str:
        """How many of the planned trials are done, in words for the end of an interrupted run."""
        done = len(self.rows) + len(self.selection)
        return f"{done} of {len(self.plan.trials)} trials are done and kept"


def run(
    experiment: Experiment,
    out: Path,
    progress: Progress,
    *,
    executor: Executor | None = None,
    data_dir: Path | None = None,
    fresh: bool = False,
) -> RunResult:
    """Train every trial of `experiment` that `out` does not hold yet, and write the tables.

    An interrupt (Ctrl-C) ends the run after the tables are written, with `interrupted` set; what
    is in the journal is kept. A trial that raises becomes a record of status "error" and is tried
    again by the next run. `executor` trains; by default this process does. With `fresh` earlier
    results are set aside first.

    Raises:
        DataError: a data set is missing or damaged.
        ResultsError: the folder is in use, cannot be written, or holds another schema.
    """
    folder = ResultsFolder(out / experiment.name)
    with folder.locked():
        if fresh:
            folder.set_aside()
        fetch_missing(experiment, data_dir, progress)
        plan = make_plan(experiment, out, data_dir)
        progress.planned(plan)
        for note in (*version_notes(plan), *_split_notes(plan)):
            progress.note(note)
        write_checks(folder, checks_of(plan))
        if plan.todo:
            write_environment(folder, plan.sources, plan.records)
        references = in_background(lambda: references_of(plan, data_dir, read_references(folder)))
        interrupted = _train(plan, executor or InProcess(data_dir), progress)
        # Read anew: an interrupt may fall between writing a record and noting that it is written.
        records = Journal(folder.journal).records if plan.todo else plan.records
        selection, rows = _rows(plan.after(records))
        if plan.todo:
            write_environment(folder, plan.sources, records)  # now with the engines that were used
        write_spec(folder, experiment)
        write_tables(folder, rows)
        write_selection(folder, selection)
        for note in gather_rows(folder, [row.record for row in rows]):
            progress.note(note)
        if not interrupted:
            _write_references(folder, references, progress)
    return RunResult(folder, plan, rows, interrupted, selection)


def _split_notes(plan: Plan) -> Iterator[str]:
    """How the several splits of each data set are drawn, a sentence each."""
    for choice in plan.experiment.dataset:
        request = plan.experiment.requests(choice)[0]
        if request.split is not None:
            splits = counted(request.split.scheme.count, "split")
            yield f"{choice.label}: {splits}, {request.drawing}."


def fetch_missing(experiment: Experiment, data_dir: Path | None, progress: Progress) -> None:
    """Download the data sets of an experiment that are not on this machine yet.

    Raises:
        DataError: one cannot be downloaded.
    """
    for info in dict.fromkeys(choice.info for choice in experiment.dataset):
        if info.source.locate(data_dir) is None:
            progress.preparing(f"downloading {info.name}")
            data.fetch(info, data_dir)


def _train(plan: Plan, executor: Executor, progress: Progress) -> bool:
    """Train the missing trials and keep what each one leaves. Return whether Ctrl-C ended it."""
    if not (plan.todo or plan.journal_notes):
        return False
    journal = Journal(plan.folder.journal)
    journal.mend()
    with interruptible() as interrupt, suppress(KeyboardInterrupt):
        with closing(executor.train(plan, progress)) as ends:
            for end in ends:
                digest = write_rows(plan.folder, end.record.trial, end.rows)
                journal.append(replace(end.record, rows=digest))
                journal.records.clear()  # a million would fill the memory; they are read at the end
                interrupt.check()
        return False
    return True


def _rows(plan: Plan) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The records of the plan's trials in its order: those that choose rates, and the others."""
    bounds_by_cell = {
        (cell, request): bounds(cell, targets.test, targets.unit)
        for cell, request in dict.fromkeys((trial.cell, trial.request) for trial in plan.trials)
        if (targets := plan.targets.get(request))
    }
    selection: list[Row] = []
    rows: list[Row] = []
    for trial in plan.trials:
        if record := plan.records.get(trial.id):
            limits = bounds_by_cell.get((trial.cell, trial.request))
            note = note_of(record, limits) if limits and not trial.selects else ""
            name, rate = plan.experiment.name, trial.learning_rate
            row = Row(name, trial.cell, record, note, learning_rate=rate)
            (selection if trial.selects else rows).append(row)
    return tuple(selection), tuple(rows)


def _write_references(
    folder: ResultsFolder, references: Future[list[Reference]], progress: Progress
) -> None:
    """Wait for the reference scores and write them; say so if they could not be computed."""
    if not references.done():
        progress.preparing("scoring a linear model, for scale")
    try:
        scores = references.result()
    except Exception as error:  # the trials are there, and stand without it
        progress.note(f"no reference scores ({type(error).__name__}: {error})")
    else:
        write_references(folder, scores)


def write_spec(folder: ResultsFolder, experiment: Experiment) -> None:
    """Write `spec.yaml`: the experiment with every default filled in, runnable as it stands."""
    text = yaml.safe_dump(experiment.filled(folder.path), sort_keys=False, allow_unicode=True)
    write_file(folder.spec, text)


def write_checks(folder: ResultsFolder, checks: Sequence[Check]) -> None:
    """Write `checks.json`: what the checks before training say of the experiment."""
    text = json.dumps([check.as_dict() for check in checks], indent=2, ensure_ascii=False)
    write_file(folder.checks, text + "\n")
