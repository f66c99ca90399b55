"""The history that the epochs of a run make, without training anything."""

from math import inf, nan

import pytest

from actbench.training.history import EpochLog, History, Measured


def history(log: EpochLog, **test: float) -> History:
    return log.history(lambda: Measured(test), parameters=1, opening=0.0, engine="none")


def test_the_metrics_are_those_of_the_last_epoch_and_the_test() -> None:
    log = EpochLog()
    log.add({"train_loss": 2.0, "val_loss": 1.0})
    log.add({"train_loss": 1.0, "val_loss": 3.0})
    found = history(log, loss=4.0)
    assert found.metrics == {"train_loss": 1.0, "val_loss": 3.0, "test_loss": 4.0}
    assert (found.status, found.diverged_at) == ("ok", None)


def test_the_best_epoch_has_the_least_validation_loss_and_is_the_earliest() -> None:
    log = EpochLog()
    for loss in (3.0, 1.0, 2.0, 1.0):
        log.add({"train_loss": 0.0, "val_loss": loss})
    assert (history(log).best_epoch, history(log).best_val_loss) == (2, 1.0)


def test_there_is_no_best_epoch_without_validation() -> None:
    log = EpochLog()
    log.add({"train_loss": 0.0})
    assert (history(log).best_epoch, history(log).best_val_loss) == (None, None)


@pytest.mark.parametrize("bad", [nan, inf, -inf])
@pytest.mark.parametrize("name", ["train_loss", "train_mae", "val_loss"])
def test_a_number_that_is_not_finite_is_divergence(bad: float, name: str) -> None:
    fine = {"train_loss": 1.0, "train_mae": 1.0, "val_loss": 1.0}
    log = EpochLog()
    log.add(fine)
    log.add(fine | {name: bad})
    found = log.history(pytest.fail, parameters=1, opening=0.0, engine="none")
    assert (found.status, found.diverged_at, len(found.epochs)) == ("diverged", 2, 2)
    assert set(found.metrics) == {"train_loss", "train_mae"}
    assert (found.best_epoch, found.best_val_loss) == (1, 1.0)


def test_divergence_that_only_the_test_shows() -> None:
    log = EpochLog()
    log.add({"train_loss": 1.0, "val_loss": 1.0})
    found = history(log, loss=nan, mae=1.0)
    assert (found.status, found.diverged_at) == ("diverged", 1)
    assert set(found.metrics) == {"train_loss"}


def test_the_listener_hears_every_epoch_counted_from_1() -> None:
    heard = []
    log = EpochLog(lambda number, metrics: heard.append((number, metrics["train_loss"])))
    log.add({"train_loss": 2.0})
    log.add({"train_loss": 1.0})
    assert heard == [(1, 2.0), (2, 1.0)]


@pytest.mark.parametrize(
    ("opening", "train_seconds", "compile_seconds"), [(2.0, 4.5, 5.5), (0.0, 8.0, 0.0)]
)
def test_what_the_first_epoch_of_a_trainer_took_beyond_the_others_is_compilation(
    monkeypatch, opening: float, train_seconds: float, compile_seconds: float
) -> None:
    """Epochs of 5, 1 and 2 seconds; in a later run, which opened nothing, all of it is training."""
    times = iter([0.0, 5.0, 6.0, 8.0, 8.0])
    monkeypatch.setattr("actbench.training.history.perf_counter", lambda: next(times))
    log = EpochLog()
    for _ in range(3):
        log.add({"train_loss": 1.0})
    made = log.history(
        lambda: Measured({}), parameters=1, engine="x", opening=opening, first_epoch_compiles=True
    )
    assert (made.train_seconds, made.compile_seconds) == (train_seconds, compile_seconds)
