"""Several data sets: Demšar's published example, SciPy, scikit-posthocs, statsmodels, baycomp."""

import math

import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
import statsmodels.formula.api as smf
from baycomp.multiple import Posterior as BaycompPosterior
from baycomp.multiple import SignedRankTest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.anova import anova_lm

from actbench.statistics import (
    Rules,
    compare_blocks,
    friedman,
    holm,
    iman_davenport,
    nemenyi_cd,
)
from actbench.statistics.bayesian import bayesian_signed_rank
from actbench.statistics.friedman import block_ranks, wilcoxon_signed_rank

# Demšar 2006, JMLR 7, table 6: AUC of C4.5, with m, with cf, with both, on 14 data sets.
# "Voting" is printed as 0.975 twice but ranked 2 and 3: the digits behind it are restored.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
).T


def tables(min_arms=3, min_blocks=2):
    """Tables with ties: arms x blocks of whole tenths."""
    return st.integers(min_arms, 5).flatmap(
        lambda arms: st.integers(min_blocks, 9).flatmap(
            lambda blocks: st.lists(
                st.lists(st.integers(0, 9), min_size=blocks, max_size=blocks),
                min_size=arms,
                max_size=arms,
            ).map(lambda rows: np.array(rows) / 10)
        )
    )


def test_demsar_friedman_before_the_correction_for_ties():
    # Demšar prints 9.28 without the correction; it divides by 1 − Σ(t³−t)/(N·k·(k²−1)).
    ties = sum(
        (count**3 - count)
        for block in DEMSAR.T
        for count in np.unique(block, return_counts=True)[1]
    )
    chi2, _ = friedman(DEMSAR)
    assert chi2 * (1 - ties / (14 * 4 * 15)) == pytest.approx(9.28, abs=5e-3)


@pytest.mark.parametrize(
    ("arms", "q"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)]
)
def test_nemenyi_table_of_demsar(arms, q):
    assert nemenyi_cd(arms, 14) == pytest.approx(q * math.sqrt(arms * (arms + 1) / 84), abs=5e-4)


def test_nemenyi_known_answer():
    assert nemenyi_cd(4, 14) == pytest.approx(1.25356, abs=1e-4)


def test_nemenyi_is_where_scikit_posthocs_reaches_alpha():
    p = scikit_posthocs.posthoc_nemenyi_friedman(DEMSAR.T).to_numpy()
    ranks = block_ranks(DEMSAR).mean(axis=1)
    gaps = np.abs(np.subtract.outer(ranks, ranks))
    for i, j in [(0, 1), (0, 3), (2, 3)]:
        assert nemenyi_cd(4, 14, alpha=float(p[i, j])) == pytest.approx(gaps[i, j], abs=1e-6)


@settings(deadline=None)
@given(tables())
def test_friedman_agrees_with_scipy(table):
    if (table == table[0]).all():
        assert friedman(table) == (0.0, 1.0)
        return
    theirs = stats.friedmanchisquare(*table)
    assert friedman(table) == pytest.approx((theirs.statistic, theirs.pvalue), abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(tables())
def test_iman_davenport_is_the_analysis_of_variance_of_ranks(table):
    """Conover 1999, Practical Nonparametric Statistics, §5.8."""
    f, p = iman_davenport(table)
    ranks = block_ranks(table)
    arm, block = np.indices(ranks.shape)
    frame = pd.DataFrame({"rank": ranks.ravel(), "arm": arm.ravel(), "block": block.ravel()})
    fit = smf.ols("rank ~ C(arm) + C(block)", frame).fit()
    if fit.ssr < 1e-9:
        assert (f, p) in ((math.inf, 0.0), (0.0, 1.0))
        return
    row = anova_lm(fit).loc["C(arm)"]
    assert (f, p) == pytest.approx((row["F"], row["PR(>F)"]), rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=9))
def test_wilcoxon_agrees_with_scipys_enumeration(d):
    nonzero = np.array([x for x in d if x], dtype=float)
    if nonzero.size < 2:
        assert wilcoxon_signed_rank(d) == 1.0
        return
    theirs = stats.wilcoxon(nonzero, method=stats.PermutationMethod(n_resamples=10**6)).pvalue
    assert wilcoxon_signed_rank(d) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("digits", [1, 2, 6])
def test_wilcoxon_of_many_blocks_agrees_with_scipys_approximation(digits):
    d = np.random.default_rng(digits).normal(0.1, 1, 200).round(digits)
    theirs = stats.wilcoxon(d[d != 0], method="asymptotic").pvalue
    assert wilcoxon_signed_rank(d) == pytest.approx(theirs, abs=1e-9)


