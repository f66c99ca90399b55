"""`actbench data`: what each data set is, where it would come from, whether it is here."""

import typer

data_app = typer.Typer(help="List, fetch and import data sets.", no_args_is_help=True)
