"""Keyed facts in PostgreSQL: an unlogged table, so that a write costs no write-ahead log; empty after a crash."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from psycopg import AsyncConnection, OperationalError
from psycopg.abc import Params
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from retinue.core.errors import UnavailableError
from retinue.core.kv.port import Count

_GET: LiteralString = """
SELECT key, value FROM kv.entries
WHERE key = ANY (%(keys)s) AND value IS NOT NULL AND expires_at > clock_timestamp()
"""

_SET: LiteralString = """
INSERT INTO kv.entries AS e (key, value, expires_at)
VALUES (%(key)s, %(value)s, clock_timestamp() + make_interval(secs => %(ttl)s))
ON CONFLICT (key) DO UPDATE SET value = excluded.value, count = NULL, expires_at = excluded.expires_at
WHERE NOT %(only_if_absent)s OR e.expires_at <= clock_timestamp()
RETURNING key
"""

_DELETE: LiteralString = """
WITH gone AS (DELETE FROM kv.entries WHERE key = ANY (%(keys)s) RETURNING expires_at)
SELECT count(*) FROM gone WHERE expires_at > clock_timestamp()
"""

_ADD: LiteralString = """
INSERT INTO kv.entries AS e (key, count, expires_at)
VALUES (%(key)s, %(amount)s, clock_timestamp() + make_interval(secs => %(ttl)s))
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN e.expires_at > clock_timestamp() THEN coalesce(e.count, 0) ELSE 0 END + excluded.count,
  value = NULL,
  expires_at = CASE WHEN e.expires_at > clock_timestamp() THEN e.expires_at ELSE excluded.expires_at END
RETURNING count, extract(epoch FROM expires_at - clock_timestamp())
"""

_SWEEP: LiteralString = """
WITH swept AS (DELETE FROM kv.entries WHERE expires_at <= clock_timestamp() RETURNING 1) SELECT count(*) FROM swept
"""


class PostgresKeyValue:
    """The store of an installation without Redis. Uses the process's own pool, which others open and close."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]]) -> None:
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

    async def delete(self, *keys: str) -> int:
        """Forget keys."""
        return int((await self._rows(_DELETE, {"keys": list(keys)}))[0][0])

    async def add(self, key: str, amount: int, *, ttl_seconds: float) -> Count:
        """Add to a counter."""
        rows = await self._rows(_ADD, {"key": key, "amount": amount, "ttl": ttl_seconds})
        return Count(int(rows[0][0]), float(rows[0][1]))

    async def sweep(self) -> int:
        """Remove what has run out."""
        return int((await self._rows(_SWEEP, None))[0][0])

    async def _rows(self, statement: LiteralString, values: Params | None) -> list[tuple[Any, ...]]:
        try:
            async with self._pool.connection() as connection:
                return await (await connection.execute(statement, values, prepare=True)).fetchall()
        except (OperationalError, PoolTimeout) as error:
            raise UnavailableError("The database does not answer.") from error
