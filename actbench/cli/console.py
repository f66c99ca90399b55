"""Where the commands print: results go to standard output, all other words to standard error."""

import os
import sys
from contextlib import suppress
from functools import cache
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table

# Wide enough for every table: what is piped is read by a program, or by a pager that scrolls.
PIPED_WIDTH = 200


def output(piped_width: int = PIPED_WIDTH) -> Console:
    """The console for results; `piped_width`: characters in a line where there is no terminal."""
    return _console(sys.stdout, piped_width)


@cache
def messages() -> Console:
    """The console for progress and remarks.

    It writes to a duplicate of standard error: while TensorFlow starts, standard error itself is
    redirected to hide TensorFlow's own lines, and progress must go on.
    """
    file: TextIO = sys.stderr  # stays where it is not a real file, as in a notebook
    with suppress(OSError, ValueError):
        file = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", buffering=1)
    return _console(file, PIPED_WIDTH)


def print_json(value: Any) -> None:
    """Print a value as JSON to standard output; a number that is not finite is null."""
    from pydantic_core import to_json

    output().print_json(to_json(value, inf_nan_mode="null").decode())


def plain_table(*, header: bool = True) -> Table:
    """A table without lines, its columns two spaces apart."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=header)


def _console(file: TextIO, piped_width: int) -> Console:
    width = None if file.isatty() or "COLUMNS" in os.environ else piped_width
    return Console(file=file, width=width, highlight=False, markup=False, emoji=False)
