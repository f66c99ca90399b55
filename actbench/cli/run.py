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
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the comparison only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train every combination of a spec that is not done yet, and compare the arms."""
    from actbench.cli.running import How, run_all
    from actbench.cli.specs import load_all

    experiments = load_all(specs, overrides, seeds, epochs)
    how = How(out, data_dir, engine, fresh=fresh, quiet=quiet, as_json=as_json)
    if code := run_all(experiments, how):
        raise typer.Exit(code)
