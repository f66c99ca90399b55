"""Experiments on a user's own file: no leak, no values in the results, nothing done twice."""

import json
import re
import shutil
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from actbench import data, experiment
from actbench.data.inspection import inspect_file
from actbench.data.splits import split_rows
from actbench.data.user_file import UserFile
from actbench.errors import SpecError
from actbench.experiment import Progress, RunResult
from actbench.experiment.checks import checks_of
from actbench.experiment.plan import make_plan
from actbench.results import ResultsFolder
from actbench.spec import load
from actbench.spec.draft import spec_draft
from tests.experiment.tables import rows

SPEC = """\
name: houses
dataset:
  file: data/houses.csv
  target: price
  drop: [id]
  validation: 0.25
architecture: {type: mlp, units: [4]}
activations: {hidden: [relu, tanh]}
epochs: 2
batch_size: 50
seeds: 2
"""
NUMBER = r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)"
TOWNS = ["Bern", "Basel", "Chur", "Genf"]


def made_houses() -> pd.DataFrame:
    """400 rows with numbers, categories, missing values, and an identifier."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "id": [f"house-{row}" for row in range(400)],
            "area": rng.normal(100, 30, 400).round(3),
            "rooms": rng.integers(1, 8, 400),
            "town": rng.choice(TOWNS, 400, p=[0.5, 0.3, 0.18, 0.02]),
            "price": rng.permutation(400) * 0.75 + 0.123,
        }
    )
    frame.loc[rng.random(400) < 0.1, "area"] = np.nan
    return frame


@pytest.fixture
def houses(tmp_path: Path) -> pd.DataFrame:
    """The rows, which are written as a CSV, with a spec."""
    frame = made_houses()
    write_all(frame, tmp_path)
    return frame


def write_all(frame: pd.DataFrame, folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "own.yaml").write_text(SPEC, encoding="utf-8")
    write(frame, folder)


def write(frame: pd.DataFrame, folder: Path) -> None:
    frame.to_csv(folder / "data" / "houses.csv", index=False)


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the file, the spec and the results of a run; for `trained` to copy."""
    folder = tmp_path_factory.mktemp("houses")
    write_all(made_houses(), folder)
    run(folder, "results")
    return folder


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> ResultsFolder:
    """What a run leaves in `tmp_path`, where the file and the spec are, too."""
    shutil.copytree(trained_once, tmp_path, dirs_exist_ok=True)
    return ResultsFolder(tmp_path / "results" / "houses")


def run(folder: Path, out: str) -> RunResult:
    return experiment.run(load(str(folder / "own.yaml")), folder / out, Progress())


