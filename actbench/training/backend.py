"""Keras on TensorFlow: imported silently, with the settings that results rely on.

TensorFlow's C++ writes to file descriptor 2 while it is imported, whatever `TF_CPP_MIN_LOG_LEVEL`
says, because its logging is set up later. So the descriptor itself is redirected for that time.
"""

import faulthandler
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from actbench.errors import ActbenchError
from actbench.training.kept_programs import keep_programs

_STDERR = 2


class BackendError(ActbenchError):
    """Keras was imported in this process on another backend than TensorFlow."""


@cache
def import_keras() -> None:
    """Import Keras on TensorFlow, silently, with the settings that results rely on.

    Raises:
        BackendError: Keras was imported before, with another backend.
    """
    if "keras" in sys.modules and (name := sys.modules["keras"].backend.backend()) != "tensorflow":
        raise BackendError(
            f"expected Keras on the TensorFlow backend, got Keras imported with {name!r}; "
            "set KERAS_BACKEND=tensorflow, or import actbench's engines before Keras"
        )
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
    """Import Keras on TensorFlow, without settings and without looking for devices."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    keep_programs()
    with silence():
        import keras  # noqa: F401
        import tensorflow as tf  # noqa: F401


@contextmanager
def silence() -> Iterator[None]:
    """Swallow whatever the block writes to file descriptor 2, unless the block fails.

    When an exception leaves the block, everything swallowed is shown. If the process crashes,
    Python prints its traceback to the real standard error.
    """
    try:
        real = os.dup(_STDERR)
    except OSError:  # there is no standard error to protect
        yield
        return
    with tempfile.TemporaryFile() as swallowed:
        _flush()
        os.dup2(swallowed.fileno(), _STDERR)
        crash_reports = not faulthandler.is_enabled()
        try:
            if crash_reports:
                faulthandler.enable(file=real)
            yield
        except Exception:
            _flush()
            swallowed.seek(0)
            os.write(real, swallowed.read())
            raise
        finally:
            if crash_reports:
                faulthandler.disable()
            _flush()
            os.dup2(real, _STDERR)
            os.close(real)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
