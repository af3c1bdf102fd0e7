"""Making connections to PostgreSQL: each gives a dead network up, bounds its statements, and is checked before it serves.

The serving role must be powerless: an owner, a superuser or a role exempt from policies sees every tenant. A pooler may
drop the role that was asked for, so what a connection really is gets asked of each one.
"""

import time
from dataclasses import dataclass
from typing import Any, Literal, LiteralString, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import _WaitTimeout  # pyright: ignore[reportPrivateUsage] - what the driver's own wait raises
from psycopg.types.json import set_json_dumps, set_json_loads

from retinue.core.db.settings import DatabaseSettings
from retinue.core.json import dumps, loads
from retinue.core.settings import SettingsError

RV = TypeVar("RV")

SERVING_ROLE = "retinue_app"
_REFUSED_BY_POOLER = "unsupported startup parameter"
_GRACE_SECONDS = 0.5
_INTERVAL_SECONDS = 0.1


class ServingRoleError(SettingsError):
    """The database role of this connection may see more than its tenant."""

    code = "serving_role_refused"
    remedy = (
        "Give RETINUE_APP_DATABASE_URL a login role of its own: ALTER ROLE retinue_app LOGIN PASSWORD '…', or a role that is"
        " a member of retinue_app and nothing else. Behind a connection pooler this is needed: it drops the role that"
        " DATABASE_URL alone would ask for."
    )


class PooledError(SettingsError):
    """A connection that must be direct goes through a pooler."""

    code = "pooled_connection"
    remedy = "Set DIRECT_DATABASE_URL to the address of the PostgreSQL server itself, past the pooler."


@dataclass(frozen=True, slots=True)
class Manner:
    """How connections are made: what is prepared, and how long connecting, silence and one statement may last."""

    prepared_statements: Literal["auto", "on", "off"] = "auto"
    connect_seconds: int = 3
    silence_seconds: int = 5
    statement_seconds: float = 10.0

    def arguments(self, url: str) -> dict[str, Any]:
        """Return the arguments of a connection; what the URL itself says is left as it is."""
        usual = {
            "connect_timeout": self.connect_seconds,
            "keepalives_idle": self.silence_seconds,
            "keepalives_interval": max(1, self.silence_seconds // 3),
            "keepalives_count": 3,
            "tcp_user_timeout": self.silence_seconds * 1000,
        }
        named = conninfo_to_dict(url)
        return {name: value for name, value in usual.items() if name not in named} | {"autocommit": True}


USUAL = Manner()
"""The manner without settings, as for a tool's own connection."""


def manner_of(settings: DatabaseSettings) -> Manner:
    """Return the manner that the settings ask for."""
    return Manner(
        settings.prepared_statements,
        settings.database_connect_seconds,
        settings.database_silence_seconds,
        settings.work_statement_seconds,
    )


class Connection(AsyncConnection[Any]):
    """A connection on which nothing waits forever: a statement that is late is cancelled, then the connection is cut.

    An operating system reports a dead network only when the other machine's system is silent, too. So the deadline is kept
    here. Anyone who waited gets the driver's ``OperationalError``, as when the server is gone.
    """

    deadline_seconds: float = 30.0
    heard_at: float = 0.0
    """When the server last answered, by ``time.monotonic``."""
    silent_since: float | None = None
    """Since when it had not answered when the connection was cut for that; None otherwise."""
    is_pooled: bool = False
    """Whether a pooler stands between this end and the server."""

    async def wait(
        self,
        gen: PQGen[RV],
        interval: float = _INTERVAL_SECONDS,
        timeout: float | None = None,  # noqa: ASYNC109 - the driver's signature
    ) -> RV:
        """Wait for the server, as the driver does, but no longer than the deadline."""
        if timeout is not None:  # the driver's own bound, as for notifications
            return await super().wait(gen, interval, timeout)
        began = time.monotonic()
        try:
            result = await super().wait(gen, interval, self.deadline_seconds)
        except _WaitTimeout:
            result = await self._cancelled(gen, interval, began)
        self.heard_at = time.monotonic()
        return result

    async def _cancelled(self, gen: PQGen[RV], interval: float, began: float) -> RV:
        """Ask the server to give the statement up, and take its word for it; without an answer cut the connection."""
        try:
            await self._try_cancel(timeout=_GRACE_SECONDS)
            return await super().wait(gen, interval, _GRACE_SECONDS)
        except _WaitTimeout:
            gen.close()
            self.pgconn.finish()
            self.silent_since = began
            seconds = time.monotonic() - began
            raise psycopg.OperationalError(f"the database has not answered for {seconds:.1f} s") from None


LOOK: LiteralString = """
SET TIME ZONE 'UTC';
SELECT current_user::text, pg_backend_pid(), me.rolsuper, me.rolbypassrls,
  (SELECT pg_has_role(me.oid, app.oid, 'USAGE') FROM pg_roles app WHERE app.rolname = 'retinue_app') AS is_serving,
  EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
            AND pg_has_role(me.oid, c.relowner, 'USAGE')) AS is_owner
FROM pg_roles me WHERE me.rolname = current_user
"""
"""In one message: instants come in UTC (which poolers keep for each client), and what this connection really is."""


async def prepare(connection: AsyncConnection[Any], manner: Manner) -> None:
    """Make a new connection ready to serve; one round trip. Raises ``ServingRoleError`` for a role that is too powerful."""
    set_json_loads(loads, connection)
    set_json_dumps(dumps, connection)
    cursor = await connection.execute(LOOK)
    cursor.nextset()
    # A pooler answers with a process id of its own making, since it may hand each transaction to another server process.
    is_pooled = refuse_power(await cursor.fetchone()) != connection.info.backend_pid
    if manner.prepared_statements == "off" or (manner.prepared_statements == "auto" and is_pooled):
        connection.prepare_threshold = None
    if isinstance(connection, Connection):
        connection.is_pooled = is_pooled
        connection.deadline_seconds = manner.statement_seconds


def refuse_power(row: tuple[Any, ...] | None) -> int:
    """Judge what ``LOOK`` found; return its process id. Raises ``ServingRoleError`` for a role that must not serve."""
    if row is None:
        raise ServingRoleError
    role, backend, is_superuser, is_exempt, is_serving, is_owner = row
    power = (
        "is a superuser"
        if is_superuser
        else "may pass by row-level security"
        if is_exempt
        else "owns tables, or is a member of a role that does"
        if is_owner
        else None
    )
    if power is not None:
        raise ServingRoleError(f"Requests would be served as the database role {role}, which {power}.")
    if is_serving is False:
        raise ServingRoleError(
            f"Requests would be served as the database role {role}, which is no member of {SERVING_ROLE}.",
            remedy=f"GRANT {SERVING_ROLE} TO {role}, or name another role in RETINUE_APP_DATABASE_URL.",
        )
    return int(backend)


def explain(error: psycopg.OperationalError) -> Exception:
    """Return what to raise in place of an error of connecting: a pooler that refuses the role is no outage."""
    if _REFUSED_BY_POOLER in str(error):
        return ServingRoleError("A connection pooler refuses the role that DATABASE_URL would be served with.")
    return error


async def connect(url: str, manner: Manner) -> Connection:
    """Make one connection of the serving role and check it. Raises ``ServingRoleError``, and the driver's errors."""
    try:
        connection = await Connection.connect(url, **manner.arguments(url))
    except psycopg.OperationalError as error:
        raise explain(error) from None
    try:
        await prepare(connection, manner)
    except BaseException:
        await connection.close()
        raise
    return connection
