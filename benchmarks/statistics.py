"""Do the statistics keep their word? Simulations, printed as the tables of docs/statistics.md.

    python -m benchmarks.statistics [TABLE ...] [--trials N]

TABLE is one of plain, families, failures, equivalence, looks, families-at-looks and stopped; all
of them, which take about an hour, by default. Every table has a fixed generator, so the same
command prints the same numbers.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

import actbench.statistics.ranks as ranks
import actbench.statistics.sign_flip as sign_flip
from actbench.statistics import (
    DEFAULT_LOOKS,
    Comparison,
    Decision,
    Rules,
    compare,
    decisions,
    rules_at_look,
    sign_flip_interval,
    sign_flip_test,
    student_look_levels,
)
from actbench.statistics.differences import skewness

ALPHA = 0.05
Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Floats]


def collapsing(generator: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Normal, but a tenth of the seeds lose ten standard deviations; centred on 0."""
    lost = generator.random(shape) < 0.1
    return generator.normal(size=shape) - 10 * (lost - 0.1)


# Differences with mean 0; those of the first group are symmetric.
SYMMETRIC: dict[str, Draw] = {
    "normal": lambda generator, shape: generator.normal(size=shape),
    "t(2)": lambda generator, shape: generator.standard_t(2, size=shape),
    "t(4)": lambda generator, shape: generator.standard_t(4, size=shape),
    "Laplace": lambda generator, shape: generator.laplace(size=shape),
    "uniform": lambda generator, shape: generator.uniform(-1, 1, size=shape),
}
SKEWED: dict[str, Draw] = {
    "exponential": lambda generator, shape: generator.exponential(size=shape) - 1,
    "lognormal": lambda generator, shape: generator.lognormal(size=shape) - math.exp(0.5),
    "a tenth collapses": collapsing,
}


def print_plain(trials: int) -> None:
    """False positives and coverage at a fixed number of seeds, and how often skew is noticed."""
    generator = np.random.default_rng(1)
    print_head(
        "seeds", "differences", "false positives at 0.05", "coverage at 0.95", "marked as skewed",
        "of the false positives",
    )  # fmt: skip
    draws = {name: SYMMETRIC[name] for name in ("normal", "t(2)")} | SKEWED
    for n in (6, 10, 16):
        for name, draw in draws.items():
            samples = draw(generator, (trials, n))
            wrong = np.array([sign_flip_test(d) <= ALPHA for d in samples])
            covered = sum(low <= 0 <= high for low, high in map(sign_flip_interval, samples))
            marked = np.array([n >= 8 and is_skewed(d) for d in samples])
            noticed = [f"{marked.mean():.2f}", f"{marked[wrong].mean():.2f}"]
            print_row(
                n, name, share(wrong), f"{covered / trials:.4f}", *(noticed if n >= 8 else "––")
            )


def is_skewed(d: Floats) -> bool:
    """Whether a table would mark these differences."""
    size, limit = skewness(d)
    return abs(size) > limit


def print_families(trials: int) -> None:
    """How often each kind of statement is wrong somewhere in a table of ten seeds."""
    generator = np.random.default_rng(2)
    print_head("arms", "differences", "better or worse", "equivalent", "by at least", "ranks split")
    for arms in (5, 19):
        for name, draw in (("normal", SYMMETRIC["normal"]), ("exponential", SKEWED["exponential"])):
            different, split, inside, beyond = (np.zeros(trials, dtype=bool) for _ in range(4))
            for i in range(trials):
                equal = compare(block(draw, generator, arms, name), 0, higher_is_better=True)
                different[i] = says(equal, "better", "worse")
                split[i] = len({arm.rank for arm in equal.arms}) > 1
                # Each arm lies at the edge of the ROPE, three standard deviations from zero.
                at_edge = compare(
                    block(draw, generator, arms, name) + at_edges(arms, 3.0),
                    0,
                    higher_is_better=True,
                    rules=Rules(rope=3.0),
                )
                inside[i] = says(at_edge, "equivalent", "negligible")
                beyond[i] = says(at_edge, "better_by_rope", "worse_by_rope")
            print_row(arms, name, *map(share, (different, inside, beyond, split)))


