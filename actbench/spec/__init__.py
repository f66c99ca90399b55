"""The spec: YAML to a validated, frozen experiment, and the grid it spans."""

from actbench.spec.experiment import Experiment
from actbench.spec.grid import Arm, Block, Cell, arms, blocks
from actbench.spec.spec_files import load

__all__ = ["Arm", "Block", "Cell", "Experiment", "arms", "blocks", "load"]
