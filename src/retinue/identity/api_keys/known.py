"""What API keys stood for when they were looked up last: a key that is used often is not looked up for each request."""

import time
from collections.abc import Awaitable, Callable

from retinue.core.bus.bus import Bus
from retinue.identity.api_keys.types import KeyHolder

SECONDS = 1.0
"""For so long at most a process may not know of a change that the bus failed to tell, or that a key has expired."""
_MANY = 10_000


class KnownKeys:
    """The keys of the last second, by their hashes. All are forgotten when the bus tells that a grant changed."""

    def __init__(self, bus: Bus) -> None:
        """Take who tells that a key, membership, role or account changed."""
        self._found: dict[bytes, tuple[KeyHolder, float]] = {}
        self._changes = 0
        bus.grant_listeners.add(self.forget)

    def forget(self) -> None:
        """Forget every key; what is being looked up now is not remembered either."""
        self._changes += 1
        self._found.clear()

    async def find(self, secret_hash: bytes, look_up: Callable[[], Awaitable[KeyHolder | None]]) -> KeyHolder | None:
        """Return what a key stands for, from memory or else by ``look_up``; a key that is refused is not remembered."""
        known = self._found.get(secret_hash)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        changes, until = self._changes, time.monotonic() + SECONDS
        holder = await look_up()
        if holder is not None and changes == self._changes:
            if len(self._found) >= _MANY:
                self._found.clear()
            self._found[secret_hash] = (holder, until)
        return holder
