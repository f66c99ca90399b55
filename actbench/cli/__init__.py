"""The command line: one file per command, assembled here; it parses, calls and prints."""

from actbench.cli.app import app, main

__all__ = ["app", "main"]
