"""A user's own activation brought in and called: from here on, the user's code runs."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from actbench.activations.custom import locate
from actbench.errors import SpecError

_PROBE = np.linspace(-3.0, 3.0, 14, dtype=np.float32).reshape(2, 7)


@keras.saving.register_keras_serializable(package="actbench")
class CustomActivation:
    """The user's function of a tensor, checked once when it is brought in.

    An object rather than the function, because wrappers such as `Bidirectional` copy a layer by
    its configuration.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._function = load(path)

    def __call__(self, x: Any) -> Any:
        return self._function(x)

    def get_config(self) -> dict[str, Any]:
        """What makes the same activation again."""
        return {"path": self._path}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "CustomActivation":
        """The activation that such a configuration describes."""
        return cls(**config)


def load(path: str) -> Callable[[Any], Any]:
    """Import `package.module:function`, as `python -m` would, and try it on a small tensor.

    Raises:
        SpecError: it cannot be imported or called, or gives no numbers of the tensor's shape.
    """
    found = locate(path)
    function = _imported(path)
    probe = keras.ops.convert_to_tensor(_PROBE)
    try:
        output = function(probe)
        values = np.asarray(keras.ops.convert_to_numpy(output))
    except Exception as error:  # whatever the user's code raises
        raise _refused(
            path, found.file, f"fails on a tensor of shape (2, 7): {_said(error)}"
        ) from error
    if values.shape != _PROBE.shape:
        raise _refused(path, found.file, f"made the shape {values.shape} of the shape (2, 7)")
    if values.dtype.kind != "f":
        raise _refused(path, found.file, f"made {values.dtype} of float32")
    if np.isnan(values).all():
        raise _refused(path, found.file, "gives NaN for every input from -3 to 3")
    return function


def _imported(path: str) -> Callable[[Any], Any]:
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    module, name = path.split(":")
    importlib.invalidate_caches()
    try:
        function = getattr(importlib.import_module(module), name)
    except Exception as error:  # whatever the user's code raises
        raise SpecError(
            f"the activation '{path}' cannot be imported: {_said(error)}; "
            f"try: python -c 'from {module} import {name}'"
        ) from error
    if not callable(function):
        raise SpecError(f"the activation '{path}': expected a function, got {function!r:.60}")
    found: Callable[[Any], Any] = function
    return found


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def _refused(path: str, file: Path, why: str) -> SpecError:
    return SpecError(
        f"the activation '{path}' ({file}) {why}; expected a function that makes a tensor of "
        "floats of the same shape from any tensor of floats, written with keras.ops"
    )
