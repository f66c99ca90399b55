"""Arms that share a program: their numbers are those that they have alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actbench.activations.catalogue import CATALOGUE
from actbench.data.dataset import Dataset
from actbench.spec import Cell
from actbench.training import Trainer, chosen_function, open_trainer

FORMULA = {"formula": "x * tanh(softplus(x))"}
LINEAR = {"formula": "0.5 * x"}
FUNCTIONS = [n for n in CATALOGUE if n not in ("prelu", "glu", "threshold")]


@pytest.fixture
def cells(cell: Callable[..., Cell]) -> Callable[..., list[Cell]]:
    """Cells of these hidden activations that are the same otherwise."""

    def make(*hidden: Any, **options: Any) -> list[Cell]:
        return [cell(hidden=one, **options) for one in hidden]

    return make


def trained(trainer: Trainer, cell: Cell, seeds: Sequence[int] = (0, 1)) -> list[Any]:
    """What the seeds of a cell leave, without times."""
    assert trainer.take(cell)
    histories = [trainer.train(seed) for seed in seeds]
    return [
        (h.epochs, h.metrics, {k: v.tobytes() for k, v in h.test_rows.items()}) for h in histories
    ]


def together(cells: Sequence[Cell], data: Dataset) -> list[list[Any]]:
    """What each cell leaves, all of them in one program."""
    trainer = open_trainer(cells[0], data, "compiled", beside=cells)
    found = [trained(trainer, cell) for cell in cells]
    trainer.close()
    return found


def test_the_arms_beside_an_arm_change_no_bit(cells, regression) -> None:
    arms = cells("gelu", "relu", "softmax", LINEAR)
    all_together = together(arms, regression)
    assert together(arms[:1:-1], regression)[::-1] == all_together[2:]
    assert together(arms[:1], regression) == all_together[:1]
    assert len({str(histories) for histories in all_together}) == len(arms)


@pytest.mark.slow
@pytest.mark.parametrize("batch_size", [1, 16])
def test_the_arms_beside_an_arm_change_no_bit_in_the_whole_catalogue(
    cells, regression, batch_size
) -> None:
    arms = cells(*FUNCTIONS, FORMULA, batch_size=batch_size)
    all_together = together(arms, regression)
    assert together(arms[1::2] + arms[::2], regression) == all_together[1::2] + all_together[::2]
    assert [together([arm], regression)[0] for arm in arms] == all_together


def test_seeds_of_arms_in_any_order_give_the_same_bits(cells, regression) -> None:
    relu, elu = cells("relu", "elu")
    trainer = open_trainer(relu, regression, "compiled", beside=[relu, elu])
    first = [trained(trainer, arm, [seed]) for seed in (0, 1) for arm in (elu, relu)]
    again = [trained(trainer, arm, [seed]) for seed in (1, 0) for arm in (relu, elu)]
    assert first == again[::-1]


def test_only_what_differs_in_the_function_alone_is_shared(
    cells, regression, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_functions.py").write_text("def double(x):\n    return 2.0 * x\n")
    monkeypatch.chdir(tmp_path)
    relu, *others = cells(
        "relu",
        {"name": "elu", "kernel_initializer": "he_normal"},
        {"name": "elu", "learning_rate": 0.5},
        {"name": "elu", "dropout": 0.1},
        "prelu",
        {"custom": "my_functions:double"},
    )
    others += [
        *cells("elu", epochs=4),
        *cells("elu", output="relu"),
        *cells("elu", architecture={"type": "mlp", "units": [8, 7]}),
        replace(cells("elu")[0], diagnostics=True),
    ]
    trainer = open_trainer(relu, regression, "compiled", beside=others)
    assert trainer.take(relu)
    assert not any(trainer.take(other) for other in others)


def test_a_model_without_a_place_for_functions_is_for_one_arm(
    cells, regression, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chosen_function, "hidden_layers", lambda model, hidden: [])
    relu, elu = cells("relu", "elu")
    trainer = open_trainer(relu, regression, "compiled", beside=[relu, elu])
    assert trainer.take(relu)
    assert not trainer.take(elu)


@pytest.mark.slow
def test_a_shared_program_computes_what_keras_computes(cells, regression) -> None:
    arms = cells("relu", "softmax", FORMULA, optimizer="sgd")
    shared = open_trainer(arms[0], regression, "compiled", beside=arms)
    for arm in arms[1:]:
        assert shared.take(arm)
        ours = shared.train(3)
        keras = open_trainer(arm, regression, "keras").train(3)
        for mine, its in zip(ours.epochs, keras.epochs, strict=True):
            assert mine == pytest.approx(its, rel=1e-5)
        np.testing.assert_allclose(ours.test_rows["loss"], keras.test_rows["loss"], rtol=1e-4)


def test_the_cost_of_a_prediction_is_that_of_the_function_alone(cells, regression) -> None:
    """Its program has no branches: they cost time that the activation does not."""
    import tensorflow as tf

    (arm,) = cells("relu", diagnostics=True)
    trainer = open_trainer(arm, regression, "compiled")
    trainer.train(0)
    assert trainer.predict_seconds() > 0
    graph = trainer._prediction._forward.get_concrete_function(tf.zeros((30, 5))).graph
    assert "Case" not in {operation.type for operation in graph.get_operations()}


@pytest.mark.slow
def test_a_shared_program_that_fails_leaves_each_arm_its_own(
    cells, regression, monkeypatch: pytest.MonkeyPatch
) -> None:
    from actbench.training import auto_engine

    made = auto_engine.CompiledTrainer

    def failing(cell: Cell, data: Dataset, **options: Any) -> Any:
        if options.get("beside"):
            raise RuntimeError("too many branches")
        return made(cell, data, **options)

    arms = cells("relu", "elu")
    expected = together(arms, regression)
    monkeypatch.setattr(auto_engine, "CompiledTrainer", failing)
    notes: list[str] = []
    for arm, histories in zip(arms, expected, strict=True):
        trainer = open_trainer(arm, regression, "auto", notes.append, arms)
        assert trained(trainer, arm) == histories
        assert not any(trainer.take(other) for other in arms if other != arm)
    assert notes[0].endswith("trained with compiled epochs: RuntimeError: too many branches")
