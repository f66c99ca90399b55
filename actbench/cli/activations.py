"""`actbench activations`: the catalogue."""

from typing import Annotated

import typer

from actbench.cli.options import AsJson


def activations(
    name: Annotated[str | None, typer.Argument(help="One activation, by any of its names.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the activations that a spec can name, with formula and parameters."""
    from actbench.cli.catalogued import print_catalogue

    print_catalogue(name, as_json=as_json)
