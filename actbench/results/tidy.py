"""All numbers of a result in one long table, a row a number, for pandas, R and DuckDB."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from actbench.errors import ResultsError
from actbench.results.columns import (
    CELL_COLUMNS,
    LEARNING_RATE,
    SEED,
    SPLIT,
    STATUS,
    csv_of,
    kind_of,
    metric_columns,
)
from actbench.results.folder import ResultsFolder, replacing, write_file
from actbench.results.reading import read_diagnostics, read_history, read_trials

if TYPE_CHECKING:
    import pandas as pd

TidyForm = Literal["parquet", "csv"]

# The columns after those that say which trial it is.
NUMBER_COLUMNS = ("epoch", "layer", "rows", "measure", "value")
_TRIAL = "trial"
_ROWS = {"train": "train", "val": "validation", "test": "test"}


def tidy_file(table: Path, form: TidyForm, file: Path | None = None) -> Path:
    """The file to write: `file`, by default one in the working directory, named as the result.

    Raises:
        ResultsError: its name ends as that of another format.

    >>> tidy_file(Path("results/mine/trials.csv"), "csv").name
    'mine.trials.csv'
    """
    target = file or Path(f"{table.resolve().parent.name}.trials.{form}")
    ending = target.suffix.lower().removeprefix(".")
    if ending != form and ending in get_args(TidyForm):
        raise ResultsError(
            f"expected a file that ends in .{form}, got {target}; name it so, or choose "
            f"--to {ending}"
        )
    return target


def tidy_table(table: Path) -> "pd.DataFrame":
    """Every number of a `trials.csv` and of the history and diagnostics beside it, a row each.

    The columns in front say which trial it is, as in `trials.csv`. `epoch` is empty where the
    number is of the whole trial, and 0 before training. `layer` counts hidden layers from 1, as in
    `diagnostics.csv`. `rows`: "train", "validation", "test", "probe" for what was measured in a
    layer, and empty for times and the like. `measure`: such as "mae". `value`: NaN for a metric
    that a diverged trial does not have.

    Raises:
        ResultsError: a table cannot be read.
    """
    import pandas as pd

    folder = ResultsFolder(table.parent)
    trials = read_trials(table).frame
    named = [c.name for c in (*CELL_COLUMNS, SPLIT, SEED, LEARNING_RATE, STATUS)] + [_TRIAL]
    keys = [name for name in named if name in trials.columns]
    shared = [name for name in keys if name not in (LEARNING_RATE.name, STATUS.name, _TRIAL)]
    parts = [_long(trials, keys, _measures(trials, "trials.csv", keys))]
    for file, read in ((folder.history, read_history), (folder.diagnostics, read_diagnostics)):
        if table == folder.trials and file.is_file():
            frame = read(file)
            places = [name for name in ("epoch", "layer") if name in frame.columns]
            measures = _measures(frame, file.name, [*shared, *places])
            both = [name for name in shared if name in frame.columns]
            whole = trials[keys].merge(frame[[*both, *places, *measures]], on=both)
            parts.append(_long(whole, [*keys, *places], measures))
    tidy = pd.concat(parts, ignore_index=True)
    for name in ("epoch", "layer"):
        tidy[name] = (
            tidy[name].astype("Int64") if name in tidy else pd.array([None] * len(tidy), "Int64")
        )
    texts = [name for name in keys if kind_of(name) in ("text", "status")]
    return tidy.astype(dict.fromkeys(texts, "str"))[[*keys, *NUMBER_COLUMNS]]


def _measures(frame: "pd.DataFrame", table: str, others: Sequence[str]) -> list[str]:
    """The columns of a table that hold measured numbers."""
    names = [str(name) for name in frame.columns if name not in others]
    return [name for name in names if kind_of(name, table) == "number"]


def _long(frame: "pd.DataFrame", keys: list[str], measures: list[str]) -> "pd.DataFrame":
    """One row per measure. Rows without a value are kept for metrics only."""
    long = frame.melt(id_vars=keys, value_vars=measures, var_name="measure", value_name="value")
    metrics = metric_columns(measures)
    long = long[long["value"].notna() | long["measure"].isin(metrics)]
    rows = {m: _ROWS[m.partition("_")[0]] for m in metrics}
    if "layer" in keys:
        rows = dict.fromkeys(measures, "probe")
    names = {metric: metric.partition("_")[2] for metric in metrics}
    return long.assign(
        rows=long["measure"].map(rows).fillna("").astype("str"),
        measure=long["measure"].replace(names).astype("str"),
    )


def write_tidy(frame: "pd.DataFrame", target: Path, form: TidyForm) -> None:
    """Write the table in this format, in one step.

    Raises:
        ResultsError: it cannot be written, or pyarrow is not installed, which writes Parquet.
    """
    if form == "csv":
        cells = frame.astype(object).where(frame.notna(), None)
        write_file(target, csv_of([list(frame.columns), *cells.itertuples(index=False)]))
        return
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise ResultsError(
            "Parquet files are written by pyarrow, which cannot be imported "
            f"({error}); `pip install pyarrow`, or use --to csv"
        ) from None
    with replacing(target) as file:
        parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), file)
