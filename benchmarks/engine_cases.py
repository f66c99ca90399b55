"""The cases that the engine is measured on: shipped specs with a few seeds."""

from dataclasses import dataclass
from pathlib import Path

from actbench import data
from actbench.data.dataset import Dataset
from actbench.spec import Experiment, load


@dataclass(frozen=True)
class Case:
    """Arms of a shipped spec with so many seeds; `quick_seeds` where only the plumbing is tried."""

    spec: str
    seeds: int
    quick_seeds: int
    arms: str = ""
    others: tuple[str, ...] = ()

    def experiment(self, seeds: int) -> Experiment:
        """The experiment that both sides run."""
        return load(self.spec, [self.arms, "expect=[]"] if self.arms else [], seeds=seeds)


CASES = {
    "boston": Case(
        "boston_output",
        seeds=30,
        quick_seeds=1,
        arms="activations.output=[linear, relu, sigmoid, tanh]",
        others=("torch", "jax"),
    ),
    "reuters": Case("reuters_hidden", seeds=3, quick_seeds=1),
    "mnist_mlp": Case("mnist_mlp", seeds=3, quick_seeds=1),
    "mnist_cnn": Case("mnist_cnn", seeds=2, quick_seeds=1, arms="activations.hidden=[relu, elu]"),
}


def loaded(experiment: Experiment, folder: Path | None) -> Dataset:
    """The data set of an experiment that has one."""
    choice = experiment.dataset[0]
    return data.load(choice.request, folder)
