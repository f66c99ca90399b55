"""Several data sets together, checked against SciPy."""

from pathlib import Path

import pytest
from scipy import stats

from actbench.reporting.across_datasets import compare_across, in_words
from actbench.statistics import nemenyi_cd
from tests.reporting.conftest import compared, grid


def test_six_data_sets_are_ranked_and_tested_and_five_are_not(tmp_path: Path) -> None:
    names = tuple(f"d{i}" for i in range(6))
    frame = grid(tmp_path, datasets=names).frame
    (across,) = compare_across(compared(frame))
    means = frame.groupby(["dataset", "hidden", "output"])["test_mae"].mean().unstack([1, 2])
    chi2 = stats.friedmanchisquare(*(means[c] for c in means.columns))
    assert across.comparison.friedman == pytest.approx((chi2.statistic, chi2.pvalue), abs=1e-9)
    nemenyi = f"average ranks further apart than {nemenyi_cd(4, 6):.2f} differ at 0.05"
    assert any(nemenyi in line for line in in_words(across))
    (few,) = compare_across(compared(frame[frame.dataset != "d5"]))
    assert few.comparison.average_ranks is None
    assert "on these data sets only: 5 are too few" in in_words(few)[0]
    assert not any("Nemenyi" in line for line in in_words(few))
