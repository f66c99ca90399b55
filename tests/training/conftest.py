from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from actbench.data.dataset import Dataset, Rows
from actbench.spec import Cell, blocks
from actbench.spec.experiment import Experiment
from actbench.training import Trainer, open_trainer
from actbench.training.backend import import_keras

import_keras()

MLP = {"type": "mlp", "units": [8, 6]}


@pytest.fixture
def cell() -> Callable[..., Cell]:
    """A cell of a small regression unless told otherwise."""

    def make(architecture: dict[str, Any] = MLP, **options: Any) -> Cell:
        activations = {"hidden": options.pop("hidden", "tanh")}
        if "output" in options:
            activations["output"] = options.pop("output")
        spec = {"name": "t", "dataset": "boston_housing", "epochs": 3, "batch_size": 8}
        chosen = {"architecture": architecture, "activations": activations}
        experiment = Experiment.model_validate(spec | chosen | options)
        return blocks(experiment)[0].cells[0]

    return make


def rows(count: int, inputs: Callable[..., Any], target: Callable[..., Any]) -> Rows:
    x = inputs(np.random.default_rng(count), count)
    return Rows(x, target(x))


def parts(inputs: Callable[..., Any], target: Callable[..., Any]) -> dict[str, Rows]:
    """60 rows to train on (no multiple of the batch), 20 to validate, 30 to test."""
    train, validation, test = (rows(count, inputs, target) for count in (60, 20, 30))
    return {"train": train, "validation": validation, "test": test}


def made(task: str, classes: int, split: dict[str, Rows], **options: Any) -> Dataset:
    facts = {"scale": 1.0, "vocabulary": 0, "digest": "", "origin": "made here"} | options
    return Dataset(name="made", task=task, classes=classes, **split, **facts)


def table(generator: np.random.Generator, count: int) -> Any:
    return generator.normal(size=(count, 5)).astype(np.float32)


@pytest.fixture
def regression() -> Dataset:
    return made("regression", 0, parts(table, lambda x: (x[:, 0] - x[:, 1] + 3).astype(np.float32)))


@pytest.fixture
def binary() -> Dataset:
    return made("binary", 2, parts(table, lambda x: (x[:, 0] > x[:, 1]).astype(np.int32)))


@pytest.fixture
def multiclass() -> Dataset:
    return made("multiclass", 5, parts(table, lambda x: x.argmax(1).astype(np.int32)))


@pytest.fixture
def images() -> Dataset:
    def pixels(generator: np.random.Generator, count: int) -> Any:
        return generator.integers(0, 256, size=(count, 8, 8)).astype(np.uint8)

    split = parts(pixels, lambda x: x.reshape(len(x), -1)[:, :4].argmax(1).astype(np.uint8))
    return made("multiclass", 4, split, scale=1 / 255)


@pytest.fixture
def words() -> Dataset:
    def ranks(generator: np.random.Generator, count: int) -> Any:
        return generator.integers(0, 40, size=(count, 12)).astype(np.int32)

    split = parts(ranks, lambda x: (x[:, 0] % 3).astype(np.int32))
    return made("multiclass", 3, split, vocabulary=40)


@pytest.fixture
def engine() -> str:
    """The engine that `opened` takes unless told otherwise; a test may be run with several."""
    return "keras"


@pytest.fixture
def opened(engine: str) -> Iterator[Callable[..., Trainer]]:
    """`open_trainer`, with every trainer closed at the end of the test."""
    trainers: list[Trainer] = []

    def opening(cell: Cell, data: Dataset, engine: str = engine, **options: Any) -> Trainer:
        trainers.append(open_trainer(cell, data, engine, **options))
        return trainers[-1]

    yield opening
    for trainer in trainers:
        trainer.close()
