"""What splits cost: `python -m benchmarks.splits [ROUNDS]`.

Whole commands, one after the other in turns: 10 splits with 3 seeds each against 30 seeds of one
split, and 6 repeats of 5 folds with 1 seed. All train 30 trials an arm. The goal is at most 1.3
times the seconds for random splits. Folds whose numbers of rows differ are compiled twice.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DATASETS = ("diabetes", "boston_housing")
WAYS = {
    "30 seeds": ["seeds=30"],
    "10 splits × 3 seeds": ["splits=10", "seeds=3"],
    "6 × 5 folds × 1 seed": ["splits={folds: 5, repeats: 6}", "seeds=1"],
}
SPEC = """\
name: cost
dataset: {dataset}
architecture: {{type: mlp, units: [64, 64]}}
activations: {{hidden: [relu, tanh, silu, elu]}}
epochs: 20
batch_size: 16
"""


def main() -> None:
    """Print the median seconds of each way, and how many times those of the seeds they are."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print("| data set | trained | seconds | times those of 30 seeds |")
    print("| --- | --- | ---: | ---: |")
    for dataset in DATASETS:
        seconds: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way, overrides in WAYS.items():
                seconds[way].append(timed(dataset, overrides))
        least = statistics.median(seconds["30 seeds"])
        for way, times in seconds.items():
            middle = statistics.median(times)
            print(f"| {dataset} | {way} | {middle:.1f} | {middle / least:.2f} |", flush=True)


def timed(dataset: str, overrides: list[str]) -> float:
    """Seconds of one whole `actbench run` into an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "cost.yaml")
        spec.write_text(SPEC.format(dataset=dataset), encoding="utf-8")
        command = [sys.executable, "-m", "actbench", "run", str(spec), "--out", folder, "--quiet"]
        options = [word for override in overrides for word in ("--set", override)]
        started = time.perf_counter()
        subprocess.run([*command, *options], check=True, capture_output=True)
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
