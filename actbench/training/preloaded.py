"""Imported by the server that training processes are forked from: TensorFlow, not yet in use.

TensorFlow takes seconds to import, and each process that trains inherits it from here. Nothing
may be computed and no device looked for, as TensorFlow's threads and a GPU's driver do not
survive a fork.
"""

from actbench.training.quiet import import_silently

import_silently()

import actbench.training.fallback  # noqa: E402, F401  TensorFlow's first import must be silent
