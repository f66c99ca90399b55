"""Holm's correction for many comparisons."""

import numpy as np
from numpy.typing import ArrayLike

from actbench.statistics.differences import Floats


def holm(p_values: ArrayLike) -> Floats:
    """Adjust p-values for testing many hypotheses, by Holm's step-down method.

    With p₍₁₎ ≤ … ≤ p₍ₘ₎ the adjusted value of p₍ⱼ₎ is max over i ≤ j of min(1, (m − i + 1)·p₍ᵢ₎)
    (Holm 1979, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6).

    `p_values`: shape (m,), each in [0, 1]. Returns the adjusted values in the order given.
    Raises ValueError if a value is NaN or outside [0, 1], or the list is not flat.

    >>> holm([0.01, 0.04, 0.03, 0.005]).round(6).tolist()
    [0.03, 0.06, 0.06, 0.02]
    """
    p = np.asarray(p_values, dtype=float)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"expected a flat list of p-values between 0 and 1, got {p.tolist()}")
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted
