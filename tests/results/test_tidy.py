"""The one long table: it holds every number of the tables, and each only once."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from actbench.errors import ResultsError
from actbench.results.reading import read_diagnostics, read_history, read_trials
from actbench.results.tidy import NUMBER_COLUMNS, tidy_file, tidy_table, write_tidy

REFERENCE = Path(__file__).parents[2] / "results" / "reference"


def test_it_gives_the_trials_and_the_history_back() -> None:
    folder = REFERENCE / "digits_learning_rates"
    tidy, trials = tidy_table(folder / "trials.csv"), read_trials(folder / "trials.csv").frame
    assert tuple(tidy.columns[-5:]) == NUMBER_COLUMNS
    whole = tidy[tidy["epoch"].isna() & (tidy["rows"] == "test")]
    accuracy = whole[whole["measure"] == "accuracy"].set_index("trial")["value"]
    expected = trials.set_index("trial")["test_accuracy"]
    assert accuracy.to_dict() == expected.to_dict()
    rates = tidy.groupby("trial")["learning_rate"].agg(["min", "max"])
    assert (rates["min"] == rates["max"]).all()

    history = read_history(folder / "history.csv")
    loss = tidy[(tidy["rows"] == "validation") & (tidy["measure"] == "loss")]
    assert len(loss[loss["epoch"].notna()]) == len(history)
    one = history.iloc[17]
    same = (loss["hidden"] == one["hidden"]) & (loss["seed"] == one["seed"])
    value = loss.loc[same & (loss["epoch"] == int(one["epoch"])), "value"]
    assert value.tolist() == [one["val_loss"]]


def test_layers_are_rows_of_their_own(tmp_path: Path) -> None:
    folder = shutil.copytree(REFERENCE / "boston_output", tmp_path / "boston")
    trials = read_trials(folder / "trials.csv").frame
    first = trials.iloc[0]
    (folder / "diagnostics.csv").write_text(
        "dataset,architecture,hidden,output,seed,epoch,layer,dead,gradient\n"
        f"{first['dataset']},{first['architecture']},relu,linear,{first['seed']},0,1,0.25,\n"
        f"{first['dataset']},{first['architecture']},relu,linear,{first['seed']},7,2,0.5,3.5\n"
    )
    read_diagnostics(folder / "diagnostics.csv")
    tidy = tidy_table(folder / "trials.csv")
    layers = tidy[tidy["layer"].notna()][["rows", "epoch", "layer", "measure", "value"]]
    assert sorted(layers.itertuples(index=False, name=None)) == [
        ("probe", 0, 1, "dead", 0.25),
        ("probe", 7, 2, "dead", 0.5),
        ("probe", 7, 2, "gradient", 3.5),
    ]
    assert set(tidy.loc[tidy["layer"].notna(), "trial"]) == {first["trial"]}


def test_a_diverged_trial_keeps_its_rows(tmp_path: Path) -> None:
    shutil.copytree(REFERENCE / "boston_output", tmp_path / "boston")
    table = tmp_path / "boston" / "trials.csv"
    lines = table.read_text().splitlines()
    cells = lines[1].split(",")
    cells[9], cells[13], cells[14] = "diverged", "", ""
    table.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]))
    tidy = tidy_table(table)
    diverged = tidy[(tidy["status"] == "diverged") & (tidy["rows"] == "test")]
    assert diverged["value"].isna().tolist() == [True, True]


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_both_formats_hold_the_same(tmp_path: Path, form: str) -> None:
    tidy, target = tidy_table(REFERENCE / "inside_depth" / "trials.csv"), tmp_path / "tidy"
    write_tidy(tidy, target, form)  # type: ignore[arg-type]
    if form == "parquet":
        pd.testing.assert_frame_equal(pd.read_parquet(target), tidy)
        return
    read = pd.read_csv(target, keep_default_na=False, na_values={"value": [""]})
    assert read["measure"].tolist() == tidy["measure"].tolist()
    np.testing.assert_array_equal(read["value"], tidy["value"])


@pytest.mark.parametrize(("form", "name"), [("parquet", "t.csv"), ("csv", "t.Parquet")])
def test_a_name_that_ends_as_another_format_is_refused(form: str, name: str) -> None:
    other = {"parquet": "csv", "csv": "parquet"}[form]
    words = rf"expected a file that ends in \.{form}, got {name}; .* choose --to {other}"
    with pytest.raises(ResultsError, match=words):
        tidy_file(Path("trials.csv"), form, Path(name))  # type: ignore[arg-type]
    assert tidy_file(Path("trials.csv"), form, Path("t.txt")) == Path("t.txt")  # type: ignore[arg-type]


def test_without_pyarrow_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidy = tidy_table(REFERENCE / "boston_output" / "trials.csv")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ResultsError, match=r"`pip install pyarrow`, or use --to csv"):
        write_tidy(tidy, tmp_path / "tidy", "parquet")
    assert not (tmp_path / "tidy").exists()
