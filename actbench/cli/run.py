"""`actbench run`: plan, train what is missing, write the tables, print the comparison."""

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
            help="Add seeds, 10 at a time up to 40, until every arm is settled or proves open.",
        ),
    ] = False,
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
    from actbench.cli.running import How, run_all
    from actbench.cli.specs import load_all

    if until_decided and seeds is not None:
        raise typer.BadParameter(
            "--seeds and --until-decided do not go together: it chooses the seeds itself",
            param_hint="--until-decided",
        )
    experiments = load_all(specs, overrides, seeds, epochs)
    how = How(out, data_dir, engine, fresh, quiet, as_json, until_decided, jobs, strict)
    if code := run_all(experiments, how):
        raise typer.Exit(code)
