"""Do the wider scopes keep their word? Simulations, printed as the tables of docs/scope.md.

    python -m benchmarks.scopes [rows splits] [--trials N]

`rows`: coverage of the interval over seeds and test rows. `splits`: false positives of two
learners that are equally good, on splits of one data set. Fixed generators: the same command
prints the same numbers. About twenty minutes.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from actbench.statistics import corrected_t, rows_effect, sign_flip_test
from benchmarks.statistics import ALPHA, print_chosen, print_head, print_row, share

Floats = NDArray[np.float64]


def normal(generator: np.random.Generator, n: int, rows: int) -> Floats:
    """Differences of mean 0 with a part of the seed's, a part of the row's, and a rest."""
    of_seed, of_row = generator.normal(0, 0.05, (n, 1)), generator.normal(0, 0.3, (1, rows))
    return of_seed + of_row + generator.normal(0, 0.5, (n, rows))


def right_or_wrong(generator: np.random.Generator, n: int, rows: int) -> Floats:
    """Differences of two classifiers that are right (1) or wrong (0) on a row, equally often.

    Each has rows and seeds of its own that it is good at; most rows are easy for both.
    """
    ease = generator.normal(1.5, 1, (1, rows))
    right = []
    for _ in range(2):
        skill = generator.normal(0, 0.5, (1, rows)) + generator.normal(0, 0.05, (n, 1))
        right.append(ease + skill + generator.normal(0, 0.5, (n, rows)) > 0)
    return right[0].astype(float) - right[1]


def print_rows(trials: int) -> None:
    """How often the interval over seeds and rows holds the true difference, which is 0."""
    generator = np.random.default_rng(8)
    print_head("differences", "seeds", "rows", "coverage at 0.95", "coverage by seeds alone")
    kinds: dict[str, Callable[[np.random.Generator, int, int], Floats]] = {
        "normal": normal,
        "right or wrong": right_or_wrong,
    }
    for name, draw in kinds.items():
        for n in (5, 10, 20):
            for rows in (100, 1000):
                inside, seeds_only = np.zeros((2, trials), dtype=bool)
                for i in range(trials):
                    d = draw(generator, n, rows)
                    effect = rows_effect(d)
                    inside[i] = effect.p is None or effect.p > ALPHA
                    by_seed = d.mean(axis=1)
                    half = _T_975[n] * by_seed.std(ddof=1) / np.sqrt(n)
                    seeds_only[i] = abs(by_seed.mean()) <= half
                print_row(name, n, rows, share(inside), share(seeds_only))


# The 97.5% points of Student's t with n - 1 degrees of freedom (any table of the distribution).
_T_975 = {5: 2.776, 10: 2.262, 20: 2.093}


def print_splits(trials: int) -> None:
    """Two learners that see disjoint features which say equally much: neither is better."""
    generator = np.random.default_rng(9)
    print_head("splits", "rows", "corrected t", "sign flips over splits", "plain t over splits")
    for rows in (200, 1000):
        for name, splits, folds in _DESIGNS:
            corrected, flips, plain = np.zeros((3, trials), dtype=bool)
            for i in range(trials):
                d, ratio = differences_of_splits(generator, rows, splits, folds)
                corrected[i] = _below(corrected_t(d, ratio).p)
                flips[i] = sign_flip_test(d) <= ALPHA
                plain[i] = _below(corrected_t(d, 1e-15).p)
            print_row(name, rows, share(corrected), share(flips), share(plain))


# In words, splits, and folds of a division (0: random splits, a fifth of the rows to test).
_DESIGNS = (
    ("10 random", 10, 0),
    ("20 random", 20, 0),
    ("10 folds", 10, 10),
    ("2 x 5 folds", 10, 5),
    ("10 x 10 folds", 100, 10),
)


def _below(p: float | None) -> bool:
    return p is None or p <= ALPHA


def differences_of_splits(
    generator: np.random.Generator, rows: int, splits: int, folds: int
) -> tuple[Floats, float]:
    """Differences in accuracy of splits of one new data set, and test rows over training rows.

    `folds`: 0 for random splits; otherwise the splits are divisions into that many folds. Both
    learners are least squares, each on five of ten independent features.
    """
    x = generator.normal(size=(rows, 10))
    y = np.where(x.sum(axis=1) + generator.normal(0, 3, rows) > 0, 1.0, -1.0)
    if folds:
        orders = [generator.permutation(rows) for _ in range(splits // folds)]
        tests = [part for order in orders for part in np.array_split(order, folds)]
    else:
        tests = [generator.permutation(rows)[: rows // 5] for _ in range(splits)]
    differences = []
    for test in tests:
        train = np.setdiff1d(np.arange(rows), test)
        first, second = (
            accuracy(x[:, part], y, train, test) for part in (slice(0, 5), slice(5, 10))
        )
        differences.append(first - second)
    return np.array(differences), tests[0].size / (rows - tests[0].size)


def accuracy(x: Floats, y: Floats, train: NDArray[np.intp], test: NDArray[np.intp]) -> float:
    """Share of the test rows on the right side of a plane fitted to the training rows."""
    weights = np.linalg.lstsq(x[train], y[train], rcond=None)[0]
    return float(np.mean((x[test] @ weights > 0) == (y[test] > 0)))


TABLES = {"rows": (print_rows, 3_000), "splits": (print_splits, 10_000)}


if __name__ == "__main__":
    print_chosen(TABLES, __doc__)
