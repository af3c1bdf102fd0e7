"""Keyed facts in Redis or Valkey, for an installation that names one in ``REDIS_URL``."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

from redis.exceptions import RedisError

from retinue.core.errors import UnavailableError
from retinue.core.kv.port import Count, Taken
from retinue.core.redis_link import client_of

# One step at the server, so that a crash between the two commands leaves no counter that lives forever.
_ADD = """
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  left = tonumber(ARGV[2])
end
return {value, left}
"""


_TAKE = """
local value = math.min(tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[2]))
local before = value
value = math.max(0, math.min(tonumber(ARGV[2]), value + tonumber(ARGV[1])))
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[3])
end
redis.call('SET', KEYS[1], value, 'PX', math.max(left, 1))
return {value - before, tonumber(ARGV[2]) - value, left}
"""


class RedisKeyValue:
    """The store of an installation with Redis or Valkey (6.2 or later). Owns its connections."""

    def __init__(self, url: str) -> None:
        """Take the URL (``redis://``, ``rediss://`` or ``unix://``); connections are made when needed."""
        self._redis = client_of(url)
        self._add = self._redis.register_script(_ADD)
        self._take = self._redis.register_script(_TAKE)

    async def open(self) -> None:
        """Try the connection. Raises ``UnavailableError``."""
        async with _answering():
            await self._redis.ping()

    async def close(self) -> None:
        """Close every connection."""
        await self._redis.aclose()

    async def get(self, key: str) -> str | None:
        """Return the value of a key."""
        async with _answering():
            value = await self._redis.get(key)
        return None if value is None else str(value)

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the values of those of the keys that have one."""
        if not keys:
            return {}
        async with _answering():
            values = await self._redis.mget(list(keys))
        return {key: str(value) for key, value in zip(keys, values, strict=True) if value is not None}

    async def set(self, key: str, value: str, *, ttl_seconds: float, only_if_absent: bool = False) -> bool:
        """Store a value."""
        async with _answering():
            return bool(await self._redis.set(key, value, px=_milliseconds(ttl_seconds), nx=only_if_absent))

    async def delete(self, *keys: str, everywhere: bool = False) -> int:
        """Forget keys."""
        del everywhere
        async with _answering():
            return int(await self._redis.delete(*keys)) if keys else 0

    async def add(self, key: str, amount: int, *, ttl_seconds: float) -> Count:
        """Add to a counter."""
        async with _answering():
            value, left = await self._add(keys=[key], args=[amount, _milliseconds(ttl_seconds)])
        return Count(int(value), int(left) / 1000)

    async def take(self, key: str, amount: int, *, most: int, ttl_seconds: float) -> Taken:
        """Add to a counter as much as keeps it at ``most``."""
        async with _answering():
            granted, left, expires = await self._take(keys=[key], args=[amount, most, _milliseconds(ttl_seconds)])
        return Taken(int(granted), int(left), int(expires) / 1000)

    async def set_many(self, values: Mapping[str, str], *, ttl_seconds: float) -> None:
        """Store values in one round trip."""
        if not values:
            return
        async with _answering():
            pipeline = self._redis.pipeline(transaction=False)
            for key, value in values.items():
                pipeline.set(key, value, px=_milliseconds(ttl_seconds))
            await pipeline.execute()

    async def set_fields(self, entries: Mapping[str, Mapping[str, str]], *, ttl_seconds: float) -> None:
        """Store fields of hashes, each hash in one step at the server."""
        if not entries:
            return
        async with _answering():
            pipeline = self._redis.pipeline(transaction=True)
            for key, fields in entries.items():
                if fields:
                    pipeline.hset(key, mapping=dict(fields))
                    pipeline.pexpire(key, _milliseconds(ttl_seconds))
            await pipeline.execute()

    async def get_fields(self, key: str) -> Mapping[str, str]:
        """Return the fields of a hash."""
        async with _answering():
            found = await self._redis.hgetall(key)
        return {str(name): str(value) for name, value in found.items()}

    async def set_list(self, key: str, items: Sequence[str], *, ttl_seconds: float) -> None:
        """Store a list, in one step at the server."""
        async with _answering():
            pipeline = self._redis.pipeline(transaction=True)
            pipeline.delete(key)
            if items:
                pipeline.rpush(key, *items)
                pipeline.pexpire(key, _milliseconds(ttl_seconds))
            await pipeline.execute()

    async def get_list(self, key: str) -> Sequence[str]:
        """Return a list."""
        async with _answering():
            return [str(each) for each in await self._redis.lrange(key, 0, -1)]

    async def seconds_left(self, keys: Sequence[str]) -> Mapping[str, float]:
        """Return the number of seconds until keys expire."""
        if not keys:
            return {}
        async with _answering():
            pipeline = self._redis.pipeline(transaction=False)
            for key in keys:
                pipeline.pttl(key)
            found = await pipeline.execute()
        return {key: int(left) / 1000 for key, left in zip(keys, found, strict=True) if int(left) > 0}

    async def sweep(self) -> int:
        """Do nothing: the server does it."""
        return 0


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


@asynccontextmanager
async def _answering() -> AsyncGenerator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise UnavailableError("Redis does not answer.", remedy="Start the server that REDIS_URL names.") from error
