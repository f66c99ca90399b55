"""Every activation that a spec can name. Defaults are those of `keras.activations` in Keras 3.

Each family has a file of its own, which holds everything about its members; to add an activation,
add it to the `MEMBERS` of a family. TensorFlow, Keras and SciPy are not imported here: reading a
spec has to be quick.
"""

import re

from actbench.activations import exponentials, gated, rectifiers, sigmoids, vectors
from actbench.activations.info import ActivationInfo

# In the order of the printed list: from the simplest to the most particular.
_FAMILIES = (rectifiers, exponentials, gated, sigmoids, vectors)

CATALOGUE: dict[str, ActivationInfo] = {
    info.name: info for family in _FAMILIES for info in family.MEMBERS
}
ALIASES: dict[str, str] = {a: info.name for info in CATALOGUE.values() for a in info.aliases}
# Why an activation must be a layer of its own.
LAYERS_ONLY = {"prelu": "has weights of its own", "glu": "changes the number of features"}
_NAME_BY_FORM = {name.replace("_", ""): ALIASES.get(name, name) for name in CATALOGUE | ALIASES}
_NAME_BY_FORM |= {name: name for name in CATALOGUE} | ALIASES | {"none": "linear"}
_MODULE = re.compile(r"(tf|tensorflow|keras)\.([a-z_]+\.)*")


def canonical_name(name: str) -> str | None:
    """The catalogue's name for any form that Keras and TensorFlow have; None if there is none.

    >>> canonical_name("swish"), canonical_name("LeakyReLU"), canonical_name("tf.nn.hard_tanh")
    ('silu', 'leaky_relu', 'hard_tanh')
    """
    return _NAME_BY_FORM.get(_MODULE.sub("", name, count=1).lower())
