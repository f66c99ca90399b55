"""Several data sets together, checked against SciPy."""

from pathlib import Path

from scipy import stats

from actbench.reporting.across_datasets import across_datasets
from actbench.statistics import nemenyi_cd
from tests.reporting.conftest import compared, grid


def test_six_data_sets_are_ranked_and_tested_and_five_are_not(tmp_path: Path) -> None:
    names = tuple(f"d{i}" for i in range(6))
    frame = grid(tmp_path, datasets=names).frame
    (across,) = across_datasets(compared(frame))
    lines = across.lines
    means = frame.groupby(["dataset", "hidden", "output"])["test_mae"].mean().unstack([1, 2])
    chi2 = stats.friedmanchisquare(*(means[c] for c in means.columns))
    said = f"Friedman χ² = {chi2.statistic:.2f}, p <0.001"
    nemenyi = f"average ranks further apart than {nemenyi_cd(4, 6):.2f} differ at 0.05"
    for words in (said, nemenyi, "Average ranks (1 is best): "):
        assert any(words in line for line in lines)
    (fewer,) = across_datasets(compared(frame[frame.dataset != "d5"]))
    few = fewer.lines
    assert "on these data sets only: 5 are too few" in few[0]
    assert not any("Nemenyi" in line or "Average" in line for line in few)
