"""Rows that are mostly zeros, such as words present or absent: multiplied without the zeros.

Nearly all of a multi-hot row is 0, yet a dense layer multiplies every 0 with every unit. Here the
columns that many rows have stay a dense matrix, and the others are lists of the columns that a row
has; the layer's weights, and the sums but for their order, stay what they are.
"""

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from actbench.data.dataset import Dataset
from actbench.models.building import Scaled

# The share of rows from which a column belongs to the dense part. An epoch of Reuters (512 rows
# into 64 units, two cores) took 0.080, 0.071, 0.068 and 0.085 s with 0.005, 0.01, 0.02 and 0.04.
COMMON = 0.02
# Below so many columns there is little to save, and above this share of common ones likewise.
FEWEST_COLUMNS = 1000
MOST_COMMON = 0.5


class SparseRows(NamedTuple):
    """Rows on the device. `common`: (rows, len(columns)), bytes; `others`: ragged, columns.

    A named tuple, because TensorFlow takes those as arguments of its functions.
    """

    common: Any
    others: Any

    @property
    def shape(self) -> Any:
        """Of the dense part: what is asked is the number of rows."""
        return self.common.shape

    def batch(self, rows: Any) -> tuple[Any, Any, Any]:
        """What the layer takes of these rows: the dense part, and the places (row, column) of 1."""
        others = tf.gather(self.others, rows)
        return tf.gather(self.common, rows), others.value_rowids(), others.values


def common_columns(model: Any, data: Dataset) -> NDArray[np.int32] | None:
    """The columns for the dense part, or None where a plain dense layer is as good."""
    x = data.train.x
    starts_dense = [type(layer) for layer in model.layers[:2]] == [Scaled, keras.layers.Dense]
    if x.dtype != np.uint8 or x.ndim != 2 or data.scale != 1 or not starts_dense:
        return None
    if x.shape[1] < FEWEST_COLUMNS or x.max() > 1:
        return None
    common = np.flatnonzero(x.mean(axis=0) > COMMON).astype(np.int32)
    return common if len(common) < MOST_COMMON * x.shape[1] else None


def split(x: NDArray[np.generic], columns: NDArray[np.int32]) -> SparseRows:
    """Put rows of zeros and ones, shape (rows, width), on the device."""
    rest = x.copy()
    rest[:, columns] = 0
    rows, others = np.nonzero(rest)
    ragged = tf.RaggedTensor.from_value_rowids(
        tf.constant(others.astype(np.int32)), tf.constant(rows), nrows=len(x)
    )
    return SparseRows(tf.constant(x[:, columns]), ragged)


def sparse_form(model: Any, columns: NDArray[np.int32]) -> Any:
    """The same model, layers and weights shared, for what `SparseRows.batch` gives."""
    common = keras.Input((len(columns),), dtype="uint8", name="common")
    rows, others = (keras.Input((), dtype="int32", name=name) for name in ("rows", "others"))
    _, dense, *following = model.layers
    outputs = SparseDense(dense, columns, name="sparse")([common, rows, others])
    for layer in following:
        outputs = layer(outputs)
    return keras.Model([common, rows, others], outputs, name=model.name)


class SparseDense(keras.layers.Layer):  # type: ignore[misc]
    """A dense layer's product with rows in two parts; kernel and bias are the dense layer's."""

    def __init__(self, dense: Any, columns: NDArray[np.int32], **options: Any) -> None:
        super().__init__(**options)
        self.dense = dense
        self._columns = columns
        self.supports_jit = False  # the lists are of any length, which XLA cannot know beforehand

    def call(self, inputs: tuple[Any, Any, Any]) -> Any:
        common, rows, others = inputs
        x = tf.cast(common, self.compute_dtype)
        y = _product(tf.convert_to_tensor(self.dense.kernel), x, rows, others, self._columns)
        return self.dense.activation(y + self.dense.bias)

    def compute_output_spec(self, inputs: tuple[Any, Any, Any]) -> Any:
        return keras.KerasTensor((inputs[0].shape[0], self.dense.units), self.compute_dtype)


def _product(kernel: Any, x: Any, rows: Any, others: Any, columns: NDArray[np.int32]) -> Any:
    """Inputs times kernel, and its gradient by the kernel, which Keras's optimizers want dense."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def product(kernel: Any) -> Any:
        listed = tf.math.unsorted_segment_sum(tf.gather(kernel, others), rows, tf.shape(x)[0])

        def gradient(upstream: Any) -> Any:
            of_common = tf.matmul(x, upstream, transpose_a=True)
            parts = tf.concat([of_common, tf.gather(upstream, rows)], axis=0)
            places = tf.concat([columns, others], axis=0)
            return tf.math.unsorted_segment_sum(parts, places, kernel.shape[0])

        return tf.matmul(x, tf.gather(kernel, columns)) + listed, gradient

    return product(kernel)
