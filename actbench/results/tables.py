"""The CSV tables, made from records; their columns are declared here and nowhere else."""

import csv
import io
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from actbench.results import atomic
from actbench.results.folder import ResultsFolder
from actbench.results.journal import DIVERGED, ERROR, OK, Record
from actbench.spec.grid import Cell

CELL_COLUMNS = (
    "experiment",
    "dataset",
    "architecture",
    "hidden",
    "output",
    "optimizer",
    "epochs",
    "batch_size",
)
_SPLITS = ("train", "val", "test")
_SPREADS = ("mean", "sd", "median", "min", "max")


@dataclass(frozen=True)
class Row:
    """One finished trial as the tables show it: its experiment's name, its cell, its record.

    `note`: what to know of it beside its numbers, in the words of `actbench.results.notes`.
    """

    experiment: str
    cell: Cell
    record: Record
    note: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that tell the cell."""
        cell = self.cell
        values = (
            self.experiment,
            cell.dataset.label,
            cell.architecture.name,
            cell.arm.hidden.label,
            cell.arm.output.label,
            cell.optimizer.label,
            cell.epochs,
            cell.batch_size,
        )
        return dict(zip(CELL_COLUMNS, values, strict=True))


def write_tables(folder: ResultsFolder, rows: Sequence[Row]) -> None:
    """Write `trials.csv`, `history.csv` and `summary.csv`, each in one step.

    Raises:
        ResultsError: a file could not be written.
    """
    atomic.write(folder.trials, _csv(_trial_columns(rows), map(_trial, rows)))
    atomic.write(folder.history, _csv(_history_columns(rows), _epochs(rows)))
    atomic.write(folder.summary, _csv(_summary_columns(rows), _summaries(rows)))


def _csv(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _metrics(rows: Sequence[Row]) -> list[str]:
    """The loss, then every metric of any cell, in the order of the specs."""
    return ["loss", *dict.fromkeys(m for row in rows for m in row.cell.metrics)]


def _has_validation(rows: Sequence[Row]) -> bool:
    return any(row.cell.dataset.validation for row in rows)


def _metric_columns(rows: Sequence[Row], splits: Sequence[str]) -> list[str]:
    shown = [s for s in splits if s != "val" or _has_validation(rows)]
    return [f"{split}_{metric}" for split in shown for metric in _metrics(rows)]


def _trial_columns(rows: Sequence[Row]) -> list[str]:
    best = ["best_epoch", "best_val_loss"] if _has_validation(rows) else []
    return [
        *CELL_COLUMNS,
        "seed",
        "status",
        "parameters",
        *_metric_columns(rows, _SPLITS),
        *best,
        "train_seconds",
        "compile_seconds",
        "note",
        "trial",
    ]


def _trial(row: Row) -> dict[str, Any]:
    record = row.record
    best = (
        {"best_epoch": record.best_epoch, "best_val_loss": record.best_val_loss}
        if row.cell.dataset.validation
        else {}
    )
    return {
        **row.columns,
        "seed": record.seed,
        "status": record.status,
        "parameters": record.parameters,
        **record.metrics,
        **best,
        "train_seconds": _seconds(record.train_seconds),
        "compile_seconds": _seconds(record.compile_seconds),
        "note": row.note,
        "trial": record.trial,
    }


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.4f}"


def _history_columns(rows: Sequence[Row]) -> list[str]:
    return [*CELL_COLUMNS, "seed", "epoch", *_metric_columns(rows, ("train", "val"))]


def _epochs(rows: Sequence[Row]) -> Iterable[dict[str, Any]]:
    for row in rows:
        for number, epoch in enumerate(row.record.history, start=1):
            yield {**row.columns, "seed": row.record.seed, "epoch": number, **epoch}


def _summary_columns(rows: Sequence[Row]) -> list[str]:
    tested = _metric_columns(rows, ("test",))
    spreads = [f"{metric}_{spread}" for metric in tested for spread in _SPREADS]
    return [*CELL_COLUMNS, OK, DIVERGED, ERROR, *spreads]


def _summaries(rows: Sequence[Row]) -> Iterable[dict[str, Any]]:
    cells: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        cells.setdefault(tuple(row.columns.values()), []).append(row)
    for of_cell in cells.values():
        statuses = [row.record.status for row in of_cell]
        yield {
            **of_cell[0].columns,
            **{status: statuses.count(status) for status in (OK, DIVERGED, ERROR)},
            **_spreads(of_cell),
        }


def _spreads(rows: Sequence[Row]) -> dict[str, float]:
    """Mean, sd (n - 1), median, min and max of each test metric over the seeds that trained."""
    spreads: dict[str, float] = {}
    for metric in _metric_columns(rows, ("test",)):
        values = [r.record.metrics[metric] for r in rows if metric in r.record.metrics]
        spreads |= {f"{metric}_{name}": value for name, value in _spread(values).items()}
    return spreads


def _spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    found = {"mean": statistics.fmean(values), "median": statistics.median(values)}
    found |= {"min": min(values), "max": max(values)}
    return found | ({"sd": statistics.stdev(values)} if len(values) > 1 else {})
