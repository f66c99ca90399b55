"""The digest: the same for the same numbers, another for any other."""

from pathlib import Path

import numpy as np
import pytest

from actbench import data
from actbench.data import CATALOGUE
from actbench.data.arrays import Ragged, arrays_sha256

ARRAYS = {"x": np.arange(6, dtype=np.float64).reshape(2, 3), "y": np.array([0, 1], np.uint8)}


@pytest.mark.parametrize(
    "other",
    [
        {"x": ARRAYS["x"].astype(">f8")},
        {"x": np.asfortranarray(ARRAYS["x"])},
        {"x": np.repeat(ARRAYS["x"], 2, axis=0)[::2]},
    ],
    ids=["byte order", "memory order", "stride"],
)
def test_layout_does_not_matter(other: dict[str, np.ndarray]) -> None:
    assert arrays_sha256({**ARRAYS, **other}) == arrays_sha256(ARRAYS)


@pytest.mark.parametrize(
    "other",
    [
        {"x": ARRAYS["x"] + [0, 0, 1e-12]},
        {"x": ARRAYS["x"].reshape(3, 2)},
        {"x": ARRAYS["x"].astype(np.float32)},
        {"y": ARRAYS["y"][::-1]},
        {"z": ARRAYS["y"]},
    ],
    ids=["value", "shape", "dtype", "order", "name"],
)
def test_everything_else_matters(other: dict[str, np.ndarray]) -> None:
    assert arrays_sha256({**ARRAYS, **other}) != arrays_sha256(ARRAYS)


def test_ragged_rows_count_with_their_borders() -> None:
    a, b = Ragged.of([[1, 2], [3]]), Ragged.of([[1], [2, 3]])
    assert arrays_sha256({"x": a}) != arrays_sha256({"x": b})
    assert arrays_sha256({"x": a}) == arrays_sha256({"x": Ragged.of([[1, 2], [3]])})


def test_container_does_not_matter(shared_datasets: Path, tmp_path: Path) -> None:
    """Stored instead of packed, rows as arrays instead of lists, another integer type."""
    with np.load(shared_datasets / "reuters.npz", allow_pickle=True) as file:
        x, y = file["x"], file["y"]
    rows = np.empty(len(x), dtype=object)
    rows[:] = [np.array(row, np.int32) for row in x]
    np.savez(tmp_path / "reuters.npz", y=y.astype(np.uint8), x=rows)
    reuters = CATALOGUE["reuters"]
    assert data.outline(reuters, tmp_path).digest == data.outline(reuters, shared_datasets).digest
