"""A user's own file: what its columns are taken for, and what is said where they cannot be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from actbench import data
from actbench.data import Dataset
from actbench.data.dataset_info import SplitRule
from actbench.data.tables import FileError
from actbench.data.user_file import UserFile, describe
from actbench.errors import DataError
from actbench.spec.dataset import AnyDataset, FileDataset

read: Callable[[Any], FileDataset] = TypeAdapter(AnyDataset).validate_python


def loaded(file: Path, **options: Any) -> Dataset:
    return data.load(read({"file": str(file), **options}).request)


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "amount": rng.normal(size=500),
            "count": rng.integers(1, 10, 500),
            "kind": rng.choice(["x", "y", "z"], 500),
            "sold": rng.random(500) < 0.5,
            "day": pd.date_range("2020-01-01", periods=500)[rng.permutation(500)],
            "owner": rng.integers(0, 40, 500),
            "colour": rng.choice(["red", "green", "blue"], 500),
            "price": rng.permutation(500) * 0.5,
        }
    )
    frame.loc[::50, "amount"] = np.nan
    return frame


FEATURES = {"drop": ["day", "owner", "colour"], "target": "price"}


def test_every_format_gives_the_same_arrays(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    frame.to_csv(tmp_path / "semicolon.csv", sep=";", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    csv, *others = (
        loaded(tmp_path / name, **FEATURES, types={"sold": "category"})
        for name in ("t.csv", "t.tsv", "semicolon.csv", "t.parquet")
    )
    assert csv.input_shape == (2 + 1 + 3 + 2,)
    for other in others:
        assert other.digest == csv.digest
        np.testing.assert_array_equal(other.train.x, csv.train.x)
        np.testing.assert_array_equal(other.test.y, csv.test.y)


def test_types_are_inferred_with_their_reasons(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame["zip"] = [f"0{row % 30:03}" for row in range(500)]
    frame.to_csv(tmp_path / "t.csv", index=False)
    source = UserFile(tmp_path / "t.csv", "price", drop=("day", "owner", "colour"))
    info, parsed = describe(source, "t")
    assert parsed.reasons == {
        "amount": ("number", "every cell is a number"),
        "count": ("number", "every cell is a number"),
        "kind": ("category", "3 distinct texts"),
        "sold": ("category", "2 distinct texts"),
        "zip": ("category", "30 distinct codes: numbers with leading zeros"),
    }
    assert (info.task, parsed.task_reason) == ("regression", "every cell is a number")
    assert isinstance(info.source, UserFile)
    again, frozen = describe(info.source, "t")
    assert {why for _, why in frozen.reasons.values()} == {"as `types` says"}
    assert again == info


@pytest.mark.parametrize(
    ("target", "options", "task", "labels"),
    [
        ("price", {}, "regression", ()),
        ("colour", {}, "multiclass", ("blue", "green", "red")),
        ("sold", {}, "binary", ("False", "True")),
        ("sold", {"positive": False}, "binary", ("True", "False")),
        ("count", {"task": "regression"}, "regression", ()),
        ("count", {"task": "multiclass"}, "multiclass", tuple("123456789")),
    ],
)
def test_the_task_is_inferred_where_it_is_clear(
    target: str,
    options: dict[str, Any],
    task: str,
    labels: tuple[str, ...],
    frame: pd.DataFrame,
    tmp_path: Path,
) -> None:
    frame.to_parquet(tmp_path / "t.parquet")
    drop = [name for name in ("day", "price", "colour", "count") if name != target]
    choice = read({"file": str(tmp_path / "t.parquet"), "target": target, "drop": drop, **options})
    assert (choice.info.task, choice.info.labels) == (task, labels)
    table = data.load(choice.request)
    counts = frame[target].value_counts()
    for number, label in enumerate(labels):
        rows = (table.train.y == number).sum() + (table.test.y == number).sum()
        assert rows == counts[{str(value): value for value in counts.index}[label]]
        assert abs((table.test.y == number).sum() - rows / 5) <= 1


def test_whole_numbers_could_be_classes_or_amounts(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(FileError, match="holds 9 distinct whole numbers: write `task: regression`"):
        describe(UserFile(tmp_path / "t.csv", "count"), "t")


ROWS = ["1,2,3.5", "2,3,4.25", "3,x,5"]


def problem(tmp_path: Path, text: str | bytes, **options: Any) -> str:
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError) as error:
        describe(UserFile(path, **({"target": "y"} | options)), "t")
    message = str(error.value)
    assert "t.csv" in message
    return message


def table(*more: str) -> str:
    return "\n".join(["a,b,y", *(f"{i},{i % 7},{i / 2}" for i in range(60)), *more]) + "\n"


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (
            table("abc,1,2"),
            {},
            "data row 61, column 'a': expected a number as in 98.4% of",
        ),
        (table("abc,1,2"), {}, "got 'abc'; mend the cell, or say `types: {a: category}`"),
        (table("inf,1,2"), {}, "data row 61, column 'a': expected a finite number, got 'inf'"),
        (
            table("1,1,"),
            {},
            "data row 61, column 'y': expected a target, got nothing, as in",
        ),
        (table("1,1,"), {}, "`missing_target: drop` leaves them out"),
        (table("1,1,-inf"), {}, "data row 61, column 'y': expected a finite number, got '-inf'"),
        (table("1,1,abc"), {}, "data row 61, column 'y': expected a number, got 'abc'"),
        (table("1,1"), {}, "line 62: expected 3 cells, got 2"),
        (table("1,1,1,1"), {}, "line 62: expected 3 cells, got 4"),
        (table(), {"target": "z"}, "it has no column 'z'; its columns are a, b, y"),
        (table(), {"target": None}, "`target` is missing: name the column"),
        (table(), {"drop": ("c",)}, "it has no column 'c'"),
        (table(), {"types": (("c", "number"),)}, "it has no column 'c'"),
        (table(), {"drop": ("a", "b")}, "no column is left that the target could be predicted f"),
        (table(), {"task": "binary"}, "the target 'y' should have two classes, got 60"),
        (table(), {"positive": "x"}, "`positive` names a class, and a regression has none"),
        ("a,y\n" + "1,u\n" * 9, {}, "the target 'y' should have 2 to 256 classes, got 1 (u)"),
        ("a,y\n" + "1,3\n" * 9, {}, "the target 'y' has the same value in every row"),
        ("a,y\n" + "1,u\n1,v\n" * 9 + "1,w\n", {}, "the class 'w' of the target 'y' has one row"),
        ("a,y\n" + "1,u\n1,v\n" * 9, {"positive": "w"}, "one of the classes (u, v), got 'w'"),
        ("a,y\n" + "1,no\n1,yes\n" * 9, {"positive": False}, "quote it if it is a word"),
        (
            "id,y\n" + "".join(f"k{i},{i / 2}\n" for i in range(2000)),
            {},
            "the column 'id' has 2,000 distinct values, none in 1% of the rows; leave it out with",
        ),
        ("a,y\n,1.5\n,2.5\n", {}, "the column 'a' is empty; leave it out with `drop: [a]`"),
        ("a,a,y\n1,2,3\n", {}, "it has the column 'a' twice"),
        ("a,,y\n1,2,3\n", {}, "it has a column without a plain name"),
        ("a\x1b[31m,y\n1,2\n", {}, "it has a column without a plain name"),
        ("1,2,3\n1,2,3\n", {}, "it has numbers where the first line should name the columns"),
        ("a,y\n", {}, "it has a line of names and no rows"),
        ("", {}, "it is empty"),
        (table("1,1,1").replace("3,3,1.5", "3,é,1.5").encode("latin-1"), {}, "line 5: expected te"),
        (table().encode("utf-16"), {}, "expected text in UTF-8, got UTF-16 or another encoding"),
        ("a,y\n1,1.5\n2,2.5\n", {}, "0 of the 2 rows are for the test"),
    ],
)
def test_what_cannot_be_used_is_said(
    text: str | bytes, options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    assert words in problem(tmp_path, text, **options)


def test_every_column_that_tells_nothing_is_named_at_once(tmp_path: Path) -> None:
    rows = "".join(f"k{i},{i},v{i},,{i / 2}\n" for i in range(2000))
    message = problem(tmp_path, "id,a,key,none,y\n" + rows)
    assert all(f"`drop: [{name}]`" in message for name in ("id", "key", "none"))


def test_a_table_larger_than_the_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actbench.data.tables.free_memory", lambda: 2000)
    message = problem(tmp_path, table())
    assert "takes some 0.0 GB of memory to be read" in message
    assert "of its 61 rows would fit" in message


def test_a_million_distinct_categories_are_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": np.arange(10**6).astype(str), "y": np.arange(10**6) / 2})
    frame["id"] = "k" + frame["id"]
    frame.to_parquet(tmp_path / "t.parquet")
    with pytest.raises(FileError, match="'id' has 1,000,000 distinct values"):
        describe(UserFile(tmp_path / "t.parquet", "y", types=(("id", "category"),)), "t")


def test_many_rare_categories_are_one_input_if_the_spec_says_so(tmp_path: Path) -> None:
    codes = [f"{1000 + row % 891}" for row in range(1999)] + [""]
    frame = pd.DataFrame({"zip": codes, "y": np.arange(2000) / 2})
    frame.to_csv(tmp_path / "t.csv", index=False)
    info, parsed = describe(UserFile(tmp_path / "t.csv", "y", types=(("zip", "category"),)), "t")
    assert parsed.reasons == {"zip": ("category", "as `types` says")}
    assert info.input_shape == (2,)  # rare, missing


def test_errors_of_a_split_name_the_file_and_the_key(tmp_path: Path) -> None:
    rows = "".join(f"{i},north,{i / 2}\n" for i in range(60))
    for rule, words in (
        (SplitRule("group", 0.2, "region"), "the column 'region' has too few groups"),
        (SplitRule("last", 0.2, "region"), "data row 1, column 'region': expected a date like"),
    ):
        for text in (rows, rows + "60,,30\n"):
            (tmp_path / "t.csv").write_text("a,region,y\n" + text)
            if rule.kind == "group" and text != rows:
                continue
            with pytest.raises(FileError, match=f"^t.csv: {words}") as error:
                describe(UserFile(tmp_path / "t.csv", "y", test=rule), "t")
            assert error.value.key == ("test",)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([[1, 2], [3]] * 20, "the column 'a' holds list<"),
        (pd.date_range("2020-01-01", periods=400), "the column 'a' has 400 distinct values"),
    ],
)
def test_columns_of_parquet_that_are_no_values(values: Any, words: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": values, "y": np.arange(len(values)) / 2})
    frame.to_parquet(tmp_path / "t.parquet")
    with pytest.raises(FileError) as error:
        describe(UserFile(tmp_path / "t.parquet", "y"), "t")
    assert words in str(error.value) and "drop: [a]" in str(error.value)


def test_rows_without_a_target_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(table("500,1,", "600,1,NA"))
    kept = loaded(tmp_path / "t.csv", target="y", missing_target="drop", scale="none")
    assert len(kept.train) + len(kept.test) == 60
    assert max(kept.train.x.max(), kept.test.x.max()) < 500


def test_other_endings_and_files_that_are_gone(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"a file that ends in \.csv.*, got t\.xls"):
        describe(UserFile(tmp_path / "t.xls", "y"), "t")
    with pytest.raises(FileError, match=r"there is no file .*t\.csv; put it there"):
        describe(UserFile(tmp_path / "t.csv", "y"), "t")


IMAGES = np.random.default_rng(0).integers(0, 256, (100, 8, 8)).astype(np.uint8)
DIGITS = np.arange(100) % 3


def npz(tmp_path: Path, **arrays: Any) -> Path:
    np.savez(tmp_path / "a.npz", **arrays)
    return tmp_path / "a.npz"


def test_images_of_an_npz_file_stay_bytes(tmp_path: Path) -> None:
    names = np.array(["cat", "cow", "dog"])[DIGITS]
    choice = read({"file": str(npz(tmp_path, x=IMAGES, y=names)), "validation": 0.25})
    assert (choice.info.kind, choice.info.labels) == ("image", ("cat", "cow", "dog"))
    images = data.load(choice.request)
    assert images.train.x.dtype == np.uint8 and images.scale == 1 / 255
    assert images.validation is not None
    parts = (images.train, images.validation, images.test)
    assert [len(part) for part in parts] == [60, 20, 20]
    label = {image.tobytes(): number for image, number in zip(IMAGES, DIGITS, strict=True)}
    assert all(label[x.tobytes()] == y for p in parts for x, y in zip(p.x, p.y, strict=True))
    raw = loaded(npz(tmp_path, x=IMAGES.astype(np.float32) / 255, y=names))
    assert raw.train.x.dtype == np.float32 and 0.99 < raw.train.x.max() <= 1


def test_an_npz_file_may_say_which_rows_are_for_the_test(tmp_path: Path) -> None:
    path = npz(tmp_path, x_train=IMAGES, y_train=DIGITS, x_test=IMAGES[:30], y_test=DIGITS[:30])
    split = loaded(path, task="multiclass", validation=10)
    np.testing.assert_array_equal(split.test.x, IMAGES[:30])
    np.testing.assert_array_equal(split.train.x, IMAGES[10:])
    with pytest.raises(ValueError, match="`test` is for files that do not say which rows"):
        loaded(path, task="multiclass", test=0.3)


def test_gaps_of_an_npz_file_are_filled_as_in_a_table(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(100, 3))
    y = np.arange(100) / 2
    whole = loaded(npz(tmp_path, x=x, y=y))
    assert whole.input_shape == (3,)
    x[5, 1] = np.nan
    gaps = loaded(npz(tmp_path, x=x, y=y))
    assert gaps.input_shape == (4,)
    np.testing.assert_array_equal(gaps.train.x[:, 0], whole.train.x[:, 0])


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.array([1, "a"], dtype=object), "y": [1, 2]}, "holds Python objects, not plain"),
        ({"a": IMAGES, "b": DIGITS}, "expected the arrays x and y, or x_train, y_train, x_test"),
        ({"x": IMAGES, "y": DIGITS[:50]}, "got inputs of (100, 8, 8) uint8 and targets of (50,)"),
        ({"x": IMAGES + 1j, "y": DIGITS}, "got inputs of (100, 8, 8) complex128 and targets"),
        (
            {"x": [[1.0, np.inf]] * 9, "y": np.arange(9) / 2},
            "row 1 of x, place [1]: expected a",
        ),
        (
            {"x": np.full((9, 2, 2), np.nan), "y": np.arange(9) / 2},
            "row 1 of x, place [0, 0]: expected a finite number, got nan",
        ),
    ],
)
def test_arrays_that_cannot_be_used_are_said(
    arrays: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as error:
        describe(UserFile(npz(tmp_path, **arrays), None, task="regression"), "a")
    assert words in str(error.value)


@pytest.mark.parametrize("name", ["t.parquet", "t.npz"])
def test_a_damaged_file_is_said(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"junk")
    with pytest.raises(DataError, match=f"{name} cannot be read as"):
        describe(UserFile(tmp_path / name, "y"), "t")


def test_what_the_file_holds_is_its_digest_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(table())
    (tmp_path / "u.csv").write_text(table().replace("0.5\n", "0.50\n") + "\n")
    (tmp_path / "v.csv").write_text(table().replace("59,3,29.5", "59,3,29.6"))
    one, two, three = (loaded(tmp_path / f"{name}.csv", target="y").digest for name in "tuv")
    assert one == two != three
    left_out = loaded(tmp_path / "t.csv", target="y", drop=["b"])
    assert left_out.digest != one
    choices = [{}, {"name": "other"}, {"test": 0.2}, {"task": "regression"}, {"scale": "standard"}]
    file = {"file": str(tmp_path / "t.csv"), "target": "y"}
    assert len({str(read(file | options).identity) for options in choices}) == 1
    for options in ({"test": 0.3}, {"scale": "none"}, {"validation": 0.2}, {"train_limit": 9}):
        assert read(file | options).identity != read(file).identity