def block(draw: Draw, generator: np.random.Generator, arms: int, name: str, n: int = 10) -> Floats:
    """Scores of equal arms. Skewed ones differ from a baseline of zeros, so that differences are.

    The differences have a standard deviation of 1.
    """
    if name in SYMMETRIC:
        return draw(generator, (arms, n)) / math.sqrt(2)
    return np.vstack([np.zeros(n), draw(generator, (arms - 1, n))])


def at_edges(arms: int, rope: float) -> Floats:
    """Shifts of the arms to the edges of the ROPE around the baseline, the first arm."""
    sides = np.where(np.arange(arms) % 2, 1.0, -1.0)
    sides[0] = 0.0
    return rope * sides[:, None]


def says(comparison: Comparison, *kinds: str) -> bool:
    """Whether some verdict of a table is of one of these kinds."""
    return any(pair.verdict.kind in kinds for pair in comparison.pairs)


def print_failures(trials: int) -> None:
    """An arm equal to the baseline, except that it diverges on its worst seeds."""
    generator = np.random.default_rng(3)
    print_head(
        "arms", "seeds", "better", "better, if diverged seeds were left out", "ranked before"
    )
    for arms, n in ((2, 10), (2, 16), (5, 10), (5, 16)):
        better, survivors, first = (np.zeros(trials, dtype=bool) for _ in range(3))
        for i in range(trials):
            scores = generator.normal(size=(arms, n))
            diverged = scores < -0.5244  # 30% of a normal distribution
            diverged[0] = False
            judged = compare(scores, 0, higher_is_better=True, diverged=diverged)
            better[i] = says(judged, "better")
            first[i] = any((arm.rank or 0) < (judged.arms[0].rank or 0) for arm in judged.arms)
            scores[diverged] = np.nan
            left = compare(scores, 0, higher_is_better=True, diverged=np.zeros_like(diverged))
            survivors[i] = says(left, "better")
        print_row(arms, n, *map(share, (better, survivors, first)))


