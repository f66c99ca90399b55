"""Ranks: joint sign flips against a plain enumeration, arms at their floor, too few seeds."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actbench.statistics import (
    compare,
)
from actbench.statistics.ranks import standings

NAN = math.nan
PAGE = [
    [9, 8, 9, 8, 9, 9, 8, 9],
    [9, 9, 8, 8, 9, 8, 9, 9],
    [1, 2, 1, 2, 1, 2, 1, 3],
    [5, 4, 5, 6, 5, 4, 6, 5],
]


def enumerated(scores):
    """The joint p-value of every pair, pattern by pattern, from the differences themselves."""
    table = np.asarray(scores, dtype=float)
    pairs = list(itertools.combinations(range(len(table)), 2))
    d = np.array([table[i] - table[j] for i, j in pairs])
    norms = np.sqrt((d**2).sum(axis=1))
    unit = np.divide(d, norms[:, None], out=np.zeros_like(d), where=norms[:, None] > 0)
    top = [
        np.abs(unit @ np.array(signs)).max()
        for signs in itertools.product((1, -1), repeat=table.shape[1])
    ]
    share = {}
    for pair, own in zip(pairs, np.abs(unit.sum(axis=1)), strict=True):
        share[pair] = np.mean(np.array(top) >= own - 1e-9)
    return share


def test_a_worked_example():
    found = standings(PAGE)
    assert found.ranks == (1, 1, 4, 3)
    assert found.p[0, 1] == 1
    assert {found.p[i, j] for i, j in itertools.combinations(range(4), 2) if j > 1} == {2**-7}


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 5), st.integers(6, 9), st.integers(0, 10**6), st.sampled_from([0, 3]))
def test_the_joint_p_is_that_of_the_enumeration(arms, seeds, seed, digits):
    scores = np.random.default_rng(seed).normal(0, 1, (arms, seeds)).round(digits)
    p = standings(scores, alpha=0.5).p
    for (i, j), expected in enumerated(scores).items():
        assert p[i, j] == p[j, i] == pytest.approx(expected, abs=1e-12)


def test_random_patterns_agree_with_all_of_them(monkeypatch):
    scores = np.random.default_rng(1).normal(0, 1, (4, 16)) + np.arange(4)[:, None] * 0.3
    exact = standings(scores).p
    monkeypatch.setattr("actbench.statistics.ranks.EXACT_PAIRS", 6)
    monkeypatch.setattr("actbench.statistics.ranks._CERTAIN", math.inf)
    assert standings(scores).p == pytest.approx(exact, abs=0.006)


def test_a_rank_counts_the_arms_that_are_better():
    """An arm that is not told from the first is not put fourth because others are."""
    random = np.random.default_rng(4)
    level = np.array([[0.9], [0.9], [0.8], [0.5], [0.5]])
    assert standings(level + random.normal(0, 0.01, (5, 12))).ranks == (1, 1, 3, 4, 4)
    wide = np.vstack([level + random.normal(0, 0.01, (5, 12)), random.normal(0.7, 0.4, (1, 12))])
    assert standings(wide).ranks[-1] < 4


def test_equal_arms_are_seldom_split():
    random, split, tables = np.random.default_rng(7), 0, 300
    for _ in range(tables):
        ranks = standings(random.normal(0, 1, (19, 10))).ranks
        split += len(set(ranks)) > 1
    assert split / tables <= 0.06 + 3 * math.sqrt(0.06 * 0.94 / tables)


def test_where_the_seeds_cannot_reach_alpha_there_is_no_rank():
    found = compare([[9] * 5, [1] * 5], 0, higher_is_better=True)
    assert [arm.rank for arm in found.arms] == [None, None]
    assert found.seeds_to_rank == 6
    assert standings([[4] * 6, [3] * 6]).ranks == (1, 2)
    few = standings([[4] * 6, [3] * 6, [2] * 6, [1] * 6])
    assert (few.ranks, few.seeds_to_rank) == ((None,) * 4, 7)


def test_the_means_alone_do_not_rank():
    noisy = [[0.9, 0.1] * 5, [0.4, 0.5] * 5, [0.5, 0.4] * 5]
    assert standings(noisy).ranks == (1, 1, 1)


def test_arms_at_their_floor_rank_after_all_others():
    scores = [[3] * 8, [5] * 8, [4, 5] * 4, [2] * 8]
    assert standings(scores, at_floor=[False, True, True, False]).ranks == (1, 3, 3, 2)
    floored = compare(scores, 0, higher_is_better=True, at_floor=[True] * 4)
    assert [arm.rank for arm in floored.arms] == [3, 1, 1, 4]


def test_arms_that_diverged_rank_by_their_worst_outcomes():
    gone = [NAN] * 8
    assert standings([[5] * 8, gone, gone, [6] * 8]).ranks == (2, 3, 3, 1)


def test_arms_without_a_trial_have_no_rank():
    none = np.zeros((3, 8), dtype=bool)
    assert standings([[5] * 8, [NAN] * 8, [6] * 8], diverged=none).ranks == (2, None, 1)


def test_seeds_that_diverged_count_in_ranks_as_in_pairs():
    """With one pair T orders the patterns as |Σ d| does: the p-value is that of the pair."""
    scores = np.random.default_rng(2).normal([[0.5], [0.0]], 1, (2, 10))
    scores[0, [1, 4]] = scores[1, 7] = NAN
    pair = compare(scores, 1, higher_is_better=True).pairs[0]
    assert standings(scores).p[0, 1] == pair.p


def test_missing_trials_leave_the_other_pairs_alone():
    scores = np.random.default_rng(3).normal([[0.0], [1.0], [2.0]], 0.3, (3, 12))
    scores[1, 3] = NAN
    assert standings(scores, diverged=np.zeros((3, 12), bool)).ranks == (3, 2, 1)


def test_a_hundred_arms_of_a_hundred_seeds_take_seconds():
    scores = np.random.default_rng(0).normal(0.9, 0.01, (100, 100))
    ranks = standings(scores).ranks
    assert len(ranks) == 100
    assert ranks == standings(scores).ranks


@pytest.mark.parametrize(
    ("scores", "marks"),
    [([1, 2], {}), ([[1, 2]], {"diverged": [True]}), ([[1, 2]], {"at_floor": [True] * 2})],
)
def test_bad_tables_are_refused(scores, marks):
    with pytest.raises(ValueError, match="expected"):
        standings(scores, **marks)
