"""Results on disk: the journal, the tables, and reading them back."""

from actbench.results.folder import ResultsFolder, write_file
from actbench.results.journal import Journal, Record

__all__ = ["Journal", "Record", "ResultsFolder", "write_file"]
