"""What the fork server imports, once, before it forks training processes.

TensorFlow takes seconds to import; the forked processes inherit it. Nothing may be computed and no
device looked for here, as TensorFlow's threads and a GPU's driver do not survive a fork.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from actbench.training.backend import import_silently


@contextmanager
def _ending_with_the_parent() -> Iterator[None]:
    """End this process inside the block as soon as its parent has ended, for example by Ctrl-C.

    After the block the fork server looks for that itself.
    """
    parent = os.getppid()
    done = Event()

    def watch() -> None:
        while not done.wait(0.1):
            if os.getppid() != parent:
                os._exit(1)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()  # a fork must not happen while another thread runs


with _ending_with_the_parent():
    import_silently()
    import actbench.training.auto_engine  # noqa: F401  TensorFlow's first import must be silent

# What was imported stays for good. To look through it for garbage, again and again while programs
# are traced, took a tenth of the time of a small cell.
gc.freeze()
