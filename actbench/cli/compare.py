"""`actbench compare`: the statistics, from `trials.csv` alone."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from actbench.cli.options import RESULTS, Out

REFUTED = 3


class Format(StrEnum):
    """How the comparison is printed."""

    table = "table"
    csv = "csv"
    json = "json"
    markdown = "markdown"
    latex = "latex"


class Split(StrEnum):
    """Which rows a metric was measured on."""

    train = "train"
    val = "val"
    test = "test"


class At(StrEnum):
    """After which epoch a metric was measured."""

    last = "last"
    best = "best"


class By(StrEnum):
    """What the candidates are; everything else is fixed within a table."""

    arm = "arm"
    hidden = "hidden"
    output = "output"
    architecture = "architecture"
    optimizer = "optimizer"


class Sort(StrEnum):
    """What the rows of a table are ordered by."""

    rank = "rank"
    mean = "mean"
    difference = "difference"
    p = "p"
    name = "name"
    order = "order"


def compare(
    results: Annotated[
        list[str],
        typer.Argument(
            metavar="RESULT...",
            help="A results folder, a trials.csv, or a name under --out. Several are joined.",
        ),
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", help="Compare in this metric, such as mae or loss. Repeatable."),
    ] = None,
    split: Annotated[
        Split | None, typer.Option("--split", help="Measured on which rows; test by default.")
    ] = None,
    at: Annotated[
        At, typer.Option("--at", help="After the last epoch, or the best one in validation loss.")
    ] = At.last,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline", help="Compare with this arm: hidden=relu, output=linear, or both."
        ),
    ] = None,
    by: Annotated[By, typer.Option("--by", help="What is compared; all else is fixed.")] = By.arm,
    all_pairs: Annotated[
        bool, typer.Option("--all-pairs", help="Compare every arm with every other.")
    ] = False,
    rope: Annotated[
        float | None,
        typer.Option("--rope", help="Differences up to this are too small to matter."),
    ] = None,
    min_effect: Annotated[
        float | None,
        typer.Option("--min-effect", help="Smallest difference that matters: plans the seeds."),
    ] = None,
    alpha: Annotated[
        float | None, typer.Option("--alpha", help="Level of significance; 0.05 by default.")
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="COLUMN=VALUE", help="Keep these trials. Repeatable."),
    ] = None,
    sort: Annotated[Sort, typer.Option("--sort", help="Order of the rows.")] = Sort.rank,
    pivot: Annotated[
        bool, typer.Option("--pivot", help="A grid: hidden in rows, output in columns.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="OTHER", help="Compare with an earlier run of the spec."),
    ] = None,
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Compare also what was trained otherwise.")
    ] = False,
    nemenyi: Annotated[
        bool, typer.Option("--nemenyi", help="Over several data sets, the critical difference.")
    ] = False,
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
) -> None:
    """Say which arms differ, by how much, and how sure that is."""
    from actbench.cli.compared import Wanted, answer, show
    from actbench.reporting.question import Question

    question = Question(
        metrics=tuple(dict.fromkeys(metric or ())),
        split=split,
        at=at,
        by=by,
        baseline=_named(baseline) if baseline else {},
        rope=rope,
        min_effect=min_effect,
        alpha=alpha,
        all_pairs=all_pairs,
        sort=sort,
        mixed=mixed,
        nemenyi=nemenyi,
    )
    wanted = Wanted(
        tuple(results), out, question, tuple(filters or ()), against, pivot, fail_if_worse
    )
    found = answer(wanted)
    show(found, wanted, form, file)
    if found.refuted or found.worse:
        raise typer.Exit(REFUTED)


def _named(text: str) -> dict[str, str]:
    """`hidden=relu,output=linear` as a mapping; a comma inside brackets belongs to a label."""
    found: dict[str, str] = {}
    for part in _parts(text):
        key, equals, label = part.partition("=")
        if not equals or key.strip() not in list(By)[1:] or not label.strip():
            raise typer.BadParameter(
                f"expected hidden=LABEL, output=LABEL or both with a comma, got '{text}'",
                param_hint="--baseline",
            )
        found[key.strip()] = label.strip()
    return found


def _parts(text: str) -> list[str]:
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts
