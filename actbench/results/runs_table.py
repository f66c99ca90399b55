"""A table of repeated runs that were made elsewhere, as the trials that a comparison reads.

The table is long, with a row a run, or wide, with a column an arm or a column a seed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from actbench.errors import ResultsError, doing
from actbench.results.filters import keep
from actbench.results.journal import DIVERGED, OK
from actbench.results.reading import Trials, numbers_of, read_cells
from actbench.results.side_files import SideFiles
from actbench.spec.trial_metrics import TRIAL_METRICS
from actbench.wording import Scope, counted, listed, nearest

if TYPE_CHECKING:
    import pandas as pd

ARM = "arm"  # the column of the frame that tells the arms apart
_MOST_RUNS, _MOST_ARMS = 1_000_000, 1_000
_LARGEST = 300 * _MOST_RUNS  # bytes
_MOST_NAMED = 8
_FOLD = re.compile(r"(split|fold)[ _]?\d+(_|$)", re.IGNORECASE)  # as scikit-learn has them


@dataclass(frozen=True)
class RunsColumns:
    """What the columns of a table of runs mean.

    `arm`: the column that names what is compared; several together name it. `seed`: what pairs the
    runs of different arms: a seed, a repeat, a fold. `score`: what is compared. `block`: what is
    compared within, such as a data set. A wide table has `arm_columns` in place of `arm` and
    `score`, or `seed_columns` in place of `seed` and `score`: names of columns or patterns with
    `*` and `?`, with commas between them; `score` may then give the numbers a name.
    """

    arm: tuple[str, ...] = ()
    seed: str | None = None
    score: str | None = None
    block: str | None = None
    arm_columns: str | None = None
    seed_columns: str | None = None

    @property
    def metric(self) -> str:
        """The name of the scores, with a word in front if actbench itself has such a metric."""
        name = self.score or "score"
        return f"score {name}" if name in TRIAL_METRICS else name

    def check(self, *, unpaired: bool) -> None:
        """Refuse options that leave open what a column means, or say it twice.

        Raises:
            ResultsError: with all that is wrong.
        """
        if problems := list(self._problems(unpaired)):
            raise ResultsError("; ".join(problems))

    def _problems(self, unpaired: bool) -> Iterator[str]:
        if self.arm_columns and self.seed_columns:
            yield "--arm-columns and --seed-columns do not go together: a column is one of the two"
        if self.arm and self.arm_columns:
            yield "--arm and --arm-columns do not go together; leave one of them out"
        if not self.arm and not self.arm_columns:
            yield (
                "--arm is missing: name the column that says what is compared, or the columns "
                "with --arm-columns where each arm has one"
            )
        if self.seed and self.seed_columns:
            yield "--seed and --seed-columns do not go together; leave one of them out"
        if not self.seed and not self.seed_columns and not unpaired:
            yield (
                "--seed is missing: name the column that pairs the runs of different arms (a seed, "
                "a repeat, a fold), or --seed-columns where each has one; without any, --unpaired "
                "compares the means of the runs by a permutation test. A table of means alone "
                "cannot be compared"
            )
        if not (self.score or self.arm_columns or self.seed_columns):
            yield "--score is missing: name the column with the numbers to compare"


def read_runs(
    path: Path,
    columns: RunsColumns,
    *,
    unpaired: bool = False,
    filters: Sequence[str] = (),
    scope: Scope | None = None,
) -> Trials:
    """Read a CSV file of runs. `unpaired`: the arms need no seeds in common.

    `filters`: `column=value`, of any columns; only rows that fit are read. `scope`: what the
    verdicts are to be about, where the user says so.

    Raises:
        ResultsError: it cannot be read, lacks a column, has text where a score belongs or a run
            twice, has no repeated runs, or has arms without a seed in common; or its columns of
            seeds are train and test scores, or look like folds and `scope` is None.
    """
    columns.check(unpaired=unpaired)
    with doing(f"reading {path}"):
        cells, decimal_comma = read_cells(path, _MOST_RUNS, _LARGEST)
        cells = keep(cells, filters, list(cells.columns))
        if columns.seed_columns:
            _check_folds(_matching(cells, columns.seed_columns, columns, path), path, scope)
        return trials_of_runs(cells, columns, path, unpaired=unpaired, decimal_comma=decimal_comma)


def runs_of_frame(frame: "pd.DataFrame", columns: RunsColumns, *, unpaired: bool = False) -> Trials:
    """The runs of a DataFrame, as `read_runs` has those of a file. A missing value is no run.

    It is called "table" in messages, and so is its block where no column names blocks.
    """
    import pandas as pd

    columns.check(unpaired=unpaired)
    flat = frame.reset_index() if any(frame.index.names) else frame
    names = [str(column) for column in flat.columns]
    if twice := [column for column in names if names.count(column) > 1]:
        raise ResultsError(f"table: the column '{twice[0]}' is there twice; rename one of them")
    texts = flat.astype(object).where(flat.notna(), "").map(str)
    texts.columns = pd.Index(names)
    texts.index = np.arange(1, len(texts) + 1)
    return trials_of_runs(texts, columns, Path("table"), unpaired=unpaired, decimal_comma=False)


def trials_of_runs(
    cells: "pd.DataFrame",
    columns: RunsColumns,
    path: Path,
    *,
    unpaired: bool,
    decimal_comma: bool,
) -> Trials:
    """The runs of a table of text. `cells`: indexed by line. `path`: for messages.

    The frame has the columns `dataset`, `arm`, `seed`, `status` and `test_…`, the score. A score
    that is not finite is that of a run that diverged; an empty one means that there is no run.

    Raises:
        ResultsError: as `read_runs`, except for a file that cannot be read.
    """
    runs = _long(cells, columns, path, decimal_comma=decimal_comma)
    kept = runs[~np.isnan(runs["score"])]
    _check_repeated(kept, columns, path)
    seeds, notes = _seeds(kept, columns)
    kept = kept.assign(seed=seeds)
    if columns.seed or columns.seed_columns:
        _check_doubled(kept, runs, path)
    if unpaired:
        kept = kept.assign(seed=kept.groupby(["dataset", ARM], sort=False).cumcount() + 1)
        if columns.seed or columns.seed_columns:
            notes = ["--unpaired: the seeds are not used; the runs of each arm count from 1."]
    else:
        notes += list(_unequal_seeds(kept, path))
    diverged = np.isinf(kept["score"].to_numpy())
    frame = kept.drop(columns="score").assign(
        status=np.where(diverged, DIVERGED, OK),
        **{f"test_{columns.metric}": np.where(diverged, np.nan, kept["score"])},
    )
    if empty := len(runs) - len(kept):
        notes.append(f"{counted(empty, 'cell')} without a score: counted as missing runs.")
    return Trials(frame, path, SideFiles(), tuple(notes))


def _long(
    cells: "pd.DataFrame", columns: RunsColumns, path: Path, *, decimal_comma: bool
) -> "pd.DataFrame":
    """One row a run: `dataset`, `arm`, `seed` and the number `score`, by line."""
    import pandas as pd

    _check_columns(cells, columns, path)
    blocks = cells[columns.block].tolist() if columns.block else [path.stem] * len(cells)
    pattern = columns.arm_columns or columns.seed_columns
    names = _matching(cells, pattern, columns, path) if pattern else [str(columns.score)]
    arms = cells[list(columns.arm)].agg(" / ".join, axis=1) if columns.arm else None
    parts = []
    for name in names:
        score = numbers_of(path, cells[name], whole=False, decimal_comma=decimal_comma)
        seed = name if columns.seed_columns else cells[columns.seed] if columns.seed else ""
        arm = name if arms is None else arms
        part = {"dataset": blocks, ARM: arm, "seed": seed, "score": score}
        parts.append(pd.DataFrame(part, index=cells.index))
    runs = pd.concat(parts)
    _check_names(runs, columns, path)
    return runs


def _check_names(runs: "pd.DataFrame", columns: RunsColumns, path: Path) -> None:
    """Refuse an empty cell for the arm, the block or the seed, and too many arms."""
    named = {ARM: "an arm", "dataset": "its block", **({"seed": "a seed"} if columns.seed else {})}
    for name, words in named.items():
        if len(empty := runs.index[runs[name] == ""]):
            raise ResultsError(
                f"{path}:{empty[0]}: expected the name of {words}, got an empty cell "
                f"({counted(len(empty), 'row')}); fill it in, or remove the row"
            )
    if (arms := runs.groupby(["dataset", ARM], sort=False).ngroups) > _MOST_ARMS:
        raise ResultsError(
            f"{path}: expected at most {_MOST_ARMS:,} arms in all blocks, got {arms:,}; does the "
            "column of --arm name every single run?"
        )


def _check_columns(cells: "pd.DataFrame", columns: RunsColumns, path: Path) -> None:
    options = [("--arm", arm) for arm in columns.arm]
    options += [("--seed", columns.seed or ""), ("--block", columns.block or "")]
    if not (columns.arm_columns or columns.seed_columns):
        options.append(("--score", columns.score or ""))
    problems = [
        f"{option} {name}: there is no such column{nearest(name, cells.columns)}"
        for option, name in options
        if name and name not in cells.columns
    ]
    if problems:
        raise ResultsError(f"{path}: {'; '.join(problems)} (it has {_named(cells.columns)})")


def _matching(cells: "pd.DataFrame", patterns: str, columns: RunsColumns, path: Path) -> list[str]:
    """The columns that the patterns name, in the order of the patterns."""
    option = "--arm-columns" if columns.arm_columns else "--seed-columns"
    others = {*columns.arm, columns.seed, columns.block}
    free = [name for name in cells.columns if name not in others]
    names: list[str] = []
    for pattern in filter(None, map(str.strip, patterns.split(","))):
        fitting = [name for name in free if name == pattern] or [
            name for name in free if fnmatchcase(name, pattern)
        ]
        if not fitting:
            raise ResultsError(
                f"{path}: {option} {pattern}: no column fits{nearest(pattern, free)} (it has "
                f"{_named(cells.columns)})"
            )
        names += [name for name in fitting if name not in names]
    return names


def _check_folds(names: Sequence[str], path: Path, scope: Scope | None) -> None:
    """Refuse train scores among test scores, and folds that would silently be taken for seeds."""
    tested = [name for name in names if "test" in name and name.replace("test", "train") in names]
    if tested:
        raise ResultsError(
            f"{path}: --seed-columns names test scores and train scores alike, such as {tested[0]} "
            f"and {tested[0].replace('test', 'train')}; use a pattern with 'test' in it, such as "
            "'split*_test_score'"
        )
    if scope is None and (folds := [name for name in names if _FOLD.match(name)]):
        raise ResultsError(
            f"{path}: {folds[0]} looks like a fold of a cross-validation, and folds share training "
            "rows, which seeds do not: add --scope splits --test-to-train R, where R is 1/(k - 1) "
            "for k folds (0.25 for five); if the columns are seeds, say --scope seeds"
        )


def _named(columns: Iterable[str]) -> str:
    names = list(columns)
    rest = len(names) - _MOST_NAMED
    return listed([*names[:_MOST_NAMED], *([f"and {rest} more"] if rest > 0 else [])])


def _check_repeated(runs: "pd.DataFrame", columns: RunsColumns, path: Path) -> None:
    """Refuse a table with one score an arm: it may be a mean, and its spread is not known."""
    if runs.empty:
        raise ResultsError(f"{path}: there is no score in the table; are its cells empty?")
    if (runs.groupby(["dataset", ARM], sort=False).size() > 1).any():
        return
    where = f" and {columns.block}" if columns.block else ""
    raise ResultsError(
        f"{path}: each arm{where} has a single score, and a single run or a mean decides nothing: "
        "how much the runs differ among themselves is not in the table. Export a row for every "
        "run, with its seed"
    )


def _seeds(runs: "pd.DataFrame", columns: RunsColumns) -> "tuple[pd.Series[int], list[str]]":
    """The seeds as whole numbers; other texts are numbered, and a note says how."""
    import pandas as pd

    numbers = pd.to_numeric(runs["seed"], errors="coerce")
    if numbers.notna().all() and (numbers % 1 == 0).all() and (numbers.abs() < 2**53).all():
        return numbers.astype(int), []
    codes, texts = pd.factorize(runs["seed"])
    note = f"Seeds are numbered as they come: 1 is {texts[0]}, {len(texts)} is {texts[-1]}."
    named = columns.seed or columns.seed_columns
    return pd.Series(codes + 1, runs.index), [note] if named else []


def _check_doubled(kept: "pd.DataFrame", runs: "pd.DataFrame", path: Path) -> None:
    doubled = kept.duplicated(["dataset", ARM, "seed"])
    if not doubled.any():
        return
    second = kept[doubled].iloc[0]
    same = (kept[["dataset", ARM, "seed"]] == second[["dataset", ARM, "seed"]]).all(axis=1)
    texts = runs[~np.isnan(runs["score"])]["seed"]
    several = f" (and {int(doubled.sum()) - 1} more such rows)" if doubled.sum() > 1 else ""
    raise ResultsError(
        f"{path}: the arm {second[ARM]} has the seed {texts[same.to_numpy()].iloc[0]} twice, on "
        f"lines {' and '.join(map(str, kept.index[same][:2]))}{several}. If another column tells "
        "them apart, such as a data set, name it with --block, or add it to the arms with a "
        "further --arm; else remove one of them"
    )


def _unequal_seeds(runs: "pd.DataFrame", path: Path) -> Iterator[str]:
    """A note for each block whose arms have different seeds.

    Raises:
        ResultsError: two arms of a block have no seed in common.
    """
    for block, rows in runs.groupby("dataset", sort=False):
        seeds = {str(arm): {*of["seed"]} for arm, of in rows.groupby(ARM, sort=False)}
        for (one, first), (other, second) in combinations(seeds.items(), 2):
            if not first & second:
                raise ResultsError(
                    f"{path}: {one} and {other} have no seed in common on {block} "
                    f"({_some(first)} against {_some(second)}), so no run of one has a partner. "
                    "Name the column that pairs them with --seed; if the runs are independent, "
                    "--unpaired compares the means by a permutation test"
                )
        every, shared = set.union(*seeds.values()), set.intersection(*seeds.values())
        if every != shared:
            counts = listed(f"{arm} {len(own)}" for arm, own in seeds.items())
            yield (
                f"Of {len(every)} seeds on {block}, {len(shared)} have a run of every arm "
                f"({counts}). Each pair is compared on the seeds that both have; the runs left "
                "out of it count in the mean of their arm only."
            )


def _some(seeds: set[int]) -> str:
    ordered = sorted(seeds)
    return listed([*map(str, ordered[:3]), *(["…"] if len(ordered) > 3 else [])])