def text_of(folder: Path) -> str:
    """All that the files of a folder say; archives of row scores are no text."""
    files = [path for path in folder.rglob("*.*") if path.is_file() and path.suffix != ".npz"]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def split_of(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the training and of the test rows."""
    choice = load(str(folder / "own.yaml")).dataset[0]
    outline = data.outline(choice.info)
    split = split_rows(choice.request, outline.y, outline.by)
    return split.train, split.test


def test_a_plan_needs_the_file_no_second_time(houses: pd.DataFrame, tmp_path: Path) -> None:
    spec = load(str(tmp_path / "own.yaml"))
    (choice,) = spec.dataset
    outline = data.outline(choice.info)
    with patch.object(UserFile, "parse", side_effect=AssertionError("the file is parsed again")):
        plan = make_plan(spec, tmp_path / "results")
    assert plan.sources[choice.info].digest == outline.digest
    assert plan.targets[choice.request].unit is None
    for part in ("train", "validation", "test"):
        planned = getattr(plan.targets[choice.request], part)
        assert np.array_equal(planned, getattr(outline.targets(choice.request), part))


def test_no_training_number_depends_on_the_test_rows(
    houses: pd.DataFrame, trained: ResultsFolder, tmp_path: Path
) -> None:
    first = rows(trained.trials)
    train, test = split_of(tmp_path)
    shuffled = houses.copy()
    for column in ("area", "rooms", "town", "price"):  # each in another order
        order = np.random.default_rng(len(column)).permutation(test)
        shuffled.loc[test, column] = houses.loc[order, column].to_numpy()
    write(shuffled, tmp_path)
    second = rows(run(tmp_path, "b").folder.trials)
    for before, after in zip(first, second, strict=True):
        for name in ("train_loss", "train_mae", "val_loss", "val_mae"):
            assert before[name] == after[name]
        assert before["test_mae"] != after["test_mae"]
        assert before["trial"] != after["trial"]
    shuffled.loc[train[0], "rooms"] = 9
    write(shuffled, tmp_path)
    third = rows(run(tmp_path, "c").folder.trials)
    assert all(a["train_mae"] != b["train_mae"] for a, b in zip(second, third, strict=True))


def test_results_hold_no_value_of_the_file(
    houses: pd.DataFrame, trained: ResultsFolder, trained_once: Path
) -> None:
    text = text_of(trained.path)
    values = [*houses.id, *TOWNS, *houses.area.dropna().astype(str), *houses.price.astype(str)]
    assert [value for value in values if value in text] == []
    assert str(trained_once) not in text
    assert "file: houses.csv" in text


def test_results_hold_no_statistic_of_a_column(houses: pd.DataFrame, tmp_path: Path) -> None:
    """Neither exactly nor rounded to a few digits."""
    houses["price"] *= 4000
    write(houses, tmp_path)
    spec = spec_draft(inspect_file(tmp_path / "data/houses.csv", "price"), tmp_path / "own.yaml")
    short = re.sub("(epochs|seeds): .*", r"\1: 2", spec)
    short = re.sub(r"(?m)^    - ({name: selu.*|leaky_relu|elu|gelu|silu|sigmoid)\n", "", short)
    (tmp_path / "own.yaml").write_text(short, encoding="utf-8")
    folder = run(tmp_path, "results").folder.path
    text = text_of(folder)
    numbers = {float(number) for number in re.findall(NUMBER, text)}
    train, _ = split_of(tmp_path)
    for rows_ in (houses, houses.loc[train]):
        for column in (rows_.area, rows_.price):
            for statistic in ("mean", "median", "std", "var", "min", "max"):
                value = float(getattr(column, statistic)())
                digits = range(0 if value > 10_000 else 2, 8)  # 100 may be a hundred of anything
                assert [n for n in digits if float(f"{value:.{n}e}") in numbers] == []


def test_results_hold_the_classes_in_the_order_of_their_numbers(
    houses: pd.DataFrame, tmp_path: Path
) -> None:
    houses["price"] = np.where(houses.price > 200, "dear", "cheap")
    write(houses, tmp_path)
    text = SPEC.replace("target: price", "target: price\n  positive: cheap")
    text += "metrics: [accuracy, balanced_accuracy]\n"
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    folder = run(tmp_path, "results").folder
    entry = json.loads(folder.environment.read_text(encoding="utf-8"))["data"]["houses"]
    assert entry["classes"] == ["dear", "cheap"]
    assert load(str(folder.spec)).filled()["dataset"][0]["positive"] == "cheap"
    references = {row["metric"] for row in rows(folder.references)}
    assert {"accuracy", "balanced_accuracy"} <= references


def test_the_spec_in_the_results_runs_from_where_it_lies(
    trained: ResultsFolder, tmp_path: Path
) -> None:
    again = load(str(trained.spec))
    assert again.filled()["dataset"] == [
        {
            "name": "houses",
            "validation": 0.25,
            "file": "../../data/houses.csv",
            "target": "price",
            "task": "regression",
            "drop": ["id"],
            "types": {"area": "number", "rooms": "number", "town": "category"},
            "missing_target": "refuse",
            "test": 0.2,
        }
    ]
    assert make_plan(again, tmp_path / "results").todo == ()
    assert make_plan(again, tmp_path / "results").changed_keys == ()


def test_a_file_that_moves_keeps_its_trials_and_one_that_changes_does_not(
    houses: pd.DataFrame, trained: ResultsFolder, tmp_path: Path
) -> None:
    shutil.move(tmp_path / "data" / "houses.csv", tmp_path / "moved.csv")
    text = SPEC.replace("file: data/houses.csv", "file: moved.csv\n  name: homes")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    assert make_plan(load(str(tmp_path / "own.yaml")), tmp_path / "results").todo == ()
    houses.loc[7, "rooms"] += 1
    houses.to_csv(tmp_path / "moved.csv", index=False)
    assert len(make_plan(load(str(tmp_path / "own.yaml")), tmp_path / "results").todo) == 4


def test_a_file_that_is_gone_is_named(houses: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "data" / "houses.csv").unlink()
    with pytest.raises(SpecError, match=r"own\.yaml:3:9: dataset\.file: there is no file .*houses"):
        load(str(tmp_path / "own.yaml"))


def test_a_plan_warns_of_columns_that_give_the_target_away(
    houses: pd.DataFrame, tmp_path: Path
) -> None:
    houses["euros"] = houses["price"] * 1.1
    write(houses, tmp_path)

    def findings() -> list[str]:
        plan = make_plan(load(tmp_path / "own.yaml"), tmp_path / "results")
        return [c.sentence for c in checks_of(plan) if c.kind == "gives the target away"]

    assert findings() == [
        "the column 'euros' is likely no fair input: a copy of the target "
        "(correlation 1.0000). If it is not there before the target is, leave it out with "
        "`drop: [euros]`."
    ]
    (tmp_path / "own.yaml").write_text(SPEC.replace("[id]", "[id, euros]"), encoding="utf-8")
    assert findings() == []
