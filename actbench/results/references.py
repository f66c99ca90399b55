"""`references.csv`: scores of models without any activation on the same test rows, for scale."""

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

from actbench.errors import ResultsError
from actbench.results.columns import csv_of, text_of_cell
from actbench.results.folder import ResultsFolder, read_file, write_file

_LARGEST = 1_000_000  # bytes


@dataclass(frozen=True)
class Reference:
    """One reference score.

    `dataset`: as in `trials.csv`. `model`: "constant" or "linear". `metric`: as in the tables,
    without `test_`. `score`: on the test rows, in the metric's own unit. `train_rows`: how many
    rows the model was fitted to. `data`: identifies the rows, so that other rows have other scores.
    """

    dataset: str
    model: str
    metric: str
    score: float
    train_rows: int
    data: str


def write_references(folder: ResultsFolder, references: Iterable[Reference]) -> None:
    """Write `references.csv`, in one step.

    Raises:
        ResultsError: it could not be written.
    """
    names = [field.name for field in fields(Reference)]
    write_file(folder.references, csv_of([names, *map(astuple, references)]))


def read_references(folder: ResultsFolder) -> tuple[Reference, ...]:
    """The reference scores of a results folder; none where the file is missing or damaged."""
    try:
        rows = list(csv.DictReader(io.StringIO(read_file(folder.references, _LARGEST).decode())))
        references = tuple(
            Reference(
                dataset=text_of_cell(row["dataset"]),
                model=row["model"],
                metric=row["metric"],
                score=float(row["score"]),
                train_rows=int(row["train_rows"]),
                data=row["data"],
            )
            for row in rows
        )
    except (ResultsError, ValueError, KeyError, TypeError, csv.Error):
        return ()
    return references if all(math.isfinite(one.score) for one in references) else ()
