"""The best learning rate of a grid, against planted surfaces and the rule written down."""

import math

import numpy as np
import pytest

from actbench.statistics.best_rate import best_rate

GRID = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)


@pytest.mark.parametrize("planted", GRID)
def test_a_planted_quadratic_surface_gives_its_minimum(planted: float) -> None:
    seeds = np.linspace(-0.001, 0.001, 5)
    losses = [(math.log10(rate) - math.log10(planted)) ** 2 + seeds for rate in GRID]
    assert best_rate(GRID, losses, higher_is_better=False, usual=0.001) == planted
    assert best_rate(GRID, -np.array(losses), higher_is_better=True, usual=0.001) == planted


def test_a_diverged_seed_counts_as_the_worst_score_of_the_grid() -> None:
    nan = math.nan
    scores = [[0.80, 0.80], [0.95, nan], [0.10, 0.10]]
    # (0.95 + 0.10) / 2 is less than 0.80; without the failure 0.01 would win.
    assert best_rate(GRID[1:4], scores, higher_is_better=True, usual=0.001) == 0.001
    scores[2] = [0.75, 0.75]  # the worst is 0.75 now
    assert best_rate(GRID[1:4], scores, higher_is_better=True, usual=0.001) == 0.003
    losses = [[0.2, 0.2], [0.05, nan], [0.9, 0.9]]
    assert best_rate(GRID[1:4], losses, higher_is_better=False, usual=0.001) == 0.001


@pytest.mark.parametrize(
    ("usual", "best"), [(0.001, 0.001), (0.01, 0.01), (0.002, 0.003), (1.0, 0.1), (0.0001, 0.0003)]
)
def test_ties_go_to_the_rate_nearest_the_default_on_a_log_scale(usual: float, best: float) -> None:
    assert best_rate(GRID, np.full((6, 3), 0.5), higher_is_better=True, usual=usual) == best
    diverged = np.full((6, 3), math.nan)
    assert best_rate(GRID, diverged, higher_is_better=True, usual=usual) == best


def test_of_equal_means_the_rate_that_diverged_least_often_wins() -> None:
    scores = [[math.nan], [0.9], [math.nan]]  # with one seed, the worst score is also the best
    assert best_rate(GRID[1:4], scores, higher_is_better=True, usual=0.001) == 0.003


def test_the_order_of_seeds_does_not_break_a_tie() -> None:
    scores = [[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]]  # whose naive sums differ by a rounding
    assert best_rate([0.1, 0.01], scores, higher_is_better=True, usual=0.01) == 0.01
    assert best_rate([0.1, 0.01], scores, higher_is_better=False, usual=0.1) == 0.1


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="2 rates x seeds, got shape"):
        best_rate([0.1, 0.01], [[0.1]], higher_is_better=True, usual=0.01)
