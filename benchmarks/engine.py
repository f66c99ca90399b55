"""How fast is the engine? Side by side with plain Keras, and with PyTorch and JAX where installed.

    python -m benchmarks.engine [case ...] [--quick] [--rounds N] [--data FOLDER] [--csv FILE]

Each side runs in a process of its own, one after the other, the order turned round in every
round; the tables hold medians over the rounds. All cases take about 20 minutes a round. Each side
begins without programs that XLA compiled before. `--older FOLDER` measures another checkout, too;
`--no-keras` leaves the slowest side out.
"""

import argparse
import csv
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.engine_cases import CASES
from benchmarks.engine_scaling import TABLES
from benchmarks.reference import REPOSITORY

Row = dict[str, Any]
ROWS = Path("build") / "engine.csv"
COLUMNS = ("case", "side", "round", "seeds", "training", "compiling", "process", "test_loss")


def main() -> None:
    """Measure the cases named, print their tables and write the rows of every run as CSV."""
    options = _options()
    chosen = options.cases or [*CASES, *TABLES]
    options.csv.parent.mkdir(parents=True, exist_ok=True)
    with options.csv.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for name in (name for name in chosen if name in CASES):
            found = []
            for row in _measured(name, options):
                writer.writerow(row)
                file.flush()  # an interrupted benchmark keeps what it measured
                found.append(row)
            _print(name, found)
    for name in (name for name in chosen if name in TABLES):
        TABLES[name](options.data, options.quick)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="case", help=", ".join([*CASES, *TABLES]))
    parser.add_argument("--quick", action="store_true", help="few seeds: does it run at all?")
    parser.add_argument("--seeds", type=int, help="as many seeds instead of the case's own")
    parser.add_argument("--rounds", type=int, default=2, help="times that each side runs")
    parser.add_argument("--data", type=Path, help="folder with the files of the data sets")
    parser.add_argument("--csv", type=Path, default=ROWS, help=f"file of the rows; default: {ROWS}")
    parser.add_argument("--others-python", help="the Python that has PyTorch and JAX")
    parser.add_argument("--no-keras", action="store_true", help="without plain Keras")
    parser.add_argument("--older", type=Path, help="another checkout, to be a side of its own")
    options = parser.parse_args()
    if unknown := set(options.cases) - {*CASES, *TABLES}:
        parser.error(f"expected cases among {', '.join([*CASES, *TABLES])}, got {unknown}")
    return options


def _measured(name: str, options: argparse.Namespace) -> Iterator[Row]:
    case = CASES[name]
    seeds = options.seeds or (case.quick_seeds if options.quick else case.seeds)
    sides = ["actbench"]
    sides += ["older"] if options.older else []
    sides += [] if options.no_keras else ["keras"]
    sides += _installed(case.others, options.others_python)
    for i in range(options.rounds):
        for side in sides if i % 2 == 0 else reversed(sides):
            with tempfile.TemporaryDirectory() as work:
                of_round = {"case": name, "side": side, "round": i, "seeds": seeds}
                yield of_round | _run(side, name, seeds, options, Path(work))
                if case.again and side in ("actbench", "older"):
                    more = _run(side, name, 2 * seeds, options, Path(work))
                    yield of_round | {"side": f"{side}, {seeds} more seeds"} | more


def _installed(others: Sequence[str], python: str | None) -> list[str]:
    if python:
        return list(others)
    return [module for module in others if importlib.util.find_spec(module)]


def _run(side: str, name: str, seeds: int, options: argparse.Namespace, work: Path) -> Row:
    """One side in a process of its own: its figures, and the seconds of the whole process.

    `work`: an empty folder for its caches and results, or that of the run before.
    """
    case, folder = CASES[name], REPOSITORY
    python = options.others_python if side in case.others else None
    if side == "older":
        side, folder = "actbench", _beside_these_benchmarks(options.older, work)
    command = [python or sys.executable, "-m", "benchmarks.engine_side", side, name, str(seeds)]
    command += [str(options.data.absolute())] if options.data else []
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "XDG_CACHE_HOME": str(work)}
    begun = perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment, cwd=folder)
    figures: Row = json.loads(done.stdout.splitlines()[-1])
    return figures | {"process": perf_counter() - begun}


def _beside_these_benchmarks(checkout: Path, work: Path) -> Path:
    """A folder with the package of another checkout and with the benchmarks of this one."""
    folder = work / "older"
    if not folder.exists():
        folder.mkdir()
        (folder / "benchmarks").symlink_to(REPOSITORY / "benchmarks")
        for name in ("actbench", "configs"):
            (folder / name).symlink_to(checkout.absolute() / name)
    return folder


def _print(name: str, rows: Sequence[Row]) -> None:
    """A table of seconds, and of how many times as long as actbench the others take."""
    sides = {side: _medians(rows, side) for side in dict.fromkeys(r["side"] for r in rows)}
    ours = sides["actbench"]
    print(f"\n{name}, {rows[0]['seeds']} seeds; seconds, and in brackets times actbench's\n")
    print("| side | training | whole process | test loss |\n| --- | ---: | ---: | ---: |")
    for side, found in sides.items():
        times = [f"{found[k]:.1f} ({found[k] / ours[k]:.2f})" for k in ("training", "process")]
        print(f"| {side} | {' | '.join(times)} | {found['test_loss']:.4g} |")
    print(flush=True)


def _medians(rows: Sequence[Row], side: str) -> dict[str, float]:
    own = [row for row in rows if row["side"] == side]
    return {name: median(row[name] for row in own) for name in ("training", "process", "test_loss")}


if __name__ == "__main__":
    main()
