"""The reference engine against `model.fit` written out by hand, and what both engines do."""

import math
from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from actbench.data import DatasetRequest, from_catalogue, load
from actbench.data.dataset import Dataset, Rows
from actbench.spec import Cell
from actbench.training import History, Trainer, open_trainer
from actbench.training.compiled_engine import CompiledTrainer
from actbench.training.keras_engine import KerasTrainer
from actbench.training.prepared_cell import PreparedCell, prepare_cell
from actbench.training.seeding import row_order

CNN = {"type": "cnn", "filters": [3, 4], "kernel_size": 3, "units": [5]}
EMBEDDING = {"type": "embedding", "dim": 4, "units": [5]}
DROPOUT = {"type": "mlp", "units": [8, 6], "dropout": 0.3, "batch_norm": "after"}
READS_WORDS = {"dataset": {"name": "reuters", "encoding": "sequence", "maxlen": 12}}


BOTH = pytest.mark.parametrize("engine", ["keras", "compiled"])


def numbers(history: History) -> dict[str, float]:
    return {f"{i} {k}": v for i, e in enumerate(history.epochs) for k, v in e.items()} | {
        f"end {k}": v for k, v in history.metrics.items()
    }


def fit_by_hand(
    chosen: Cell, data: Dataset, seed: int
) -> tuple[PreparedCell, list[dict[str, float]]]:
    """Keras's own calls, an epoch at a time, on rows put in order beforehand."""
    prepared = prepare_cell(chosen, data)
    prepared.initial.assign(seed)
    x, y, epochs = prepared.train.x, prepared.train.y, []
    for epoch in range(chosen.epochs):
        rows = row_order(seed, epoch, len(y))
        fitted = prepared.model.fit(
            x[rows], y[rows], batch_size=chosen.batch_size, shuffle=False, verbose=0
        )
        epochs.append({f"train_{name}": value[0] for name, value in fitted.history.items()})
    return prepared, epochs


@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        ({"type": "mlp", "units": [8, 6]}, {"optimizer": {"name": "adam", "clipnorm": 0.5}}),
        (DROPOUT, {}),
    ],
)
def test_the_same_numbers_as_fit_by_hand(cell, regression, opened, architecture, options) -> None:
    chosen = cell(architecture, **options)
    trainer = opened(chosen, regression)
    found = trainer.train(5)
    prepared, epochs = fit_by_hand(chosen, regression, 5)
    assert [{k: e[k] for k in epochs[0]} for e in found.epochs] == epochs
    test = prepared.model.evaluate(prepared.test.x, prepared.test.y, return_dict=True, verbose=0)
    held_out = prepared.model.evaluate(
        prepared.validation.x, prepared.validation.y, return_dict=True, verbose=0
    )
    for prefix, expected in (("test", test), ("val", held_out)):
        for name, value in expected.items():
            assert found.metrics[f"{prefix}_{name}"] == pytest.approx(value, rel=1e-6)


@BOTH
def test_the_last_short_batch_is_trained_on(cell, regression, opened) -> None:
    """60 rows in batches of 8: without the last 4 rows another model would come out."""
    chosen = cell(epochs=1)
    found = opened(chosen, regression).train(0)
    prepared = prepare_cell(chosen, regression)
    prepared.initial.assign(0)
    rows = row_order(0, 0, 60)
    losses = []
    for start in range(0, 60, 8):
        batch = rows[start : start + 8]
        prepared.model.reset_metrics()
        loss = prepared.model.train_on_batch(
            prepared.train.x[batch], prepared.train.y[batch], return_dict=True
        )["loss"]
        losses += [float(loss)] * len(batch)
    assert len(losses) == 60
    assert found.metrics["train_loss"] == pytest.approx(np.mean(losses), rel=1e-5)


def one_in_twenty(random: np.random.Generator, count: int) -> Rows:
    """Rows of two classes, the second of which is rare."""
    y = (random.random(count) < 0.05).astype(np.int32)
    return Rows(random.normal(y[:, None], 1.5, (count, 4)).astype(np.float32), y)


