"""Where TensorFlow must be told to add up in one order, for the same seed to give the same bits.

The switch holds for the whole process, and costs dense layers all cores but one: with it, matrix
products run on a single thread. On the processor they give the same bits without it; the gradient
of an embedding, summed by several threads in any order, does not.
"""

import tensorflow as tf
from tensorflow.python.framework.config import disable_op_determinism

from actbench.spec.grid import Cell
from actbench.training.compilation import on_accelerator


def settle(cell: Cell) -> None:
    """Turn the switch to what this cell needs, before it is built and before it is trained.

    Both, because programs are traced differently under it, and other cells turn it in between.
    """
    if _repeats_by_itself(cell):
        disable_op_determinism()
    else:
        tf.config.experimental.enable_op_determinism()


def _repeats_by_itself(cell: Cell) -> bool:
    return cell.architecture.repeats_on_processor and not on_accelerator()
