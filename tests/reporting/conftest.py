"""A hand-made table of trials: four output activations, ten seeds."""

from pathlib import Path

import numpy as np
import pytest


def table(scores: dict[str, list[float]], *, metric: str = "mae", status: str = "ok") -> str:
    """A `trials.csv` with one row an arm and seed; a NaN is a trial that diverged."""
    lines = [f"dataset,architecture,hidden,output,seed,status,test_loss,test_{metric}"]
    for output, values in scores.items():
        for seed, value in enumerate(values):
            failed = np.isnan(value)
            shown = "," if failed else f"{value**2},{value}"
            state = "diverged" if failed else status
            lines.append(f"boston_housing,mlp(64-64),relu,{output},{seed},{state},{shown}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def trials(tmp_path: Path) -> Path:
    """Linear and relu close together, sigmoid at its floor, tanh with two failures."""
    random = np.random.default_rng(7)
    linear = random.normal(2.8, 0.15, 10)
    relu = linear + random.normal(0, 0.05, 10)
    tanh = [22.0784] * 8 + [np.nan] * 2
    scores = {"linear": linear, "relu": relu, "sigmoid": [22.0784] * 10, "tanh": tanh}
    path = tmp_path / "trials.csv"
    path.write_text(table({k: list(v) for k, v in scores.items()}))
    return path