def data_for_balanced_accuracy(dataset: str) -> Dataset:
    if dataset != "rare":
        return load(DatasetRequest(from_catalogue(dataset), validation=0.25))
    random = np.random.default_rng(2)
    parts = [one_in_twenty(random, count) for count in (900, 600, 700)]
    return Dataset("rare", "binary", 2, *parts, 1.0, 0, "", "made here")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dataset", "loss", "output"),
    [
        ("wine", "sparse_categorical_crossentropy", "softmax"),
        ("digits", "categorical_crossentropy", "softmax"),
        ("breast_cancer", "binary_crossentropy", "sigmoid"),
        ("rare", "binary_crossentropy", "sigmoid"),
        ("rare", "hinge", "tanh"),
    ],
)
@pytest.mark.parametrize(
    "trainer",
    [KerasTrainer, partial(CompiledTrainer, xla=False), partial(CompiledTrainer, xla=True)],
    ids=["keras", "compiled", "compiled, XLA"],
)
def test_balanced_accuracy_is_that_of_scikit_learn(
    cell, dataset: str, loss: str, output: str, trainer: Callable[..., Trainer]
) -> None:
    """Of all three parts; the steps are too small to change a prediction while it is counted."""
    data = data_for_balanced_accuracy(dataset)
    chosen = cell(
        dataset="breast_cancer" if dataset == "rare" else dataset,
        loss=loss,
        output=output,
        metrics=["balanced_accuracy"],
        optimizer={"name": "sgd", "learning_rate": 1e-30},
        epochs=2,
        batch_size=32,
    )
    found = trainer(chosen, data).train(3).metrics
    prepared = prepare_cell(chosen, data)
    prepared.initial.assign(3)
    parts = {"train": data.train, "val": data.validation, "test": data.test}
    model_rows = {"train": prepared.train, "val": prepared.validation, "test": prepared.test}
    for part, rows in parts.items():
        outputs = prepared.model.predict(model_rows[part].x, verbose=0)
        single = outputs[:, 0] > (0 if loss == "hinge" else 0.5)
        predicted = single if outputs.shape[1] == 1 else outputs.argmax(1)
        expected = balanced_accuracy_score(rows.y, predicted)
        assert found[f"{part}_balanced_accuracy"] == pytest.approx(expected, rel=1e-6)


def test_a_seed_gives_the_same_numbers_whatever_came_before(cell, regression, opened) -> None:
    chosen = cell(DROPOUT, optimizer="nadam")
    trainer, other = opened(chosen, regression), opened(cell(hidden="relu"), regression)
    alone = numbers(trainer.train(1))
    assert numbers(other.train(1)) != alone
    assert numbers(trainer.train(0)) != alone
    assert numbers(trainer.train(1)) == alone


@BOTH
@pytest.mark.parametrize(
    ("architecture", "fixture", "options"),
    [(CNN, "images", {"dataset": "digits"}), (EMBEDDING, "words", READS_WORDS)],
)
def test_images_and_words_repeat_bit_for_bit(
    request, cell, opened, architecture, fixture, options
) -> None:
    data = request.getfixturevalue(fixture)
    trainer = opened(cell(architecture, output="softmax", **options), data)
    first, other, again = (numbers(trainer.train(seed)) for seed in (0, 1, 0))
    assert first == again
    assert first != other


@pytest.mark.slow
@BOTH
def test_a_large_embedding_repeats_bit_for_bit(cell, opened) -> None:
    """Large enough for several threads to add up its gradient; small ones never showed it."""
    x = np.random.default_rng(0).integers(0, 300, size=(1500, 200)).astype(np.int32)
    split = Rows(x, x[:, 0] % 2)
    facts = {"scale": 1.0, "vocabulary": 300, "digest": "", "origin": "made here"}
    data = Dataset("made", "binary", 2, split, None, split, **facts)
    chosen = cell(
        {"type": "embedding", "dim": 16, "units": [32]},
        dataset={"name": "imdb", "encoding": "sequence"},
        batch_size=128,
        epochs=2,
    )
    trainer = opened(chosen, data)
    first = weights_after(trainer, 0)
    for _ in range(4):
        for a, b in zip(first, weights_after(trainer, 0), strict=True):
            np.testing.assert_array_equal(a, b)


