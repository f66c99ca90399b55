"""Where data sets are looked for, in which order, and what is said when they are nowhere."""

import shutil
from pathlib import Path

import pytest

from actbench import data
from actbench.data import CATALOGUE, DatasetRequest
from actbench.errors import DataError


def test_order_of_places(
    shared_datasets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / "keras" / "datasets", tmp_path / "named", tmp_path / "given"]
    kinds = ["keras cache", "ACTBENCH_DATA_DIR", "data-dir"]
    assert CATALOGUE["reuters"].source.locate() is None
    monkeypatch.setenv("ACTBENCH_DATA_DIR", str(folders[1]))
    for kind, folder in zip(kinds, folders, strict=True):
        folder.mkdir(parents=True)
        shutil.copy(shared_datasets / "reuters.npz", folder)
        found = CATALOGUE["reuters"].source.locate(folders[2] if folders[2].is_dir() else None)
        assert found == data.Location(kind, folder / "reuters.npz")


def test_package_comes_before_the_cache_and_after_folders(
    shared_datasets: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "keras" / "datasets"
    cache.mkdir(parents=True)
    shutil.copy(shared_datasets / "boston_housing.npz", cache)
    found = CATALOGUE["boston_housing"].source.locate()
    assert found and found.kind == "package"
    found = CATALOGUE["boston_housing"].source.locate(shared_datasets)
    assert found and found.kind == "data-dir"


def test_home_is_where_keras_keeps_its_cache_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    from actbench.data.source import destination

    monkeypatch.delenv("KERAS_HOME")
    assert destination() == Path.home() / ".keras" / "datasets"


def test_fashion_mnist_is_here_only_with_all_four_files(tmp_path: Path) -> None:
    (tmp_path / "fashion-mnist").mkdir()
    parts = CATALOGUE["fashion_mnist"].source.files
    for part in parts:
        assert CATALOGUE["fashion_mnist"].source.locate(tmp_path) is None
        (tmp_path / part.path).write_bytes(b"")
    assert CATALOGUE["fashion_mnist"].source.locate(tmp_path) == data.Location(
        "data-dir", tmp_path / "fashion-mnist"
    )


def test_data_dir_has_to_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no-such is not a folder"):
        data.load(DatasetRequest(CATALOGUE["wine"]), tmp_path / "no-such")


def test_home_is_written_as_a_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from actbench.data.source import destination

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", "~/keras")
    assert destination() == tmp_path / "keras" / "datasets"
    monkeypatch.setenv("ACTBENCH_DATA_DIR", "~/named")
    assert destination() == tmp_path / "named"


def test_a_folder_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def denied(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", denied)
    with pytest.raises(DataError, match=r"cannot look into .*datasets \(Permission denied\)"):
        CATALOGUE["mnist"].source.locate()


def test_outline_downloads_nothing_and_says_how_to_get_the_set(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        data.outline(CATALOGUE["mnist"], tmp_path)
    message = str(caught.value)
    assert f"looked for mnist.npz in {tmp_path} (data-dir)" in message
    assert "set ACTBENCH_DATA_MIRROR to the address of a mirror that has mnist.npz" in message
    assert "--data-dir or ACTBENCH_DATA_DIR" in message
    assert "`actbench data import mnist FILE`" in message
    assert "Already here, but another data set: mnist_5k" in message


def test_missing_reuters_names_the_original_texts() -> None:
    with pytest.raises(DataError, match=r"original Reuters-21578 text files"):
        data.outline(CATALOGUE["reuters"])


def test_missing_package_file_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actbench.data.source.find_spec", lambda name: None)
    with pytest.raises(DataError, match="come with the package scikit-learn"):
        data.load(DatasetRequest(CATALOGUE["wine"]))
