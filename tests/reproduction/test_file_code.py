"""Scripts of a user's own files: the file is checked, and what no script can do is refused."""

import hashlib
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from actbench.errors import ResultsError
from actbench.reproduction.file_code import file_code
from actbench.reproduction.recorded_trial import RecordedTrial
from actbench.spec.grid import blocks
from actbench.spec.saved import Saved
from actbench.spec.spec_files import experiment_of


def recorded(*, hidden: Any = "relu", output: Any = None, **dataset: object) -> RecordedTrial:
    spec = {
        "name": "own",
        "dataset": dataset,
        "architecture": {"type": "mlp", "units": [4]},
        "activations": {"hidden": [hidden], **({"output": [output]} if output else {})},
        "epochs": 1,
        "batch_size": 8,
    }
    cell = next(iter(blocks(experiment_of(spec, {})))).cells[0]
    return RecordedTrial(cell, 0, None, None, "ok", {}, ())


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_a_script_stops_at_a_file_of_other_bytes(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"exam{suffix}"
    numbers = np.arange(60.0)
    if suffix == ".csv":
        pd.DataFrame({"a": numbers, "b": numbers**2}).to_csv(file, index=False)
    else:
        np.savez(file, x=numbers.reshape(20, 3), b=numbers[:20] / 3)
    trial = recorded(file=str(file), target="b")
    text = file_code(trial, trial.request.info.source, tmp_path)
    names = {"__file__": str(tmp_path / "script.py"), "options": Namespace(data=None)}
    names |= {"hashlib": hashlib, "np": np, "pd": pd, "Path": Path, "parser": ArgumentParser()}
    exec(text, names)
    assert len(names["y"]) == (60 if suffix == ".csv" else 20)
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(SystemExit):
        exec(text, names)
    assert "exam" in (said := capsys.readouterr().err)
    assert "is not the file that the numbers were recorded on: its SHA-256 is another" in said


def test_a_folder_of_images_is_refused_with_the_way_out(tmp_path: Path) -> None:
    for i in range(20):
        (tmp_path / f"class{i % 2}").mkdir(exist_ok=True)
        Image.new("L", (4, 4), i).save(tmp_path / f"class{i % 2}" / f"{i}.png")
    trial = recorded(file=str(tmp_path))
    with pytest.raises(ResultsError, match=r"folder of images.* Save its arrays as an \.npz file"):
        file_code(trial, trial.request.info.source, tmp_path)


def test_a_saved_model_is_refused_with_the_way_out() -> None:
    from actbench.reproduction.model_code import model_code  # which starts TensorFlow

    trial = recorded(name="wine")
    saved = Saved.model_construct(type="saved", file="net.keras", swap="relu", label="net")
    trial = replace(trial, cell=replace(trial.cell, architecture=saved))
    with pytest.raises(ResultsError, match=r"is a saved model .* or write the model as `type: lay"):
        model_code(trial)
