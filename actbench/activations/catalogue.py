"""Every activation that a spec can name, with all that is known of it before any training.

Facts only, in plain Python: nothing here imports NumPy, TensorFlow or Keras, so that reading a
spec stays quick. Defaults are those of `keras.activations` in Keras 3. The functions themselves
are in `actbench.activations.formulas`.
"""

from actbench.activations.facts import exponentials, gated, rectifiers, sigmoids, vectors
from actbench.activations.info import ActivationInfo, Parameter, Value

__all__ = ["ALIASES", "CATALOGUE", "ActivationInfo", "Parameter", "Value", "canonical_name"]

# The order of the list: from the simplest to the most particular.
_ENTRIES = tuple(
    entry
    for family in (rectifiers, exponentials, gated, sigmoids, vectors)
    for entry in family.ENTRIES
)

CATALOGUE: dict[str, ActivationInfo] = {entry.name: entry for entry in _ENTRIES}
ALIASES: dict[str, str] = {alias: e.name for e in _ENTRIES for alias in e.aliases}


def canonical_name(name: str) -> str | None:
    """The catalogue's name for `name`, or None where there is no such activation.

    >>> canonical_name("swish")
    'silu'
    >>> canonical_name("rellu") is None
    True
    """
    name = ALIASES.get(name, name)
    return name if name in CATALOGUE else None
