"""Every activation that a spec can name. Defaults are those of `keras.activations` in Keras 3.

Each family has a file of its own, which holds everything about its members; to add an activation,
add it to the `MEMBERS` of a family. TensorFlow, Keras and SciPy are not imported here: reading a
spec has to be quick.
"""

from actbench.activations import exponentials, gated, rectifiers, sigmoids, vectors
from actbench.activations.info import ActivationInfo

# In the order of the printed list: from the simplest to the most particular.
_FAMILIES = (rectifiers, exponentials, gated, sigmoids, vectors)

CATALOGUE: dict[str, ActivationInfo] = {
    info.name: info for family in _FAMILIES for info in family.MEMBERS
}
ALIASES: dict[str, str] = {a: info.name for info in CATALOGUE.values() for a in info.aliases}


def canonical_name(name: str) -> str | None:
    """The catalogue's name for `name`, such as `silu` for `swish`; None if there is none."""
    name = ALIASES.get(name, name)
    return name if name in CATALOGUE else None