def weights_after(trainer, seed: int) -> list[np.ndarray]:
    trainer.train(seed)
    return trainer._prepared.model.get_weights()


@pytest.mark.parametrize(
    ("loss", "loss_on", "alike"),
    [
        ("sparse_categorical_crossentropy", "keras", True),
        ("categorical_crossentropy", "keras", True),
        ("sparse_categorical_crossentropy", "outputs", False),
    ],
)
def test_whether_sigmoid_trains_as_softmax(cell, multiclass, opened, loss, loss_on, alike) -> None:
    options = {"dataset": "wine", "loss": loss, "loss_on": loss_on, "epochs": 2}
    softmax, sigmoid = (
        weights_after(opened(cell(output=output, **options), multiclass), 0)
        for output in ("softmax", "sigmoid")
    )
    same = all((a == b).all() for a, b in zip(softmax, sigmoid, strict=True))
    assert same is alike


@pytest.mark.parametrize(("loss_on", "alike"), [("keras", True), ("outputs", False)])
def test_whether_softmax_of_one_unit_trains_as_sigmoid(
    cell, binary, opened, loss_on, alike
) -> None:
    options = {"dataset": "breast_cancer", "loss_on": loss_on, "epochs": 2}
    one, other = (
        weights_after(opened(cell(output=output, **options), binary), 0)
        for output in ("softmax", "sigmoid")
    )
    assert all((a == b).all() for a, b in zip(one, other, strict=True)) is alike


@pytest.mark.parametrize(
    ("task", "loss", "alike"),
    [
        ("multiclass", "sparse_categorical_crossentropy", True),
        ("multiclass", "categorical_crossentropy", False),
        ("binary", "binary_crossentropy", True),
        ("binary", "mse", False),
    ],
)
def test_whether_outputs_that_agree_from_0_to_1_train_alike(
    request, cell, opened, task, loss, alike
) -> None:
    """Keras clips outputs for a cross-entropy; dividing a row by its sum first tells them apart."""
    data = request.getfixturevalue(task)
    named = {"multiclass": "wine", "binary": "breast_cancer"}[task]
    one, other = (
        weights_after(opened(cell(dataset=named, loss=loss, output=output), data), 0)
        for output in ("linear", "elu")
    )
    assert all((a == b).all() for a, b in zip(one, other, strict=True)) is alike


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "other", "alike"),
    [("multiclass", "relu", False), ("multiclass", "elu", True), ("binary", "relu", True)],
)
def test_whether_outputs_that_train_alike_predict_alike(
    request, cell, opened, task, other, alike
) -> None:
    """The largest of several outputs may be below 0, where relu has no order; elu keeps it."""
    data = request.getfixturevalue(task)
    named = {"multiclass": "wine", "binary": "breast_cancer"}[task]
    linear, clipped = (
        [trainer.train(seed).metrics for seed in range(4)]
        for trainer in (opened(cell(dataset=named, output=o), data) for o in ("linear", other))
    )
    for metric, same in (("test_loss", True), ("test_accuracy", alike)):
        assert ([m[metric] for m in linear] == [m[metric] for m in clipped]) is same


def test_loss_on_outputs_is_the_loss_of_what_predict_returns(cell, multiclass, opened) -> None:
    for loss_on, alike in (("keras", False), ("outputs", True)):
        chosen = cell(dataset="wine", output="sigmoid", loss_on=loss_on)
        trainer = opened(chosen, multiclass)
        reported = trainer.train(0).metrics["test_loss"]
        outputs = trainer._prepared.model.predict(multiclass.test.x, verbose=0)
        plain = keras.losses.SparseCategoricalCrossentropy()
        real = float(plain(multiclass.test.y, np.asarray(outputs)))
        assert (reported == pytest.approx(real, rel=1e-5)) is alike


