"""The two consoles: tables go to standard output, everything said on the way to standard error."""

import os
import sys

from rich.console import Console

# Wide enough for every table: what is piped is read by a program, or by a pager that scrolls.
PIPED_WIDTH = 200


def output() -> Console:
    """The console for results."""
    return Console(width=_width(sys.stdout.isatty()), highlight=False, soft_wrap=False)


def messages() -> Console:
    """The console for progress and remarks."""
    return Console(stderr=True, width=_width(sys.stderr.isatty()), highlight=False)


def _width(terminal: bool) -> int | None:
    return None if terminal or "COLUMNS" in os.environ else PIPED_WIDTH
