"""What a data set is once loaded: arrays, task, split and a digest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]


@dataclass(frozen=True)
class Split:
    """Rows of one part of a data set.

    `x`: inputs, shape (rows, *input_shape); images and multi-hot rows stay `uint8`, word ranks
    stay integers, tables are `float32`. `y`: targets, shape (rows,); `float32` for a
    regression, class numbers from 0 (`uint8` or `int32`) otherwise.
    """

    x: Array
    y: Array

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Dataset:
    """One data set, split and ready to train on.

    `task` is "regression", "binary" or "multiclass"; `classes` is the number of classes (0 for a
    regression). `scale` is what a `uint8` input is multiplied by inside the model (1/255 for
    images, 1 for multi-hot rows), so that the arrays stay small. `vocabulary` is the number of
    distinct word ranks of a sequence (0 elsewhere). `digest` is the SHA-256 over the source's
    arrays before any option was applied; `origin` says where the bytes came from.
    """

    name: str
    task: str
    classes: int
    train: Split
    validation: Split | None
    test: Split
    scale: float
    vocabulary: int
    digest: str
    origin: str

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one row of inputs."""
        return self.train.x.shape[1:]
