"""Ranks within a block: ties where arms cannot be told apart."""

import numpy as np

from actbench.statistics import standings


def test_standings_share_ranks_that_cannot_be_told_apart():
    rng = np.random.default_rng(4)
    level = np.array([[0.9], [0.9], [0.8], [0.5], [0.5]])
    assert standings(level + rng.normal(0, 0.01, (5, 12))) == (1, 1, 3, 4, 4)


def test_standings_correct_for_the_arms_that_are_compared_with_the_best():
    """Six seeds give p = 0.031 at best: enough against one other arm, not against three."""
    assert standings([[4] * 6, [3] * 6]) == (1, 2)
    assert standings([[4] * 6, [3] * 6, [2] * 6, [1] * 6]) == (1, 1, 1, 1)
    assert standings([[4] * 8, [3] * 8, [2] * 8, [1] * 8]) == (1, 2, 3, 4)


def test_standings_of_few_seeds_are_one_tie():
    assert standings([[9, 9, 9, 9, 9], [1, 1, 1, 1, 1]]) == (1, 1)
