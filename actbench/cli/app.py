"""The Typer app, and the one boundary where errors become messages and exit codes."""

import sys
from typing import Annotated

import typer

from actbench import __version__
from actbench.cli.activations import activations
from actbench.cli.compare import compare
from actbench.cli.data import data_app
from actbench.cli.init import init, schema
from actbench.cli.plan import plan
from actbench.cli.run import run
from actbench.errors import ActbenchError, Interrupted

app = typer.Typer(
    name="actbench",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: actbench run boston_output",
)
for command in (run, plan, compare, activations, init, schema):
    app.command()(command)
app.add_typer(data_app, name="data")


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Say the version and end."
        ),
    ] = False,
) -> None:
    """Which activation function? Settled by experiments: many seeds, paired, honest tables."""


def main() -> None:
    """Run the command line; a user's mistake ends in a message, never in a traceback."""
    try:
        app()
    except ActbenchError as error:
        print(f"actbench: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of the output, such as `head`, wants no more
        sys.exit(0)
    except KeyboardInterrupt:
        print("actbench: interrupted", file=sys.stderr)
        sys.exit(Interrupted.exit_code)
