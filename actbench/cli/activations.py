"""`actbench activations`: the catalogue."""

from pathlib import Path
from typing import Annotated

import typer

from actbench.cli.options import AsJson


def activations(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Activations, by any of their names."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw them into a PNG or SVG file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the activations with formula, range and traits; of those named, show everything."""
    from actbench.cli.catalogued import plot_entries, print_entries, print_list

    if plot is not None:
        plot_entries(names or [], plot)
    if names and (as_json or plot is None):
        print_entries(names, as_json=as_json)
    elif as_json or plot is None:
        print_list(as_json=as_json)
