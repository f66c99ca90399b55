"""`actbench run`: plan, train what is missing, write the tables, print the comparison."""

from itertools import pairwise
from typing import Annotated

import typer

from actbench.cli.options import (
    RESULTS,
    AsJson,
    DataDir,
    Engine,
    Epochs,
    Out,
    Overrides,
    Seeds,
    Specs,
    Strict,
)


def run(
    specs: Specs,
    seeds: Seeds = None,
    epochs: Epochs = None,
    overrides: Overrides = None,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    engine: Annotated[Engine, typer.Option("--engine", help="What trains.")] = Engine.auto,
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
        str | None,
        typer.Option("--looks", help="The numbers of seeds it looks at; 10,20,30,40 by default."),
    ] = None,
    rope: Annotated[
        float | None,
        typer.Option("--rope", min=0, help="Difference that it takes for none, in metric units."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            min=1,
            help="Cells to train side by side; as many as there are cores where models are small.",
        ),
    ] = None,
    strict: Strict = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the comparison only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train every combination of a spec that is not done yet, and compare the arms."""
    from actbench.cli.running import How, Until, run_all
    from actbench.cli.specs import load_all

    if until_decided and seeds is not None:
        raise typer.BadParameter(
            "--seeds and --until-decided do not go together: it chooses the seeds itself",
            param_hint="--until-decided",
        )
    if not until_decided and (looks is not None or rope is not None):
        option = "--looks" if looks is not None else "--rope"
        raise typer.BadParameter("goes with --until-decided only", param_hint=option)
    experiments = load_all(specs, overrides, seeds, epochs)
    until = Until(_numbers(looks), rope) if until_decided else None
    how = How(out, data_dir, engine, fresh, quiet, as_json, until, jobs, strict)
    if code := run_all(experiments, how):
        raise typer.Exit(code)


def _numbers(looks: str | None) -> tuple[int, ...] | None:
    """The looks as numbers, at least two seeds and ever more."""
    if looks is None:
        return None
    words = looks.split(",")
    numbers = tuple(int(word) if word.strip().isdecimal() else 0 for word in words)
    if numbers[0] < 2 or any(a >= b for a, b in pairwise(numbers)):
        raise typer.BadParameter(
            f"expected growing numbers of seeds from 2 on, such as 10,20,30,40, got {looks!r}",
            param_hint="--looks",
        )
    return numbers
