"""Where the commands print: results go to standard output, all other words to standard error.

Nothing prints past this file, and it lets no control character through: the words of a spec or a
table must not move a terminal's cursor, set its title or fill its clipboard.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from functools import cache
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from actbench.wording import escaped

# Wide enough for every table: what is piped is read by a program, or by a pager that scrolls.
PIPED_WIDTH = 200


class SafeConsole(Console):
    """A console that spells out the control characters of what it prints."""

    def render_str(self, text: str, **options: Any) -> Text:
        """See `rich.console.Console`."""
        return super().render_str(escaped(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """See `rich.console.Console`."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=escaped(segment.text))


def output(piped_width: int = PIPED_WIDTH) -> Console:
    """The console for results; `piped_width`: characters in a line where there is no terminal."""
    return _console(sys.stdout, piped_width)


@cache
def messages() -> Console:
    """The console for progress and remarks.

    It writes to a duplicate of standard error: while TensorFlow starts, standard error itself is
    redirected to hide TensorFlow's own lines, and progress must go on.
    """
    file: TextIO = sys.stderr  # stays where it is not a real file
    if not in_notebook():  # which shows what is written to the stream, but not to its file
        with suppress(OSError, ValueError):
            file = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", buffering=1)
    return _console(file, PIPED_WIDTH)


def print_text(text: str) -> None:
    """Print a text as it stands, such as a CSV table, to standard output."""
    sys.stdout.write(escaped(text))


def print_json(value: Any) -> None:
    """Print a value as JSON to standard output; a number that is not finite is null."""
    finite = json.loads(json.dumps(value), parse_constant=lambda name: None)
    output().print_json(data=finite)


@contextmanager
def stdout_for_results() -> Iterator[None]:
    """Send to standard error what is printed inside, for example by a user's own module."""
    sys.stdout.flush()
    try:
        stdout, stderr = sys.stdout.fileno(), sys.stderr.fileno()
    except (OSError, ValueError):  # no real files, as in a notebook
        with redirect_stdout(sys.stderr):
            yield
        return
    former = os.dup(stdout)
    os.dup2(stderr, stdout)  # also for the processes that are started inside
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(former, stdout)
        os.close(former)


def plain_table(*, header: bool = True) -> Table:
    """A table without lines, its columns two spaces apart."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=header)


def _console(file: TextIO, piped_width: int) -> Console:
    # A notebook calls itself a terminal, but shows no line that moves.
    terminal = file.isatty() and not in_notebook()
    width = None if terminal or "COLUMNS" in os.environ else piped_width
    return SafeConsole(
        file=file,
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        force_jupyter=False,
        force_terminal=False if in_notebook() else None,
    )


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    return "ipykernel.kernelapp" in sys.modules
