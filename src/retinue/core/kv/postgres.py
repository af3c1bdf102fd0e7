"""Keyed facts in PostgreSQL: an unlogged table, so that a write costs no write-ahead log; empty after a crash.

The table is reached through functions of the schema ``kv``, which take keys: nobody can list what others keep there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from psycopg import OperationalError
from psycopg.abc import Params
from psycopg_pool import PoolTimeout

from retinue.core.db.liveness import checked_connection
from retinue.core.db.patience import QUICK_SECONDS
from retinue.core.db.pools import Pool
from retinue.core.errors import UnavailableError
from retinue.core.json import dumps, loads
from retinue.core.kv.port import Count, Taken

_GET: LiteralString = "SELECT key, value FROM kv.get(%(keys)s)"
_SET: LiteralString = "SELECT * FROM kv.set(%(key)s, %(value)s, %(ttl)s::double precision, %(only_if_absent)s)"
_SET_MANY: LiteralString = "SELECT kv.set_many(%(keys)s::text[], %(texts)s::text[], %(ttl)s::double precision)"
_SET_FIELDS: LiteralString = "SELECT kv.set_fields(%(keys)s::text[], %(texts)s::text[], %(ttl)s::double precision)"
_DELETE: LiteralString = "SELECT kv.delete(%(keys)s)"
_ADD: LiteralString = "SELECT value, seconds_left FROM kv.add(%(key)s, %(amount)s, %(ttl)s::double precision)"
_TAKE: LiteralString = """
SELECT granted, remaining, seconds_left FROM kv.take(%(key)s, %(amount)s, %(most)s, %(ttl)s::double precision)
"""
_SECONDS_LEFT: LiteralString = "SELECT key, seconds_left FROM kv.seconds_left(%(keys)s)"
_SWEEP: LiteralString = "SELECT kv.sweep()"


class PostgresKeyValue:
    """The store of an installation without Redis. Uses the process's own pool, which others open and close."""

    def __init__(self, pool: Pool) -> None:
        """Take the process's pool."""
        self._pool = pool

    async def open(self) -> None:
        """Do nothing: the pool is the process's."""

    async def close(self) -> None:
        """Do nothing: the pool is the process's."""

    async def get(self, key: str) -> str | None:
        """Return the value of a key."""
        return (await self.get_many([key])).get(key)

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the values of those of the keys that have one."""
        return {row[0]: row[1] for row in await self._rows(_GET, {"keys": list(keys)})}

    async def set(self, key: str, value: str, *, ttl_seconds: float, only_if_absent: bool = False) -> bool:
        """Store a value."""
        values = {"key": key, "value": value, "ttl": ttl_seconds, "only_if_absent": only_if_absent}
        return bool(await self._rows(_SET, values))

    async def delete(self, *keys: str, everywhere: bool = False) -> int:
        """Forget keys."""
        del everywhere
        return int((await self._rows(_DELETE, {"keys": list(keys)}))[0][0])

    async def add(self, key: str, amount: int, *, ttl_seconds: float) -> Count:
        """Add to a counter."""
        rows = await self._rows(_ADD, {"key": key, "amount": amount, "ttl": ttl_seconds})
        return Count(int(rows[0][0]), float(rows[0][1]))

    async def take(self, key: str, amount: int, *, most: int, ttl_seconds: float) -> Taken:
        """Add to a counter as much as keeps it at ``most``."""
        rows = await self._rows(_TAKE, {"key": key, "amount": amount, "most": most, "ttl": ttl_seconds})
        return Taken(int(rows[0][0]), int(rows[0][1]), float(rows[0][2]))

    async def set_many(self, values: Mapping[str, str], *, ttl_seconds: float) -> None:
        """Store values in one statement."""
        if values:
            await self._rows(_SET_MANY, {"keys": list(values), "texts": list(values.values()), "ttl": ttl_seconds})

    async def set_fields(self, entries: Mapping[str, Mapping[str, str]], *, ttl_seconds: float) -> None:
        """Store fields under keys, as JSON."""
        texts = {key: dumps(dict(fields)).decode() for key, fields in entries.items() if fields}
        if texts:
            await self._rows(_SET_FIELDS, {"keys": list(texts), "texts": list(texts.values()), "ttl": ttl_seconds})

    async def get_fields(self, key: str) -> Mapping[str, str]:
        """Return the fields of a key."""
        found = loads(await self.get(key) or "{}")
        return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}

    async def set_list(self, key: str, items: Sequence[str], *, ttl_seconds: float) -> None:
        """Store a list, as JSON."""
        if items:
            await self.set(key, dumps(list(items)).decode(), ttl_seconds=ttl_seconds)
        else:
            await self.delete(key)

    async def get_list(self, key: str) -> Sequence[str]:
        """Return a list."""
        found = loads(await self.get(key) or "[]")
        return [str(each) for each in found] if isinstance(found, list) else []

    async def seconds_left(self, keys: Sequence[str]) -> Mapping[str, float]:
        """Return the number of seconds until keys expire."""
        return {row[0]: float(row[1]) for row in await self._rows(_SECONDS_LEFT, {"keys": list(keys)})}

    async def sweep(self) -> int:
        """Delete expired keys."""
        async with checked_connection(self._pool) as connection:
            row = await (await connection.execute(_SWEEP)).fetchone()
        return int(row[0]) if row else 0

    async def _rows(self, statement: LiteralString, values: Params | None) -> list[tuple[Any, ...]]:
        try:
            async with checked_connection(self._pool, deadline_seconds=QUICK_SECONDS, is_quick=True) as connection:
                return await (await connection.execute(statement, values, prepare=True)).fetchall()
        except (OperationalError, PoolTimeout) as error:
            raise UnavailableError("The database does not answer.") from error
