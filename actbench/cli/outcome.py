"""What a run ends with: the comparison, where the tables are, and how to go on."""

import json
from collections import Counter

from rich.console import Console

from actbench.cli.compared import print_comparison
from actbench.cli.terminal import messages, output
from actbench.errors import Interrupted
from actbench.experiment import RunResult
from actbench.reporting.comparing import BlockReport, report
from actbench.reporting.formats import as_csv
from actbench.reporting.rows import plain_rows
from actbench.results import atomic
from actbench.results.reading import read_trials


def print_outcome(result: RunResult, *, as_json: bool, quiet: bool, go_on: str) -> None:
    """Print the comparison of what was trained, and write it as `comparison.csv`.

    Raises:
        Interrupted: the run was interrupted; its message says what is kept and how to go on.
    """
    reports = _reports(result)
    if reports:
        atomic.write(result.folder.comparison, as_csv(reports))
    if as_json:
        output().print_json(json.dumps(_summary(result, reports)))
    else:
        print_comparison(reports, "table")
        if not quiet:
            _remarks(messages(), result)
    if result.interrupted:
        done, planned = len(result.rows), len(result.plan.trials)
        raise Interrupted(
            f"interrupted: {done} of {planned} trials are done and kept in "
            f"{result.folder.path}. To go on: {go_on}"
        )


def _reports(result: RunResult) -> tuple[BlockReport, ...]:
    if not any(row.record.finished for row in result.rows):
        return ()
    trials = read_trials(result.folder.trials)
    arm = result.plan.blocks[0].baseline
    named = {"hidden": arm.hidden.label, "output": arm.output.label}
    if len(result.plan.experiment.tasks) > 1:
        named.pop("output")
    return report(trials.frame, baseline=named)


def _remarks(console: Console, result: RunResult) -> None:
    messages_of = Counter(row.record.message for row in result.errors)
    for message, count in messages_of.items():
        console.print(f"{count} trials ended in an error: {message}")
    if messages_of:
        console.print("The same command tries them again, and leaves the others as they are.")
    console.print(f"Tables: {result.folder.path}/trials.csv, history.csv, summary.csv")


def _summary(result: RunResult, reports: tuple[BlockReport, ...]) -> dict[str, object]:
    statuses = [row.record.status for row in result.rows]
    return {
        "name": result.plan.experiment.name,
        "folder": str(result.folder.path),
        "planned": len(result.plan.trials),
        "interrupted": result.interrupted,
        **{status: statuses.count(status) for status in ("ok", "diverged", "error")},
        "comparison": plain_rows(reports),
    }
