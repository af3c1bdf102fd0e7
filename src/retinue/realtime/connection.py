"""One WebSocket connection: its bounded queue of what is sent, its limits, and its channels."""

import asyncio
import time
from collections import deque
from contextlib import suppress

from fastapi import WebSocket, WebSocketDisconnect

from retinue.core.ids import UserId
from retinue.realtime.channel import Channel

RESTART = 1012
"""The close code after which clients reconnect (RFC 6455 and its registry: service restart)."""
_CLOSE_SECONDS = 2.0
_PATIENCE_SECONDS = 10.0
_LONGEST_REASON = 120


class Bucket:
    """A token bucket: so many a second, and a second's worth at once."""

    __slots__ = ("_at", "_left", "_rate", "_size")

    def __init__(self, per_second: float, size: float | None = None) -> None:
        """Begin full."""
        self._rate = per_second
        self._size = self._left = size or max(1.0, per_second)
        self._at = time.monotonic()

    def take(self, count: int = 1) -> bool:
        """Take so many; say whether they were there."""
        self._fill()
        if self._left < count:
            return False
        self._left -= count
        return True

    def is_full(self) -> bool:
        """Say whether nothing was taken for a while."""
        self._fill()
        return self._left >= self._size

    def _fill(self) -> None:
        now = time.monotonic()
        self._left = min(self._size, self._left + (now - self._at) * self._rate)
        self._at = now


class Connection:
    """A client's connection. What is sent waits in a queue of bounded size: a client that does not read is cut."""

    __slots__ = (
        *("_bytes", "_limit", "_queue", "_taken", "_task", "_wake", "_websocket", "channels", "cut_reason", "joins"),
        *("messages", "refusals", "users", "version"),
    )

    def __init__(self, websocket: WebSocket, version: int, *, buffer_bytes: int, messages_per_second: int) -> None:
        """Take an accepted connection."""
        self._websocket = websocket
        self._queue: deque[str | bytes] = deque()
        self._bytes = 0
        self._limit = buffer_bytes
        self._wake = asyncio.Event()
        self._taken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.version = version
        self.channels: dict[str, Channel] = {}
        self.users: set[UserId] = set()
        self.refusals = Bucket(0.2, 10)
        """Joins that are refused one by one: clients try again every 10 s, and each holds up what is sent after it."""
        self.cut_reason: str | None = None
        self.messages = Bucket(messages_per_second)
        self.joins = Bucket(5, 50)

    def send(self, message: str | bytes) -> None:
        """Queue a frame; never blocks. A client that leaves too much unread is cut, with the reason."""
        if self.cut_reason is not None:
            return
        self._bytes += len(message)
        if self._bytes > self._limit:
            self.cut(f"The client reads too slowly: more than {self._limit // 1024} KiB waited for it.")
            return
        self._queue.append(message)
        self._wake.set()

    async def drained(self) -> None:
        """Wait until the client has read enough that there is room for more. One that reads nothing for a while is cut."""
        while self.cut_reason is None and self._bytes > self._limit // 4:
            self._taken.clear()
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._taken.wait()
            except TimeoutError:
                self.cut(f"The client reads too slowly: it took nothing for {_PATIENCE_SECONDS:.0f} seconds.")

    def cut(self, reason: str) -> None:
        """End the connection; the client connects again and asks for what it missed."""
        if self.cut_reason is None:
            self.cut_reason = reason
            self._queue.clear()
            self._taken.set()
            if self._task is not None:
                self._task.cancel()
            self._wake.set()

    async def serve(self, receive: "asyncio.Task[None]") -> None:
        """Send what is queued until the receiving task ends or the connection is cut."""
        self._task = asyncio.current_task()
        try:
            while not receive.done() and self.cut_reason is None:
                await self._wake.wait()
                self._wake.clear()
                while self._queue and self.cut_reason is None:
                    message = self._queue.popleft()
                    if isinstance(message, str):
                        await self._websocket.send_text(message)
                    else:
                        await self._websocket.send_bytes(message)
                    self._bytes -= len(message)
                    self._taken.set()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self.cut_reason is None or (task is not None and task.uncancel()):
                raise
        except (WebSocketDisconnect, RuntimeError, OSError):  # the client is gone
            pass
        finally:
            self._task = None

    def wake(self) -> None:
        """Have the sender look whether the receiver has ended."""
        self._wake.set()

    async def close(self) -> None:
        """Send the close frame with the reason, if there is one."""
        if self.cut_reason is None:
            return
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError, OSError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._websocket.close(RESTART, self.cut_reason[:_LONGEST_REASON])
