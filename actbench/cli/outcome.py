"""What a run ends with: the comparison, where the tables are, and how to go on."""

import json
from collections import Counter

from rich.console import Console

from actbench.cli.compare import print_report
from actbench.cli.terminal import messages, output
from actbench.errors import Interrupted
from actbench.experiment import RunResult
from actbench.reporting.formats import csv_text
from actbench.reporting.question import Question
from actbench.reporting.report import Report, make_report
from actbench.reporting.summary import paragraph
from actbench.results import write_file
from actbench.wording import counted


def print_outcome(result: RunResult, *, as_json: bool, quiet: bool, go_on: str) -> bool:
    """Print the comparison of what was trained, and write it as `comparison.csv`.

    Returns whether an expectation of the spec was refuted.

    Raises:
        Interrupted: the run was interrupted; its message says what is kept and how to go on.
    """
    report = _report(result)
    if report.blocks:
        write_file(result.folder.comparison, csv_text(report))
    if as_json:
        output().print_json(json.dumps(_summary(result, report)))
    else:
        print_report(report)
        if not quiet:
            _remarks(messages(), result)
    if result.interrupted:
        done, planned = len(result.rows), len(result.plan.trials)
        raise Interrupted(
            f"interrupted: {done} of {planned} trials are done and kept in "
            f"{result.folder.path}. To go on: {go_on}"
        )
    return report.refuted


def _report(result: RunResult) -> Report:
    if not any(row.record.finished for row in result.rows):
        return Report()
    return make_report([result.folder.trials], Question())


def _remarks(console: Console, result: RunResult) -> None:
    messages_of = Counter(row.record.message for row in result.errors)
    for message, count in messages_of.items():
        console.print(f"{counted(count, 'trial')} ended in an error: {message}")
    if messages_of:
        console.print("The same command tries them again, and leaves the others as they are.")
    console.print(f"Tables: {result.folder.path}/trials.csv, history.csv, summary.csv")


def _summary(result: RunResult, report: Report) -> dict[str, object]:
    statuses = [row.record.status for row in result.rows]
    return {
        "name": result.plan.experiment.name,
        "folder": str(result.folder.path),
        "planned": len(result.plan.trials),
        "interrupted": result.interrupted,
        **{status: statuses.count(status) for status in ("ok", "diverged", "error")},
        "summary": [report.overview, *map(paragraph, report.blocks)],
        "comparison": report.records,
        "expectations": [expectation.as_dict() for expectation in report.expectations],
        "notes": list(report.notes),
    }
