"""Comparing arms with a baseline: numbers, failures, ranks, verdicts, bad inputs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from actbench.statistics import (
    Rules,
    compare,
    sign_flip_test,
)

G1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
G2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
NAN = math.nan


def two(scores_of_arm, baseline, **options):
    """Compare one arm with a baseline, more being better unless said otherwise."""
    options.setdefault("higher_is_better", True)
    rules = Rules(**{key: options.pop(key) for key in ("rope", "min_effect") if key in options})
    return compare([baseline, scores_of_arm], 0, names=["relu", "gelu"], rules=rules, **options)


def test_sleep_in_full():
    pair = two(G2, G1).pairs[0]
    assert (pair.arm, pair.other, pair.n) == ("gelu", "relu", 10)
    assert pair.difference == pytest.approx(1.58, abs=1e-9)
    assert pair.d_z == pytest.approx(1.28456, abs=1e-5)
    assert pair.p == pair.p_holm == 4 / 1024
    assert pair.interval == pytest.approx((0.83333, 2.46667), abs=1e-5)
    assert (pair.level, pair.median) == (0.95, pytest.approx(1.3))
    assert (pair.wins, pair.ties, pair.losses) == (9, 1, 0)
    assert (pair.side, pair.skewed) == ("better", True)
    assert (pair.p_beyond_holm, pair.p_inside_holm) == (None, None)
    assert pair.verdict.words == "better"


def test_arms_by_themselves():
    relu, gelu = two(G2, G1).arms
    assert (relu.name, gelu.name) == ("relu", "gelu")
    assert (relu.mean, gelu.mean) == pytest.approx((0.75, 2.33))
    assert (relu.sd, gelu.sd) == pytest.approx((1.789010, 2.002249), abs=1e-6)  # R's sd()
    assert (relu.rank, gelu.rank) == (2, 1)


def test_where_less_is_better_the_sign_turns_but_not_the_means():
    found = two(G2, G1, higher_is_better=False)
    assert found.pairs[0].difference == pytest.approx(-1.58)
    assert found.pairs[0].verdict.kind == "worse"
    assert found.arms[1].mean == pytest.approx(2.33)
    assert (found.arms[0].rank, found.arms[1].rank) == (1, 2)


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 5), st.integers(2, 9), st.integers(0, 10**6))
def test_every_number_agrees_with_its_source(arms, seeds, seed):
    scores = np.random.default_rng(seed).normal(0, 1, (arms, seeds)).round(6)
    found = compare(scores, 0, higher_is_better=True)
    raw = [sign_flip_test(row - scores[0]) for row in scores[1:]]
    adjusted = multipletests(raw, method="holm")[1]
    for row, pair, p, p_holm in zip(scores[1:], found.pairs, raw, adjusted, strict=True):
        d = row - scores[0]
        assert (pair.p, pair.p_holm) == pytest.approx((p, p_holm), abs=1e-9)
        assert pair.difference == pytest.approx(d.mean(), abs=1e-9)
        t = stats.ttest_rel(row, scores[0]).statistic
        assert pair.d_z * math.sqrt(seeds) == pytest.approx(t, rel=1e-6)
        assert (pair.wins, pair.ties, pair.losses) == ((d > 0).sum(), 0, (d < 0).sum())
        assert pair.median == pytest.approx(np.median(d))


def test_all_pairs_are_corrected_together():
    scores = np.random.default_rng(2).normal(0, 1, (4, 9))
    found = compare(scores, 2, higher_is_better=True, rules=Rules(all_pairs=True))
    assert found.comparisons == len(found.pairs) == 6
    adjusted = multipletests([pair.p for pair in found.pairs], method="holm")[1]
    assert [pair.p_holm for pair in found.pairs] == pytest.approx(adjusted.tolist(), abs=1e-9)
    assert {pair.other for pair in found.pairs[:3]} == {"arm 2"}
    assert found.against_baseline("arm 2") is None
    assert found.against_baseline("arm 3").arm == "arm 3"
    assert found.against_baseline("swish") is None


def test_a_single_arm_has_numbers_and_no_pair():
    found = compare([[0.1, 0.3, NAN]], 0, higher_is_better=True)
    assert (found.pairs, found.seeds_to_rank) == ((), None)
    assert (found.arms[0].mean, found.arms[0].rank) == (0.2, None)


def test_one_seed_decides_nothing():
    found = two([0.9], [0.8], rope=0.005)
    pair, arm = found.pairs[0], found.arms[1]
    assert (pair.p, pair.p_holm, pair.p_beyond_holm, pair.p_inside_holm) == (None,) * 4
    assert (pair.interval, pair.d_z) == (None, None)
    assert arm.sd is None
    assert pair.difference == pytest.approx(0.1)
    assert pair.verdict.kind == "too_few_seeds"
    assert pair.verdict.words == "too few seeds: one seed decides nothing; run at least 6"
    assert [a.rank for a in found.arms] == [None, None]
    assert found.seeds_to_rank == 6


def test_five_seeds_are_too_few_and_say_how_many_would_do():
    pair = two([2, 3, 4, 5, 6], [1, 1, 1, 1, 1]).pairs[0]
    assert pair.p == 0.0625
    assert pair.interval is None
    assert pair.verdict.words == "too few seeds: p cannot go below 0.0625; run at least 6"


def test_many_arms_need_more_seeds():
    scores = np.arange(24).reshape(4, 6) ** 2.0
    found = compare(scores, 0, higher_is_better=True)
    assert found.seeds_to_reach == 7
    assert found.pairs[0].verdict.words == (
        "too few seeds: p cannot go below 0.0938 after correction for 3 comparisons; run at least 7"
    )


def test_all_diverged():
    found = two([NAN] * 10, [0.8] * 10)
    pair, arm = found.pairs[0], found.arms[1]
    assert (pair.failures.arm, arm.mean, arm.sd, arm.rank) == (10, None, None, 2)
    assert (pair.n, pair.trained, pair.difference, pair.interval) == (10, 0, None, None)
    assert (pair.p, pair.losses) == (2**-9, 10)
    assert pair.verdict.words == "worse, counting 10/10 diverged seeds as losses"
    assert pair.failures.words == (
        "fails more often than the baseline (10/10 against 0/10, p = 0.002)"
    )
    both = two([NAN] * 8, [NAN] * 8)
    assert [arm.rank for arm in both.arms] == [None, None]
    assert both.pairs[0].verdict.words == "nothing to compare: the baseline trained on no seed"
    assert both.pairs[0].failures.words == "failed on 8/8 against 8/8 (p = 1.00)"


def test_a_baseline_that_diverged_on_every_seed_loses():
    pair = two([0.8] * 8, [NAN] * 8).pairs[0]
    assert pair.verdict.words == "better, counting 8/8 on which the baseline diverged as wins"
    assert pair.failures.words == "fails less often than the baseline (0/8 against 8/8, p = 0.008)"


def test_a_seed_that_diverged_is_the_worst_outcome():
    """Nine small gains and one loss as large as the largest of them."""
    gains = [0.01, 0.02, 0.03, 0.02, 0.01, 0.02, 0.03, 0.02, 0.01]
    pair = two([*np.add(0.8, gains), NAN], [0.8] * 10, rope=0.005).pairs[0]
    assert pair.p == 0.052734375
    assert (pair.n, pair.trained, pair.wins, pair.losses) == (10, 9, 9, 1)
    assert pair.difference == pytest.approx(np.mean(gains))
    assert (pair.p_beyond_holm, pair.p_inside_holm) == (None, None)


def test_survivors_do_not_win():
    """tanh diverges wherever it would not be better than relu by 0.002: on nine of 16 seeds."""
    random = np.random.default_rng(3)
    relu = random.normal(0.9, 0.01, 16)
    tanh = relu + random.normal(0, 0.02, 16)
    tanh[tanh < relu + 0.002] = NAN
    options = {"higher_is_better": True, "rules": Rules(rope=0.005)}
    survivors = compare([relu, tanh], 0, diverged=np.zeros((2, 16)), **options)
    assert survivors.pairs[0].verdict.kind == "better_by_rope"
    found = compare([relu, tanh], 0, **options)
    pair = found.pairs[0]
    assert (pair.n, pair.trained) == (16, 7)
    assert pair.verdict.kind == "inconclusive"
    assert pair.p > 0.05
    assert [arm.rank for arm in found.arms] == [1, 1]


def test_an_arm_that_diverged_is_neither_better_by_at_least_nor_equivalent():
    clear = [*np.linspace(0.9, 0.92, 15), NAN]
    pair = two(clear, [0.8] * 16, rope=0.005).pairs[0]
    assert pair.verdict.words == "better, counting 1/16 diverged seeds as losses"
    same = [0.8] * 15 + [NAN]
    assert two(same, [0.8] * 16, rope=0.005).pairs[0].verdict.kind == "inconclusive"
    assert two([0.8] * 15, [0.8] * 15, rope=0.005).pairs[0].verdict.kind == "equivalent"


def test_the_side_counts_the_seeds_that_diverged_and_says_so():
    arm = [0.81, 0.82, 0.80, 0.81, 0.82] + [NAN] * 11
    pair = two(arm, [0.8] * 16).pairs[0]
    assert (pair.side, pair.difference > 0) == ("worse", True)
    assert pair.verdict.words == (
        "worse, counting 11/16 diverged seeds as losses; +0.012 where both trained"
    )


def test_other_arms_do_not_enter_the_worst_outcome():
    scores = np.array([[0.8] * 8, [0.81] * 7 + [NAN], [90.0] * 8])
    alone = compare(scores[:2], 0, higher_is_better=True).pairs[0]
    together = compare(scores, 0, higher_is_better=True).pairs[0]
    assert alone.p == together.p


def test_seeds_on_which_both_diverged_do_not_help_to_reach_alpha():
    pair = two([0.9] * 5 + [NAN] * 3, [0.8] * 5 + [NAN] * 3).pairs[0]
    assert (pair.n, pair.ties) == (8, 3)
    assert pair.verdict.words == "too few seeds: p cannot go below 0.0625; run at least 6"


def test_a_large_difference_on_few_seeds_needs_no_thousands():
    near, far = [0.789, 0.781, 0.797, 0.78, 0.79], [0.312, 0.362, 0.262, 0.33, 0.29]
    pair = two(far, near, rope=0.005).pairs[0]
    assert pair.verdict.kind == "too_few_seeds"
    assert pair.seeds_needed == 6


def test_seeds_needed_are_never_planned_from_fewer_than_five():
    arm, baseline = [0.79, 0.70, 0.80, 0.75, 0.77], [0.789, 0.781, 0.797, 0.78, 0.79]
    assert two(arm[:4], baseline[:4], rope=0.005).pairs[0].seeds_needed is None
    assert two(arm, baseline, rope=0.005).pairs[0].seeds_needed > 5


def test_seeds_needed_are_told_only_where_they_are_more_than_there_are():
    d = np.array([0.01, -0.02, 0.03, 0.0, -0.01, 0.02, -0.03, 0.01, 0.02, -0.02])
    pair = two(0.8 + d, [0.8] * 10, min_effect=0.05).pairs[0]
    assert pair.seeds_needed is None
    assert pair.verdict.words == (
        "inconclusive; 10 seeds would detect an effect of 0.05 four times in five"
    )


def test_failures_are_told_with_their_p_and_called_more_often_only_where_it_holds():
    arm = [0.9, NAN, 0.91, NAN, 0.92, 0.93, 0.9, NAN, 0.94, 0.95]
    failures = two(arm, [0.8] * 10).pairs[0].failures
    assert (failures.arm, failures.other, failures.p, failures.p_holm) == (3, 0, 0.25, 0.25)
    assert failures.words == "failed on 3/10 against 0/10 (p = 0.25)"
    once = two([NAN] + [0.9] * 9, [0.8] * 10).pairs[0].failures
    assert once.words == "failed on 1/10 against 0/10 (p = 1.00)"


def test_the_p_values_of_failures_are_corrected_for_their_number():
    fails = [[0.8] * 10, [NAN] * 6 + [0.8] * 4, [0.8] * 10]
    alone = compare(fails[:2], 0, higher_is_better=True).pairs[0].failures
    among = compare(fails, 0, higher_is_better=True).pairs[0].failures
    assert (alone.p, alone.p_holm, among.p_holm) == (2 / 64, 2 / 64, 4 / 64)
    assert alone.words == "fails more often than the baseline (6/10 against 0/10, p = 0.031)"
    assert among.words == "failed on 6/10 against 0/10 (p = 0.031)"


def test_errors_drop_the_pair():
    arm, none = [0.9, NAN, 0.91, NAN, 0.92, 0.93, 0.9, NAN, 0.94, 0.95], np.zeros((2, 10), bool)
    pair = two(arm, [0.8] * 10, diverged=none).pairs[0]
    assert (pair.n, pair.trained, pair.failures.seeds, pair.failures.words) == (7, 7, 7, None)
    assert pair.difference == pytest.approx(np.nanmean(arm) - 0.8)


def test_unpaired_seeds_are_no_pairs():
    half = [0.9, 0.8, 0.9, NAN, NAN, NAN]
    pair = two(half, half[::-1], diverged=np.zeros((2, 6), bool)).pairs[0]
    assert (pair.n, pair.difference) == (0, None)
    assert pair.verdict.words == "too few seeds: none on which both ended; run at least 6"
    nothing = two([NAN] * 6, [0.8] * 6, diverged=np.zeros((2, 6), bool))
    assert nothing.pairs[0].verdict.words == "nothing to compare: it trained on no seed"
    assert [arm.rank for arm in nothing.arms] == [None, None]


def test_a_collapsed_trial_keeps_its_score_and_counts_as_failed():
    scores = [[0.8] * 7, [0.9, 0.9, 0.1, 0.9, NAN, 0.9, math.inf]]
    diverged, at_chance = np.zeros((2, 2, 7), dtype=bool)
    diverged[1, 6] = at_chance[1, 2] = True
    found = compare(scores, 0, higher_is_better=True, diverged=diverged, at_chance=at_chance)
    assert found.arms[1].mean == pytest.approx((4 * 0.9 + 0.1) / 5)
    pair = found.pairs[0]
    assert (pair.n, pair.trained) == (6, 5)
    assert (pair.failures.arm, pair.failures.seeds) == (2, 6)
    assert pair.failures.words == "failed on 2/6 against 0/6 (p = 0.50)"


def test_a_constant_metric():
    pair = two([0.5] * 8, [0.5] * 8, rope=0.005).pairs[0]
    assert (pair.p, pair.interval, pair.d_z, pair.ties) == (1.0, (0.0, 0.0), None, 8)
    assert (pair.side, pair.skewed) == (None, False)
    assert pair.verdict.words == "practically equivalent: within ±0.005"
    without_rope = two([0.5] * 8, [0.5] * 8).pairs[0]
    assert without_rope.verdict.words == "inconclusive; the 8 paired scores are the same"


def test_a_constant_difference_has_no_d_z():
    pair = two([0.3 + 0.1 * i for i in range(8)], [0.2 + 0.1 * i for i in range(8)]).pairs[0]
    assert pair.d_z is None
    assert pair.interval == (0.1, 0.1)
    assert pair.p == 2 / 256


def test_outliers_are_named_and_kept():
    arm = [0.90, 0.91, 0.92, 0.91, 0.10, 0.90, 0.92]
    found = two(arm, [0.8, 0.81, 0.82, 0.8, 0.81, 0.82, 0.8])
    assert found.arms[1].outliers == (4,)
    assert found.pairs[0].n == 7


def test_seeds_needed_come_from_what_matters_not_from_what_was_seen():
    d = np.array([0.01, -0.02, 0.03, 0.0, -0.01, 0.02, -0.03, 0.01])
    with_rope = two(0.8 + d, [0.8] * 8, rope=0.005).pairs[0]
    shifted = two(0.8 + d + 0.004, [0.8] * 8, rope=0.005).pairs[0]
    assert with_rope.seeds_needed == shifted.seeds_needed > 100
    assert with_rope.verdict.words == (
        f"inconclusive; about {with_rope.seeds_needed - 8} more seeds to detect an effect of 0.005"
    )
    larger = two(0.8 + d, [0.8] * 8, rope=0.005, min_effect=0.05).pairs[0]
    assert larger.seeds_needed is None
    assert larger.verdict.words.startswith("inconclusive; 8 seeds would detect an effect of 0.05")
    assert two(0.8 + d, [0.8] * 8).pairs[0].seeds_needed is None


def test_beyond_and_inside_the_rope_of_sleep():
    """The interval [0.83, 2.47] lies beyond 0.8, and one-sided p-values say the same."""
    beyond = two(G2, G1, rope=0.8).pairs[0]
    assert beyond.p_beyond_holm == 0.04296875
    assert beyond.verdict.words == "better by at least 0.8"
    inside = two(G2, G1, rope=2.4).pairs[0]
    assert inside.p_inside_holm == 0.037109375
    assert inside.verdict.words == "detectable but negligible: within ±2.4"


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_equivalence_is_corrected_for_the_arms_and_held_to_alpha(alpha):
    """Five arms exactly at the ROPE: "equivalent" is wrong, and said in at most alpha of tables."""
    random, wrong, tables = np.random.default_rng(3), 0, 600
    shifts = np.array([0.0, 1.0, -1.0, 1.0, -1.0])[:, None]
    for _ in range(tables):
        scores = shifts + random.normal(0, 0.5, (5, 10))
        found = compare(scores, 0, higher_is_better=True, rules=Rules(alpha=alpha, rope=1.0))
        wrong += any(pair.verdict.kind in ("equivalent", "negligible") for pair in found.pairs)
    assert wrong / tables <= alpha + 3 * math.sqrt(alpha * (1 - alpha) / tables)


def test_by_at_least_is_corrected_for_the_arms():
    random, wrong, tables = np.random.default_rng(5), 0, 600
    for _ in range(tables):
        scores = random.normal(0, 0.5, (5, 10)) + np.array([0, 1, 1, -1, -1])[:, None]
        found = compare(scores, 0, higher_is_better=True, rules=Rules(rope=1.0))
        wrong += any(pair.verdict.kind.endswith("_by_rope") for pair in found.pairs)
    assert wrong / tables <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / tables)


def test_skewed_differences_are_marked_from_eight_seeds():
    flat, tail = [0.01 * i for i in range(8)], [0.01, 0.02, 0.01, 0.02, 0.01, 0.02, 0.01, -0.5]
    assert not two(np.add(0.8, flat), [0.8] * 8).pairs[0].skewed
    pair = two(np.add(0.8, tail), [0.8] * 8).pairs[0]
    assert pair.skewed
    assert pair.difference < 0 < pair.median
    assert not two(np.add(0.8, tail)[1:], [0.8] * 7).pairs[0].skewed


@pytest.mark.parametrize(
    ("scores", "options", "message"),
    [
        ([0.1, 0.2], {}, "arms x seeds"),
        ([[], []], {}, "one at least"),
        ([[0.1, 0.2], [0.1]], {}, "the same seeds for every arm"),
        ([["0.1"], ["good"]], {}, "expected numbers"),
        ([[0.1, 0.2], [0.1, math.inf]], {}, "got inf for 'arm 1' at seed position 1"),
        ([[0.1, -math.inf], [0.1, 0.2]], {}, "got -inf for 'arm 0' at seed position 1"),
        ([[0.1], [0.2]], {"names": ["a"]}, "expected 2 different names"),
        ([[0.1], [0.2]], {"names": ["a", "a"]}, "expected 2 different names"),
        (
            [[0.1], [0.2]],
            {"baseline": "relu"},
            "a baseline among arm 0, arm 1; got 'relu'",
        ),
        ([[0.1], [0.2]], {"baseline": 2}, "expected a baseline row from 0 to 1, got 2"),
        ([[0.1], [0.2]], {"diverged": [[True, False]]}, "expected marks of shape"),
    ],
)
def test_bad_inputs_are_refused(scores, options, message):
    with pytest.raises(ValueError, match=message):
        compare(scores, options.pop("baseline", 0), higher_is_better=True, **options)


def test_a_comparison_is_a_value():
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 1, (3, 25))
    assert compare(scores, 0, higher_is_better=True) == compare(scores, 0, higher_is_better=True)
    with pytest.raises(AttributeError):
        compare(scores, 0, higher_is_better=True).seeds = 3
