"""What can go wrong through no fault of the program: each kind knows its exit code.

Library code raises these; one boundary (`actbench.cli.main`) turns them into a message on
standard error and an exit code. A message says what was expected, what arrived, where, and
what to do next.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class ActbenchError(Exception):
    """Anything that a user can put right: printed without a traceback."""

    exit_code = 2


class SpecError(ActbenchError):
    """A spec, or an option that overrides it, is not valid."""


class DataError(ActbenchError):
    """A data set is missing, damaged, or does not fit the experiment."""


class ResultsError(ActbenchError):
    """A results folder cannot be read, written or locked."""


class Interrupted(ActbenchError):
    """The user stopped a run; what was done is kept."""

    exit_code = 130


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Note what was being done, such as "reading a.csv", on an exception that ends it.

    >>> try:
    ...     with doing("reading a.csv"):
    ...         raise OverflowError("too large")
    ... except OverflowError as error:
    ...     error.__notes__
    ['reading a.csv']
    """
    try:
        yield
    except Exception as error:
        error.add_note(what)
        raise
