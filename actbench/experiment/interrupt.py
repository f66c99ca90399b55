"""Ctrl-C, and a request to end the process: what is done is kept, and the run ends in order.

The handler raises `KeyboardInterrupt`, which ends the loop over the trials in
`actbench.experiment.run`; that writes the tables of what is in the journal.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupt:
    """Whether the user asked to stop, by Ctrl-C or by a request to end the process.

    The signal raises `KeyboardInterrupt` at once; but Python drops an exception that is raised
    inside a destructor or a callback of a library, so the signal is also noted here.
    """

    def __init__(self) -> None:
        self.signalled = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.signalled = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if there was a signal whose exception was dropped."""
        if self.signalled:
            raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Handle SIGINT and SIGTERM inside the block; outside the main thread, no signal."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    former = [(n, signal.signal(n, interrupt)) for n in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield interrupt
    finally:
        for number, handler in former:
            signal.signal(number, handler)
