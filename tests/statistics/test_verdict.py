"""The rules of a comparison, and the verdicts in their order."""

import numpy as np
import pytest

from actbench.statistics import (
    Rules,
    pair_scores,
)
from actbench.statistics.verdict import PairedArms, PairTests, judge

RULES = Rules(rope=0.005)


def verdict(n=10, side=1, comparisons=1, rules=RULES, seeds_needed=25, **p_values):
    """The verdict on some seeds, by default `better_by_rope`; `side`: of every difference."""
    none = np.zeros(n, bool)
    d = pair_scores(np.linspace(0.01, 0.03, n) * side, np.zeros(n))
    tests = {"p": 0.01, "p_holm": 0.01, "p_beyond_holm": 0.02, "p_inside_holm": 1.0, **p_values}
    pair = PairedArms("gelu", "relu", d, (none, none))
    return judge(pair, PairTests(**tests), rules, comparisons, seeds_needed)


OPEN = {"p": 0.09, "p_holm": 0.09, "p_beyond_holm": 0.5}


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        (
            {"n": 5, "p_holm": 0.0625, "p_beyond_holm": 0.0625},
            "too_few_seeds",
            "too few seeds: p cannot go below 0.0625; run at least 6",
        ),
        ({}, "better_by_rope", "better by at least 0.005"),
        ({"side": -1}, "worse_by_rope", "worse by at least 0.005"),
        (
            {"p_beyond_holm": 1.0, "p_inside_holm": 0.01},
            "negligible",
            "detectable but negligible: within ±0.005",
        ),
        ({"p_beyond_holm": 0.06}, "better", "better"),
        ({"p_beyond_holm": 0.06, "side": -1}, "worse", "worse"),
        ({"rules": Rules(), "p_beyond_holm": None, "p_inside_holm": None}, "better", "better"),
        (
            {**OPEN, "p_inside_holm": 0.05},
            "equivalent",
            "practically equivalent: within ±0.005",
        ),
        (
            {**OPEN, "p": 0.03, "comparisons": 3},
            "not_after_correction",
            "not significant after correction for 3 comparisons",
        ),
        (
            OPEN,
            "inconclusive",
            "inconclusive; about 15 more seeds to detect an effect of 0.005",
        ),
        (
            {**OPEN, "seeds_needed": 9},
            "inconclusive",
            "inconclusive; 10 seeds would detect an effect of 0.005 four times in five",
        ),
        ({**OPEN, "rules": Rules(), "seeds_needed": None}, "inconclusive", "inconclusive"),
    ],
)
def test_verdicts_in_order(changes, kind, words):
    judged = verdict(**changes)
    assert judged.kind == kind
    assert judged.words == words
    assert "no difference" not in judged.words


@pytest.mark.parametrize(("comparisons", "enough"), [(1, 6), (3, 7)])
def test_the_fewest_seeds_that_can_reach_alpha_are_not_too_few(comparisons, enough):
    for n, kind in ((enough - 1, "too_few_seeds"), (enough, "inconclusive")):
        assert verdict(n, **OPEN, comparisons=comparisons).kind == kind


def test_few_seeds_that_reached_alpha_behind_others_are_not_too_few():
    # Holm multiplies the last of three p-values by one: six seeds reached 0.031.
    assert verdict(6, p_holm=0.03125, comparisons=3).kind == "better_by_rope"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rope": -1}, "expected a rope of at least 0, got -1"),
        ({"min_effect": 0}, "expected a smallest effect above 0, got 0"),
        ({"alpha": 1.5}, "expected alpha between 0 and 1, got 1.5"),
        ({"level": 95}, "expected level between 0 and 1, got 95"),
    ],
)
def test_bad_rules_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Rules(**options)
