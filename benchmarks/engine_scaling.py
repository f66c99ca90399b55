"""What a seed more, an arm more and a cell more cost: seconds and memory, Boston at batch size 1.

    python -m benchmarks.engine_scaling 4 10 [blocks] [folder with data]

is one point in a process of its own: so many arms and seeds in one block, its figures as JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from actbench import experiment
from actbench.spec import Experiment
from benchmarks.engine_side import Clock

MEGABYTE = 1024 * 1024


def seeds(data: Path | None, quick: bool) -> None:
    """Seconds and peak memory of one arm against seeds."""
    _print_points("seeds", ((1, count) for count in ((1, 10) if quick else (1, 10, 100))), data)


def arms(data: Path | None, quick: bool) -> None:
    """Seconds and peak memory of one seed against arms."""
    _print_points("arms", ((count, 1) for count in ((1, 4) if quick else (1, 4, 16, 64))), data)


def memory(data: Path | None, quick: bool) -> None:
    """Memory through 50 cells of 10 seeds each, in ten blocks of five arms."""
    blocks = 4 if quick else 10
    found = _point(5, 10, data, blocks=blocks)
    print("\nmemory: blocks of 5 cells, 10 seeds each\n")
    print("| cells | resident, MB | against 10 cells |\n| ---: | ---: | ---: |")
    resident = found["resident"]
    for block, size in enumerate(resident, start=1):
        print(f"| {5 * block} | {size:.0f} | {size / resident[1]:.2f} |")
    print(flush=True)


TABLES = {"seeds": seeds, "arms": arms, "memory": memory}


def _print_points(title: str, points: Iterable[tuple[int, int]], data: Path | None) -> None:
    print(f"\n{title}: one block of Boston, 64-64, 7 epochs, batch size 1\n")
    print("| arms | seeds | training, s | of it compiling, s | peak memory, MB |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for count, seeds in points:
        it = _point(count, seeds, data)
        figures = f"{it['training']:.2f} | {it['compiling']:.2f} | {it['peak']:.0f}"
        print(f"| {count} | {seeds} | {figures} |", flush=True)


def _point(arms: int, seeds: int, data: Path | None, blocks: int = 1) -> dict[str, Any]:
    words = [str(arms), str(seeds), str(blocks), *([str(data)] if data else [])]
    command = [sys.executable, "-m", "benchmarks.engine_scaling", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


class Scales(Clock):
    """Weighs the process whenever a block has ended; data is loaded at the start of each."""

    def __init__(self) -> None:
        super().__init__()
        self.resident: list[float] = []

    def preparing(self, what: str) -> None:
        """The block before this one is over."""
        if what.startswith("loading") and self.times:
            self.resident.append(_resident())


def _resident() -> float:
    """Resident memory now, in MB, as Linux tells it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def _peak() -> float:
    """The most memory that was resident at once, in MB."""
    words = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()
    return int(words[0]) / 1024


def _planned(arms: int, seeds: int, blocks: int) -> Experiment:
    slopes = [{"name": "leaky_relu", "negative_slope": (i + 1) / 100} for i in range(arms)]
    return Experiment.model_validate(
        {
            "name": "scaling",
            "dataset": "boston_housing",
            "architecture": [{"type": "mlp", "units": [64 + i, 64]} for i in range(blocks)],
            "activations": {"hidden": slopes, "output": "linear"},
            "optimizer": "rmsprop",
            "epochs": 7,
            "batch_size": 1,
            "seeds": seeds,
        }
    )


def main(arms: str, seeds: str, blocks: str = "1", folder: str | None = None) -> None:
    """Run one point and print its figures."""
    from actbench.training.quiet import prepare

    prepare()
    scales = Scales()
    planned = _planned(int(arms), int(seeds), int(blocks))
    data = Path(folder) if folder else None
    with tempfile.TemporaryDirectory() as out:
        result = experiment.run(planned, Path(out), scales, data_dir=data)
    figures = {
        "training": scales.times[-1] - scales.times[0],
        "compiling": sum(row.record.compile_seconds for row in result.rows),
        "peak": _peak(),
        "resident": [*scales.resident, _resident()],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
