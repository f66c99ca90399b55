"""The cases that the engine is measured on: shipped specs with a few seeds."""

from dataclasses import dataclass
from pathlib import Path

from actbench import data
from actbench.data.dataset import Dataset
from actbench.spec import Experiment, load


@dataclass(frozen=True)
class Case:
    """Arms of a shipped spec with so many seeds; `quick_seeds` where only the plumbing is tried.

    `again`: whether as many seeds more are asked for afterwards, in a process of their own.
    """

    spec: str
    seeds: int
    quick_seeds: int
    arms: str = ""
    others: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    again: bool = False

    def experiment(self, seeds: int) -> Experiment:
        """The experiment that both sides run."""
        changes = [self.arms, "expect=[]", *self.changes] if self.arms else []
        return load(self.spec, changes, seeds=seeds)


TWENTY = (
    "linear, relu, relu6, leaky_relu, elu, selu, celu, softplus, exponential, gelu, silu, "
    "hard_silu, mish, tanh_shrink, sigmoid, hard_sigmoid, log_sigmoid, softsign, tanh, hard_tanh"
)


CASES = {
    "boston": Case(
        "boston_output",
        seeds=30,
        quick_seeds=1,
        arms="activations.output=[linear, relu, sigmoid, tanh]",
        others=("torch", "jax"),
    ),
    "boston_zoo": Case(
        "boston_output",
        seeds=10,
        quick_seeds=1,
        arms=f"activations.hidden=[{TWENTY}]",
        changes=("activations.output=[linear]", "batch_size=16"),
        again=True,
    ),
    "reuters": Case("reuters_hidden", seeds=3, quick_seeds=1),
    "mnist_mlp": Case("mnist_mlp", seeds=3, quick_seeds=1),
    "mnist_cnn": Case("mnist_cnn", seeds=2, quick_seeds=1, arms="activations.hidden=[relu, elu]"),
}


def loaded(experiment: Experiment, folder: Path | None) -> Dataset:
    """The data set of an experiment that has one."""
    choice = experiment.dataset[0]
    return data.load(choice.request, folder)
