"""Does `plan` tell the time? Each shipped spec is run, without kept programs, beside what it says.

    python -m benchmarks.expected_time --data FOLDER [--most SECONDS]

The goal: within a factor of 1.5. `--most` leaves out specs of which `plan` expects more.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from actbench.spec.shipped import shipped


def main() -> None:
    """Print a table: what each spec takes, what was expected, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--most", type=float, default=float("inf"), help="seconds expected")
    options = parser.parse_args()
    print("| spec | expected, s | took, s | ratio |\n| --- | ---: | ---: | ---: |")
    for name in shipped():
        with tempfile.TemporaryDirectory() as folder:
            words = [name, "--out", folder, "--data-dir", str(options.data.absolute())]
            (plan,) = json.loads(_call(Path(folder), "plan", *words, "--json"))
            expected = plan["expected_seconds"]
            if expected > options.most:
                continue
            began = perf_counter()
            _call(Path(folder), "run", *words, "--quiet")
            took = perf_counter() - began
        print(f"| {name} | {expected:.1f} | {took:.1f} | {expected / took:.2f} |", flush=True)


def _call(caches: Path, *words: str) -> Any:
    command = [sys.executable, "-m", "actbench", *words]
    environment = os.environ | {"XDG_CACHE_HOME": str(caches)}
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=False)
    assert done.returncode != 2, words  # others say that an expectation of the spec is not met
    return done.stdout


if __name__ == "__main__":
    main()
