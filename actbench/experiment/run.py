"""Running an experiment: skip what is done, train what is missing, append, write the tables."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from actbench import data
from actbench.experiment import worker
from actbench.experiment.bounds import bounds
from actbench.experiment.checks import checks_of
from actbench.experiment.grouping import groups, side_by_side
from actbench.experiment.interrupt import interruptible
from actbench.experiment.noting import note_of
from actbench.experiment.plan import Plan, Trial, make_plan
from actbench.experiment.progress import Progress
from actbench.experiment.provenance import write_checks, write_environment, write_spec
from actbench.experiment.trials import train
from actbench.results import Journal, Record, ResultsFolder
from actbench.results.columns import Row, write_tables
from actbench.results.journal import ERROR
from actbench.spec import Block, Experiment


@dataclass(frozen=True)
class RunResult:
    """What a run leaves: its folder, the plan it followed, and every record of the experiment."""

    folder: ResultsFolder
    plan: Plan
    rows: tuple[Row, ...]
    interrupted: bool = False

    @property
    def errors(self) -> tuple[Row, ...]:
        """The trials that raised."""
        return tuple(row for row in self.rows if row.record.status == ERROR)


def run(
    experiment: Experiment,
    out: Path,
    progress: Progress,
    *,
    data_dir: Path | None = None,
    engine: str = "auto",
    fresh: bool = False,
    apart: bool = False,
    jobs: int | None = None,
) -> RunResult:
    """Train every trial of `experiment` that `out` does not hold yet, and write the tables.

    An interrupt (Ctrl-C) ends the run after the tables are written, with `interrupted` set; what
    was journalled is kept. A trial that raises becomes a record of status "error" and is tried
    again by the next run.

    With `apart`, cells are trained in processes of their own (`actbench.experiment.worker`), which
    keeps memory flat over any number of cells; `jobs` of them side by side, by default as many as
    there are cores where a step is too small to use more than one. A script that asks for it must
    be guarded by `if __name__ == "__main__"`, as Python's multiprocessing wants it.

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
        write_checks(folder, checks_of(plan))
        if plan.todo:
            write_environment(folder, plan.sources)
        how = _How(progress, data_dir, engine, apart, jobs)
        interrupted = _train_all(plan, Journal(folder.journal), how)
        # Read anew: an interrupt may fall between a record's way to the disk and our taking note.
        rows = _rows(plan, Journal(folder.journal))
        if plan.todo:
            write_environment(folder, plan.sources)  # now with the engines that were used
        write_spec(folder, experiment)
        write_tables(folder, rows)
    return RunResult(folder, plan, rows, interrupted)


def fetch_missing(experiment: Experiment, data_dir: Path | None, progress: Progress) -> None:
    """Download the data sets of an experiment that are not on this machine yet.

    Raises:
        DataError: one cannot be downloaded.
    """
    for info in dict.fromkeys(choice.info for choice in experiment.dataset):
        if data.locate(info, data_dir) is None:
            progress.preparing(f"downloading {info.name}")
            data.fetch(info, data_dir)


@dataclass(frozen=True)
class _How:
    progress: Progress
    data_dir: Path | None
    engine: str
    apart: bool
    jobs: int | None


def _train_all(plan: Plan, journal: Journal, how: _How) -> bool:
    """Train block by block; whether the user interrupted."""
    with interruptible() as interrupt, suppress(KeyboardInterrupt):
        if how.apart and plan.todo:
            how.progress.preparing("TensorFlow")
            worker.prepare()
        for i, block in enumerate(plan.blocks):
            for todo in groups([trial for trial in plan.todo if trial.block == i]):
                for record in _trained(todo, block, plan, how):
                    journal.append(record)
                    interrupt.check()
        return False
    return True


def _trained(todo: tuple[Trial, ...], block: Block, plan: Plan, how: _How) -> Iterator[Record]:
    choice = block.dataset
    if how.apart:
        digest = plan.sources[choice.name].digest
        parts = side_by_side(todo, how.jobs)
        works = [worker.Work(p, choice, digest, how.data_dir, how.engine) for p in parts]
        return worker.train_apart(works, how.progress)
    how.progress.preparing(f"loading {choice.label}")
    dataset = data.load(choice.request, how.data_dir)
    return train(todo, dataset, how.progress, how.engine)


def _rows(plan: Plan, journal: Journal) -> tuple[Row, ...]:
    """The records there are, in the order of the plan, however they came about."""
    name = plan.experiment.name
    known = {
        cell: bounds(cell, plan.targets[cell.dataset].test)
        for block in plan.blocks
        for cell in block.cells
        if cell.dataset in plan.targets
    }
    found = ((t.cell, journal.records[t.id]) for t in plan.trials if t.id in journal.records)
    return tuple(
        Row(name, cell, record, note_of(record, known[cell]) if cell in known else "")
        for cell, record in found
    )
