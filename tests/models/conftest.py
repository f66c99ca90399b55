from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from actbench.data.dataset import Dataset, Rows
from actbench.spec import Cell, blocks
from actbench.spec.experiment import Experiment
from actbench.training.backend import import_keras

import_keras()


@pytest.fixture
def cell() -> Callable[..., Cell]:
    def make(architecture: dict[str, Any], **options: Any) -> Cell:
        activations = {"hidden": options.pop("hidden", "relu")}
        if "output" in options:
            activations["output"] = options.pop("output")
        spec = {"name": "t", "dataset": "wine", "architecture": architecture, "batch_size": 4}
        experiment = Experiment.model_validate(spec | {"activations": activations} | options)
        return blocks(experiment)[0].cells[0]

    return make


@pytest.fixture
def data() -> Callable[..., Dataset]:
    """Three classes unless told otherwise; rows of the given shape and type."""

    def make(shape: tuple[int, ...], dtype: str = "float32", **options: Any) -> Dataset:
        x = np.random.default_rng(0).integers(0, 9, size=(6, *shape)).astype(dtype)
        split = Rows(x, np.arange(6, dtype=np.int32) % 3)
        facts = {"task": "multiclass", "classes": 3, "scale": 1.0, "vocabulary": 0} | options
        origin = {"digest": "", "origin": "made here"}
        return Dataset(name="made", train=split, validation=None, test=split, **facts, **origin)

    return make
