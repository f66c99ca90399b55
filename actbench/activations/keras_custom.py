"""A user's own activation brought in and called: from here on, the user's code runs."""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from actbench.activations.custom import Custom, CustomError, locate
from actbench.errors import SpecError

_PROBE = np.linspace(-3.0, 3.0, 14, dtype=np.float32).reshape(2, 7)


@keras.saving.register_keras_serializable(package="actbench")
class CustomActivation:
    """The user's function of a tensor, checked once when it is brought in.

    An object rather than the function, because wrappers such as `Bidirectional` copy a layer by
    its configuration.
    """

    def __init__(self, path: str, digest: str) -> None:
        self._config = {"path": path, "digest": digest}
        self._function = load(path, digest)

    def __call__(self, x: Any) -> Any:
        return self._function(x)

    def get_config(self) -> dict[str, Any]:
        """What makes the same activation again."""
        return dict(self._config)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "CustomActivation":
        """The activation that such a configuration describes."""
        return cls(**config)


# The digest of each function's source when this process imported it: Python imports a module once.
_imported_as: dict[str, str] = {}


def load(path: str, digest: str) -> Callable[[Any], Any]:
    """Import `package.module:function`, as `python -m` would, and try it on a small tensor.

    `digest` is that of the source which the spec was read with; results are kept under it.

    Raises:
        SpecError: it cannot be imported or called, gives no numbers of the tensor's shape, or was
            edited since the spec was read.
    """
    found = _located(path)
    if not digest == found.digest == _imported_as.setdefault(path, digest):
        raise SpecError(
            f"the activation '{path}' ({found.file}) was edited while this process ran; "
            "run the same command again, and it is trained as it is now"
        )
    function = _imported(path)
    try:
        output, gradient = _traced(function)(tf.constant(_PROBE))
    except Exception as error:  # whatever the user's code raises
        words = f"fails on a tensor of shape {_PROBE.shape}: {_said(error)}"
        raise _refused(path, found.file, words) from error
    if why := _misfit(output, gradient):
        raise _refused(path, found.file, why)
    return function


@dataclass(frozen=True)
class Samples:
    """A function at some inputs, all of shape (points,): its values and derivatives.

    Without `elementwise`, they are those of the first output for the row (x, 0).
    """

    values: NDArray[np.float64]
    slopes: NDArray[np.float64]
    elementwise: bool
    computed_in: str


def samples(path: str, digest: str, x: NDArray[np.float64]) -> Samples:
    """The values and, by automatic differentiation, the derivatives of the user's function.

    Raises:
        SpecError: it cannot be imported, or does not serve.
    """
    traced = _traced(load(path, digest))
    try:
        return _sampled(traced, x, "float64")
    except Exception:  # a function may hold constants of float32
        return _sampled(traced, x, "float32")


def _sampled(traced: Any, x: NDArray[np.float64], dtype: str) -> Samples:
    beside = [np.stack([x, np.full_like(x, other)], axis=-1) for other in (0.0, 1.0)]
    (values, slopes), (others, _) = (traced(tf.constant(rows, dtype)) for rows in beside)
    first, second = (np.asarray(v[:, 0], np.float64) for v in (values, others))
    return Samples(
        values=first,
        slopes=np.asarray(slopes[:, 0], np.float64),
        elementwise=bool(np.array_equal(first, second, equal_nan=True)),
        computed_in=dtype,
    )


def _traced(function: Callable[[Any], Any]) -> Any:
    """A graph, as training makes one, of the outputs and the gradient of the first in each row."""

    def both(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            output = tf.convert_to_tensor(function(x))
            first = output[..., 0] if output.shape == x.shape else output
        return output, tape.gradient(first, x) if output.dtype.is_floating else None

    return tf.function(both, autograph=False)


def _misfit(output: Any, gradient: Any) -> str:
    """Why the function does not serve, or nothing where it does."""
    if output.shape != _PROBE.shape:
        return f"made the shape {tuple(output.shape)} of the shape {_PROBE.shape}"
    if output.dtype != _PROBE.dtype:
        return f"made {output.dtype.name} of {_PROBE.dtype}"
    if np.isnan(output).all():
        return "gives NaN for every input from -3 to 3"
    return "has no gradient, so nothing could be learnt through it" if gradient is None else ""


def _located(path: str) -> Custom:
    try:
        return locate(path)
    except CustomError as error:
        raise SpecError(f"the activation '{path[:60]}': {error}") from None


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
