"""Do the statistics keep their word? Simulations, printed as Markdown tables.

    python -m benchmarks.statistics [--trials 20000]

False positives and coverage of the sign-flip test and interval, then `run --until-decided`: false
positives without a difference, power and mean seeds with one. One fixed generator, so the same
command prints the same numbers. Takes more than twenty minutes at the default.
"""

import argparse
import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from actbench.statistics import (
    DEFAULT_LOOKS,
    look,
    sign_flip_interval,
    sign_flip_test,
    student_look_levels,
)

ALPHA = 0.05
Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]
DISTRIBUTIONS: dict[str, Draw] = {
    "normal": lambda generator, n: generator.normal(size=n),
    "t(2)": lambda generator, n: generator.standard_t(2, size=n),
}

SHAPES: dict[str, Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]] = {
    "normal": lambda generator, shape: generator.normal(size=shape),
    "t(4)": lambda generator, shape: generator.standard_t(4, size=shape),
    "t(2)": lambda generator, shape: generator.standard_t(2, size=shape),
    "Laplace": lambda generator, shape: generator.laplace(size=shape),
    "uniform": lambda generator, shape: generator.uniform(-1, 1, size=shape),
}


def main() -> None:
    """Run all simulations and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--trials",
        type=int,
        default=20_000,
        help="simulated experiments in each row of the null table",
    )
    trials = parser.parse_args().trials
    start = time.perf_counter()
    print_speed()
    print_fixed(5 * trials, np.random.default_rng(1))
    print_sequential(2 * trials, np.random.default_rng(5))
    print_equivalence(max(1, trials // 5), np.random.default_rng(2))
    print(f"\n{5 * trials:,} trials a row at a fixed number of seeds, {2 * trials:,} a row until")
    print(f"decided with nothing to find, {trials // 5:,} elsewhere.")
    print(f"{time.perf_counter() - start:.0f} s")


def print_speed() -> None:
    """Best of several calls of the exact test at its limit."""
    d = np.random.default_rng(0).normal(size=16)
    print("| exact, 16 pairs | milliseconds |\n| --- | ---: |")
    for name, call in (
        ("sign_flip_test", lambda: sign_flip_test(d)),
        ("sign_flip_interval", lambda: sign_flip_interval(d)),
    ):
        print(f"| {name} | {1e3 * min(seconds(call) for _ in range(20)):.1f} |")


def seconds(call: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def print_fixed(trials: int, generator: np.random.Generator) -> None:
    """False positives and coverage at a fixed number of seeds, nothing being there."""
    print("\n| n | differences | false positives at 0.05 | exact value | coverage at 0.95 |")
    print("| ---: | --- | ---: | ---: | ---: |")
    for n in (6, 10, 16):
        exact = 2 * math.floor(2**n * ALPHA / 2) / 2**n
        for name, draw in DISTRIBUTIONS.items():
            samples = [draw(generator, n) for _ in range(trials)]
            positives = sum(sign_flip_test(d) <= ALPHA for d in samples)
            covered = sum(low <= 0 <= high for low, high in map(sign_flip_interval, samples))
            print(
                f"| {n} | {name} | {share(positives, trials)} | {exact:.4f} "
                f"| {share(covered, trials)} |",
                flush=True,
            )


def print_sequential(trials: int, generator: np.random.Generator) -> None:
    """`--until-decided` with nothing to find, and then with something."""
    levels = ", ".join(f"{level:.4f}" for level in student_look_levels(DEFAULT_LOOKS, ALPHA))
    print(f"\nUntil decided: looks at {DEFAULT_LOOKS}, levels {levels}.")
    print("Uncorrected, 0.05 at each of four looks gives 0.126 (Armitage et al. 1969, table 2).")
    print("\n| differences | decided, ± one standard error | mean seeds |\n| --- | ---: | ---: |")
    for name, draw in SHAPES.items():
        print_decided(name, draw(generator, (trials, DEFAULT_LOOKS[-1])))
    for effect in (0.3, 0.5, 0.8, 1.0, 1.5):
        few = generator.normal(size=(max(1, trials // 10), DEFAULT_LOOKS[-1]))
        print_decided(f"normal, d_z {effect}", few + effect)


def print_decided(name: str, d: NDArray[np.float64]) -> None:
    """How many of the experiments, a row each, end as better or worse, and after how many seeds."""
    alive, seeds = np.arange(len(d)), np.full(len(d), DEFAULT_LOOKS[-1])
    for n, level in zip(DEFAULT_LOOKS, student_look_levels(DEFAULT_LOOKS, ALPHA), strict=True):
        decided = np.array([sign_flip_test(row) <= level for row in d[alive, :n]], dtype=bool)
        seeds[alive[decided]] = n
        alive = alive[~decided]
    rate = 1 - len(alive) / len(d)
    error = math.sqrt(rate * (1 - rate) / len(d))
    print(f"| {name} | {rate:.4f} ± {error:.4f} | {seeds.mean():.1f} |", flush=True)


def print_equivalence(trials: int, generator: np.random.Generator) -> None:
    """`--until-decided` with a difference exactly at the ROPE, which is not equivalent."""
    print("\n| differences | wrong decision | rate | mean seeds |\n| --- | --- | ---: | ---: |")
    for name, draw in DISTRIBUTIONS.items():
        shifted = [1 + draw(generator, DEFAULT_LOOKS[-1]) for _ in range(trials)]
        ends = [until_decided(d, rope=1.0) for d in shifted]
        ends = [(made == "equivalent", seeds) for made, seeds in ends]
        print_ends(f"{name}, centred on the ROPE's edge", "equivalent", ends)


def print_ends(name: str, wrong: str, ends: list[tuple[object, int]]) -> None:
    """One row: how often a decision was made, and after how many seeds."""
    made = sum(bool(decision) for decision, _ in ends)
    mean = np.mean([seeds for _, seeds in ends])
    print(f"| {name} | {wrong} | {share(made, len(ends))} | {mean:.1f} |", flush=True)


def until_decided(d: NDArray[np.float64], rope: float) -> tuple[object, int]:
    """Look at 10, 20, 30 and 40 seeds; the decision, and the seeds it took."""
    for seeds in DEFAULT_LOOKS:
        found = look(d[:seeds], alpha=ALPHA, rope=rope)
        if found.decision is not None:
            return found.decision, seeds
    return None, DEFAULT_LOOKS[-1]


def share(count: int, of: int) -> str:
    """A share with twice its standard error."""
    rate = count / of
    return f"{rate:.4f} ± {2 * math.sqrt(rate * (1 - rate) / of):.4f}"


if __name__ == "__main__":
    main()
