"""What is said of a user's file before it is used."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from actbench.data import inspection, user_file
from actbench.data.inspection import ColumnReport, Inspection, inspect_file
from actbench.data.tables import FileError

ROWS = 300


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    kind = rng.choice(["a", "b", "c"], ROWS)
    frame = pd.DataFrame(
        {
            "id": np.arange(1, ROWS + 1),
            "name": [f"flower {row}" for row in range(ROWS)],
            "code": pd.Series(kind).map({"a": "k1", "b": "k2", "c": "k3"}),
            "size": rng.normal(size=ROWS).round(4),
            "town": rng.choice(["Bern", "Chur"], ROWS),
            "land": "CH",
            "nothing": "",
            "day": pd.date_range("2020-01-01", periods=ROWS).strftime("%Y-%m-%d"),
            "rooms": rng.integers(1, 9, ROWS).astype(str),
            "kind": kind,
        }
    )
    frame.loc[4, "rooms"] = "3a"
    frame.loc[::30, "size"] = np.nan
    return frame


def inspected(frame: pd.DataFrame, folder: Path, target: str | None = "kind") -> Inspection:
    frame.to_csv(folder / "t.csv", index=False)
    return inspect_file(folder / "t.csv", target)


def reports(inspection: Inspection) -> dict[str, ColumnReport]:
    return {report.name: report for report in inspection.columns}


def test_every_column_is_said_what_it_is_and_why(frame: pd.DataFrame, tmp_path: Path) -> None:
    inspection = inspected(frame, tmp_path)
    assert {r.name: (r.type, r.reason, r.missing, r.left_out) for r in inspection.columns} == {
        "id": (
            "number",
            "every cell is a number",
            0,
            "likely an identifier: every row has its own",
        ),
        "name": ("text", "300 distinct texts", 0, "likely an identifier"),
        "code": ("category", "3 distinct texts", 0, "a copy of the target, one to one"),
        "size": ("number", "every cell is a number", 10, ""),
        "town": ("category", "2 distinct texts", 0, ""),
        "land": ("category", "1 distinct text", 0, "constant"),
        "nothing": ("text", "no cell holds anything", ROWS, "empty"),
        "day": ("date", "every cell is a date", 0, "a date, not an input"),
        "rooms": (
            "number",
            "most are",
            0,
            "data row 5, column 'rooms': expected a number as in 99.7% of the rows, got '3a'",
        ),
        "kind": ("category", "3 distinct texts", 0, ""),
    }
    assert inspection.rows == ROWS
    assert inspection.source.drop == ("id", "name", "code", "land", "nothing", "day", "rooms")
    assert inspection.source.types == (("size", "number"), ("town", "category"))
    assert inspection.class_rows == frame.kind.value_counts().sort_index().to_dict()
    assert (inspection.problem, inspection.task_reason) == ("", "it has 3 distinct texts")


def test_codes_of_a_parquet_file_are_categories(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"zip": rng.choice(["0123", "4051"], ROWS), "y": rng.normal(size=ROWS)})
    frame.index = frame.index + 7
    frame[frame.y < 1].to_parquet(tmp_path / "t.parquet")
    found = reports(inspect_file(tmp_path / "t.parquet", "y"))
    assert (found["zip"].type, found["zip"].reason) == (
        "category",
        "2 distinct codes: numbers with leading zeros",
    )
    assert found["__index_level_0__"].left_out == "the index of a pandas table"


def test_decimal_commas_are_named(tmp_path: Path) -> None:
    rows = "".join(f"{row},{row % 7};{'no' if row % 3 else 'yes'};{row}\n" for row in range(ROWS))
    (tmp_path / "t.csv").write_text(f"size;kind;y\n{rows}")
    report = reports(inspect_file(tmp_path / "t.csv", "kind"))["size"]
    assert report.type == "text"
    assert report.left_out == "numbers with decimal commas: write them with points"


@pytest.mark.parametrize(
    ("column", "left_out"),
    [
        (lambda y, noise: y, "a copy of the target"),
        (lambda y, noise: -3 * y + 0.001 * noise, "a copy of the target (correlation -1.0000)"),
        (lambda y, noise: y + 0.05 * noise, ""),
    ],
)
def test_a_number_that_gives_the_target_away(tmp_path: Path, column, left_out: str) -> None:  # type: ignore[no-untyped-def]
    y, noise, size = np.random.default_rng(1).normal(size=(3, ROWS))
    frame = pd.DataFrame({"size": size, "other": column(y, noise), "y": y})
    frame.loc[3, "other"] = np.nan
    assert reports(inspected(frame, tmp_path, "y"))["other"].left_out == left_out


def test_a_category_that_goes_with_one_class_each_gives_the_target_away(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    street = rng.integers(0, 10, ROWS)
    frame = pd.DataFrame(
        {"size": rng.normal(size=ROWS), "street": street, "y": np.where(street < 5, "no", "yes")}
    )
    assert reports(inspected(frame, tmp_path, "y"))["street"].left_out == (
        "each category has one target"
    )
    frame.loc[0, "y"] = "no" if frame.y[0] == "yes" else "yes"
    assert reports(inspected(frame, tmp_path, "y"))["street"].left_out == ""


@pytest.mark.parametrize("value", [12.5, "paid"])
def test_cells_missing_for_one_class_give_the_target_away(
    tmp_path: Path, value: float | str
) -> None:
    rng = np.random.default_rng(5)
    churned = np.where(np.arange(40) % 3 == 0, "yes", "no")
    frame = pd.DataFrame({"refund": rng.normal(size=40), "size": rng.normal(size=40)})
    frame["once"] = value
    frame["churned"] = churned
    frame.loc[churned == "no", ["refund", "once"]] = np.nan
    frame.loc[::7, "size"] = np.nan
    columns = reports(inspected(frame, tmp_path, "churned"))
    why = "missing cells give the target away: missing for one class, and for it only"
    assert {name: column.left_out for name, column in columns.items()} == {
        "refund": why,
        "once": why,
        "size": "",
        "churned": "",
    }
    frame.loc[0, ["refund", "once"]] = np.nan  # a "yes"
    columns = reports(inspected(frame, tmp_path, "churned"))
    assert (columns["refund"].left_out, columns["once"].left_out) == ("", "")
    assert columns["once"].remark == "one value where it is not missing"


def test_cells_missing_for_one_of_several_classes_give_it_away(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    kind = rng.choice(["a", "b", "c"], ROWS)
    frame = pd.DataFrame({"size": rng.normal(size=ROWS), "kind": kind})
    frame.loc[kind != "b", "size"] = np.nan
    assert reports(inspected(frame, tmp_path))["size"].left_out == (
        "missing cells give the target away: filled for one class, and for it only"
    )


def test_missing_cells_that_correlate_with_a_numeric_target_give_it_away(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    y = np.where(np.arange(ROWS) % 2 == 0, 1000.0, 0.0) + rng.normal(size=ROWS)
    frame = pd.DataFrame({"size": rng.normal(size=ROWS), "y": y})
    frame.loc[y > 500, "size"] = np.nan
    correlation = np.corrcoef(frame["size"].isna(), y)[0, 1]
    assert reports(inspected(frame, tmp_path, "y"))["size"].left_out == (
        f"missing cells give the target away (correlation {correlation:.4f})"
    )


def test_whole_numbers_that_may_be_an_identifier_are_only_remarked(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"area": rng.permutation(9000)[:ROWS] * 7, "y": rng.normal(size=ROWS)})
    report = reports(inspected(frame, tmp_path, "y"))["area"]
    assert report.left_out == ""
    assert report.remark == "every row has its own whole number: an identifier?"


def test_rows_on_both_sides_of_the_split_are_counted(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame["size"] = np.arange(ROWS) / 7
    assert inspected(frame, tmp_path).alike == 0
    twice = pd.concat([frame, frame], ignore_index=True)
    both = inspected(twice, tmp_path)
    assert both.info is not None
    assert 0 < both.alike <= both.info.test_rows == 120
    x = np.random.default_rng(0).integers(0, 255, (60, 4, 4), np.uint8)
    y = np.arange(60) % 3
    arrays = {"x_train": x, "y_train": y, "x_test": x[:7], "y_test": y[:7]}
    np.savez(tmp_path / "t.npz", **arrays)
    images = inspect_file(tmp_path / "t.npz")
    assert (images.alike, images.rows, images.class_rows) == (7, 67, {"0": 23, "1": 22, "2": 22})
    assert reports(images)["x_train"] == ColumnReport("x_train", "uint8", "shape 60 x 4 x 4")


@pytest.mark.parametrize(
    ("targets", "task", "reason"),
    [
        (["0", "1", "2"], "multiclass", "3 distinct whole numbers in turn; `regression` if they"),
        (["3", "5", "6"], "regression", "3 distinct whole numbers; `multiclass` if they"),
        (["no", "yes"], "binary", "it has 2 distinct texts"),
    ],
)
def test_a_guess_of_the_task_says_so(
    tmp_path: Path, targets: list[str], task: str, reason: str
) -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"size": rng.normal(size=ROWS), "y": rng.choice(targets, ROWS)})
    inspection = inspected(frame, tmp_path, "y")
    assert inspection.info is not None
    assert inspection.info.task == task
    assert inspection.task_reason.startswith(reason)


def test_missing_targets_are_dropped_and_counted(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.loc[:4, "kind"] = None
    inspection = inspected(frame, tmp_path)
    assert (inspection.missing_targets, inspection.source.missing_target) == (5, "drop")
    assert sum(inspection.class_rows.values()) == ROWS - 5


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        (None, "name the column that is to be predicted with --target; likely ones are 'kind'"),
        ("name", "the target 'name' should have 2 to 256 classes, got 300"),
        ("rooms", "data row 5, column 'rooms': expected a number, got '3a'; mend the cell"),
        ("land", "the target 'land' should have 2 to 256 classes, got 1 (CH)"),
    ],
)
def test_columns_are_told_even_where_the_target_is_wrong(
    frame: pd.DataFrame, tmp_path: Path, target: str | None, problem: str
) -> None:
    inspection = inspected(frame, tmp_path, target)
    assert inspection.problem == f"t.csv: {problem}"
    assert list(reports(inspection)) == list(frame.columns)
    assert inspection.info is None


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n1,2,3\n")
    with pytest.raises(FileError, match=r"t\.csv: line 3: expected 2 cells, got 3"):
        inspect_file(tmp_path / "t.csv", "b")
    with pytest.raises(FileError, match=r"there is no file .*none\.csv"):
        inspect_file(tmp_path / "none.csv", "b")
    (tmp_path / "t.xlsx").touch()
    with pytest.raises(FileError, match=r"expected a file that ends in \.csv"):
        inspect_file(tmp_path / "t.xlsx", "b")


def test_what_several_rows_are_of_is_named_as_a_group(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "customer": rng.integers(1, 60, ROWS),
            "patientId": [f"p{row % 90}" for row in range(ROWS)],
            "zip": [f"{row % 150:04}" for row in range(ROWS)],
            "persons": rng.integers(1, 9, ROWS),
            "shop": rng.normal(size=ROWS),
            "y": rng.normal(size=ROWS),
        }
    )
    columns = reports(inspected(frame, tmp_path, "y"))
    assert [name for name, report in columns.items() if report.groups] == [
        "customer",
        "patientId",
        "zip",
    ]
    assert columns["customer"].left_out == "likely an identifier that several rows share"
    assert columns["customer"].remark == "`test: {group: customer}` tests on whole groups"
    zip_code = columns["zip"]
    assert (zip_code.type, zip_code.reason) == ("text", "150 distinct codes: leading zeros")
    assert zip_code.left_out == "few rows share a code"


def test_a_target_that_is_no_column_is_refused_at_once(frame: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"^t.csv: it has no column 'kinds'; did you mean 'kind'"):
        inspected(frame, tmp_path, "kinds")


@pytest.mark.parametrize("suffix", ["csv", "npz"])
def test_a_file_is_read_once(
    suffix: str, frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"t.{suffix}"
    if suffix == "csv":
        frame.to_csv(path, index=False)
    else:
        np.savez(path, x=np.ones((ROWS, 2)), y=np.arange(ROWS) % 3)  # a few whole numbers
    read: list[Path] = []

    def noted(reader: Callable[..., Any], path: Path, *rest: int) -> Any:
        read.append(path)
        return reader(path, *rest)

    readers = [(inspection, "read_table"), (user_file, "read_table"), (user_file, "read_arrays")]
    for module, name in readers:
        monkeypatch.setattr(module, name, partial(noted, getattr(module, name)))
    assert not inspect_file(path, "kind" if suffix == "csv" else None).problem
    assert read == [path]
