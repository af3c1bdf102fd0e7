"""Keyed facts in Redis, and in PostgreSQL as long as Redis does not answer.

What was written to one is not carried to the other: counters restart at zero, and presence is written again by its source.
Only deletions are made up for, so that Redis does not hold what was deleted in the meantime.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from retinue.core.errors import UnavailableError
from retinue.core.kv.port import Count, KeyValue, Taken
from retinue.core.logging import get_logger
from retinue.core.redis_link import RedisLink

_log = get_logger(__name__)
_MOST_OWED = 100_000
_AT_ONCE = 1000
AnswerT = TypeVar("AnswerT")


class FallbackKeyValue:
    """The store of an installation with Redis. It is unavailable only when PostgreSQL is."""

    def __init__(self, first: KeyValue, second: KeyValue, link: RedisLink) -> None:
        """Take Redis, PostgreSQL, and what knows whether Redis answers."""
        self._first, self._second, self._link = first, second, link
        self._owed: dict[str, None] = {}
        link.on_regained.append(self._make_up)

    async def open(self) -> None:
        """Try Redis. A process starts without it, too."""
        await self._ask(lambda store: store.open())

    async def close(self) -> None:
        """Let go of connections; the link is the process's."""
        await self._first.close()

    async def get(self, key: str) -> str | None:
        """Return the value of a key."""
        return await self._ask(lambda store: store.get(key))

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the values of those of the keys that have one."""
        return await self._ask(lambda store: store.get_many(keys))

    async def set(self, key: str, value: str, *, ttl_seconds: float, only_if_absent: bool = False) -> bool:
        """Store a value."""
        return await self._ask(
            lambda store: store.set(key, value, ttl_seconds=ttl_seconds, only_if_absent=only_if_absent), written=(key,)
        )

    async def delete(self, *keys: str, everywhere: bool = False) -> int:
        """Forget keys; of Redis when it answers again, unless it must be ``everywhere`` now."""
        if everywhere and self._link.is_lost:
            raise UnavailableError("Redis does not answer.", remedy="Start the server that REDIS_URL names.")
        count = 0
        if not self._link.is_lost:
            try:
                count = await self._first.delete(*keys)
            except UnavailableError as error:
                self._link.lose(error)
                if everywhere:
                    raise
        if self._link.is_lost:
            self._owe(keys)
        return count + await self._second.delete(*keys)

    async def add(self, key: str, amount: int, *, ttl_seconds: float) -> Count:
        """Add to a counter."""
        return await self._ask(lambda store: store.add(key, amount, ttl_seconds=ttl_seconds), written=(key,))

    async def take(self, key: str, amount: int, *, most: int, ttl_seconds: float) -> Taken:
        """Add to a counter as much as keeps it at ``most``."""
        return await self._ask(lambda store: store.take(key, amount, most=most, ttl_seconds=ttl_seconds), written=(key,))

    async def set_many(self, values: Mapping[str, str], *, ttl_seconds: float) -> None:
        """Store values."""
        await self._ask(lambda store: store.set_many(values, ttl_seconds=ttl_seconds), written=tuple(values))

    async def set_fields(self, entries: Mapping[str, Mapping[str, str]], *, ttl_seconds: float) -> None:
        """Store fields under keys."""
        await self._ask(lambda store: store.set_fields(entries, ttl_seconds=ttl_seconds), written=tuple(entries))

    async def get_fields(self, key: str) -> Mapping[str, str]:
        """Return the fields of a key."""
        return await self._ask(lambda store: store.get_fields(key))

    async def set_list(self, key: str, items: Sequence[str], *, ttl_seconds: float) -> None:
        """Store a list."""
        await self._ask(lambda store: store.set_list(key, items, ttl_seconds=ttl_seconds), written=(key,))

    async def get_list(self, key: str) -> Sequence[str]:
        """Return a list."""
        return await self._ask(lambda store: store.get_list(key))

    async def seconds_left(self, keys: Sequence[str]) -> Mapping[str, float]:
        """Return the number of seconds until keys expire."""
        return await self._ask(lambda store: store.seconds_left(keys))

    async def sweep(self) -> int:
        """Delete expired keys of PostgreSQL, which may be left of an outage."""
        return await self._second.sweep()

    async def _ask(self, ask: Callable[[KeyValue], Awaitable[AnswerT]], written: Sequence[str] = ()) -> AnswerT:
        if not self._link.is_lost:
            try:
                return await ask(self._first)
            except UnavailableError as error:
                self._link.lose(error)
        for key in written:
            self._owed.pop(key, None)
        return await ask(self._second)

    def _owe(self, keys: Sequence[str]) -> None:
        self._owed |= dict.fromkeys(keys)
        if len(self._owed) > _MOST_OWED:
            _log.warning("redis.deletions_forgotten", keys=len(self._owed) - _MOST_OWED)
            self._owed = dict.fromkeys(list(self._owed)[-_MOST_OWED:])

    async def _make_up(self) -> None:
        """Delete in Redis what was deleted while it was away."""
        while self._owed:
            some = list(self._owed)[:_AT_ONCE]
            try:
                await self._first.delete(*some)
            except UnavailableError as error:
                raise OSError from error
            for key in some:
                self._owed.pop(key, None)
