"""The shipped specs on the real data: what a person would see lies where others measured it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from actbench import experiment
from actbench.experiment import Progress
from actbench.spec import load
from tests.experiment.tables import rows

Means = Callable[..., dict[tuple[str, str], list[float]]]


@pytest.fixture
def scores(tmp_path: Path, shared_datasets: Path) -> Means:
    """Run a shipped spec and give one test metric for every seed of each arm."""

    def run(name: str, metric: str, *overrides: str) -> dict[tuple[str, str], list[float]]:
        planned = load(name, (*overrides, "expect=[]"))
        result = experiment.run(planned, tmp_path, Progress(), data_dir=shared_datasets)
        found: dict[tuple[str, str], list[float]] = {}
        for row in rows(result.folder.trials):
            assert row["status"] == "ok"
            found.setdefault((row["hidden"], row["output"]), []).append(float(row[metric]))
        return found

    return run


def test_boston_sigmoid_and_tanh_end_at_their_floor_and_linear_does_not(scores: Means) -> None:
    arms = "activations.output=[linear, sigmoid, tanh]"
    found = scores("boston_output", "test_mae", arms, "seeds=3")
    assert {len(values) for values in found.values()} == {3}
    for output in ("sigmoid", "tanh"):
        assert found["relu", output] == pytest.approx([22.0784] * 3, abs=5e-5)
    assert all(2.4 < mae < 3.6 for mae in found["relu", "linear"])


@pytest.mark.slow
def test_reuters_hidden_softmax_is_no_good(scores: Means) -> None:
    arms = "activations.hidden=[relu, softmax]"
    found = scores("reuters_hidden", "test_accuracy", arms, "seeds=1")
    assert 0.76 < found["relu", "softmax"][0] < 0.81
    assert found["softmax", "softmax"][0] < 0.6


@pytest.mark.slow
def test_reuters_sigmoid_output_trains_as_softmax(scores: Means) -> None:
    arms = "activations.output=[softmax, sigmoid]"
    found = scores("reuters_output", "test_accuracy", arms, "seeds=1", "epochs=2")
    assert found["relu", "sigmoid"] == found["relu", "softmax"]


@pytest.mark.slow
def test_mnist_dense_network(scores: Means) -> None:
    found = scores("mnist_mlp", "test_accuracy", "activations.hidden=relu", "seeds=1")
    assert 0.97 < found["relu", "softmax"][0] < 0.985


@pytest.mark.slow
def test_mnist_convolutional_network(scores: Means) -> None:
    found = scores("mnist_cnn", "test_accuracy", "activations.hidden=relu", "seeds=1")
    assert found["relu", "softmax"][0] > 0.97


@pytest.mark.slow
def test_reuters_embedding(scores: Means) -> None:
    found = scores(
        "reuters_embedding", "test_accuracy", "activations.hidden=relu", "seeds=1", "epochs=3"
    )
    assert found["relu", "softmax"][0] > 0.5


def test_the_digits_that_come_with_the_installation(scores: Means) -> None:
    found = scores("mnist_5k_mlp", "test_accuracy", "activations.hidden=relu", "seeds=2")
    assert all(0.88 < accuracy < 0.96 for accuracy in found["relu", "softmax"])
