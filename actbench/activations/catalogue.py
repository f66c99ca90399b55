"""Every activation that a spec can name. Defaults are those of `keras.activations` in Keras 3.

Each family has a file of its own, which holds everything about its members; to add an activation,
add it to the `MEMBERS` of a family. TensorFlow, Keras and SciPy are not imported here: reading a
spec has to be quick.
"""

from actbench.activations import exponentials, gated, rectifiers, sigmoids, vectors
from actbench.activations.info import ActivationInfo

# In the order of the printed list: from the simplest to the most particular.
_MEMBERS = tuple(
    activation
    for family in (rectifiers, exponentials, gated, sigmoids, vectors)
    for activation in family.MEMBERS
)

CATALOGUE: dict[str, ActivationInfo] = {activation.name: activation for activation in _MEMBERS}
ALIASES: dict[str, str] = {
    alias: activation.name for activation in _MEMBERS for alias in activation.aliases
}


def canonical_name(name: str) -> str | None:
    """The catalogue's name for `name`; None if there is no such activation.

    >>> canonical_name("swish")
    'silu'
    >>> canonical_name("rellu") is None
    True
    """
    name = ALIASES.get(name, name)
    return name if name in CATALOGUE else None
