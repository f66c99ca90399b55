"""Models: architecture, arm and data shape become a Keras model."""

from actbench.models.building import build

__all__ = ["build"]
