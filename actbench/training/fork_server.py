"""What the fork server imports, once, before it forks training processes.

TensorFlow takes seconds to import; the forked processes inherit it. Nothing may be computed and no
device looked for here, as TensorFlow's threads and a GPU's driver do not survive a fork.
"""

from actbench.training.backend import import_silently

import_silently()

import actbench.training.auto_engine  # noqa: E402, F401  TensorFlow's first import must be silent
