"""`actbench compare`: the statistics, from `trials.csv` alone."""

from enum import StrEnum
from typing import Annotated

import typer

from actbench.cli.options import RESULTS, Out


class Format(StrEnum):
    """How the comparison is printed."""

    table = "table"
    csv = "csv"
    json = "json"
    markdown = "markdown"


class Split(StrEnum):
    """Which rows a metric was measured on."""

    train = "train"
    val = "val"
    test = "test"


def compare(
    results: Annotated[
        list[str],
        typer.Argument(
            metavar="RESULT...", help="A results folder, a trials.csv, or a name under --out."
        ),
    ],
    metric: Annotated[
        str | None, typer.Option("--metric", help="Compare in this metric, such as mae or loss.")
    ] = None,
    split: Annotated[Split, typer.Option("--split", help="Measured on which rows.")] = Split.test,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline", help="Compare with this arm: hidden=relu, output=linear, or both."
        ),
    ] = None,
    out: Out = RESULTS,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.table,
) -> None:
    """Say which arms differ, by how much, and how sure that is."""
    from actbench.cli.compared import print_comparison
    from actbench.reporting.comparing import report
    from actbench.results.reading import find_trials, read_trials

    for result in results:
        trials = read_trials(find_trials(result, out))
        named = _arm(baseline) if baseline else trials.baseline
        reports = report(trials.frame, metric=metric, split=split, baseline=named)
        print_comparison(reports, form)


def _arm(text: str) -> dict[str, str]:
    """`hidden=relu,output=linear` as a mapping."""
    found = {}
    for part in text.split(","):
        key, equals, label = part.partition("=")
        if not equals or key.strip() not in ("hidden", "output") or not label.strip():
            raise typer.BadParameter(
                f"expected hidden=LABEL, output=LABEL or both with a comma, got '{text}'",
                param_hint="--baseline",
            )
        found[key.strip()] = label.strip()
    return found
