"""What API keys stood for when they were looked up last: a key that is used often is not looked up for each request."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from retinue.core.bus.bus import Bus
from retinue.identity.api_keys.types import KeyHolder

SECONDS = 1.0
"""For so long at most a process may not know of a change that the bus failed to tell, or that a key has expired."""
_MANY = 10_000


class KnownKeys:
    """The keys of the last second, by their hashes. All are forgotten when the bus tells that a grant changed.

    A key that many requests present at the same moment is looked up once for all of them.
    """

    def __init__(self, bus: Bus) -> None:
        """Take who tells that a key, membership, role or account changed."""
        self._found: dict[bytes, tuple[KeyHolder, float]] = {}
        self._looking: dict[bytes, asyncio.Task[KeyHolder | None]] = {}
        self.waiting = 0
        """How many requests wait for a look-up that another one began."""
        bus.grant_listeners.add(self.forget)

    def forget(self) -> None:
        """Forget every key; what is being looked up now is not remembered either, and who comes now looks again."""
        self._found.clear()
        self._looking.clear()

    async def find(self, secret_hash: bytes, look_up: Callable[[], Awaitable[KeyHolder | None]]) -> KeyHolder | None:
        """Return what a key stands for, from memory or else by ``look_up``; a key that is refused is not remembered."""
        known = self._found.get(secret_hash)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        looking = self._looking.get(secret_hash)
        if looking is None:
            looking = asyncio.create_task(self._look_up(secret_hash, look_up), name="api key")
            self._looking[secret_hash] = looking
            return await asyncio.shield(looking)
        self.waiting += 1
        try:
            return await asyncio.shield(looking)
        finally:
            self.waiting -= 1

    async def _look_up(self, secret_hash: bytes, look_up: Callable[[], Awaitable[KeyHolder | None]]) -> KeyHolder | None:
        until = time.monotonic() + SECONDS
        this = asyncio.current_task()
        try:
            holder = await look_up()
            if holder is not None and self._looking.get(secret_hash) is this:
                if len(self._found) >= _MANY:
                    self._found.clear()
                self._found[secret_hash] = (holder, until)
            return holder
        finally:
            if self._looking.get(secret_hash) is this:
                del self._looking[secret_hash]
