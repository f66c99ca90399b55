"""Printing a comparison in the form that was asked for."""

import sys
from collections.abc import Sequence

from actbench.cli.terminal import output
from actbench.reporting.comparing import BlockReport
from actbench.reporting.formats import as_csv, as_json, as_markdown
from actbench.reporting.terminal import print_reports

_WRITERS = {"csv": as_csv, "json": as_json, "markdown": as_markdown}


def print_comparison(reports: Sequence[BlockReport], form: str) -> None:
    """Print the reports to standard output as a table, CSV, JSON or Markdown."""
    if form in _WRITERS:
        sys.stdout.write(_WRITERS[form](reports))
    else:
        print_reports(output(), reports)
