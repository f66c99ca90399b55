"""Learning rates to choose from: how a spec says them, and what does not go with them."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from actbench.errors import SpecError
from actbench.spec import Experiment, load

SPEC = """\
name: rates
dataset: {name: digits, validation: 0.2}
architecture: {type: mlp, units: [4]}
activations: {hidden: [relu, tanh]}
optimizer: adam
learning_rates: [0.01, 0.001, 1]
seeds: 3
"""
Load = Callable[..., Experiment]


@pytest.fixture
def spec(tmp_path: Path) -> Load:
    path = tmp_path / "rates.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return lambda *overrides: load(str(path), overrides)


def test_rates_stand_in_order_and_come_with_five_seeds(spec: Load) -> None:
    experiment = spec()
    assert experiment.learning_rates == (0.001, 0.01, 1.0)
    assert experiment.selection_seed_numbers == tuple(range(1_000_000, 1_000_005))
    assert spec("selection_seeds=2").selection_seed_numbers == (1_000_000, 1_000_001)
    each = spec("selection=each", "seeds=[4, 7]")
    assert each.selection_seed_numbers == (1_000_004, 1_000_007)


@pytest.mark.parametrize("override", ["seeds=3", "selection=each", "selection_seeds=2"])
def test_the_filled_spec_gives_the_experiment_again(
    spec: Load, tmp_path: Path, override: str
) -> None:
    filled = spec(override).filled()
    again = tmp_path / "again.yaml"
    again.write_text(yaml.safe_dump(filled), encoding="utf-8")
    assert load(str(again)).filled() == filled
    assert filled["learning_rates"] == [0.001, 0.01, 1.0]
    assert ("selection_seeds" in filled) == (override != "selection=each")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["learning_rates=0.01"], "expected a list of learning rates, got 0.01"),
        (["learning_rates=[0.01]"], "expected 2 to 50 learning rates to choose from, got 1"),
        (["learning_rates=[0.01, -1]"], "expected a positive number, got -1"),
        (["learning_rates=[0.01, true]"], "expected a positive number, got true"),
        (["learning_rates=[0.01, fast]"], "expected a positive number, got the text 'fast'"),
        (["learning_rates=[0.01, .inf]"], "expected a positive number, got inf"),
        (["learning_rates=[0.01, 0.010]"], "the learning rate 0.01 stands in the list twice"),
        (["selection=both"], "together"),
        (["selection_seeds=0"], "selection_seeds"),
        (["selection=each", "selection_seeds=4"], "every seed has one selection seed of its own"),
        (["seeds=[1000000]"], "expected seeds below 1,000,000, got 1,000,000"),
        (["dataset=digits"], "on validation rows, and digits has none; give the data set"),
        (["optimizer={name: adam, learning_rate: 0.1}"], "this learning rate is used by no arm"),
        (["optimizer={name: adam, learning_rate: {decay: 1}}"], "a positive number, got a mapping"),
        (
            ["activations.hidden=[relu, {name: selu, learning_rate: 0.1}]"],
            "'selu(learning_rate=0.1)' brings a learning rate of its own",
        ),
        (["learning_rates=null", "selection=each"], "`selection` goes with `learning_rates` only"),
        (["learning_rates=null", "selection_seeds=3"], "`selection_seeds` goes with"),
        (
            ["seeds=100000", "learning_rates=[1, 2, 3, 4, 5]", "selection=each"],
            "and those that choose learning rates",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(
    spec: Load, overrides: list[str], message: str
) -> None:
    with pytest.raises(SpecError) as refused:
        spec(*overrides)
    assert message in str(refused.value).replace("\n", " ")
