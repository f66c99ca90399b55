"""The two consoles: tables go to standard output, everything said on the way to standard error."""

import os
import sys
from contextlib import suppress
from functools import cache
from typing import TextIO

from rich.console import Console

# Wide enough for every table: what is piped is read by a program, or by a pager that scrolls.
PIPED_WIDTH = 200


def output() -> Console:
    """The console for results."""
    return Console(width=_width(sys.stdout.isatty()), highlight=False, markup=False)


@cache
def messages() -> Console:
    """The console for progress and remarks.

    It writes to a duplicate of standard error: TensorFlow's own lines are kept from the original
    while it starts, and progress must go on meanwhile.
    """
    file: TextIO = sys.stderr  # kept where it is no real file, as in some hosts of Python
    with suppress(OSError, ValueError):
        file = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", buffering=1)
    return Console(file=file, width=_width(file.isatty()), highlight=False, markup=False)


def _width(terminal: bool) -> int | None:
    return None if terminal or "COLUMNS" in os.environ else PIPED_WIDTH
