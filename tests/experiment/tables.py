"""Reading what a run left behind."""

import csv
from pathlib import Path

TIMES = ("train_seconds", "compile_seconds", "side_by_side", "train_seconds_mean")


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def without_times(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file without the columns that two runs may differ in."""
    return [{k: v for k, v in row.items() if k not in TIMES} for row in rows(path)]


def journal_lines(folder: Path) -> list[bytes]:
    """The whole lines of a journal; none where there is no journal yet."""
    path = folder / "journal.jsonl"
    return path.read_bytes().splitlines() if path.exists() else []
