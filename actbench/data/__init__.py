"""Data sets: what they are, where their files are, and their arrays, split and ready to train on.

A name is imported from its module when it is first used, so that importing this package, as
every command does, imports no NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actbench.data.catalogue import CATALOGUE, from_catalogue
    from actbench.data.dataset import Dataset, Outline, Rows, Targets, load, outline
    from actbench.data.dataset_info import DatasetInfo, DatasetRequest
    from actbench.data.download import fetch
    from actbench.data.importing import import_files
    from actbench.data.storage import Location, locate

_MODULES = {
    "catalogue": ("CATALOGUE", "from_catalogue"),
    "dataset": ("Dataset", "Outline", "Rows", "Targets", "load", "outline"),
    "dataset_info": ("DatasetInfo", "DatasetRequest"),
    "download": ("fetch",),
    "importing": ("import_files",),
    "storage": ("Location", "locate"),
}
_MODULE_BY_NAME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "CATALOGUE",
    "Dataset",
    "DatasetInfo",
    "DatasetRequest",
    "Location",
    "Outline",
    "Rows",
    "Targets",
    "fetch",
    "from_catalogue",
    "import_files",
    "load",
    "locate",
    "outline",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_BY_NAME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_BY_NAME[name]}"), name)
