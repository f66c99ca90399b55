"""How long `actbench compare` takes: `python -m benchmarks.compare_speed`.

The goal is 2 s for 10,000 trials and 10 s for 100,000, on an idle machine of two cores. Three
shapes of a `trials.csv` of each size, compared three times in a process of its own; the median in
seconds, in processor seconds, and relative to a bare `pandas.read_csv` of the same file, also in a
process of its own.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RUNS = 3
SHAPES = (  # arms, seeds, blocks
    (10, 10, 100),
    (10, 1000, 1),
    (20, 25, 20),
    (10, 10, 1000),
    (10, 10_000, 1),
    (100, 100, 10),
)
HEADER = (
    "experiment,dataset,architecture,hidden,output,optimizer,epochs,batch_size,seed,status,"
    "parameters,train_loss,train_{0},test_loss,test_{0},train_seconds,compile_seconds,trial"
)


def main() -> None:
    """Print a row for each metric, shape and form of the output."""
    print("| metric | arms × seeds × blocks | output | seconds | processor | of read_csv |")
    print("| --- | --- | --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for metric in ("mae", "accuracy"):
            for shape in SHAPES:
                path = Path(folder) / "trials.csv"
                path.write_text(trials(metric, *shape), encoding="utf-8")
                bare, _ = timed(["-c", f"import pandas; pandas.read_csv({str(path)!r})"])
                for form in ("table", "csv"):
                    command = ["-m", "actbench", "compare", str(path), "--format", form]
                    wall, processor = timed(command)
                    size = " × ".join(f"{part:,}" for part in shape)
                    print(
                        f"| {metric} | {size} | {form} | {wall:.2f} | {processor:.2f} "
                        f"| {wall / bare:.1f} |",
                        flush=True,
                    )


def trials(metric: str, arms: int, seeds: int, blocks: int) -> str:
    """A table whose arms differ by a tenth of the noise from one to the next."""
    random = np.random.default_rng(0)
    lines = [HEADER.format(metric)]
    for block in range(blocks):
        noise = random.normal(0, 1, (seeds, arms)) + np.arange(arms) / 10
        scores = 3 + noise / 10 if metric == "mae" else (0.9 - noise / 100).round(4)
        for seed in range(seeds):
            for arm in range(arms):
                score = float(scores[seed, arm])
                lines.append(
                    f"x,d{block},mlp(64-64),relu,o{arm},adam,5,8,{seed},ok,1234,{score},{score},"
                    f"{score},{score},0.1234,0.5,{block:08x}{seed:04x}{arm:04x}"
                )
    return "\n".join(lines) + "\n"


def timed(command: list[str]) -> tuple[float, float]:
    """Median seconds and processor seconds of a Python process."""
    walls, processors = [], []
    for _ in range(RUNS):
        start, before = time.perf_counter(), os.times()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        after = os.times()
        walls.append(time.perf_counter() - start)
        processors.append(
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )
    return statistics.median(walls), statistics.median(processors)


if __name__ == "__main__":
    main()
