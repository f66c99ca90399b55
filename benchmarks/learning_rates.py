"""What choosing learning rates does to false positives, and what it costs.

    python -m benchmarks.learning_rates [choice cost] [--trials N]

`choice`: two arms that are equally good at their best rates, which lie one step of the grid apart;
how often they are called different. Fixed generator: the same command prints the same numbers.
About five minutes. `cost`: whole runs of one arm, side by side: 5 rates x 3 selection seeds and 10
seeds, against 25 seeds at one rate. About two minutes.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from actbench.statistics import sign_flip_test
from actbench.statistics.best_rate import best_rate
from benchmarks.statistics import ALPHA, print_chosen, print_head, print_row, share

Floats = NDArray[np.float64]

GRID = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
SEEDS = 14  # the most for which the test is exact and quick
# How much a step away from the best rate costs, in standard deviations of a seed.
CURVES = {"flat": 0.2, "middling": 1.0, "steep": 5.0}


def mean_scores(best: float, cost: float) -> Floats:
    """Mean score at each rate of the grid, shape (rates,); `best`: the best one, in steps.

    Above its best rate an arm loses three times as much as below, as where training breaks down.
    """
    steps = np.arange(len(GRID)) - best
    return -cost * np.where(steps > 0, 3 * steps, -steps) ** 2


def chosen(generator: np.random.Generator, means: Floats, seeds: int) -> int:
    """The position of the rate that so many selection seeds choose."""
    scores = means[:, None] + generator.normal(size=(len(GRID), seeds))
    return GRID.index(best_rate(GRID, scores, higher_is_better=True, usual=0.001))


def together(
    generator: np.random.Generator, arms: list[Floats], seeds: int
) -> tuple[Floats, float]:
    """Differences over fresh seeds at the chosen rates, and their true mean at these rates."""
    means = [arm[chosen(generator, arm, seeds)] for arm in arms]
    scores = [mean + generator.normal(size=SEEDS) for mean in means]
    return scores[0] - scores[1], means[0] - means[1]


def each(generator: np.random.Generator, arms: list[Floats]) -> Floats:
    """Differences over seeds of which each chose its own rate."""
    first, second = (
        np.array([arm[chosen(generator, arm, 1)] for _ in range(SEEDS)]) for arm in arms
    )
    return np.asarray(first - second + generator.normal(0, np.sqrt(2), SEEDS))


def print_choice(trials: int) -> None:
    """False positives by how steep the surface is and where between two rates the best one lies."""
    generator = np.random.default_rng(10)
    print_head(
        *("surface", "best rates (steps)", "selection seeds"),
        *("given the chosen rates", "equal but for the rate"),
    )
    for name, cost in CURVES.items():
        for best in (2.0, 2.25):
            arms = [mean_scores(best, cost), mean_scores(best + 1, cost)]
            where = f"{best:g} and {best + 1:g}"
            for seeds in (3, 5, 10, 20):
                given, shifted = np.zeros((2, trials), dtype=bool)
                for i in range(trials):
                    d, true = together(generator, arms, seeds)
                    given[i] = sign_flip_test(d - true) <= ALPHA
                    shifted[i] = sign_flip_test(d) <= ALPHA
                print_row(name, where, seeds, share(given), share(shifted))
            own = [sign_flip_test(each(generator, arms)) <= ALPHA for _ in range(trials)]
            print_row(name, where, "each", "", share(np.array(own)))


SPEC = """\
name: {name}
dataset: {{name: mnist_5k, validation: 0.2}}
architecture: {{type: mlp, units: [128]}}
activations: {{hidden: [relu]}}
optimizer: adam
epochs: 20
batch_size: 64
"""
RUNS = {
    "chosen": "learning_rates: [0.0003, 0.001, 0.003, 0.01, 0.03]\nselection_seeds: 3\nseeds: 10\n",
    "one rate": "seeds: 25\n",
}


def print_cost(pairs: int) -> None:
    """Two whole commands at the same time, on a core each, and the ratio of what they took.

    At the same time, so that both have the same of a machine that does other work.
    """
    print_head("rates chosen (s)", "one rate (s)", "ratio")
    ratios = []
    for number in range(pairs):
        with tempfile.TemporaryDirectory() as folder:
            seconds = _seconds_side_by_side(Path(folder), list(RUNS)[:: -1 if number % 2 else 1])
        ratios.append(seconds["chosen"] / seconds["one rate"])
        print_row(*(f"{seconds[name]:.1f}" for name in RUNS), f"{ratios[-1]:.3f}")
    print_row("", "median", f"{statistics.median(ratios):.3f}")


def _seconds_side_by_side(folder: Path, names: list[str]) -> dict[str, float]:
    """Seconds from the start of both runs, of 25 trials each, to the end of each."""
    commands = []
    for name in names:
        spec = folder / f"{name.split()[0]}.yaml"
        spec.write_text(SPEC.format(name=spec.stem) + RUNS[name])
        options = ["run", str(spec), "--out", str(folder / "results"), "--quiet", "--no-report"]
        commands.append([sys.executable, "-m", "actbench", *options])
    started = time.perf_counter()
    silent = subprocess.DEVNULL
    runs = [subprocess.Popen(each, stdout=silent, stderr=silent) for each in commands]
    seconds: dict[str, float] = {}
    while len(seconds) < len(runs):
        for name, process in zip(names, runs, strict=True):
            if name not in seconds and process.poll() is not None:
                seconds[name] = time.perf_counter() - started
        time.sleep(0.01)
    if any(process.returncode for process in runs):
        raise RuntimeError(f"a run failed; try it by hand: {commands}")
    return seconds


TABLES = {"choice": (print_choice, 10_000), "cost": (print_cost, 4)}


if __name__ == "__main__":
    print_chosen(TABLES, __doc__)