def print_equivalence(trials: int) -> None:
    """Power to call an arm equivalent that does not differ, with a ROPE of one standard deviation.

    Of the first of the arms compared.
    """
    generator = np.random.default_rng(4)
    seeds = (8, 10, 12, 20)
    print_head("arms", *(f"{n} seeds" for n in seeds))
    for arms in (2, 5, 20):
        rates = []
        for n in seeds:
            few = max(1, trials // (10 if n > 16 else 1))
            hits = np.zeros(few, dtype=bool)
            for i in range(few):
                scores = np.vstack([np.zeros(n), generator.normal(size=(arms - 1, n))])
                found = compare(scores, 0, higher_is_better=True, rules=Rules(rope=1.0))
                hits[i] = found.pairs[0].verdict.kind == "equivalent"
            rates.append(f"{hits.mean():.2f}")
        print_row(arms, *rates)


def print_looks(trials: int) -> None:
    """One comparison until decided, with nothing to find."""
    generator = np.random.default_rng(5)
    levels = student_look_levels(DEFAULT_LOOKS, ALPHA)
    print(f"Levels: {', '.join(f'{level:.4f}' for level in levels)}")
    print_head("differences", "false positives until decided", "mean seeds")
    for name, draw in (SYMMETRIC | SKEWED).items():
        stops = [first_stop(d, levels) for d in draw(generator, (trials, DEFAULT_LOOKS[-1]))]
        seeds = [stop or DEFAULT_LOOKS[-1] for stop in stops]
        print_row(name, share(np.array(stops) > 0), f"{np.mean(seeds):.1f}")


def first_stop(d: Floats, levels: Sequence[float]) -> int:
    """The seeds at the look that decides a single comparison; 0 if none does."""
    for n, level in zip(DEFAULT_LOOKS, levels, strict=True):
        if sign_flip_test(d[:n]) <= level:
            return n
    return 0


def print_families_at_looks(trials: int) -> None:
    """Several arms until decided, each decision kept: how often one is wrong.

    Beyond 16 seeds by 9,999 random patterns instead of 99,999, which takes a tenth of the time.
    """
    sign_flip.DRAWS = ranks.DRAWS = 9_999
    generator = np.random.default_rng(6)
    print_head("arms", "differences", "better or worse, equal arms", "equivalent, at the ROPE")
    last = DEFAULT_LOOKS[-1]
    for arms in (2, 5):
        for name, draw in (("normal", SYMMETRIC["normal"]), ("exponential", SKEWED["exponential"])):
            different, inside = np.zeros((2, trials), dtype=bool)
            for i in range(trials):
                equal = until_decided(block(draw, generator, arms, name, last))
                different[i] = says(equal, "better", "worse")
                scores = block(draw, generator, arms, name, last) + at_edges(arms, 0.5)
                inside[i] = says(until_decided(scores, rope=0.5), "equivalent", "negligible")
            print_row(arms, name, share(different), share(inside))


def until_decided(scores: Floats, rope: float | None = None) -> Comparison:
    """The last look, at which every arm is decided, or which was the last planned."""
    decided: dict[str, Decision] = {}
    comparisons = len(scores) - 1
    for n in DEFAULT_LOOKS:
        rules = rules_at_look(DEFAULT_LOOKS, n, comparisons=comparisons, rope=rope)
        at_look = compare(scores[:, :n], 0, higher_is_better=True, rules=rules, decided=decided)
        decided = decisions(at_look, early=n < DEFAULT_LOOKS[-1])
        if len(decided) == comparisons:
            break
    return at_look


def print_stopped(trials: int) -> None:
    """One comparison until decided, with something to find: what its mean and interval say."""
    generator = np.random.default_rng(7)
    levels = student_look_levels(DEFAULT_LOOKS, ALPHA)
    level_at = dict(zip(DEFAULT_LOOKS, levels, strict=True))
    print_head(
        "true d_z", "power", "mean seeds", "mean where stopped at 10", "mean of ten fresh seeds",
        "coverage", "coverage where stopped at 10",
    )  # fmt: skip
    for effect in (0.3, 0.5, 0.8, 1.0, 1.5):
        d = generator.normal(effect, 1, size=(trials, DEFAULT_LOOKS[-1]))
        stops = np.array([first_stop(row, levels) for row in d])
        ends = np.where(stops > 0, stops, DEFAULT_LOOKS[-1])
        early = stops == DEFAULT_LOOKS[0]
        covered = np.zeros(trials, dtype=bool)
        for i, (row, end) in enumerate(zip(d, ends.tolist(), strict=True)):
            low, high = sign_flip_interval(row[:end], 1 - level_at[end])
            covered[i] = low <= effect <= high
        print_row(
            effect,
            f"{(stops > 0).mean():.3f}",
            f"{ends.mean():.1f}",
            f"{d[early, :10].mean():.2f}",
            f"{d[early, 10:20].mean():.2f}",
            f"{covered.mean():.3f}",
            f"{covered[early].mean():.3f}",
        )


def print_head(*names: str) -> None:
    """The head of a Markdown table."""
    print(f"\n| {' | '.join(names)} |\n|{' --- |' * len(names)}", flush=True)


def print_row(*cells: object) -> None:
    """A row of a Markdown table."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def share(hits: NDArray[np.bool_]) -> str:
    """A share with its standard error."""
    rate = float(hits.mean())
    return f"{rate:.4f} ± {math.sqrt(rate * (1 - rate) / hits.size):.4f}"


# Of each table how many experiments make a row, so that a share has a standard error of 0.005.
TABLES: dict[str, tuple[Callable[[int], None], int]] = {
    "plain": (print_plain, 10_000),
    "families": (print_families, 7_500),
    "failures": (print_failures, 10_000),
    "equivalence": (print_equivalence, 5_000),
    "looks": (print_looks, 10_000),
    "families-at-looks": (print_families_at_looks, 7_000),
    "stopped": (print_stopped, 4_000),
}


def print_chosen(
    tables: Mapping[str, tuple[Callable[[int], None], int]], words: str | None
) -> None:
    """Print the tables that the command line names, by default all, with `words` for its help."""
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"of {', '.join(tables)}")
    parser.add_argument("--trials", type=int, help="experiments in a row, for every table")
    options = parser.parse_args()
    for name in options.tables or tables:
        print_table, trials = tables[name]
        print_table(options.trials or trials)


if __name__ == "__main__":
    print_chosen(TABLES, __doc__)