@BOTH
def test_a_loss_that_grows_beyond_all_bounds_ends_the_run(cell, regression, opened) -> None:
    chosen = cell(optimizer={"name": "sgd", "learning_rate": 1e12}, hidden="relu", epochs=6)
    trainer, heard = opened(chosen, regression), []
    history = trainer.train(0, lambda number, metrics: heard.append(number))
    assert history.status == "diverged"
    assert history.diverged_at == len(history.epochs) < 6
    assert heard == list(range(1, history.diverged_at + 1))
    assert not math.isfinite(history.metrics["train_loss"])
    assert not any(name.startswith(("test_", "val_")) for name in history.metrics)


@BOTH
def test_a_seed_after_one_that_diverged_is_untouched_by_it(cell, regression, opened) -> None:
    chosen = cell(epochs=2)
    trainer = opened(chosen, regression)
    expected = numbers(trainer.train(0))
    for variable in trainer._prepared.model.weights:
        variable.assign(np.full(variable.shape, np.nan))
    assert numbers(trainer.train(0)) == expected


@BOTH
def test_what_the_listener_raises_reaches_the_caller(cell, regression, opened) -> None:
    def stop(number: int, metrics: dict[str, float]) -> None:
        raise KeyboardInterrupt

    trainer = opened(cell(), regression)
    with pytest.raises(KeyboardInterrupt):
        trainer.train(0, stop)
    assert numbers(trainer.train(0)) == numbers(opened(cell(), regression).train(0))


@pytest.mark.slow
@BOTH
def test_averaged_weights_are_tested_but_not_trained_on(cell, regression, opened) -> None:
    """As `fit` does with `use_ema`: the average takes the weights' place after the last epoch."""
    averaged = {"name": "sgd", "learning_rate": 0.01, "use_ema": True, "ema_momentum": 0.9}
    plain = {"name": "sgd", "learning_rate": 0.01}
    with_average = opened(cell(optimizer=averaged), regression).train(0)
    without = opened(cell(optimizer=plain), regression).train(0)
    assert with_average.epochs == without.epochs
    assert with_average.metrics["test_loss"] != without.metrics["test_loss"]


@BOTH
def test_what_a_history_holds(cell, regression, opened, engine) -> None:
    trainer, heard = opened(cell(metrics=["mae", "rmse"]), regression), []
    history = trainer.train(0, lambda number, metrics: heard.append((number, metrics)))
    names = {f"{p}_{m}" for p in ("train", "val") for m in ("loss", "mae", "rmse")}
    assert [set(epoch) for epoch in history.epochs] == [names] * 3
    assert set(history.metrics) == names | {"test_loss", "test_mae", "test_rmse"}
    assert heard == list(enumerate(history.epochs, start=1))
    assert history.metrics["val_rmse"] == pytest.approx(math.sqrt(history.metrics["val_loss"]))
    used = {"keras": "keras", "compiled": "compiled, XLA"}[engine]
    assert (history.engine, history.status, history.diverged_at) == (used, "ok", None)
    assert history.parameters == (5 + 1) * 8 + (8 + 1) * 6 + (6 + 1)
    assert history.best_val_loss == min(epoch["val_loss"] for epoch in history.epochs)
    assert all(type(value) is float for value in history.metrics.values())


def test_compiling_falls_to_the_first_run(cell, regression, opened) -> None:
    trainer = opened(cell(epochs=1), regression)
    first, second = trainer.train(0), trainer.train(1)
    assert first.compile_seconds > 0
    assert second.compile_seconds == 0
    assert first.train_seconds > 0


@BOTH
def test_without_validation_there_are_no_validation_metrics(cell, regression, opened) -> None:
    data = Dataset(**{**vars(regression), "validation": None})
    history = opened(cell(), data).train(0)
    assert set(history.metrics) == {"train_loss", "train_mae", "test_loss", "test_mae"}
    assert history.best_epoch is None


def test_an_unknown_engine_is_refused(cell, regression) -> None:
    words = "expected one of the engines auto, compiled, keras, got 'torch'"
    with pytest.raises(ValueError, match=words):
        open_trainer(cell(), regression, "torch")
