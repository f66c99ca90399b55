"""`actbench activations`: the catalogue, and activations of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from actbench.cli.options import AsJson


def activations(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Activations, by any of their names."),
    ] = None,
    formulas: Annotated[
        list[str] | None,
        typer.Option("--formula", metavar="TEXT", help='One of your own: "x * sigmoid(1.5 * x)".'),
    ] = None,
    customs: Annotated[
        list[str] | None,
        typer.Option(
            "--custom",
            metavar="PACKAGE.MODULE:FUNCTION",
            help="A Python function of your own; it is imported and run.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw them into a PNG or SVG file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the activations with formula, range and traits; of those named, show everything."""
    from actbench.cli.catalogued import (
        check_plot,
        plot_profiles,
        print_list,
        print_profiles,
        profiles,
    )

    if plot is not None:
        check_plot(plot, named=bool(names or formulas or customs))
    found = profiles(names or [], formulas or [], customs or [])
    if plot is not None:
        plot_profiles(found, plot)
    if found and (as_json or plot is None):
        print_profiles(found, as_json=as_json)
    elif as_json or plot is None:
        print_list(as_json=as_json)
