"""`actbench run`: plan, train what is missing, write the tables, print the comparison."""

import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from actbench.cli import options
from actbench.cli.compare import REFUTED, print_report
from actbench.cli.console import messages, print_json, stdout_for_results
from actbench.errors import Interrupted, doing
from actbench.wording import counted

if TYPE_CHECKING:
    from actbench.experiment import Executor, Progress, RunResult
    from actbench.reporting.report import Report
    from actbench.spec import Experiment

SOME_TRIAL_FAILED = 1


def run(
    specs: options.Specs,
    seeds: options.Seeds = None,
    epochs: options.Epochs = None,
    overrides: options.Overrides = None,
    out: options.Out = options.RESULTS,
    data_dir: options.DataDir = None,
    engine: Annotated[
        Literal["auto", "compiled", "keras"], typer.Option(help="What trains.")
    ] = "auto",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Set earlier results aside and train all anew.")
    ] = False,
    until_decided: Annotated[
        bool,
        typer.Option(
            "--until-decided",
            help="Add seeds, look by look, until every arm is settled or proves open.",
        ),
    ] = False,
    looks: Annotated[
        str | None, typer.Option(help="The numbers of seeds it looks at; 10,20,30,40 by default.")
    ] = None,
    rope: Annotated[
        float | None,
        typer.Option(min=0, help="Difference that it takes for none, in metric units."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Cells to train side by side; as many as there are cores where models are small.",
        ),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="local[:WORKERS]|ADDRESS",
            help="Train on a Dask cluster: workers on this machine, or those of a scheduler such "
            "as tcp://host:8786 (docs/cluster.md).",
        ),
    ] = None,
    strict: options.Strict = False,
    no_page: Annotated[
        bool, typer.Option("--no-report", help="Write no report.html beside the tables.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the comparison only.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Train every combination of a spec that is not done yet, and compare the arms."""
    from actbench.experiment import forget_other_looks, refuse_splits
    from actbench.experiment import until_decided as run_until_decided

    with _kept_when_interrupted():
        seeds_at_looks = _seeds_at_looks(until_decided, seeds, looks, rope)
        experiments = options.load_specs(specs, overrides, seeds, epochs)
        for experiment in experiments if until_decided else ():
            refuse_splits(experiment)
        executor = _executor(data_dir, engine, jobs, dask)
        trainer = _Trainer(executor, out, data_dir, quiet=quiet or as_json)
        if strict:
            trainer.refuse_warnings(experiments)
        codes = []
        for experiment in experiments:
            with doing(f"running {experiment.name} in {out}"):
                if until_decided:
                    result = run_until_decided(
                        experiment, trainer.train, looks=seeds_at_looks, rope=rope, fresh=fresh
                    )
                else:
                    result = trainer.train(experiment, fresh)
                    forget_other_looks(result)
                codes.append(print_outcome(result, page=not no_page, as_json=as_json, quiet=quiet))
    if failures := [code for code in codes if code]:
        raise typer.Exit(min(failures))  # an error counts more than a refuted expectation


@dataclass(frozen=True)
class _Trainer:
    """Trains the experiments of the command, all with the same executor and folders."""

    executor: "Executor"
    out: Path
    data_dir: Path | None
    quiet: bool

    def train(self, experiment: "Experiment", fresh: bool) -> "RunResult":
        """Train what is missing of an experiment, and show how far it is."""
        from actbench.experiment import run as run_experiment

        with stdout_for_results(), self._progress() as shown:
            return run_experiment(
                experiment,
                self.out,
                shown,
                executor=self.executor,
                data_dir=self.data_dir,
                fresh=fresh,
            )

    def refuse_warnings(self, experiments: Sequence["Experiment"]) -> None:
        """Refuse what a check before training warns of; the checks need the data."""
        from actbench.experiment import fetch_missing, make_plan
        from actbench.experiment.checks import refuse_warnings

        with self._progress() as shown:
            for experiment in experiments:
                fetch_missing(experiment, self.data_dir, shown)
        refuse_warnings([make_plan(e, self.out, self.data_dir) for e in experiments])

    def _progress(self) -> AbstractContextManager["Progress"]:
        from actbench.cli.progress import progress_for

        return progress_for(messages(), quiet=self.quiet)


@contextmanager
def _kept_when_interrupted() -> Iterator[None]:
    """Say on Ctrl-C, from the first moment on, what is kept and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        kept = "interrupted; finished trials are kept. To go on: "
        raise Interrupted(kept + _command_to_go_on()) from None


def _executor(data_dir: Path | None, engine: str, jobs: int | None, dask: str | None) -> "Executor":
    """What trains: processes on this machine, or a Dask cluster."""
    from actbench.experiment import DaskCluster, LocalProcesses
    from actbench.experiment.executors.dask_cluster import local_workers

    if dask is None:
        return LocalProcesses(data_dir, engine, jobs)
    if jobs is not None:
        raise typer.BadParameter(
            "--jobs and --dask do not go together: write --dask local:WORKERS", param_hint="--jobs"
        )
    try:
        local_workers(dask)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--dask") from None
    return DaskCluster(dask, data_dir, engine)


def _seeds_at_looks(
    until_decided: bool, seeds: int | None, looks: str | None, rope: float | None
) -> tuple[int, ...]:
    """The number of seeds at each look: at least two at the first, and more at each further one."""
    if until_decided and seeds is not None:
        raise typer.BadParameter(
            "--seeds and --until-decided do not go together: it chooses the seeds itself",
            param_hint="--until-decided",
        )
    if not until_decided and (looks is not None or rope is not None):
        option = "--looks" if looks is not None else "--rope"
        raise typer.BadParameter("goes with --until-decided only", param_hint=option)
    from actbench.statistics import DEFAULT_LOOKS, LARGEST_LOOK, MOST_LOOKS

    if looks is None:
        return DEFAULT_LOOKS
    words = looks.split(",")
    numbers = tuple(int(word) if word.strip().isdecimal() else 0 for word in words)
    grow = numbers[0] >= 2 and all(a < b for a, b in pairwise(numbers))
    if not grow or len(numbers) > MOST_LOOKS or numbers[-1] > LARGEST_LOOK:
        raise typer.BadParameter(
            f"expected growing numbers of seeds from 2 on, such as 10,20,30,40, at most "
            f"{MOST_LOOKS} of them and none above {LARGEST_LOOK:,}, got {looks[:60]!r}",
            param_hint="--looks",
        )
    return numbers


def print_outcome(result: "RunResult", *, page: bool, as_json: bool, quiet: bool) -> int:
    """Print the comparison of what was trained; write it as `comparison.csv` and as a page.

    Returns the exit code: 1 if a trial ended in an error, else 3 if an expectation of the spec
    was refuted, else 0.

    Raises:
        Interrupted: the run was interrupted; its message says what is kept and how to go on.
    """
    from actbench.reporting.page import write_answer
    from actbench.reporting.report import Report

    trained = any(row.record.finished for row in result.rows)
    report = write_answer(result.folder, with_page=page) if trained else Report()
    if as_json:
        print_json(_summary(result, report))
    else:
        if not quiet:
            _print_remarks(result)
        print_report(report)
    if result.interrupted:
        kept = f"interrupted: {result.done_in_words} in {result.folder.path}"
        raise Interrupted(f"{kept}. To go on: {_command_to_go_on()}")
    if result.errors:
        return SOME_TRIAL_FAILED
    return REFUTED if report.refuted else 0


def _print_remarks(result: "RunResult") -> None:
    """Print how many trials ended in which error, and where the tables are."""
    count_by_error = Counter(row.record.message for row in result.errors)
    for error, count in count_by_error.items():
        messages().print(f"{counted(count, 'trial')} ended in an error: {error}")
    if count_by_error:
        messages().print("The same command tries them again, and leaves the others as they are.")
    files = "trials.csv, history.csv, summary.csv" + ", selection.csv" * bool(result.selection)
    page = f"; page: {result.folder.report}" if result.folder.report.is_file() else ""
    messages().print(f"Tables: {result.folder.path}/{files}{page}")


def _summary(result: "RunResult", report: "Report") -> dict[str, Any]:
    """The outcome of a run, for programs."""
    from actbench.reporting.sentences import headline, paragraph

    statuses = [row.record.status for row in result.rows]
    return {
        "name": result.plan.experiment.name,
        "folder": str(result.folder.path),
        "planned": len(result.plan.trials),
        **({"selection": len(result.selection)} if result.selection else {}),
        "interrupted": result.interrupted,
        **{status: statuses.count(status) for status in ("ok", "diverged", "error")},
        "headline": headline(report.blocks),
        "summary": [report.overview, *map(paragraph, report.blocks)],
        "comparison": report.records,
        "expectations": [expectation.as_dict() for expectation in report.expectations],
        "notes": list(report.notes),
    }


def _command_to_go_on() -> str:
    return shlex.join(["actbench", *(word for word in sys.argv[1:] if word != "--fresh")])
