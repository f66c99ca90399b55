"""What keeping the scores of test rows costs: `python -m benchmarks.rows_cost`.

Whole runs with and without the rows, in alternating pairs in one process: training, the test pass,
the files of the trials and `rows.npz`. The goal is 1.05 times at most.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from actbench import experiment
from actbench.experiment import Progress
from actbench.spec import load
from actbench.training.backend import import_keras
from actbench.training.history import Measured

import_keras()

from actbench.training.compiled_engine import CompiledTrainer  # noqa: E402

PAIRS = 5
SPECS = {  # one arm each: what it costs does not depend on the arm
    "mnist_5k_mlp": "activations.hidden=[relu]",
    "boston_output": "activations.output=[linear]",
}


def main() -> None:
    """Print a row for each spec: the medians, and the median of the ratios within the pairs."""
    print("| spec | trials | with rows (s) | without (s) | ratio | ratio of processor time |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for spec in SPECS:
        seconds(spec)  # what TensorFlow does once
        pairs = []
        for number in range(PAIRS):
            order = (True, False) if number % 2 else (False, True)
            by_kind = {rows: measured(spec, rows) for rows in order}
            pairs.append((by_kind[True], by_kind[False]))
        wall, processor = ([(a[i], b[i]) for a, b in pairs] for i in (0, 1))
        kept, without = (statistics.median(side) for side in zip(*wall, strict=True))
        ratios = [statistics.median(a / b for a, b in times) for times in (wall, processor)]
        print(
            f"| {spec} | {len(load(spec).seeds)} | {kept:.2f} | {without:.2f} | {ratios[0]:.3f} "
            f"| {ratios[1]:.3f} |",
            flush=True,
        )


def measured(spec: str, rows: bool) -> tuple[float, float]:
    """Seconds and processor seconds of one run."""
    if rows:
        return seconds(spec)
    with without_rows():
        return seconds(spec)


@contextmanager
def without_rows() -> Iterator[None]:
    """Test as before rows were kept: Keras's metrics alone."""
    former = CompiledTrainer._tested
    CompiledTrainer._tested = lambda self: Measured(  # type: ignore[method-assign]
        self._evaluate(*self._test)
    )
    try:
        yield
    finally:
        CompiledTrainer._tested = former  # type: ignore[method-assign]


def seconds(spec: str) -> tuple[float, float]:
    """Run a spec from nothing to its tables, in this process."""
    with tempfile.TemporaryDirectory() as out:
        start, before = time.perf_counter(), sum(os.times()[:2])
        experiment.run(
            load(spec, ["expect=[]", "baseline=null", SPECS[spec]]),
            Path(out),
            Progress(),
        )
        return time.perf_counter() - start, sum(os.times()[:2]) - before


if __name__ == "__main__":
    main()
