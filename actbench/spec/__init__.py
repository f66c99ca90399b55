"""The spec: YAML to a validated, frozen experiment, and the grid it spans.

The names below are imported when one is first used: the shell asks for the names of specs at
every press of Tab, which has to be quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actbench.spec.experiment import Experiment
    from actbench.spec.grid import Arm, Block, Cell, arms, blocks
    from actbench.spec.spec_files import load

__all__ = ["Arm", "Block", "Cell", "Experiment", "arms", "blocks", "load"]

_MODULES = {"Experiment": "experiment", "load": "spec_files"}  # the others are in `grid`


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'grid')}"), name)
