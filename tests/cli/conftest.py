"""The command line, called in the process of the tests, which is a hundred times faster."""

import io
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

import pytest

from actbench.cli import main
from actbench.cli.console import messages


class Ended(NamedTuple):
    """How a command ended."""

    code: object
    out: str
    err: str


@pytest.fixture(scope="session")
def main_here() -> Callable[..., Ended]:
    """Call `actbench` with these words."""

    def call(*words: object) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        former, sys.argv = sys.argv, ["actbench", *map(str, words)]
        messages.cache_clear()
        try:
            with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
                main()
        finally:
            sys.argv = former
            messages.cache_clear()
        return Ended(ended.value.code, out.getvalue(), err.getvalue())

    return call
