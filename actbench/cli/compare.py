"""`actbench compare`: the statistics, from `trials.csv` and what lies beside it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from actbench.cli import completion
from actbench.cli.console import messages, output, print_text
from actbench.cli.options import RESULTS, Filters, Force, Out, check_output
from actbench.errors import ResultsError, doing
from actbench.reporting.formats import Format
from actbench.wording import Scope, listed

if TYPE_CHECKING:
    from actbench.reporting.question import Question
    from actbench.reporting.report import Report
    from actbench.results.runs_table import RunsColumns

By = Literal["arm", "hidden", "output", "architecture", "optimizer"]

REFUTED = 3
_ELSEWHERE = "Tables of runs made elsewhere"
_MORE = "All of it: pipe this through `less`, or see the page of `actbench report`."
_AXES = "|".join(get_args(By)[1:])
_AXIS = re.compile(rf"\s*({_AXES})\s*=")


def compare(
    results: Annotated[
        list[str],
        typer.Argument(
            metavar="RESULT...",
            help="A results folder, a trials.csv, or a name under --out. Several are joined.",
            autocompletion=completion.results,
        ),
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="Compare in this metric, such as mae or loss. Repeatable.",
            autocompletion=completion.metrics,
        ),
    ] = None,
    split: Annotated[
        Literal["train", "val", "test"] | None,
        typer.Option(help="Measured on which rows; test by default."),
    ] = None,
    scope: Annotated[
        Scope | None,
        typer.Option(
            help="Of what is said: these seeds on these very rows, rows like these, or splits."
        ),
    ] = None,
    at: Annotated[
        Literal["last", "best"],
        typer.Option(help="After the last epoch, or the best one in validation loss."),
    ] = "last",
    baseline: Annotated[
        str | None,
        typer.Option(
            help="Compare with this arm: relu, hidden=relu, output=linear, or both axes.",
            autocompletion=completion.arms,
        ),
    ] = None,
    by: Annotated[By, typer.Option(help="What is compared; all else is fixed.")] = "arm",
    higher_is_better: Annotated[
        bool | None,
        typer.Option(
            "--higher-is-better/--lower-is-better",
            help="The direction of a metric whose name does not tell it, such as test_f1.",
        ),
    ] = None,
    all_pairs: Annotated[
        bool, typer.Option("--all-pairs", help="Compare every arm with every other.")
    ] = False,
    rope: Annotated[
        float | None, typer.Option(help="Differences up to this are too small to matter.")
    ] = None,
    min_effect: Annotated[
        float | None, typer.Option(help="Smallest difference that matters: plans the seeds.")
    ] = None,
    alpha: Annotated[
        float | None, typer.Option(help="Level of significance; 0.05 by default.")
    ] = None,
    filters: Filters = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Of a table made elsewhere: what is compared. Repeatable: together.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="What pairs the runs of different arms: a seed, a repeat, a fold.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
    score: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The numbers to compare; or their name, in a wide table.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
    block: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="What arms are compared within, such as a data set.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
    arm_columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Each of these columns is an arm, as in relu,tanh or 'acc_*'.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
    seed_columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Each of these columns is a seed, as in 'split*_test_score'.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
    test_to_train: Annotated[
        float | None,
        typer.Option(
            help="With --scope splits: test rows over training rows; 0.25 for five folds.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = None,
    unpaired: Annotated[
        bool,
        typer.Option(
            "--unpaired",
            help="Compare means by a permutation test, where runs share no seed.",
            rich_help_panel=_ELSEWHERE,
        ),
    ] = False,
    pivot: Annotated[
        bool, typer.Option("--pivot", help="A grid: hidden in rows, output in columns.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="OTHER",
            help="Compare with an earlier run of the spec.",
            autocompletion=completion.results,
        ),
    ] = None,
    fail_if_worse: Annotated[
        bool, typer.Option("--fail-if-worse", help="Exit with 3 if an arm is worse, for CI.")
    ] = False,
    out: Out = RESULTS,
    form: Annotated[
        Format | None, typer.Option("--format", help="How to print it; a table by default.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write it to this file.")
    ] = None,
    force: Force = False,
) -> None:
    """Say which arms differ, by how much, and how sure that is."""
    from actbench.reporting.question import Question
    from actbench.results.runs_table import RunsColumns

    if file is not None:
        check_output(file, force=force)
    columns = RunsColumns(tuple(arm or ()), seed, score, block, arm_columns, seed_columns)
    elsewhere = columns != RunsColumns()
    question = Question(
        metrics=tuple(dict.fromkeys(metric or ())),
        part=split,
        at=at,
        by=by,
        baseline=_labels(baseline) if baseline and _AXIS.match(baseline) else {},
        baseline_name=baseline if baseline and not _AXIS.match(baseline) else "",
        rope=rope,
        min_effect=min_effect,
        alpha=alpha,
        all_pairs=all_pairs,
        higher_is_better=higher_is_better,
        filters=() if elsewhere else tuple(filters or ()),
        scope=scope,
        made_elsewhere=elsewhere,
        test_to_train=test_to_train,
        unpaired=unpaired,
    )
    if elsewhere:
        shaped = {"--metric": metric, "--split": split, "--pivot": pivot, "--against": against}
        shaped |= {"--at": at != "last", "--by": by != "arm", "a second file": len(results) > 1}
        _refuse_with_columns([option for option, value in shaped.items() if value])
    with doing(f"comparing {listed(results)}"):
        if elsewhere:
            report = _of_runs(Path(results[0]), columns, question, filters or ())
        else:
            report = _of_trials(results, out, question, against, pivot=pivot)
        worse = report.worse_arms() if fail_if_worse else ()
        print_report(report, form or (Format.of_file(file) if file else Format.table), file)
    for sentence in worse:
        messages().print(f"--fail-if-worse: {sentence}")
    if report.refuted or worse:
        raise typer.Exit(REFUTED)


def _of_runs(
    table: Path, columns: "RunsColumns", question: "Question", filters: Sequence[str]
) -> "Report":
    from actbench.reporting.report import report_of
    from actbench.results.runs_table import read_runs

    runs = read_runs(
        table, columns, unpaired=question.unpaired, filters=filters, scope=question.scope
    )
    return report_of([runs], question)


def _of_trials(
    results: Sequence[str], out: Path, question: "Question", against: str | None, *, pivot: bool
) -> "Report":
    from actbench.reporting.report import make_report
    from actbench.results.reading import find_trials

    tables = [find_trials(result, out) for result in results]
    earlier = find_trials(against, out) if against is not None else None
    return make_report(tables, question, earlier, grid=pivot)


def _refuse_with_columns(options: list[str]) -> None:
    if options:
        raise ResultsError(
            f"{listed(options)}: not possible with a table that was made elsewhere, which has one "
            "score, named by --score; leave it out"
        )


def print_report(report: "Report", form: Format = Format.table, file: Path | None = None) -> None:
    """Print a report to standard output, or write it to a file.

    What the format leaves out goes to standard error.

    Raises:
        ResultsError: the file cannot be written.
    """
    from actbench.reporting import terminal_answer, terminal_tables
    from actbench.results import write_file

    console = output()
    if file is not None:
        write_file(file, form.text(report))
    elif form is Format.table and console.is_terminal and report.blocks and not report.grid:
        terminal_answer.print_answer(console, report, _MORE)
    elif form is Format.table:
        terminal_tables.print_report(console, report)
    else:
        print_text(form.text(report))
    if form is not Format.table:
        for line in filter(None, report.lines_below):
            messages().print(line)


def _labels(text: str) -> dict[str, str]:
    """The labels of `hidden=relu,output=linear` by their axis."""
    labels: dict[str, str] = {}
    for part in re.split(rf",(?=\s*(?:{_AXES})\s*=)", text):
        match = re.fullmatch(rf"\s*({_AXES})\s*=\s*(.*\S)\s*", part)
        if match is None:
            raise typer.BadParameter(
                f"expected hidden=LABEL, output=LABEL or both with a comma, got '{text}'",
                param_hint="--baseline",
            )
        labels[match[1]] = match[2]
    return labels
