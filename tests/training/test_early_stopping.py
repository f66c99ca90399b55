"""Early stopping against Keras's own callback, and what a history holds of it."""

from collections.abc import Iterator
from itertools import count
from math import ceil
from typing import Any

import keras
import numpy as np
import pytest

from actbench import data as data_sets
from actbench.data.dataset import Dataset
from actbench.training.prepared_cell import PreparedCell, prepare_cell
from actbench.training.seeding import row_order

NORMALISED = {"type": "mlp", "units": [16], "batch_norm": "before"}
DIGITS = {"dataset": {"name": "digits", "validation": 0.2}, "output": "softmax"}
BOSTON = {"dataset": {"name": "boston_housing", "validation": 0.2}}
BOTH = pytest.mark.parametrize("engine", ["keras", "compiled"])


def batches(prepared: PreparedCell, seed: int) -> Iterator[tuple[Any, Any]]:
    train, size = prepared.train, prepared.cell.batch_size
    for epoch in count():
        order = row_order(seed, epoch, len(train))
        for start in range(0, len(train), size):
            yield train.x[order[start : start + size]], train.y[order[start : start + size]]


def stopped_by_keras(prepared: PreparedCell, seed: int) -> dict[str, float]:
    """The epochs that Keras trained for, the best of them, and the metrics of its weights."""
    cell, validation, test = prepared.cell, prepared.validation, prepared.test
    prepared.initial.assign(seed)
    callback = keras.callbacks.EarlyStopping(
        monitor="val_loss", restore_best_weights=True, **cell.early_stopping.model_dump()
    )
    fitted = prepared.model.fit(
        batches(prepared, seed),
        epochs=cell.epochs,
        steps_per_epoch=ceil(len(prepared.train) / cell.batch_size),
        shuffle=False,
        validation_data=(validation.x, validation.y),
        validation_batch_size=512,
        callbacks=[callback],
        verbose=0,
    )
    tested = prepared.model.evaluate(test.x, test.y, batch_size=512, return_dict=True, verbose=0)
    epochs = {"trained": len(fitted.epoch), "best": callback.best_epoch + 1}
    return epochs | {f"test_{name}": value for name, value in tested.items()}


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize(
    ("architecture", "options", "rate", "rule"),
    [
        ({"type": "mlp", "units": [16]}, BOSTON, 0.03, {"patience": 2, "min_delta": 0.5}),
        (NORMALISED, DIGITS, 0.003, {"patience": 1, "min_delta": 0.03}),
    ],
    ids=["boston", "digits, batch normalisation"],
)
def test_it_stops_where_keras_stops_and_tests_the_same_weights(
    cell, opened, shared_datasets, engine, architecture, options, rate, rule
) -> None:
    adam = {"name": "adam", "learning_rate": rate}
    options = options | {"hidden": "relu", "optimizer": adam, "early_stopping": rule}
    chosen = cell(architecture, epochs=20, batch_size=64, **options)
    data = data_sets.load(chosen.dataset.request, shared_datasets)
    trainer, prepared = opened(chosen, data), prepare_cell(chosen, data)
    prepared.model.jit_compile = engine == "compiled"  # as the engine compiles these two
    stopped = []
    for seed in range(5):
        found, expected = trainer.train(seed), stopped_by_keras(prepared, seed)
        assert (len(found.epochs), found.best_epoch) == (expected["trained"], expected["best"])
        for name in ("test_loss", f"test_{chosen.metrics[0]}"):
            assert found.metrics[name] == pytest.approx(expected[name], rel=1e-5)
        stopped.append(len(found.epochs))
    assert len(set(stopped)) > 1
    assert min(stopped) < 20


@pytest.fixture
def overfitted(regression: Dataset) -> Dataset:
    """Targets of which the training rows say nothing about the others."""
    random = np.random.default_rng(1)
    train, validation = regression.train, regression.validation
    noise = [
        type(rows)(rows.x, random.normal(size=len(rows)).astype("float32"))
        for rows in (train, validation)
    ]
    return Dataset(**{**vars(regression), "train": noise[0], "validation": noise[1]})


FAST = BOSTON | {"optimizer": {"name": "adam", "learning_rate": 0.05}, "hidden": "relu"}
STOPPING = FAST | {"epochs": 30, "early_stopping": {"patience": 4}}


@BOTH
def test_the_metrics_are_those_of_the_best_epoch(cell, overfitted, opened, engine) -> None:
    trainer = opened(cell(NORMALISED, **STOPPING), overfitted)
    history = trainer.train(0)
    best = history.best_epoch
    assert len(history.epochs) == best + 4 < 30
    losses = [epoch["val_loss"] for epoch in history.epochs]
    assert history.best_val_loss == losses[best - 1] == min(losses)
    assert {k: history.metrics[k] for k in history.epochs[0]} == history.epochs[best - 1]
    model, validation = trainer._prepared.model, trainer._prepared.validation
    again = model.evaluate(validation.x, validation.y, return_dict=True, verbose=0)
    assert again["loss"] == pytest.approx(min(losses), rel=1e-5)


@pytest.mark.slow
@BOTH
def test_training_to_the_best_epoch_ends_in_the_same_test_score(cell, overfitted, opened) -> None:
    """The moving averages of batch normalisation are put back too."""
    history = opened(cell(NORMALISED, **STOPPING), overfitted).train(0)
    shorter = cell(NORMALISED, **FAST, epochs=history.best_epoch)
    expected = opened(shorter, overfitted).train(0)
    assert history.metrics["test_loss"] == pytest.approx(expected.metrics["test_loss"], rel=1e-6)
    assert history.epochs[: history.best_epoch] == expected.epochs


@BOTH
def test_a_gain_below_min_delta_is_none(cell, regression, opened) -> None:
    rule = {"patience": 3, "min_delta": 1e6}
    history = opened(cell(**BOSTON, epochs=10, early_stopping=rule), regression).train(0)
    assert (len(history.epochs), history.best_epoch) == (4, 1)
    losses = [epoch["val_loss"] for epoch in history.epochs]
    assert history.best_val_loss == losses[0] > min(losses)


@BOTH
def test_a_run_that_diverges_ends_as_without_early_stopping(cell, regression, opened) -> None:
    steps = {"optimizer": {"name": "sgd", "learning_rate": 1e12}, "hidden": "relu"}
    options = BOSTON | steps | {"epochs": 6}
    plain = opened(cell(**options), regression).train(0)
    stopping = opened(cell(**options, early_stopping={"patience": 5}), regression).train(0)
    assert stopping.status == "diverged"
    assert (stopping.diverged_at, stopping.best_epoch) == (plain.diverged_at, plain.best_epoch)
    assert set(stopping.metrics) == set(plain.metrics)


def test_seeds_share_the_programs(cell, overfitted, opened) -> None:
    """Seeds that stop after different epochs need no trace of their own, and repeat to the bit."""
    trainer = opened(cell(**STOPPING), overfitted, "compiled")
    first = trainer.train(0)
    traced = trainer._epoch.experimental_get_tracing_count()
    lengths = {len(trainer.train(seed).epochs) for seed in range(1, 4)}
    assert len(lengths) > 1
    assert trainer._epoch.experimental_get_tracing_count() == traced == 1
    again = trainer.train(0)
    assert (again.epochs, again.metrics) == (first.epochs, first.metrics)
