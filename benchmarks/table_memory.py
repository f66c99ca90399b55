"""How much memory a large table of a user takes: `python -m benchmarks.table_memory`.

The goal: a run on 1,000,000 rows × 20 columns of a Parquet file peaks at most 4 times the array of
its inputs (float32, 80 MB) above the same run on 1,000 rows, in all processes together. Each run
trains one arm for one epoch in a process of its own. Linux only.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RUNS = 3
FEW, MANY, COLUMNS = 1_000, 1_000_000, 20
ARRAY = MANY * COLUMNS * 4 / 1e6  # MB
SPEC = """\
name: large
dataset: {file: table.parquet, target: y, task: regression}
architecture: {type: mlp, units: [16]}
activations: {hidden: [relu]}
epochs: 1
batch_size: 256
seeds: 1
"""


def main() -> None:
    """Print the peak of each run on few and on many rows, and the difference in arrays."""
    print("| run | 1,000 rows, MB | 1,000,000 rows, MB | difference, arrays |")
    print("| ---: | ---: | ---: | ---: |")
    for number in range(1, RUNS + 1):
        few, many = peak(FEW), peak(MANY)
        print(f"| {number} | {few:.0f} | {many:.0f} | {(many - few) / ARRAY:.2f} |", flush=True)


def peak(rows: int) -> float:
    """The peak memory in MB of a run on so many rows."""
    with tempfile.TemporaryDirectory() as folder:
        write_table(Path(folder), rows)
        command = [sys.executable, "-m", "actbench", "run", "spec.yaml", "--quiet"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as run:
            most = 0.0
            while run.poll() is None:
                most = max(most, sum(map(resident, family(run.pid))))
                time.sleep(0.01)
        assert run.returncode == 0
    return most


def write_table(folder: Path, rows: int) -> None:
    """A Parquet file of normal numbers and a target that some of them give, and a spec for it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    columns = {f"x{i}": rng.normal(size=rows) for i in range(COLUMNS)}
    columns["y"] = columns["x0"] - columns["x1"] ** 2 + rng.normal(size=rows)
    pq.write_table(pa.table(columns), folder / "table.parquet")
    (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")


def family(process: int) -> list[int]:
    """The process, and all that it started."""
    members = [process]
    for member in members:
        for task in Path(f"/proc/{member}/task").glob("*"):
            try:
                members += map(int, (task / "children").read_text().split())
            except OSError:  # it has ended
                continue
    return members


def resident(process: int) -> float:
    """Memory in MB, what is shared with other processes divided among them (Linux's Pss).

    Without the code of libraries, whose share depends on what else the machine runs.
    """
    try:
        words = Path(f"/proc/{process}/smaps_rollup").read_text().split("Pss_Anon:")[1].split()
    except (OSError, IndexError):  # it has ended
        return 0.0
    return int(words[0]) * 1024 / 1e6


if __name__ == "__main__":
    os.environ["COLUMNS"] = "80"
    main()
