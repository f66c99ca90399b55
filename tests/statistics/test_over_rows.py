"""Pairs judged for rows like these, against SciPy's t distribution."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from actbench.statistics import (
    Comparison,
    Hypothesis,
    Rules,
    compare,
    compare_over_rows,
    evaluate_over_rows,
    holm,
    rows_effect,
)

Differences = dict[tuple[str, str], NDArray[np.float64] | str]
SEEDS, ROWS = 6, 40


def differences(*shifts: float, seed: int = 0) -> Differences:
    draw = np.random.default_rng(seed)
    of_arm = (draw.normal(shift, 1, (SEEDS, ROWS)) for shift in shifts)
    return {(f"arm {i}", "base"): d for i, d in enumerate(of_arm)}


def over_rows(d: Differences, rules: Rules = Rules()) -> Comparison:  # noqa: B008
    scores = np.random.default_rng(1).normal(size=(len(d) + 1, SEEDS))
    names = ["base", *(arm for arm, _ in d)]
    return compare_over_rows(compare(scores, names=names, higher_is_better=True, rules=rules), d)


@pytest.mark.parametrize("size", [-0.3, 0.0, 0.2])
def test_one_sided_tests_are_those_of_student(size: float) -> None:
    effect = rows_effect(differences(0.1)["arm 0", "base"])
    t = (effect.mean - size) / effect.se
    assert effect.p_above(size) == pytest.approx(stats.t.sf(t, effect.df))
    assert effect.p_below(size) == pytest.approx(stats.t.cdf(t, effect.df))
    assert effect.p == pytest.approx(2 * min(effect.p_above(0), effect.p_below(0)))


def test_holm_corrects_every_family_and_counts_pairs_without_rows() -> None:
    d = differences(0.9, 0.2, 0.0)
    d["arm 2", "base"] = "1 seed diverged"
    compared = over_rows(d, Rules(rope=0.3))
    effects = [rows_effect(d["arm 0", "base"]), rows_effect(d["arm 1", "base"])]
    p = [effect.p or 0 for effect in effects]
    beyond = [min(1, 2 * min(e.p_above(0.3), e.p_below(-0.3))) for e in effects]
    inside = [max(e.p_above(-0.3), e.p_below(0.3)) for e in effects]
    for family, values in (("p_holm", p), ("p_beyond_holm", beyond), ("p_inside_holm", inside)):
        adjusted = [getattr(pair, family) for pair in compared.pairs[:2]]
        assert adjusted == pytest.approx(holm([*values, 1.0])[:2].tolist())
    assert compared.pairs[0].verdict.words == "better by at least 0.3"
    last = compared.pairs[2]
    assert (last.p, last.interval, last.difference, last.trained) == (None, None, None, 0)
    assert last.verdict.words == "no verdict about rows: 1 seed diverged"


def test_the_side_is_that_of_the_rows() -> None:
    d = differences(0.8, -0.8)
    kinds = [pair.verdict.kind for pair in over_rows(d).pairs]
    assert kinds == ["better", "worse"]
    assert [pair.side for pair in over_rows(d).pairs] == ["better", "worse"]


def test_arms_have_no_ranks_for_rows_like_these() -> None:
    compared = over_rows(differences(0.8, -0.8))
    assert [arm.rank for arm in compared.arms] == [None] * 3
    assert compared.seeds_to_rank is None


def test_scores_that_are_the_same_on_every_row() -> None:
    (pair,) = over_rows({("arm 0", "base"): np.zeros((SEEDS, ROWS))}, Rules(rope=0.1)).pairs
    assert (pair.p, pair.interval) == (1.0, None)
    assert pair.verdict.words == "inconclusive; the difference is the same on every seed and row"


def test_a_difference_without_any_variance_has_no_p() -> None:
    (pair,) = over_rows({("arm 0", "base"): np.ones((SEEDS, ROWS))}).pairs
    assert (pair.p, pair.difference) == (None, 1.0)
    assert pair.verdict.words == "inconclusive; the difference is the same on every seed and row"


@pytest.mark.parametrize(
    ("kind", "margin", "status"),
    [
        ("better", 0.0, "supported"),
        ("better", 0.6, "undecided"),
        ("better", 2.0, "refuted"),
        ("worse", 0.0, "refuted"),
        ("equivalent", 1.5, "supported"),
        ("equivalent", 0.1, "refuted"),
    ],
)
def test_hypotheses_by_the_interval_over_rows(kind: str, margin: float, status: str) -> None:
    d = differences(0.6)["arm 0", "base"]
    finding = evaluate_over_rows(d, Hypothesis(kind, margin), share=0.05)  # type: ignore[arg-type]
    assert finding.status == status
    level = 0.90 if kind == "equivalent" else 0.95
    effect = rows_effect(d, level)
    assert finding.interval == (effect.low, effect.high)
    assert finding.n == SEEDS
