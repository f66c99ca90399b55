"""What diagnostics cost: `mnist_5k_mlp` with and without them, in alternating runs of one process.

    python -m benchmarks.diagnostics_overhead [PAIRS]

Each run trains every trial anew, compiling included; importing TensorFlow is not. Prints the
processor's seconds of each pair, which other work on the machine changes less than those of a
clock, and the median ratio; and checks that every score is the same to the bit.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import process_time

from actbench.experiment import Progress, run
from actbench.experiment.run import RunResult
from actbench.spec import Experiment, load
from actbench.training.backend import import_keras


def main() -> None:
    """Run the pairs, the order of the two changing from pair to pair."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    import_keras()
    plain = load("mnist_5k_mlp")
    looking = plain.model_copy(update={"diagnostics": True})
    _timed(plain)  # warms up what is shared
    ratios = []
    for pair in range(pairs):
        order = [plain, looking] if pair % 2 else [looking, plain]
        done = {experiment.diagnostics: _timed(experiment) for experiment in order}
        (without, plain_rows), (with_them, measured_rows) = done[False], done[True]
        assert [r.record.metrics for r in plain_rows.rows] == [
            r.record.metrics for r in measured_rows.rows
        ], "diagnostics changed a score"
        ratios.append(with_them / without)
        print(
            f"without {without:.2f} s, with {with_them:.2f} s: {ratios[-1]:.3f} times as long",
            flush=True,
        )
    print(f"median of {pairs} pairs: {median(ratios):.3f}; every score the same to the bit")


def _timed(experiment: Experiment) -> tuple[float, RunResult]:
    with tempfile.TemporaryDirectory() as folder:
        started = process_time()
        result = run(experiment, Path(folder), Progress())
        return process_time() - started, result


if __name__ == "__main__":
    main()
