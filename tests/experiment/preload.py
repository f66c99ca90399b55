"""Imported once by the process that forks the runs of `test_killed`: TensorFlow, unused."""

from actbench.training.backend import import_keras

import_keras()