def test_wilcoxon_with_holm_agrees_with_scikit_posthocs():
    table = np.random.default_rng(1).normal([[0.0], [0.5], [1.0]], 1, (3, 9))
    theirs = scikit_posthocs.posthoc_wilcoxon(table, p_adjust="holm").to_numpy()
    found = compare_blocks(table, higher_is_better=True, names=["a", "b", "c"])
    assert [pair.p_holm for pair in found.pairs] == pytest.approx(
        [theirs[0, 1], theirs[0, 2], theirs[1, 2]], abs=1e-9
    )
    assert holm([pair.p for pair in found.pairs]).tolist() == [p.p_holm for p in found.pairs]


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.floats(-0.1, 0.1).map(lambda x: round(x, 3)), min_size=2, max_size=9),
    st.sampled_from([0.0, 0.0137]),
    st.integers(0, 1000),
)
def test_bayesian_agrees_with_baycomp(d, rope, seed):
    differences = np.array(d)
    sample = SignedRankTest.sample(
        np.zeros(len(d)), differences, rope, nsamples=500, random_state=seed
    )
    shares = sorted(sample.max(axis=1) - np.median(sample, axis=1))
    if shares[0] < 1e-9:  # baycomp gives a tied draw to the left, we split it
        return
    left, middle, right = BaycompPosterior(sample).probs()
    ours = bayesian_signed_rank(differences, rope, draws=500, generator=np.random.RandomState(seed))
    assert (ours.worse, ours.equivalent, ours.better) == pytest.approx(
        (left, middle, right), abs=1e-9
    )


def test_bayesian_is_even_where_nothing_differs():
    found = bayesian_signed_rank([0.0] * 6, draws=100)
    assert (found.worse, found.equivalent, found.better) == (0.5, 0.0, 0.5)
    assert bayesian_signed_rank([0.0] * 6, rope=0.01, draws=100).equivalent == 1.0


def test_bayesian_repeats_itself():
    d = [0.01, 0.02, -0.01, 0.0, 0.03, 0.01]
    assert bayesian_signed_rank(d, 0.005) == bayesian_signed_rank(d, 0.005)


def test_below_six_data_sets_there_are_only_the_results_themselves():
    found = compare_blocks(DEMSAR[:, :5], higher_is_better=True, rules=Rules(rope=0.01))
    assert found.ranks[3] == (1, 4, 3, 2, 1)
    assert (found.average_ranks, found.friedman, found.iman_davenport) == (None, None, None)
    assert (found.pairs, found.critical_difference) == ((), None)
    assert found.words.startswith("on these data sets only: 5 are too few")


def test_six_data_sets_and_six_comparisons_cannot_reach_alpha_and_say_so():
    found = compare_blocks(DEMSAR[:, :6], higher_is_better=True)
    assert found.words == (
        "too few data sets: p cannot go below 0.188 after correction for 6 comparisons; 8 would do"
    )


def test_all_data_sets():
    found = compare_blocks(DEMSAR, higher_is_better=True, rules=Rules(rope=0.01))
    assert found.average_ranks == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    assert found.critical_difference == pytest.approx(1.25356, abs=1e-4)
    assert len(found.pairs) == 6
    assert all(pair.posterior is not None for pair in found.pairs)
    assert found.words == "over these 14 data sets"


def test_where_less_is_better_the_order_turns():
    up = compare_blocks(DEMSAR, higher_is_better=True)
    down = compare_blocks(-DEMSAR, higher_is_better=False)
    assert up == down


def test_two_arms_have_no_friedman_but_a_wilcoxon():
    found = compare_blocks(DEMSAR[:2], higher_is_better=True)
    assert found.friedman is None
    assert len(found.pairs) == 1


@pytest.mark.parametrize("function", [block_ranks, friedman, iman_davenport])
@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([1.0, 2.0], "arms x blocks"),
        ([[]], "arms x blocks"),
        ([[1.0, math.nan], [1.0, 2.0], [1.0, 2.0]], r"got nan at \[0, 1\]"),
        ([[1.0, math.inf], [1.0, 2.0], [1.0, 2.0]], r"got inf at \[0, 1\]"),
    ],
)
def test_bad_tables_are_refused(function, scores, message):
    with pytest.raises(ValueError, match=message):
        function(scores)


def test_too_small_tables_are_refused():
    with pytest.raises(ValueError, match="at least 3 arms and 2 blocks"):
        friedman([[1.0, 2.0], [2.0, 1.0]])
    with pytest.raises(ValueError, match="at least 2 arms and 1 block"):
        nemenyi_cd(1, 10)
    with pytest.raises(ValueError, match="a rope of at least 0"):
        bayesian_signed_rank([0.1], rope=-1)
    with pytest.raises(ValueError, match="expected 2 names"):
        compare_blocks([[1.0], [2.0]], higher_is_better=True, names=["a"])
