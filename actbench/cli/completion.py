"""What the shell offers at a press of Tab: specs, results, arms, metrics and other names.

Completion must be quick, so nothing slow is imported. What cannot be read is not offered, because
an error would be printed into the line that is being typed.
"""

import csv
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path

import typer

_SPLITS = ("test_", "train_", "val_")
_SPECIAL = re.compile(r"[^\w@%+=:,./~-]")
_MOST_ROWS = 100_000  # of a table that are read for the names of its arms
Completer = Callable[[typer.Context, str], list[str]]


def _offered(names: Callable[[typer.Context, str], Iterable[str]]) -> Completer:
    """The names that go on from what is typed; none where reading them fails."""

    @wraps(names)
    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        try:
            fitting = [name for name in names(ctx, incomplete) if name.startswith(incomplete)]
        except Exception:  # whatever is wrong with a file, the command itself will say it
            return []
        if "bash" in os.environ.get("_ACTBENCH_COMPLETE", ""):  # zsh quotes by itself
            fitting = [_SPECIAL.sub(r"\\\g<0>", name) for name in fitting]
        return list(dict.fromkeys(fitting))

    return complete


@_offered
def specs(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """The shipped specs, and YAML files and folders here."""
    from actbench.spec.shipped import shipped

    yield from shipped()
    yield from _paths(incomplete, (".yaml", ".yml"))


@_offered
def templates(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """What `init` starts from."""
    from actbench.spec.shipped import shipped

    yield from ("starter", *shipped())


@_offered
def results(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Results by their names under `--out`, and folders and tables here."""
    for pattern in ("*/trials.csv", "reference/*/trials.csv"):
        yield from (table.parent.name for table in sorted(_out(ctx).glob(pattern)))
    yield from _paths(incomplete, (".csv",))


@_offered
def arms(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """The activations that differ between the arms of the first result."""
    with _table(ctx).open(encoding="utf-8", newline="") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(_MOST_ROWS), strict=False)]
    sides = [dict.fromkeys(row[side] for row in rows) for side in ("hidden", "output")]
    differing = [names for names in sides if len(names) > 1]
    for names in differing or sides[:1]:
        yield from names


@_offered
def metrics(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """The metrics that the first result has."""
    from actbench.spec.trial_metrics import TRIAL_METRICS, column_of

    with _table(ctx).open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    for split in _SPLITS:
        names = (column.removeprefix(split) for column in columns if column.startswith(split))
        yield from (name for name in names if name not in ("rows", "seconds"))
    yield from (metric for metric in TRIAL_METRICS if column_of(metric) in columns)


@_offered
def activations(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """The activations of the catalogue, by any of their names."""
    from actbench.activations.catalogue import ALIASES, CATALOGUE

    yield from sorted([*CATALOGUE, *ALIASES])


@_offered
def datasets(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """The data sets that have a name."""
    from actbench.data.catalogue import CATALOGUE

    yield from CATALOGUE


def _out(ctx: typer.Context) -> Path:
    return Path(ctx.params.get("out") or "results")


def _table(ctx: typer.Context) -> Path:
    """The table of the first result on the line.

    Behind an option that has no value yet, nothing is parsed, and `args` has all words.

    Raises:
        LookupError, StopIteration: there is none.
    """
    words = [*(ctx.params.get("results") or ()), ctx.params.get("result"), *ctx.args]
    name, out = next(filter(None, words)), _out(ctx)
    for place in (Path(name), out / name, out / "reference" / name):
        for table in (place, place / "trials.csv"):
            if table.is_file():
                return table
    raise LookupError(name)


def _paths(incomplete: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Files of these kinds, and folders, that go on from what is typed."""
    typed, _, start = incomplete.rpartition("/")
    folder = f"{typed}/" if "/" in incomplete else ""
    for path in sorted(Path(folder or ".").iterdir()):
        if path.name.startswith(".") and not start.startswith("."):
            continue
        if path.is_dir() or path.suffix in suffixes:
            yield f"{folder}{path.name}{'/' if path.is_dir() else ''}"
