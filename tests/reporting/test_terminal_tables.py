"""The tables of a terminal, at any width."""

from pathlib import Path

import pytest

from tests.reporting.conftest import compared, grid, one, printed, table


def test_the_head_of_a_column_is_whole_at_every_width(tmp_path: Path) -> None:
    scores = {"silu": [5.0, 5.2, 5.1], "tanh": [6.0, 6.4, 6.1], "elu": [5.5, 5.1, 5.3]}
    (tmp_path / "trials.csv").write_text(table(scores))
    blocks = compared(tmp_path / "trials.csv")
    for width in range(60, 130):
        head = next(line for line in printed(blocks, width).splitlines() if "mean ± sd" in line)
        assert head.rstrip().endswith(("mean ± sd", "p (Holm)", "wins", "verdict")), (width, head)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_number_is_broken_or_cut_at_any_width(trials: Path, width: int) -> None:
    text = printed(compared(trials), width)
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    assert "22.0784 ± 0" in text
    assert "8 ok, 2 diverged" in text
    assert "…" not in text
    assert "hidden relu" in " ".join(text.split())


def test_one_seed_gives_no_spread_interval_or_p(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text(table({"linear": [2.8], "tanh": [22.1]}))
    text = printed(compared(tmp_path / "trials.csv"), 120)
    assert "One seed decides nothing" in text
    assert "±" not in text.replace("mean ± sd", "")
    assert "p =" not in text
    block = one(tmp_path / "trials.csv")
    row = next(r for r in block.rows if r.cell["output"] == "tanh")
    assert row.pair is not None
    assert (row.sd, row.pair.interval, row.pair.p_holm) == (None, None, None)


def test_all_diverged_still_prints(tmp_path: Path) -> None:
    nan = float("nan")
    (tmp_path / "trials.csv").write_text(table({"linear": [nan, nan], "relu": [nan, nan]}))
    assert "0 ok, 2 diverged" in printed(compared(tmp_path / "trials.csv"), 120)


def test_a_single_arm_is_shown_without_a_comparison(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text(table({"linear": [2.8, 2.9, 3.0]}))
    assert "2.90 ± 0.10" in printed(compared(tmp_path / "trials.csv"), 120)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_number_is_whole_with_all_pairs_and_long_names(width: int, tmp_path: Path) -> None:
    hidden = ("relu", "leaky_relu(negative_slope=0.02)")
    block = one(grid(tmp_path, hidden=hidden), all_pairs=True, min_effect=0.1)
    text = printed([block], width)
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    assert "…" not in text
    flat = " ".join(text.split())
    for row in block.rows:
        assert f"{row.ok} ok" in flat
