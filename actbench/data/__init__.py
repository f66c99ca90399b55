"""Data sets: what they are, where their files are, and their arrays, split and ready to train on.

What needs NumPy is imported when it is first used, so that commands that load nothing start fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from actbench.data.catalogue import CATALOGUE, from_catalogue
from actbench.data.dataset_info import DatasetInfo, DatasetRequest, NumberedSplit, SplitScheme
from actbench.data.download import fetch
from actbench.data.source import Location

if TYPE_CHECKING:
    from actbench.data.dataset import Dataset, Outline, Targets, load, loader, outline
    from actbench.data.importing import import_files

__all__ = ["CATALOGUE", "DatasetInfo", "DatasetRequest", "Location"]
__all__ += ["NumberedSplit", "SplitScheme"]
__all__ += ["fetch", "from_catalogue"]
__all__ += ["Dataset", "Outline", "Targets", "import_files", "load", "loader", "outline"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "importing" if name == "import_files" else "dataset"
    return getattr(import_module(f"{__name__}.{module}"), name)
