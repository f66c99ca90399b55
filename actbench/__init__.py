"""actbench: which activation function? Settled by experiments instead of single runs.

`run` trains the experiment of a spec, `plan` says what it would train, `load` reads results, and
`compare` judges any table of repeated runs. Importing this takes no time: what a function needs is
imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actbench.interface import Results, compare, load, plan, run

__version__ = "1.0.0"
__all__ = ["Results", "__version__", "compare", "load", "plan", "run"]


def __getattr__(name: str) -> object:
    """Import the interface when one of its names is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'actbench' has no attribute '{name}'")
    value = getattr(import_module("actbench.interface"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Everything public, also what is not imported yet."""
    return sorted({*globals(), *__all__})
