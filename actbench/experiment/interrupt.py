"""Ctrl-C, and the system's polite request to end: noticed even where Python drops exceptions."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """Whether the user asked to stop.

    The signal raises `KeyboardInterrupt` at once; but one that falls into a destructor or a
    callback of a library is dropped there by Python, so that it is also noted here.
    """

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if one was asked for and did not arrive."""
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Listen to the signals inside the block; elsewhere than in the main thread, to none."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    former = [(number, signal.signal(number, interrupt)) for number in SIGNALS]
    try:
        yield interrupt
    finally:
        for number, handler in former:
            signal.signal(number, handler)
