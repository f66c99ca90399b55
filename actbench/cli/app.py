"""The Typer app, and the one boundary where errors become messages and exit codes."""

import os
import shlex
import sys
from typing import Annotated

import typer

from actbench import __version__
from actbench.cli.activations import activations
from actbench.cli.claims import claims
from actbench.cli.compare import compare
from actbench.cli.console import messages, print_text
from actbench.cli.data import data_app
from actbench.cli.export import export
from actbench.cli.init import init, schema
from actbench.cli.plan import plan
from actbench.cli.plot import plot
from actbench.cli.report import report
from actbench.cli.reproduce import reproduce
from actbench.cli.run import run
from actbench.errors import ActbenchError, Interrupted

TRACEBACK = "ACTBENCH_TRACEBACK"  # environment variable: show the traceback instead of a message
UNFORESEEN = 1

app = typer.Typer(
    name="actbench",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: actbench run boston_output",
)
for command in (
    run,
    plan,
    compare,
    report,
    plot,
    reproduce,
    export,
    claims,
    activations,
    init,
    schema,
):
    app.command()(command)
app.add_typer(data_app, name="data")


def _print_version(requested: bool) -> None:
    if requested:
        print_text(f"{__version__}\n")
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
    """Run the command line; what goes wrong ends in words and an exit code, not in a traceback."""
    try:
        app()
    except ActbenchError as error:
        _end(str(error), error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of the output, such as `head`, wants no more
        sys.exit(0)
    except KeyboardInterrupt:
        _end("interrupted", Interrupted.exit_code)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        _end(_unforeseen(error), UNFORESEEN)


def _end(words: str, exit_code: int) -> None:
    messages().print(f"actbench: {words}", soft_wrap=True)
    sys.exit(exit_code)


def _unforeseen(error: Exception) -> str:
    """What was being done, the exception's own words, and how to see where it came from."""
    notes = getattr(error, "__notes__", [])
    what = notes[0] if notes else f"running {shlex.join(sys.argv[1:])}"
    words = " ".join(f"{type(error).__name__}: {error}".split())[:1000]
    return f"stopped while {what}: {words} (set {TRACEBACK}=1 to see the traceback)"
