"""The spec: YAML to a validated, frozen experiment, and the grid it spans."""

from actbench.spec.activation import Activation
from actbench.spec.architecture import Architecture, Cnn, Embedding, Layers, Mlp
from actbench.spec.dataset import DatasetChoice
from actbench.spec.experiment import Experiment
from actbench.spec.grid import Arm, Block, Cell, arms, blocks
from actbench.spec.optimizer import Optimizer
from actbench.spec.spec_files import load

__all__ = [
    "Activation",
    "Architecture",
    "Arm",
    "Block",
    "Cell",
    "Cnn",
    "DatasetChoice",
    "Embedding",
    "Experiment",
    "Layers",
    "Mlp",
    "Optimizer",
    "arms",
    "blocks",
    "load",
]
