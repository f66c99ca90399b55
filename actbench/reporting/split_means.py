"""Trials of several splits as one row for each arm and split: the mean over the split's seeds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from actbench.data.dataset_info import TIME_WINDOW
from actbench.errors import ResultsError
from actbench.results.columns import (
    CELL_KEY,
    SIDE_BY_SIDE,
    join_notes,
    kind_of,
    metric_columns,
    split_notes,
)
from actbench.results.journal import DIVERGED, ERROR, OK
from actbench.results.side_files import DrawnTogether
from actbench.spec.trial_metrics import REACHED
from actbench.statistics.scopes import ratio_of_windows
from actbench.wording import Scope

if TYPE_CHECKING:
    import pandas as pd

_ROWS = ["train_rows", "test_rows"]
_TEXTS = ("versions", "note")
_NONE_TOGETHER: Mapping[str, DrawnTogether] = MappingProxyType({})


@dataclass(frozen=True)
class SplitMeans:
    """The rows of a table with several splits.

    `frame`: one row an arm and split, whose `seed` is the number of the split. `test_to_train`: of
    each data set, its test rows over its training rows, in all splits together, or what takes its
    place where they are windows in time. `seeds`: the most seeds that a split has.
    """

    frame: "pd.DataFrame"
    test_to_train: dict[str, float]
    seeds: int


def has_splits(frame: "pd.DataFrame") -> bool:
    """Whether the trials are of several splits."""
    return "split" in frame.columns and frame["split"].nunique() > 1


def check_scope(frame: "pd.DataFrame", scope: Scope | None) -> None:
    """Refuse a scope that does not fit the splits of the trials.

    Raises:
        ResultsError: it needs splits and there are none, or the other way round; or only some of
            the trials are of several splits.
    """
    if "split" in frame.columns and frame["split"].isna().any():
        raise ResultsError(
            "some of these trials are of several splits and some of the usual one, so their scores "
            "are not comparable; compare the results one by one"
        )
    if scope == "splits" and not has_splits(frame):
        raise ResultsError(
            "--scope splits: these results have no splits; `splits: 10` in the spec trains on ten"
        )
    if scope in ("seeds", "rows") and has_splits(frame):
        first = int(frame["split"].min())
        raise ResultsError(
            f"--scope {scope} is about one split, and these trials are of "
            f"{frame['split'].nunique()}: taken together they would look like more seeds than "
            f"there are of any. --filter split={first} keeps one split"
        )


def split_means(
    frame: "pd.DataFrame", together: Mapping[str, DrawnTogether] = _NONE_TOGETHER
) -> SplitMeans:
    """Average the trials of each arm and split over the seeds that all its arms ended on.

    An arm that diverged with one of these seeds diverged on the split. `together`: how test rows
    were drawn, by data set, where not one by one.

    Raises:
        ResultsError: the table does not say how many rows were trained and tested on.
    """
    if absent := [name for name in _ROWS if name not in frame.columns]:
        raise ResultsError(
            f"a table with several splits needs the columns {' and '.join(absent)}: an interval "
            "over splits depends on how many rows were trained and tested on"
        )
    words = frame.astype({name: str for name in CELL_KEY if name in frame.columns})
    ratios = _ratios(words)
    by_time = [dataset for dataset, drawn in together.items() if drawn.kind == "last"]
    return SplitMeans(
        frame=_averaged(_paired(words)),
        test_to_train={
            name: ratio_of_windows(ratio, TIME_WINDOW) if name in by_time else ratio
            for name, ratio in ratios.items()
        },
        seeds=int(words.groupby(["dataset", "split"], sort=False)["seed"].nunique().max()),
    )


def _ratios(frame: "pd.DataFrame") -> dict[str, float]:
    """The test rows over the training rows of each data set, in all of its splits together."""
    numbers = frame[["dataset", "split", *_ROWS]].drop_duplicates().dropna()
    sums = numbers.groupby("dataset", sort=False)[_ROWS].sum()
    ratios = {str(k): float(q) for k, q in (sums["test_rows"] / sums["train_rows"]).items()}
    ended = frame.loc[frame["status"].isin((OK, DIVERGED)), "dataset"].unique()
    if without := [name for name in ended if not 0 < ratios.get(name, 0.0) < math.inf]:
        raise ResultsError(
            f"{without[0]}: expected numbers above 0 in the columns {' and '.join(_ROWS)}, because "
            "an interval over splits depends on how many rows were trained and tested on"
        )
    return ratios


def _paired(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The trials on seeds that all arms of their split ended on; all of an arm without any."""
    where = ["dataset", "architecture", "split"]
    arm = frame.groupby([name for name in CELL_KEY if name in frame.columns], sort=False).ngroup()
    ended = frame.assign(arm=arm)[frame["status"].isin((OK, DIVERGED))]
    arms = ended.groupby(where)["arm"].transform("nunique")
    arms_of_seed = ended.groupby([*where, "seed"])["arm"].transform("nunique")
    kept = ended.index[arms == arms_of_seed]
    untrained = ~frame.assign(arm=arm).set_index(["arm", "split"]).index.isin(
        ended.set_index(["arm", "split"]).index
    )
    return frame[frame.index.isin(kept) | untrained]


def _averaged(frame: "pd.DataFrame") -> "pd.DataFrame":
    key = [name for name in ("experiment", *CELL_KEY, "split") if name in frame.columns]
    written = (*_ROWS, SIDE_BY_SIDE)
    numbers = [n for n in frame.columns if kind_of(n) == "number" and n not in written]
    others: dict[str, Any] = {n: _mean_of_all if n in REACHED else "mean" for n in numbers}
    others |= {name: _different_parts for name in _TEXTS if name in frame.columns}
    if SIDE_BY_SIDE in frame.columns:
        others[SIDE_BY_SIDE] = "max"
    words = frame.astype(dict.fromkeys(("status", *key[:-1], *(others.keys() & _TEXTS)), str))
    rows = words.groupby(key, sort=False).agg({"status": _worst, **others}).reset_index()
    rows.loc[rows["status"] != OK, metric_columns(frame.columns)] = float("nan")
    return rows.assign(seed=rows["split"].astype(int))


def _worst(statuses: "pd.Series[str]") -> str:
    present = {*statuses}
    return DIVERGED if DIVERGED in present else OK if OK in present else ERROR


def _mean_of_all(values: "pd.Series[float]") -> float:
    """The mean, NaN where any value is: of a metric whose absence is a failure."""
    return float(values.mean(skipna=False))


def _different_parts(cells: "pd.Series[str]") -> str:
    """The different parts of all cells, in the order in which they come."""
    parts = (part for cell in cells for part in split_notes(cell) if part != "nan")
    return join_notes(dict.fromkeys(parts))
