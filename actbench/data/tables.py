"""Standardising tables with what the training rows tell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actbench.data.dataset import Array

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Standardiser:
    """Mean and standard deviation of every column, float64, shape (columns,)."""

    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, rows: Array) -> "Standardiser":
        """Mean and population standard deviation of `rows`; a constant column divides by 1.

        >>> Standardiser.of(np.array([[1.0, 7.0], [3.0, 7.0]])).apply(np.array([[5.0, 7.0]]))
        array([[3., 0.]], dtype=float32)
        """
        values = rows.astype(np.float64)
        constant = values.max(axis=0) == values.min(axis=0)
        return cls(
            np.where(constant, values[0], values.mean(axis=0)),
            np.where(constant, 1.0, values.std(axis=0)),
        )

    def apply(self, rows: Array) -> NDArray[np.float32]:
        """The rows, standardised: float32, shape (rows, columns)."""
        return ((rows.astype(np.float64) - self.mean) / self.deviation).astype(np.float32)
