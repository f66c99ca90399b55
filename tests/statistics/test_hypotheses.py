"""Hypotheses of a spec: supported, refuted, undecided."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actbench.statistics import (
    Hypothesis,
    evaluate,
    pair_scores,
    seeds_to_reach,
    sign_flip_interval,
)

BETTER = [5.0, 6.0, 5.5, 6.5, 5.0, 6.0, 7.0, 5.5]


def status(d, kind, margin=0.0, **options):
    return evaluate([d], [Hypothesis(kind, margin)], **options)[0].status


@pytest.mark.parametrize(
    ("kind", "margin", "expected"),
    [
        ("better", 0, "supported"),
        ("better", 4, "supported"),
        ("better", 5.8, "undecided"),
        ("better", 10, "refuted"),
        ("worse", 0, "refuted"),
        ("worse", 3, "refuted"),
        ("equivalent", 10, "supported"),
        ("equivalent", 5.8, "undecided"),
        ("equivalent", 1, "refuted"),
    ],
)
def test_each_kind(kind, margin, expected):
    assert status(BETTER, kind, margin) == expected


@given(
    st.lists(st.integers(-9, 9), min_size=6, max_size=10),
    st.sampled_from([0, 1, 3]),
)
def test_worse_is_better_seen_from_the_other_side(d, margin):
    mirrored = [-x for x in d]
    assert status(d, "better", margin) == status(mirrored, "worse", margin)


def test_levels_share_alpha_and_intervals_are_the_tests():
    claims = [Hypothesis("better"), Hypothesis("equivalent", 10), Hypothesis("worse", 1)]
    found = evaluate([BETTER] * 3, claims)
    assert [f.level for f in found] == pytest.approx([1 - 0.05 / 3, 1 - 0.1 / 3, 1 - 0.05 / 3])
    for f in found:
        assert f.interval == sign_flip_interval(BETTER, f.level)
        assert f.difference == pytest.approx(np.mean(BETTER))
        assert f.n == 8


@pytest.mark.parametrize("kind", ["better", "equivalent"])
@pytest.mark.parametrize("m", [1, 2, 5])
def test_too_few_seeds_are_undecided_and_say_how_many_would_do(kind, m):
    share = 0.05 if kind == "better" else 0.10
    enough = seeds_to_reach(share / m)
    d = np.linspace(5, 6, enough)
    claim = Hypothesis(kind, 0 if kind == "better" else 10)
    short = evaluate([d[:-1]], [claim], comparisons=m)[0]
    assert (short.status, short.interval, short.seeds_needed) == ("undecided", None, enough)
    assert short.words.endswith(f"run at least {enough}")
    assert evaluate([d], [claim], comparisons=m)[0].status == "supported"


def test_seeds_that_did_not_train_drop_their_pair():
    found = evaluate([[*BETTER, math.nan]], [Hypothesis("better")])[0]
    assert (found.n, found.status) == (8, "supported")
    nothing = evaluate([[math.nan, math.nan]], [Hypothesis("better")])[0]
    assert (nothing.n, nothing.difference, nothing.status) == (0, None, "undecided")
    assert nothing.words == "undecided: no seed trained on both; run at least 6"


def diverged(d, arm=(), other=()):
    """Scores of an arm against zeros, diverged at these places of the one or the other."""
    marks = [[i in places for i in range(len(d))] for places in (arm, other)]
    return pair_scores(np.asarray(d, dtype=float), np.zeros(len(d)), *marks)


def finding(d, kind, margin=0.0):
    return evaluate([d], [Hypothesis(kind, margin)])[0]


def test_nothing_is_supported_in_favour_of_an_arm_that_diverged():
    clear = [5.0, 6.0, 5.5, 6.5, 5.0, 6.0, 7.0, 5.5, 6.0, 6.5, 5.5, 5.0]
    found = finding(diverged(clear, arm=[3]), "better")
    assert (found.status, found.n, found.diverged) == ("undecided", 11, 1)
    assert found.words == (
        "undecided: 1 and 0 of 12 seeds diverged, so nothing is said in favour of such an arm"
    )
    assert finding(diverged(clear, arm=[3]), "worse").status == "undecided"
    assert finding(diverged(np.negative(clear), other=[3]), "worse").status == "undecided"


def test_where_the_loser_diverged_the_side_is_decided_but_not_the_size():
    clear = [5.0, 6.0, 5.5, 6.5, 5.0, 6.0, 7.0, 5.5]
    lost = diverged(np.negative(clear), arm=[2])
    assert finding(lost, "worse").status == "supported"
    assert finding(lost, "worse").words.startswith("supported: 1 and 0 of 8 seeds diverged")
    assert finding(lost, "worse", 1).status == "undecided"
    assert finding(lost, "better").status == "refuted"
    assert finding(lost, "better", 1).status == "refuted"
    assert finding(lost, "equivalent", 1).status == "undecided"
    assert finding(diverged([0.0] * 8, other=[2]), "equivalent", 1).status == "undecided"


def test_survivors_do_not_support_a_hypothesis():
    gains = np.linspace(0.01, 0.03, 16)
    found = finding(diverged(gains, arm=range(9)), "better")
    assert (found.status, found.n, found.diverged) == ("undecided", 7, 9)
    assert found.difference > 0


def test_hypotheses_may_be_looked_at_after_different_numbers_of_seeds():
    claim = [Hypothesis("better")]
    found = [evaluate([BETTER], claim, alpha=a, comparisons=2)[0] for a in (0.05, 0.02)]
    assert [f.level for f in found] == pytest.approx([0.975, 0.99])
    with pytest.raises(ValueError, match="for 1 hypotheses"):
        evaluate([BETTER, BETTER], claim)


def test_equal_scores_neither_support_nor_refute_better():
    assert status([0.0] * 8, "better") == "undecided"
    assert status([0.0] * 8, "equivalent", 0.01) == "supported"


def test_no_hypothesis_no_finding():
    assert evaluate([], []) == ()


@pytest.mark.parametrize(
    ("kind", "margin", "message"),
    [
        ("faster", 0, "better, worse or equivalent, got 'faster'"),
        ("better", -1, "margin of at least 0, got -1"),
        ("better", math.nan, "margin of at least 0, got nan"),
        ("equivalent", 0, "`within` above 0"),
    ],
)
def test_bad_hypotheses_are_refused(kind, margin, message):
    with pytest.raises(ValueError, match=message):
        Hypothesis(kind, margin)


def test_bad_differences_are_refused():
    with pytest.raises(ValueError, match="for 1 hypotheses, got 0"):
        evaluate([], [Hypothesis("better")])
    with pytest.raises(ValueError, match="got inf at position 0"):
        evaluate([[math.inf, 1.0]], [Hypothesis("better")])
    with pytest.raises(ValueError, match="flat list"):
        evaluate([[[1.0]]], [Hypothesis("better")])
    with pytest.raises(ValueError, match="alpha"):
        evaluate([BETTER], [Hypothesis("better")], alpha=5)
