"""TensorFlow and Keras, imported without a line of theirs on standard error.

TensorFlow's C++ writes to file descriptor 2 while it is imported, whatever `TF_CPP_MIN_LOG_LEVEL`
says, because its logging is set up later. So the descriptor itself is turned away for that time.
"""

import faulthandler
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from actbench.errors import ActbenchError

_STDERR = 2


class BackendError(ActbenchError):
    """Keras runs in this process on another backend than the engines need."""


@cache
def prepare() -> None:
    """Import Keras on TensorFlow, silently, with the settings that results rely on.

    Raises:
        BackendError: Keras was imported before, with another backend.
    """
    _refuse_other_backend()
    import_silently()
    import keras
    import tensorflow as tf

    with silence():
        tf.config.list_physical_devices()  # looks for GPUs, and complains where there are none
    tf.get_logger().setLevel("ERROR")
    # A user's ~/.keras/keras.json may say otherwise, and would change the numbers.
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy("float32")


def import_silently() -> None:
    """Import Keras on TensorFlow, and do nothing with them yet."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    with silence():
        import keras  # noqa: F401
        import tensorflow as tf  # noqa: F401


@contextmanager
def silence() -> Iterator[None]:
    """Keep whatever is written to file descriptor 2 from the user, unless the block fails.

    What was swallowed is shown when an exception leaves the block; a crash of the process prints
    Python's own trace of it to the real standard error.
    """
    try:
        kept = os.dup(_STDERR)
    except OSError:  # there is no standard error to protect
        yield
        return
    with tempfile.TemporaryFile() as swallowed:
        _flush()
        os.dup2(swallowed.fileno(), _STDERR)
        try:
            with _crashes_on(kept):
                yield
        except Exception:
            _flush()
            swallowed.seek(0)
            os.write(kept, swallowed.read())
            raise
        finally:
            _flush()
            os.dup2(kept, _STDERR)
            os.close(kept)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()


@contextmanager
def _crashes_on(descriptor: int) -> Iterator[None]:
    if faulthandler.is_enabled():
        yield
        return
    faulthandler.enable(file=descriptor)
    try:
        yield
    finally:
        faulthandler.disable()


def _refuse_other_backend() -> None:
    if "keras" not in sys.modules:
        return
    found = sys.modules["keras"].backend.backend()
    if found != "tensorflow":
        raise BackendError(
            f"expected Keras on the TensorFlow backend, got Keras imported with {found!r}; "
            "set KERAS_BACKEND=tensorflow, or import actbench's engines before Keras"
        )
