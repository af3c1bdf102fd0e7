"""Keyed facts that may be forgotten: rate limits, presence, when a session was seen last.

Keys are the data model's: ``ratelimit:api:{api_key}`` (the key's id), ``session:{session_id}`` (its hash),
``agent:{id}:status``, ``agent:{id}:metrics``, ``queue:scheduled_jobs``.
A store may lose everything at a crash of its server; nothing that must be kept belongs here. Time is the store's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Count:
    """What a counter stands at, and in how many seconds it starts again."""

    value: int
    expires_in_seconds: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What was granted of what was asked for, what is left for anybody, and in how many seconds the counter starts again."""

    granted: int
    left: int
    expires_in_seconds: float


class KeyValue(Protocol):
    """A store of keyed facts. Each call is atomic. Raises ``UnavailableError`` when the store does not answer."""

    async def open(self) -> None:
        """Make ready. Raises ``UnavailableError`` when the store cannot be reached."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...

    async def get(self, key: str) -> str | None:
        """Return the value of a key, or None when it is missing or has expired."""
        ...

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the values of those of the keys that have one."""
        ...

    async def set(self, key: str, value: str, *, ttl_seconds: float, only_if_absent: bool = False) -> bool:
        """Store a value for so many seconds (to the millisecond). False when ``only_if_absent`` and there was one."""
        ...

    async def delete(self, *keys: str, everywhere: bool = False) -> int:
        """Forget keys, whatever they hold; returns how many there were.

        ``everywhere``: raises ``UnavailableError`` while a server that may hold them does not answer.
        """
        ...

    async def add(self, key: str, amount: int, *, ttl_seconds: float) -> Count:
        """Add to a counter and return what it stands at then.

        A counter that was not there begins at zero and lives for ``ttl_seconds``; adding does not prolong it, so it
        counts one window of time. A key holds either a value or a counter, or
        fields or a list.
        """
        ...

    async def take(self, key: str, amount: int, *, most: int, ttl_seconds: float) -> Taken:
        """Add to a counter as much of ``amount`` as keeps it at ``most``; a negative amount gives back what was not used.

        The window is that of ``add``. What is refused is not counted, so what others give back can be taken.
        """
        ...

    async def set_many(self, values: Mapping[str, str], *, ttl_seconds: float) -> None:
        """Store several values."""
        ...

    async def set_fields(self, entries: Mapping[str, Mapping[str, str]], *, ttl_seconds: float) -> None:
        """Store named texts under each of some keys, beside those of other names; in Redis they are hashes."""
        ...

    async def get_fields(self, key: str) -> Mapping[str, str]:
        """Return the named texts of a key; none when it is missing or has expired."""
        ...

    async def set_list(self, key: str, items: Sequence[str], *, ttl_seconds: float) -> None:
        """Store texts in their order, in place of what was there; in Redis they are a list. An empty one is no key."""
        ...

    async def get_list(self, key: str) -> Sequence[str]:
        """Return the texts of a key; none when it is missing or has expired."""
        ...

    async def seconds_left(self, keys: Sequence[str]) -> Mapping[str, float]:
        """Return for each existing key the number of seconds until it expires."""
        ...

    async def sweep(self) -> int:
        """Delete expired keys, where the store does not do so by itself; returns how many. May be repeated."""
        ...
