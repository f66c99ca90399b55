"""The scores of single rows on disk: equal bytes for equal scores, and damage is told."""

from pathlib import Path

import numpy as np
import pytest

from actbench.errors import ResultsError
from actbench.results import Record, ResultsFolder
from actbench.results.kept_rows import KeptRows, RowScores, gather_rows, write_rows


def scores(seed: int, rows: int = 50) -> RowScores:
    draw = np.random.default_rng(seed)
    loss = draw.exponential(size=rows).astype(np.float32)
    return {"loss": loss, "accuracy": (loss < 1).astype(np.float32)}


def kept(folder: ResultsFolder, name: str, seed: int) -> Record:
    return Record(name, {}, seed, "d", "ok", rows=write_rows(folder, name, scores(seed)))


def test_numpy_reads_what_was_gathered(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    records = [kept(folder, "b", 0), kept(folder, "a", 1)]
    assert gather_rows(folder, records) == ()
    with np.load(folder.rows) as arrays:
        assert arrays.files == ["b/loss", "b/accuracy", "a/loss", "a/accuracy"]
        assert arrays["a/loss"].tolist() == scores(1)["loss"].tolist()
        assert arrays["b/accuracy"].dtype == np.float32
    read = KeptRows(folder.rows).of(["a", "b", "absent"], "loss")
    assert {name: values.tolist() for name, values in read.items()} == {
        "a": scores(1)["loss"].tolist(),
        "b": scores(0)["loss"].tolist(),
    }
    assert KeptRows(folder.rows).of(["a"], "auc") == {}


def test_equal_scores_give_equal_bytes(tmp_path: Path) -> None:
    folders = [ResultsFolder(tmp_path / name) for name in ("one", "other")]
    for folder, order in zip(folders, (["a", "b"], ["b", "a"]), strict=True):
        folder.path.mkdir()
        by_name = {name: kept(folder, name, ord(name)) for name in order}
        gather_rows(folder, [by_name["a"], by_name["b"]])
    assert folders[0].rows.read_bytes() == folders[1].rows.read_bytes()


@pytest.mark.parametrize("damage", ["missing", "changed", "cut short", "of another trial"])
def test_a_file_that_is_not_as_written_is_told_and_left_out(tmp_path: Path, damage: str) -> None:
    folder = ResultsFolder(tmp_path)
    records = [kept(folder, "a", 0), kept(folder, "b", 1)]
    file = folder.rows_of_trials / "a.npz"
    content = file.read_bytes()
    if damage == "missing":
        file.unlink()
    elif damage == "changed":
        file.write_bytes(content[:99] + bytes([content[99] ^ 1]) + content[100:])
    elif damage == "cut short":
        file.write_bytes(content[:-30])
    else:
        file.write_bytes((folder.rows_of_trials / "b.npz").read_bytes())
    (note,) = gather_rows(folder, records)
    assert "a.npz missing or not as written" in note
    with np.load(folder.rows) as arrays:
        assert arrays.files == ["b/loss", "b/accuracy"]


def test_trials_of_an_older_version_have_no_rows(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    older = [Record("a", {}, 0, "d", "ok"), Record("b", {}, 1, "d", "diverged")]
    (note,) = gather_rows(folder, older)
    assert note.startswith("No rows kept for 1 trial, which an older version trained")
    assert not folder.rows.exists()
    assert not KeptRows(folder.rows)


def test_a_trial_without_scores_leaves_no_file(tmp_path: Path) -> None:
    assert write_rows(ResultsFolder(tmp_path), "a", {}) == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(9)])
def test_a_damaged_archive_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rows.npz"
    path.write_bytes(content)
    rows = KeptRows(path)
    assert not rows
    assert "cannot be read" in rows.note


def test_a_damaged_array_counts_as_missing(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    gather_rows(folder, [kept(folder, "a", 0), kept(folder, "b", 1)])
    content = bytearray(folder.rows.read_bytes())
    content[120] ^= 255  # within the first array
    folder.rows.write_bytes(content)
    rows = KeptRows(folder.rows)
    assert list(rows.of(["a", "b"], "loss")) == ["b"]


@pytest.mark.parametrize("values", [[[1.0], [2.0]], [1.0, np.nan], np.zeros(300_000)])
def test_arrays_that_are_no_scores_of_rows_are_refused(tmp_path: Path, values: object) -> None:
    path = tmp_path / "rows.npz"
    np.savez(path, **{"a/loss": np.asarray(values, dtype=np.float32)})
    rows = KeptRows(path)
    assert rows.of(["a"], "loss") == {}


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.rows_of_trials.write_text("in the way")
    with pytest.raises(ResultsError, match="cannot write"):
        write_rows(folder, "a", scores(0))


def test_rows_are_set_aside_with_the_rest(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    gather_rows(folder, [kept(folder, "a", 0)])
    aside = folder.set_aside()
    assert aside is not None
    assert (aside / "rows.npz").is_file()
    assert (aside / "rows" / "a.npz").is_file()
    assert not folder.rows_of_trials.exists()
