"""The supervisor's waiting: one place that listens to signals and children at once, with no thread beside the main one."""

import contextlib
import selectors
import signal
import socket
import time
from collections.abc import Callable, Generator, Sequence
from types import FrameType

from retinue.embedded.children import Child

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST_TURN_SECONDS = 2.0


class StopAsked(BaseException):
    """Someone asked for the end while something was still being waited for."""


class Turns:
    """Waits for signals and for what the children write; counts how often the end was asked for."""

    def __init__(self, children: Sequence[Child]) -> None:
        """Watch these children, also those that are added to the sequence later."""
        self._children = children
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self.times_asked = 0

    @contextlib.contextmanager
    def listening(self) -> Generator[None]:
        """Take the signals that end us, and the news that a child ended, until the block is left."""
        earlier = {sent: signal.signal(sent, self._on_signal) for sent in ENDING}
        earlier[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _woken)
        wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for sent, handler in earlier.items():
                signal.signal(sent, handler)

    def turn(self, seconds: float = LONGEST_TURN_SECONDS) -> None:
        """Wait until something happens, so many seconds at most, and pass on what the children wrote."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._reader, selectors.EVENT_READ)
            for child in self._children:
                for descriptor in child.descriptors():
                    selector.register(descriptor, selectors.EVENT_READ)
            selector.select(seconds)
        with contextlib.suppress(BlockingIOError):
            self._reader.recv(4096)
        for child in self._children:
            child.read()

    def pause(self, seconds: float) -> None:
        """Wait so long, and raise StopAsked when the end is asked for in the meantime."""
        self.until(lambda: False, seconds)

    def until(self, is_true: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is true, so many seconds at most, and say whether it is.

        Raises StopAsked when the end is asked for in the meantime.
        """
        deadline = time.monotonic() + seconds
        while not is_true():
            if self.times_asked:
                raise StopAsked
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.turn(min(left, LONGEST_TURN_SECONDS))
        return True

    def _on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        self.times_asked += 1


def _woken(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing: that the signal is taken at all is what wakes the wait."""
