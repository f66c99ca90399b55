"""A user's columns become inputs as pandas and scikit-learn would make them of training rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter
from sklearn.compose import make_column_transformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from actbench import data
from actbench.data import Dataset
from actbench.data.arrays import Column, Table
from actbench.data.dataset_info import SplitRule
from actbench.data.preparation import preparation, table_width
from actbench.spec.dataset import AnyDataset


def load(file: Path, **options: Any) -> Dataset:
    choice = TypeAdapter(AnyDataset).validate_python({"file": str(file), **options})
    return data.load(choice.request)


@pytest.fixture
def houses() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "area": rng.normal(100, 30, 400).round(1),
            "rooms": rng.integers(1, 8, 400),
            "town": rng.choice(["Bern", "Basel", "Chur", "Genf"], 400, p=[0.5, 0.3, 0.195, 0.005]),
            "price": rng.permutation(400) * 1.5,
        }
    )
    frame.loc[rng.random(400) < 0.1, "area"] = np.nan
    return frame


@pytest.mark.parametrize(
    ("scale", "scaler"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())]
)
def test_a_table_is_prepared_as_scikit_learn_prepares_it(
    scale: str, scaler: Any, houses: pd.DataFrame, tmp_path: Path
) -> None:
    houses.to_csv(tmp_path / "h.csv", index=False)
    loaded = load(tmp_path / "h.csv", target="price", scale=scale, validation=0.25)
    assert loaded.validation is not None
    price = pd.Series(houses.index, index=houses.price.astype("float32"))
    assert price.index.is_unique
    parts = [houses.loc[price[part.y]] for part in (loaded.train, loaded.validation, loaded.test)]
    assert [len(part) for part in parts] == [240, 80, 80]
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), scaler), ["area"]),
        (MissingIndicator(), ["area"]),
        (scaler, ["rooms"]),
        (OneHotEncoder(min_frequency=0.01, handle_unknown="ignore"), ["town"]),
    )
    # Which categories are rare is a matter of the whole file, means and medians of training rows.
    names = ["Basel", "Bern", "Chur"]
    expected = columns.fit(parts[0])
    for part, rows in zip((loaded.train, loaded.validation, loaded.test), parts, strict=True):
        numbers = np.asarray(expected.transform(rows))[:, :3]
        np.testing.assert_allclose(part.x[:, :3], numbers, atol=1e-6)
        np.testing.assert_array_equal(part.x[:, 3:6], rows[["town"]].to_numpy() == names)
        np.testing.assert_array_equal(part.x[:, 6], rows.town == "Genf")
        assert part.x.dtype == part.y.dtype == np.float32


def prepared(column: Column, train: list[int]) -> Any:
    info = data.DatasetInfo(
        name="t",
        title="",
        task="regression",
        train_rows=len(train),
        test_rows=1,
        source=data.CATALOGUE["wine"].source,
        test=SplitRule(),
    )
    table = Table((column,))
    prepare = preparation(data.DatasetRequest(info), table, np.array(train))
    inputs = prepare(np.arange(len(table)))
    assert inputs.shape == (len(table), table_width(table))
    return inputs


def test_what_the_training_rows_lack_is_zero() -> None:
    codes = np.array([0, 0, 1, 1, 2, -1], np.int32)
    inputs = prepared(Column("c", codes, ("a", "b", "c")), train=[0, 1, 2])
    assert inputs.tolist() == [
        [1, 0, 0, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 0, 0],  # a category of test rows only
        [0, 0, 0, 0],  # values are missing in test rows only
    ]


def test_a_number_that_is_missing_has_the_median_of_the_training_rows() -> None:
    numbers = np.array([1.0, 3.0, np.nan, 100.0, np.nan])
    inputs = prepared(Column("n", numbers), train=[0, 1, 2])
    deviation = np.std([1, 3, 2])
    expected = [-1 / deviation, 1 / deviation, 0, 98 / deviation, 0]
    np.testing.assert_allclose(inputs[:, 0], expected, rtol=1e-6)
    assert inputs[:, 1].tolist() == [0, 0, 1, 0, 1]
    assert prepared(Column("n", numbers), train=[0, 1])[:, 1].tolist() == [0] * 5


def test_a_column_without_a_number_in_training_rows_is_zero() -> None:
    numbers = np.array([np.nan, np.nan, 5.0])
    np.testing.assert_array_equal(prepared(Column("n", numbers), train=[0, 1])[:2, 0], [0, 0])


def test_rare_categories_share_a_column_and_at_most_50_have_one_of_their_own() -> None:
    codes = np.repeat(np.arange(60), 20).astype(np.int32)
    inputs = prepared(Column("c", codes, tuple(map(str, range(60)))), train=[*range(1200)])
    assert inputs.shape == (1200, 51)
    assert inputs.sum(axis=1).tolist() == [1] * 1200
    assert inputs[:, 50].sum() == 200  # ten categories of 20 rows
    codes = np.repeat([0, 1, 2], [990, 5, 5]).astype(np.int32)
    inputs = prepared(Column("c", codes, ("a", "b", "c")), train=[*range(1000)])
    assert inputs.sum(axis=0).tolist() == [990, 10]


@pytest.mark.parametrize("name", ["mnist_5k", "digits"])
def test_images_of_the_catalogue_can_stay_unscaled(name: str) -> None:
    read = TypeAdapter(AnyDataset).validate_python
    usual, raw = (
        data.load(read(name).request),
        data.load(read({"name": name, "scale": "none"}).request),
    )
    np.testing.assert_array_equal(usual.train.x, raw.train.x)
    assert raw.scale == 1.0 and usual.scale < 1.0
    halved = data.load(read({"name": name, "scale": {"divide": 2}}).request)
    assert halved.scale == 0.5
    standard = data.load(read({"name": name, "scale": "standard"}).request)
    assert standard.train.x.dtype == np.float32
    np.testing.assert_allclose(standard.train.x.mean(axis=0), 0, atol=1e-3)


def test_a_table_of_the_catalogue_is_scaled_otherwise() -> None:
    read = TypeAdapter(AnyDataset).validate_python
    raw = data.load(read({"name": "wine", "scale": "none"}).request).train.x
    minmax = data.load(read({"name": "wine", "scale": "minmax"}).request).train.x
    assert minmax.min(axis=0).tolist() == [0] * 13 and minmax.max(axis=0).tolist() == [1] * 13
    np.testing.assert_allclose(MinMaxScaler().fit_transform(raw), minmax, atol=1e-6)
    assert read("wine").identity == read({"name": "wine", "scale": "standard"}).identity
    assert read({"name": "wine", "scale": "none"}).label == "wine(scale=none)"


@pytest.mark.parametrize(
    ("scale", "scaler"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())]
)
def test_targets_are_scaled_by_the_training_rows_alone(
    scale: str, scaler: Any, houses: pd.DataFrame, tmp_path: Path
) -> None:
    houses.to_csv(tmp_path / "h.csv", index=False)
    options = {"target": "price", "validation": 0.25, "target_scale": scale}
    loaded = load(tmp_path / "h.csv", **options)
    plain = load(tmp_path / "h.csv", **options | {"target_scale": None})
    assert loaded.unit is not None and plain.unit is None
    np.testing.assert_array_equal(loaded.test.y, plain.test.y)
    y = loaded.train.y.astype(np.float64)[:, np.newaxis]
    np.testing.assert_allclose(
        (y - loaded.unit.centre) / loaded.unit.width, scaler.fit_transform(y)
    )
