"""What a seed more, an arm more and a cell more cost: seconds and memory, Boston at batch size 1.

    python -m benchmarks.engine_scaling 4 10 [folder with data]

is one point in a process of its own: so many arms and seeds in one block, its figures as JSON.
Memory is that of the run and of the process that trains, with what they share counted once.
"""

import json
import multiprocessing
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from actbench import experiment
from actbench.experiment import Trial
from actbench.spec import Experiment
from benchmarks.engine_side import Clock


def seeds(data: Path | None, quick: bool) -> None:
    """Seconds and peak memory of one arm against seeds."""
    _print_points("seeds", ((1, count) for count in ((1, 10) if quick else (1, 10, 100))), data)


def arms(data: Path | None, quick: bool) -> None:
    """Seconds and peak memory of one seed against arms."""
    _print_points("arms", ((count, 1) for count in ((1, 4) if quick else (1, 4, 16, 64))), data)


def memory(data: Path | None, quick: bool) -> None:
    """Memory through 200 cells of 5 seeds each: the most that was held during each 25 cells."""
    cells, seeds = (50, 2) if quick else (200, 5)
    resident = _point(cells, seeds, data)["resident"]
    print(f"\nmemory: {cells} cells of {seeds} seeds each, in one block\n")
    print("| cells | most resident, MB | against 25 cells |\n| ---: | ---: | ---: |")
    for trained in range(25, cells + 1, 25):
        now, then = (max(resident[(c - 25) * seeds : c * seeds]) for c in (trained, 25))
        print(f"| {trained} | {now:.0f} | {now / then:.2f} |")
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


def _point(arms: int, seeds: int, data: Path | None) -> dict[str, Any]:
    words = [str(arms), str(seeds), *([str(data)] if data else [])]
    command = [sys.executable, "-m", "benchmarks.engine_scaling", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


class Scales(Clock):
    """Weighs the run in each trial's last epoch: a process ends with its last trial."""

    def __init__(self) -> None:
        super().__init__()
        self.resident: list[float] = []

    def epoch(self, trial: Trial, number: int, metrics: dict[str, float]) -> None:
        """Note the memory."""
        if number == trial.cell.epochs:
            self.resident.append(_resident("self") + sum(map(_resident, _training())))


def _training() -> list[int]:
    return [child.pid for child in multiprocessing.active_children() if child.pid]


def _resident(process: int | str) -> float:
    """Memory in MB, what is shared with other processes divided among them (Linux's Pss)."""
    try:
        words = Path(f"/proc/{process}/smaps_rollup").read_text().split("Pss:")[1].split()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0.0
    return int(words[0]) / 1024


def _planned(arms: int, seeds: int) -> Experiment:
    slopes = [{"name": "leaky_relu", "negative_slope": (i + 1) / 100} for i in range(arms)]
    return Experiment.model_validate(
        {
            "name": "scaling",
            "dataset": "boston_housing",
            "architecture": {"type": "mlp", "units": [64, 64]},
            "activations": {"hidden": slopes, "output": "linear"},
            "optimizer": "rmsprop",
            "epochs": 7,
            "batch_size": 1,
            "seeds": seeds,
        }
    )


def main(arms: str, seeds: str, folder: str | None = None) -> None:
    """Run one point and print its figures."""
    scales = Scales()
    planned = _planned(int(arms), int(seeds))
    data = Path(folder) if folder else None
    with tempfile.TemporaryDirectory() as out:
        result = experiment.run(
            planned, Path(out), scales, data_dir=data, executor=experiment.LocalProcesses(data)
        )
    figures = {
        "training": scales.times[-1] - scales.times[0],
        "compiling": sum(row.record.compile_seconds for row in result.rows),
        "peak": max(scales.resident),
        "resident": scales.resident,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
