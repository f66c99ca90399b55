"""`data inspect` and `init --data`: from a user's file to a spec."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from actbench.spec import Experiment, load
from actbench.spec.draft import COMMONEST
from tests.cli.conftest import Ended
from tests.conftest import Result

Main = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and lines of 80 characters."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def houses(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"id": range(rows), "area": rng.normal(100, 20, rows).round(2)})
    frame["town"] = rng.choice(["Bern", "Chur"], rows)
    frame["sold"] = pd.date_range("2020-01-01", periods=rows)
    frame["price"] = (frame.area + rng.normal(size=rows)).round(3)
    return frame


def flowers(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 3, rows)
    names = np.array(["no: setosa", "yes", "1"])[kind]  # YAML would take each for another thing
    return pd.DataFrame({"on": rng.normal(kind), "width: mm": rng.normal(kind), "kind": names})


def inspect(main_here: Main, *words: object) -> tuple[str, dict[str, object]]:
    """What `data inspect` prints, and the data set of its block."""
    ended = main_here("data", "inspect", *words)
    assert (ended.code, ended.err) == (0, "")
    printed, block = ended.out.split("\ndataset:\n")
    return printed, yaml.safe_load(block)


def written(main_here: Main, *words: object, spec: str) -> Experiment:
    """The experiment of the spec that `init --data` writes."""
    ended = main_here("init", "--data", *words)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith(f"Next: actbench plan {spec}, then actbench run {spec}\n")
    return load(spec)


def test_inspect_prints_columns_and_a_block_that_is_valid(folder: Path, main_here: Main) -> None:
    houses().to_csv("houses.csv", index=False)
    printed, block = inspect(main_here, "houses.csv", "--target", "price")
    assert max(map(len, printed.splitlines())) <= 80
    flat = " ".join(printed.split())
    for words in (
        " id number every cell is",
        " left out: likely an",
        "town category 2 distinct texts",
        " price number every cell is",
        " the target",
        "Task: regression: every cell is a number.",
        "Rows: 240 to train on, 60 for the test.",
    ):
        assert words in flat
    assert block == {
        "file": "houses.csv",
        "target": "price",
        "task": "regression",
        "drop": ["id", "sold"],
        "types": {"area": "number", "town": "category"},
        "target_scale": "standard",
        "test": 0.2,
        "validation": 0.2,
    }


def test_inspect_as_json(folder: Path, main_here: Main) -> None:
    flowers().to_parquet("flowers.parquet")
    ended = main_here("data", "inspect", "flowers.parquet", "--target", "kind", "--json")
    record = json.loads(ended.out)
    assert (record["task"], record["train_rows"], record["problem"]) == ("multiclass", 240, None)
    assert record["columns"][0]["reason"] == "every cell is a number"
    assert sum(record["class_rows"].values()) == 300
    assert record["dataset"]["types"] == {"on": "number", "width: mm": "number"}
    ended = main_here("data", "inspect", "flowers.parquet", "--json")
    assert ended.code == 2
    assert json.loads(ended.out)["problem"] in ended.err


def test_inspect_without_a_target_lists_the_columns(folder: Path, main_here: Main) -> None:
    houses().to_csv("houses.csv", index=False)
    ended = main_here("data", "inspect", "houses.csv")
    assert ended.code == 2
    assert " ".join(ended.err.split()) == (
        "actbench: houses.csv: name the column that is to be predicted with --target; likely ones "
        "are 'price'"
    )
    assert re.findall(r"^ (\w+) ", ended.out, re.M) == ["column", *houses().columns]


def test_no_control_character_of_a_file_is_printed_or_written(
    folder: Path, main_here: Main
) -> None:
    frame = houses()
    frame["town"] = np.where(frame.town == "Bern", "\x1b[31mBern", "Chur\nX")
    frame["rooms"] = ["\x1b[2Jmany"] + ["3"] * 299
    frame.to_csv("houses.csv", index=False)
    ended = main_here("data", "inspect", "houses.csv", "--target", "town")
    assert (ended.code, "\x1b" in ended.out) == (0, False)
    assert "\\u001b[31mBern" in ended.out
    assert main_here("init", "--data", "houses.csv", "--target", "town").code == 0
    assert "\x1b" not in Path("houses.yaml").read_text()
    assert load("houses.yaml").dataset[0].info.labels[1] == "Chur\nX"


def test_init_writes_a_spec_that_suits_the_file(folder: Path, main_here: Main) -> None:
    (folder / "data").mkdir()
    (folder / "specs").mkdir()
    houses().to_csv("data/houses.csv", index=False)
    spec = "specs/own.yaml"
    own = written(
        main_here, "data/houses.csv", "--target", "price", "--output", spec, spec="specs/own.yaml"
    )
    assert own.name == "own"
    assert "file: ../data/houses.csv " in Path(spec).read_text()
    assert [a.name for a in own.activations.hidden] == list(COMMONEST)
    assert [a.label for a in own.outputs_for("regression")] == ["linear"]
    assert (len(own.seeds), own.epochs, own.batch_size, own.metrics_for("regression")) == (
        20,
        50,
        16,
        ("mae",),
    )
    assert own.architecture[0].name == "mlp(32-32)"
    for line in Path(spec).read_text().splitlines():
        assert not line or line.startswith((" ", "#")) or ":" in line


def test_targets_of_any_size_are_scaled_without_a_number_of_them_in_the_spec(
    folder: Path, main_here: Main
) -> None:
    specs = []
    for factor in (1, 4000):
        frame = houses()
        frame["price"] *= factor
        frame.to_csv("the houses.csv", index=False)
        words = "init", "--data", "the houses.csv", "--target", "price", "--force"
        ended = main_here(*words)
        assert "Next: actbench plan 'the houses.yaml', then actbench run 'the" in ended.out
        specs.append(Path("the houses.yaml").read_text())
    assert specs[0] == specs[1]
    own = load("the houses.yaml")
    assert (own.name, own.architecture[0].name) == ("the_houses", "mlp(32-32)")
    assert own.dataset[0].target_scale == "standard"


def test_labels_that_yaml_takes_for_other_things(folder: Path, main_here: Main) -> None:
    flowers().to_csv("flowers.tsv", index=False, sep="\t")
    own = written(main_here, "flowers.tsv", "--target", "kind", spec="flowers.yaml")
    assert own.dataset[0].info.labels == ("1", "no: setosa", "yes")
    assert [a.label for a in own.outputs_for("multiclass")] == ["softmax"]
    two = flowers()[lambda frame: frame.kind != "1"]
    two.to_csv("two.tsv", index=False, sep="\t")
    own = written(main_here, "two.tsv", "--target", "kind", spec="two.yaml")
    assert own.dataset[0].info.labels == ("no: setosa", "yes")
    assert "positive: 'yes' " in Path("two.yaml").read_text()


def test_where_most_rows_are_of_one_class_accuracy_is_not_compared_first(
    folder: Path, main_here: Main
) -> None:
    frame = houses()
    frame["price"] = np.where(frame.id % 10 == 0, "dear", "cheap")
    frame.to_csv("houses.csv", index=False)
    ended = main_here("init", "--data", "houses.csv", "--target", "price")
    assert "always names the commonest class is right on 90.0% of the rows." in ended.out
    assert load("houses.yaml").metrics_for("binary") == ("auc", "accuracy")


def test_images_get_convolutions(folder: Path, main_here: Main) -> None:
    x = np.random.default_rng(0).integers(0, 255, (90, 12, 12), np.uint8)
    np.savez("pictures.npz", x=x, y=np.arange(90) % 3)
    own = written(main_here, "pictures.npz", spec="pictures.yaml")
    assert own.architecture[0].name == "cnn(16-32)"
    assert own.dataset[0].info.task == "multiclass"


def test_a_file_named_as_a_data_set_of_actbench(folder: Path, main_here: Main) -> None:
    flowers().to_csv("wine.csv", index=False)
    own = written(main_here, "wine.csv", "--target", "kind", "-o", "mine.yaml", spec="mine.yaml")
    assert own.dataset[0].name == "wine_file"


@pytest.mark.parametrize(
    ("test", "drawn"),
    [
        ("0.2", "60 for the test, at random"),
        ("{column: town, value: Chur}", "for the test, where town is Chur"),
        ("{group: town, fraction: 0.3}", "for the test, whole groups of town"),
        ("{last: 0.1, by: sold}", "30 for the test, the last by sold"),
    ],
)
def test_plan_says_what_a_file_is_taken_for(
    folder: Path, main_here: Main, monkeypatch: pytest.MonkeyPatch, test: str, drawn: str
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    houses().to_csv("houses.csv", index=False)
    written(main_here, "houses.csv", "--target", "price", spec="houses.yaml")
    inputs = "inputs area (number)" + ("" if "town" in test else ", town (category)")
    options = (f"dataset.test={test}", "dataset.validation=null")
    ended = main_here("plan", "houses.yaml", *(f"--set={option}" for option in options))
    assert f"houses: {inputs}; target price (regression). Rows: " in ended.out
    assert drawn in ended.out


def test_from_a_csv_to_an_answer(tmp_path: Path, actbench: Callable[..., Result]) -> None:
    """Numbers, categories, missing values, and a town of which only test rows know."""
    frame = houses(2000)
    rng = np.random.default_rng(1)
    frame.loc[frame.index[1700:], "town"] = rng.choice(["Bern", "Zug"], 300)
    frame.loc[rng.random(2000) < 0.05, "area"] = np.nan
    frame.loc[rng.random(2000) < 0.05, "town"] = None
    frame.to_csv(tmp_path / "houses.csv", index=False)
    begun = actbench("init", "--data", "houses.csv", "--target", "price")
    assert (begun.returncode, begun.stderr) == (0, "")
    by_date = ["--set", "dataset.test={last: 0.2, by: sold}"]
    short = ["--seeds", "6", "--epochs", "5", "--set", "activations.hidden=[relu, sigmoid]"]
    done = actbench("run", "houses.yaml", *by_date, *short)
    assert done.returncode == 0, done.stderr
    assert "Worse than the baseline relu: sigmoid" in done.stdout.replace("\n", " ")
    assert "a linear model" in done.stdout
    results = tmp_path / "results" / "houses"
    trials = pd.read_csv(results / "trials.csv")
    assert (len(trials), set(trials.status)) == (12, {"ok"})
    again = actbench("plan", "results/houses/spec.yaml")
    assert "12 done, 0 to train" in again.stdout


@pytest.mark.slow
def test_three_classes_with_labels_of_text(tmp_path: Path, actbench: Callable[..., Result]) -> None:
    flowers(600).to_csv(tmp_path / "flowers.tsv", index=False, sep="\t")
    assert actbench("init", "--data", "flowers.tsv", "--target", "kind").returncode == 0
    planned = actbench("plan", "flowers.yaml")
    assert "target kind (3 classes: 1, no: setosa, yes)" in planned.stdout
    short = ["--seeds", "2", "--epochs", "20", "--set", "activations.hidden=[relu, tanh]"]
    done = actbench("run", "flowers.yaml", *short, "--json")
    assert done.returncode == 0, done.stderr
    trials = pd.read_csv(tmp_path / "results" / "flowers" / "trials.csv")
    assert trials.test_accuracy.min() > 0.6
    assert json.loads(done.stdout)["ok"] == 4


def test_plan_and_inspect_name_the_classes(
    folder: Path, main_here: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    houses().to_csv("houses.csv", index=False)
    printed, block = inspect(main_here, "houses.csv", "--target", "town")
    assert re.search(r"Classes: Bern \d+ \(.*%\), Chur \d+ \(.*%\)\.", printed)
    assert block["positive"] == "Chur"
    written(main_here, "houses.csv", "--target", "town", spec="houses.yaml")
    planned = main_here("plan", "houses.yaml").out
    assert "target town (2 classes: Bern, Chur; Chur counts as 1)" in planned
    planned = main_here("plan", "houses.yaml", "--set=dataset.positive=Bern").out
    assert "target town (2 classes: Chur, Bern; Bern counts as 1)" in planned


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "houses.csv"], "name the column that is to be predicted with --target"),
        (["--data", "houses.csv", "--target", "prize"], "did you mean 'price'?"),
        (["--data", "no.csv", "--target", "price"], "there is no file no.csv"),
        (["--data", "houses.csv", "--target", "price"], "houses.yaml is there already"),
        (
            ["--data", "houses.csv", "--target", "price", "-o", "no/a.yaml"],
            "cannot write no/a.yaml",
        ),
        (["--target", "price"], "goes with --data only"),
        (["starter", "--data", "houses.csv"], "does not go with a template"),
    ],
)
def test_mistakes_of_init_write_nothing(
    folder: Path, main_here: Main, words: list[str], message: str
) -> None:
    houses().to_csv("houses.csv", index=False)
    Path("houses.yaml").write_text("mine")
    ended = main_here("init", *words)
    assert ended.code == 2
    assert message in " ".join(ended.err.split())
    assert sorted(path.name for path in folder.iterdir()) == ["houses.csv", "houses.yaml"]
    assert Path("houses.yaml").read_text() == "mine"
