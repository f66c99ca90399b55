"""The keys that an activation of any form may carry: its initialiser and its label."""

from typing import Any

from actbench.spec.keras_names import INITIALIZERS
from actbench.spec.problems import Problem, shown
from actbench.wording import nearest

KERAS_INITIALIZER = "glorot_uniform"
LONGEST_LABEL = 60

INITIALIZER_SCHEMA = {"enum": list(INITIALIZERS)}
LABEL_SCHEMA = {"type": "string", "minLength": 1, "maxLength": LONGEST_LABEL}


def misfits(value: dict[str, Any]) -> list[Problem]:
    """What is wrong with the keys that every form shares."""
    return _misfit_initializer(value) + misfit_label(value, "label")


def _misfit_initializer(value: dict[str, Any]) -> list[Problem]:
    given = value.get("kernel_initializer", KERAS_INITIALIZER)
    if given in INITIALIZERS:
        return []
    words = f"expected a Keras initialiser, got {shown(given)}{nearest(given, INITIALIZERS)}"
    return [Problem(("kernel_initializer",), words)]


def misfit_label(value: dict[str, Any], key: str) -> list[Problem]:
    """What is wrong with the label under this key, where there is one."""
    label = value.get(key, "x")
    if isinstance(label, str) and 0 < len(label) <= LONGEST_LABEL and label.isprintable():
        return []
    words = f"expected a {key} of 1 to {LONGEST_LABEL} characters, got {shown(label)}"
    return [Problem((key,), words)]
