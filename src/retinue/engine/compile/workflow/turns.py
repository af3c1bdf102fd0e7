"""The turns of a map's items: so many are under way at once, and how an item that fails stops the others."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

_GRACE_SECONDS: Final = 5.0
"""Items under way have so long to end when another has failed the map; then they are cut off."""


class Turns:
    """The turns of one map, in this process."""

    def __init__(self, concurrency: int) -> None:
        """Take how many items may be under way at once."""
        self._free = asyncio.Semaphore(concurrency)
        self._active = 0
        self._idle = asyncio.Event()
        self.failed = 0
        self.is_stopped = False
        """Whether no further item is to begin."""

    @asynccontextmanager
    async def taken(self) -> AsyncGenerator[None]:
        """Hold a turn."""
        async with self._free:
            self._active += 1
            self._idle.clear()
            try:
                yield
            finally:
                self._active -= 1
                if not self._active:
                    self._idle.set()

    async def settle(self) -> None:
        """Wait, a little while, until the items under way have ended. To be called without a turn."""
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                while self._active:
                    await self._idle.wait()
        except TimeoutError:
            return
