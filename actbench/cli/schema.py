"""`actbench schema`: the JSON Schema of a spec, for editors."""

import json

import typer


def schema() -> None:
    """Print the JSON Schema of a spec; editors use it to complete and check."""
    from actbench.spec.experiment import spec_schema

    typer.echo(json.dumps(spec_schema(), indent=2))
