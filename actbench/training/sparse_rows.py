"""Rows that are mostly zeros, such as words present or absent: multiplied without the zeros.

Nearly all of a multi-hot row is 0, yet a dense layer multiplies every 0 with every unit. Here the
columns that many rows have stay a dense matrix, and each row lists the other columns that it has.
The layer's weights stay what they are, and so do the sums, but for their order.
"""

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from actbench.data.arrays import Array
from actbench.data.dataset import Dataset
from actbench.models.building import Scaled
from actbench.training.xla_and_determinism import on_accelerator

Columns = NDArray[np.int32]

# A column is common if more than this share of the rows have it. An epoch of Reuters (512 rows
# into 64 units, two cores) took 0.080, 0.071, 0.068 and 0.085 s with 0.005, 0.01, 0.02 and 0.04.
COMMON = 0.02
# With fewer columns, or with a larger share of common ones, there is little to save.
FEWEST_COLUMNS = 1000
MOST_COMMON = 0.5


class SparseRows(NamedTuple):
    """Rows on the device: `common`, bytes, shape (rows, common columns); `others`, ragged lists.

    A named tuple, because TensorFlow takes those as arguments of its functions.
    """

    common: Any
    others: Any

    @property
    def shape(self) -> Any:
        """The shape of the common part, for its number of rows."""
        return self.common.shape

    def batch(self, rows: Any) -> tuple[Any, Any, Any]:
        """These rows as `SparseDense` takes them: the common part, rows and columns of other 1s."""
        others = tf.gather(self.others, rows)
        return tf.gather(self.common, rows), others.value_rowids(), others.values


def sparse_form(model: Any, data: Dataset) -> Any:
    """The model for inputs of `SparseRows.batch`, sharing all weights; itself where none is faster.

    Only multi-hot rows that go straight into a dense layer have such a form.
    """
    columns = common_columns(model, data)
    if columns is None:
        return model
    common = keras.Input((len(columns),), dtype="uint8", name="common")
    rows, others = (keras.Input((), dtype="int32", name=name) for name in ("rows", "others"))
    _, dense, *following = model.layers
    outputs = SparseDense(dense, columns, name="sparse")([common, rows, others])
    for layer in following:
        outputs = layer(outputs)
    return keras.Model([common, rows, others], outputs, name=model.name)


def may_be_sparse(data: Dataset) -> bool:
    """Whether the inputs are wide rows of bytes, which a model may have a sparse form for."""
    x = data.train.x
    is_wide = x.dtype == np.uint8 and x.ndim == 2 and x.shape[1] >= FEWEST_COLUMNS
    return bool(is_wide and data.scale == 1)


def common_columns(model: Any, data: Dataset) -> Columns | None:
    """The common columns, or None where a plain dense layer is as good."""
    x = data.train.x
    starts_dense = [type(layer) for layer in model.layers[:2]] == [Scaled, keras.layers.Dense]
    if not may_be_sparse(data) or not starts_dense or x.max() > 1 or on_accelerator():
        return None
    common = np.flatnonzero(x.mean(axis=0) > COMMON).astype(np.int32)
    return common if len(common) < MOST_COMMON * x.shape[1] else None


def split_columns(x: Array, columns: Columns) -> SparseRows:
    """Put rows of zeros and ones, shape (rows, width), on the device."""
    rest = x.copy()
    rest[:, columns] = 0
    rows, others = np.nonzero(rest)
    ragged = tf.RaggedTensor.from_value_rowids(
        tf.constant(others.astype(np.int32)), tf.constant(rows), nrows=len(x)
    )
    return SparseRows(tf.constant(x[:, columns]), ragged)


class SparseDense(keras.layers.Layer):  # type: ignore[misc]
    """A dense layer's product with rows in two parts; kernel and bias are the dense layer's."""

    def __init__(self, dense: Any, columns: Columns, **options: Any) -> None:
        super().__init__(**options)
        self.dense = dense
        self.columns = columns
        self.supports_jit = False  # the lists are of any length, which XLA cannot know beforehand

    def call(self, inputs: tuple[Any, Any, Any]) -> Any:
        common, rows, others = inputs
        x = tf.cast(common, self.compute_dtype)
        y = _product(tf.convert_to_tensor(self.dense.kernel), x, rows, others, self.columns)
        return self.dense.activation(y + self.dense.bias)

    def compute_output_spec(self, inputs: tuple[Any, Any, Any]) -> Any:
        return keras.KerasTensor((inputs[0].shape[0], self.dense.units), self.compute_dtype)


def _product(kernel: Any, x: Any, rows: Any, others: Any, columns: Columns) -> Any:
    """Inputs times kernel, and its gradient by the kernel, which Keras's optimizers need dense."""

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
