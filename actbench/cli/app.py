"""The Typer app, and the one boundary where errors become messages and exit codes."""

import sys

import typer

from actbench.cli.data import data_app
from actbench.errors import ActbenchError

app = typer.Typer(
    name="actbench",
    help="Which activation function? Settled by experiments: many seeds, paired, honest tables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(data_app, name="data")


def main() -> None:
    """Run the command line; a user's mistake ends in a message, never in a traceback."""
    try:
        app()
    except ActbenchError as error:
        print(f"actbench: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
