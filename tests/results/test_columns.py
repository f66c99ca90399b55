"""The tables: what is written is what is read back, each column in its place."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actbench.results import Record, ResultsFolder, columns
from actbench.results.columns import (
    AT_CHANCE,
    DEAD_OUTPUT,
    Row,
    csv_of,
    join_notes,
    text_of_cell,
    write_tables,
)
from actbench.results.reading import read_history, read_trials
from actbench.results.references import Reference, read_references, write_references
from actbench.spec import blocks, load


def rows(dataset: str) -> list[Row]:
    """Two seeds of one cell: the first trained for two epochs, the second diverged in its first."""
    experiment = load("boston_output", [f"dataset={dataset}"])
    cell = blocks(experiment)[0].cells[0]
    history = (
        {"train_loss": 9.0, "train_mae": 3.0, "val_loss": 8.5, "val_mae": 2.9},
        {"train_loss": 4.0, "train_mae": 2.0, "val_loss": 8.75, "val_mae": 2.95},
    )
    trained = Record(
        trial="a",
        cell={},
        seed=0,
        data="d",
        status="ok",
        parameters=12,
        metrics={**history[-1], "test_loss": 0.1 + 0.2, "test_mae": 0.5},
        history=history,
        best_epoch=1,
        best_val_loss=8.5,
        train_seconds=0.12345,
        compile_seconds=2.0,
        side_by_side=2,
        versions="keras 3.12.0; x86_64",
    )
    diverged = Record(trial="b", cell={}, seed=1, data="d", status="diverged")
    note = join_notes([DEAD_OUTPUT, AT_CHANCE])
    return [Row("boston", cell, trained, note), Row("boston", cell, diverged)]


@pytest.fixture
def folder(tmp_path: Path) -> ResultsFolder:
    folder = ResultsFolder(tmp_path)
    write_tables(folder, rows("{name: boston_housing, validation: 0.2}"))
    return folder


CELL = "boston,boston_housing,mlp(64-64),relu,linear,rmsprop,7,1"
CELL_NAMES = "experiment,dataset,architecture,hidden,output,optimizer,epochs,batch_size"


def test_an_epoch_without_any_finite_metric_has_empty_cells(tmp_path: Path) -> None:
    (row, _) = rows("{name: boston_housing, validation: 0.2}")
    record = replace(row.record, history=({}, {"train_loss": 4.0}))
    write_tables(ResultsFolder(tmp_path), [replace(row, record=record)])
    _, first, second = ResultsFolder(tmp_path).history.read_text().splitlines()
    assert first == f"{CELL},0,1,,,,"
    assert second == f"{CELL},0,2,4.0,,,"


def test_every_table_has_its_columns_in_order(folder: ResultsFolder) -> None:
    assert folder.trials.read_text().splitlines() == [
        f"{CELL_NAMES},seed,status,parameters,train_loss,train_mae,val_loss,val_mae,test_loss,"
        "test_mae,best_epoch,best_val_loss,train_seconds,compile_seconds,side_by_side,versions,"
        "note,trial",
        f"{CELL},0,ok,12,4.0,2.0,8.75,2.95,0.30000000000000004,0.5,1,8.5,0.1235,2.0000,2,"
        "keras 3.12.0; x86_64,dead output; at chance,a",
        f"{CELL},1,diverged,,,,,,,,,,,,,,,b",
    ]
    assert folder.history.read_text().splitlines() == [
        f"{CELL_NAMES},seed,epoch,train_loss,train_mae,val_loss,val_mae",
        f"{CELL},0,1,9.0,3.0,8.5,2.9",
        f"{CELL},0,2,4.0,2.0,8.75,2.95",
    ]
    spread = ",".join(
        f"test_{metric}_{name}"
        for metric in ("loss", "mae")
        for name in ("mean", "sd", "median", "min", "max")
    )
    loss = "0.30000000000000004"
    assert folder.summary.read_text().splitlines() == [
        f"{CELL_NAMES},ok,diverged,error,{spread}",
        f"{CELL},1,1,0,{loss},,{loss},{loss},{loss},0.5,,0.5,0.5,0.5",
    ]


def test_columns_of_validation_are_absent_without_validation_rows(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    write_tables(folder, rows("boston_housing"))
    for table in (folder.trials, folder.history):
        header = table.read_text().partition("\n")[0]
        assert "train_mae" in header
        assert "val_" not in header
        assert "best_epoch" not in header


def test_what_is_written_is_read_back(folder: ResultsFolder) -> None:
    trials, history = read_trials(folder.trials).frame, read_history(folder.history)
    assert trials["test_loss"].tolist()[0] == 0.1 + 0.2
    assert trials["test_loss"].isna().tolist() == [False, True]
    assert trials["status"].tolist() == ["ok", "diverged"]
    assert trials["note"].tolist() == ["dead output; at chance", ""]
    assert trials["train_seconds"].tolist()[0] == 0.1235
    assert trials["side_by_side"].tolist()[0] == 2
    assert trials["side_by_side"].isna().tolist() == [False, True]
    assert trials.index.tolist() == [2, 3]
    assert history["epoch"].tolist() == [1, 2]
    assert history["val_mae"].tolist() == [2.9, 2.95]
    assert history["seed"].dtype == trials["seed"].dtype == "int64"


@pytest.mark.parametrize(
    "lacking", ["note", "trial", "optimizer", "best_epoch", "experiment", "side_by_side"]
)
def test_a_table_from_before_a_column_was_added_still_reads(
    folder: ResultsFolder, lacking: str
) -> None:
    before = read_trials(folder.trials).frame
    pd.read_csv(folder.trials, dtype=str).drop(columns=lacking).to_csv(folder.trials, index=False)
    after = read_trials(folder.trials).frame
    assert after.equals(before.drop(columns=lacking, errors="ignore"))


def test_a_metric_that_one_trial_lacks_counts_in_no_spread(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    first, second = rows("boston_housing")
    third = replace(first, record=replace(first.record, metrics={"test_mae": 1.5}, seed=2))
    write_tables(folder, [first, second, third])
    summary = pd.read_csv(folder.summary)
    assert summary["test_mae_mean"].tolist() == [1.0]
    assert summary["test_loss_mean"].tolist() == [0.1 + 0.2]
    assert summary[["ok", "diverged", "error"]].to_numpy().tolist() == [[2, 1, 0]]


@pytest.mark.parametrize("written", [True, False])
def test_a_column_that_is_not_shown_stands_in_no_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    split = columns.Column("split", lambda row: 3, shown=lambda rows: written)
    monkeypatch.setattr(columns, "CELL_COLUMNS", (*columns.CELL_COLUMNS, split))
    monkeypatch.setattr(columns, "BEFORE_METRICS", (split, *columns.BEFORE_METRICS))
    folder = ResultsFolder(tmp_path)
    write_tables(folder, rows("boston_housing"))
    for table in (folder.trials, folder.history, folder.summary):
        frame = pd.read_csv(table)
        assert ("split" in frame.columns) == written, table.name
        assert not written or set(frame["split"]) == {3}


LABELS = ["=HYPERLINK(1)", "+1", "-x", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''-1", "'x", "relu"]


@pytest.mark.parametrize("label", LABELS)
def test_no_label_is_a_formula_in_a_spreadsheet_and_all_are_read_back(
    label: str, folder: ResultsFolder
) -> None:
    named = [replace(row, experiment=label) for row in rows("boston_housing")]
    named = [replace(row, record=replace(row.record, metrics={"test_mae": -0.5})) for row in named]
    write_tables(folder, named)
    for path in (folder.trials, folder.history, folder.summary):
        with path.open(newline="", encoding="utf-8") as file:
            _, *lines = csv.reader(file)
        assert lines
        assert not any(line[0].startswith(("=", "+", "-", "@", "\t", "\r")) for line in lines)
    assert ",-0.5," in folder.trials.read_text()
    frame = read_trials(folder.trials).frame
    assert frame["experiment"].tolist() == [label] * 2
    assert frame["test_mae"].tolist() == [-0.5] * 2
    assert read_history(folder.history)["experiment"].tolist() == [label] * 2


def test_no_data_set_is_a_formula_among_the_reference_scores(folder: ResultsFolder) -> None:
    references = (Reference("=HYPERLINK(1)", "linear", "mae", -0.5, 404, "d"),)
    write_references(folder, references)
    assert folder.references.read_text().splitlines()[1] == "'=HYPERLINK(1),linear,mae,-0.5,404,d"
    assert read_references(folder) == references


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=2))
def test_any_text_comes_back_from_its_cells(texts: list[str]) -> None:
    (cells,) = csv.reader(io.StringIO(csv_of([texts]), newline=""))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert list(map(text_of_cell, cells)) == texts
