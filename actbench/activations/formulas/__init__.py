"""Every activation as a pure NumPy function with its derivative, by its catalogue name.

These are the definitions that Keras's own are tested against; the parameters are those of the
catalogue, and their defaults too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.formulas import exponentials, gated, rectifiers, sigmoids, vectors
from actbench.activations.formulas.rectifiers import Array


@dataclass(frozen=True)
class Formula:
    """A function and its derivative: `function(x, **parameters)`, of arrays of any shape."""

    function: Callable[..., Array]
    derivative: Callable[..., Array]


def _formulas(module: ModuleType) -> dict[str, Formula]:
    found: dict[str, Any] = vars(module)
    return {
        name: Formula(found[name], found[f"{name}_derivative"])
        for name in CATALOGUE
        if f"{name}_derivative" in found
    }


FORMULAS: dict[str, Formula] = {
    name: formula
    for module in (rectifiers, exponentials, gated, sigmoids, vectors)
    for name, formula in _formulas(module).items()
}
