"""Two runs of one spec."""

from pathlib import Path

import pytest

from actbench.errors import ResultsError
from actbench.reporting.against_earlier import compare_with_earlier
from tests.reporting.conftest import compared, grid


def test_two_runs_are_paired_by_arm_and_seed(tmp_path: Path) -> None:
    before = grid(tmp_path, shift=0.0)
    after = grid(tmp_path, shift=-0.5, name="after.csv")
    (block,) = compare_with_earlier(compared(after), compared(before))
    assert block.reference == "before"
    for row in block.rows:
        assert row.pair is not None
        assert row.pair.difference == pytest.approx(0.5, rel=1e-6)
        assert row.pair.p == pytest.approx(2 / 1024)
        assert row.pair.p_holm == pytest.approx(4 * 2 / 1024)
        assert row.before is not None
        assert row.before == pytest.approx((row.mean or 0) + 0.5)
    with pytest.raises(ResultsError, match="no trial in common"):
        other = grid(tmp_path, datasets=("other",), name="other.csv")
        compare_with_earlier(compared(after), compared(other))
