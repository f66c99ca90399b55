"""Comparisons over several splits: their numbers come from the table alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from actbench.errors import ResultsError
from actbench.reporting.question import Question
from actbench.reporting.report import Report, make_report
from actbench.reporting.split_means import split_means
from actbench.statistics import corrected_t, holm
from actbench.statistics.scopes import ratio_of_windows

ARMS = ("relu", "tanh", "silu")
SPLITS, SEEDS, TRAIN, TEST = 6, 3, 320, 80


def table(path: Path, *, splits: int = SPLITS, spec: str = "") -> Path:
    """A table of three arms; the splits differ more than the seeds."""
    random = np.random.default_rng(1)
    rows = []
    for split in range(splits):
        hard = random.normal(40, 3)
        gains = dict(zip(ARMS, [0, 4 + random.normal(0, 1), random.normal(0, 0.5)], strict=True))
        for seed in range(SEEDS):
            for arm in ARMS:
                score = hard + gains[arm] + random.normal(0, 0.3)
                cell = ["t", "d", "mlp(4)", arm, "linear", "adam", 5, 32, split, seed, "ok", 9]
                rows.append([*cell, 2.0, score, 0.1, TRAIN, TEST, f"{split}{seed}{arm}"])
    names = "experiment,dataset,architecture,hidden,output,optimizer,epochs,batch_size,split,seed"
    names += ",status,parameters,test_loss,test_mae,train_seconds,train_rows,test_rows,trial"
    file = path / "trials.csv"
    pd.DataFrame(rows, columns=names.split(",")).to_csv(file, index=False)
    if spec:
        (path / "spec.yaml").write_text(spec, encoding="utf-8")
    return file


def report(file: Path, **options: object) -> Report:
    return make_report([file], Question(metrics=("mae",), **options))  # type: ignore[arg-type]


def edited(file: Path, rows: object, **values: object) -> None:
    frame = pd.read_csv(file)
    for name, value in values.items():
        frame.loc[rows(frame), name] = value  # type: ignore[operator]
    frame.to_csv(file, index=False)


def test_numbers_are_those_of_the_corrected_t_by_hand(tmp_path: Path) -> None:
    file = table(tmp_path)
    means = pd.read_csv(file).pivot_table(index="split", columns="hidden", values="test_mae")
    (block,) = report(file).blocks
    tests = [corrected_t(means["relu"] - means[arm], TEST / TRAIN) for arm in ARMS[1:]]
    for test, pair in zip(tests, block.comparison.pairs, strict=True):
        assert pair.difference == pytest.approx(test.mean)
        assert pair.p == pytest.approx(test.p, rel=1e-6)
        assert pair.interval == pytest.approx((test.low, test.high), rel=1e-6)
        assert pair.n == SPLITS
    corrected = holm([test.p or 1 for test in tests])
    assert [pair.p_holm for pair in block.comparison.pairs] == pytest.approx(corrected.tolist())
    assert [row.mean for row in block.rows] == pytest.approx(sorted(means.mean()))
    assert block.rows[0].ok == SPLITS


def test_the_scope_stands_in_the_table_and_in_the_sentence(tmp_path: Path) -> None:
    found = report(table(tmp_path))
    (printed,) = found.tables
    assert "splits" in printed.heads.values()
    assert "#" not in printed.heads.values()
    words = " ".join([printed.caption, *printed.remarks])
    assert "Over 6 splits of this data" in words
    assert "training and test sets drawn anew from this data, 6 splits" in words
    assert "paired by split" in words
    assert found.records[0]["scope"] == "splits"


@pytest.mark.parametrize("scope", ["seeds", "rows"])
def test_another_scope_is_refused_with_the_reason(tmp_path: Path, scope: str) -> None:
    with pytest.raises(ResultsError, match="is about one split, and these trials are of 6"):
        report(table(tmp_path), scope=scope)


def test_one_split_is_compared_by_its_seeds(tmp_path: Path) -> None:
    file = table(tmp_path)
    (block,) = report(file, filters=("split=2",)).blocks
    assert (block.scope, block.seeds) == ("seeds", SEEDS)
    with pytest.raises(ResultsError, match="these results have no splits"):
        report(file, filters=("split=2",), scope="splits")


def test_against_an_earlier_run_is_refused(tmp_path: Path) -> None:
    file = table(tmp_path)
    with pytest.raises(ResultsError, match="--against is about the seeds of one split"):
        make_report([file], Question(), file)


def test_a_diverged_seed_makes_its_split_a_loss(tmp_path: Path) -> None:
    file = table(tmp_path)
    edited(
        file,
        lambda f: (f["hidden"] == "tanh") & (f["split"] == 1) & (f["seed"] == 0),
        status="diverged",
        test_mae=np.nan,
        test_loss=np.nan,
    )
    (block,) = report(file).blocks
    tanh = next(row for row in block.rows if row.label == "tanh")
    assert (tanh.ok, tanh.diverged) == (SPLITS - 1, 1)
    assert tanh.pair is not None
    assert (tanh.pair.n, tanh.pair.trained, tanh.pair.losses) == (6, 5, 6)
    assert "counting 1/6 splits with a diverged seed as losses" in tanh.verdict
    assert "failed on 1/6 splits against 0/6" in tanh.verdict


def test_a_seed_that_one_arm_lacks_is_left_out_for_all_of_that_split(tmp_path: Path) -> None:
    file = table(tmp_path)
    frame = pd.read_csv(file)
    missing = (frame["hidden"] == "silu") & (frame["split"] == 4) & (frame["seed"] == 2)
    frame[~missing].to_csv(file, index=False)
    means = split_means(pd.read_csv(file)).frame
    here = frame[(frame["split"] == 4) & (frame["seed"] < 2)].groupby("hidden")["test_mae"].mean()
    of_split = means[means["seed"] == 4].set_index("hidden")["test_mae"]
    assert of_split.to_dict() == pytest.approx(here.to_dict())
    others = frame[frame["split"] == 3].groupby("hidden")["test_mae"].mean()
    of_other = means[means["seed"] == 3].set_index("hidden")["test_mae"]
    assert of_other.to_dict() == pytest.approx(others.to_dict())


def test_an_arm_without_any_trial_on_a_split_hides_no_other(tmp_path: Path) -> None:
    file = table(tmp_path)
    edited(file, lambda f: (f["hidden"] == "silu") & (f["split"] == 0), status="error")
    means = split_means(pd.read_csv(file)).frame
    first = means[means["seed"] == 0].set_index("hidden")
    assert first["status"].to_dict() == {"relu": "ok", "tanh": "ok", "silu": "error"}
    assert np.isnan(first.loc["silu", "test_mae"])
    assert np.isfinite(first.loc["tanh", "test_mae"])


def test_a_table_without_numbers_of_rows_is_refused(tmp_path: Path) -> None:
    file = table(tmp_path)
    pd.read_csv(file).drop(columns="train_rows").to_csv(file, index=False)
    with pytest.raises(ResultsError, match="needs the columns train_rows"):
        report(file)


@pytest.mark.parametrize("rows", [np.nan, 0])
def test_empty_numbers_of_rows_are_refused(tmp_path: Path, rows: float) -> None:
    file = table(tmp_path)
    edited(file, lambda f: f["split"] >= 0, train_rows=rows)
    with pytest.raises(ResultsError, match="d: expected numbers above 0 in the columns train_rows"):
        report(file)


def test_expectations_are_judged_over_splits(tmp_path: Path) -> None:
    spec = (
        "expect:\n"
        "- {worse: {hidden: tanh}, than: {hidden: relu}, metric: mae}\n"
        "- {worse: {hidden: tanh}, than: {hidden: relu}, metric: mae, scope: splits}\n"
        "- {worse: {hidden: tanh}, than: {hidden: relu}, metric: mae, scope: seeds}\n"
    )
    file = table(tmp_path, spec=spec)
    first, second, third = report(file).expectations
    assert first.finding == second.finding
    assert first.finding.status == "supported"
    assert first.words.endswith(f", over {SPLITS} splits")
    means = pd.read_csv(file).pivot_table(index="split", columns="hidden", values="test_mae")
    test = corrected_t(means["tanh"] - means["relu"], TEST / TRAIN, 1 - 0.05 / 3)
    low, high = sorted(map(abs, first.finding.interval or ()))
    assert (low, high) == pytest.approx((test.low, test.high), rel=1e-6)
    assert third.finding.status == "undecided"
    assert "about one split" in third.finding.words


def test_windows_in_time_take_the_larger_correction(tmp_path: Path) -> None:
    spec = (
        "dataset:\n- {name: d, file: d.csv, test: {last: 0.2, by: date}}\n"
        "expect:\n- {worse: {hidden: tanh}, than: {hidden: relu}, metric: mae}\n"
    )
    file = table(tmp_path, spec=spec)
    made = report(file)
    means = pd.read_csv(file).pivot_table(index="split", columns="hidden", values="test_mae")
    ratio = ratio_of_windows(TEST / TRAIN, 0.7)
    test = corrected_t(means["relu"] - means["tanh"], ratio)
    pair = made.blocks[0].comparison.pairs[0]
    assert pair.p == pytest.approx(test.p, rel=1e-6)
    assert "a correction of 0.65" in " ".join(made.tables[0].remarks)
    low, high = made.expectations[0].finding.interval or (0, 0)
    assert high - low == pytest.approx((test.high or 0) - (test.low or 0), rel=1e-6)
