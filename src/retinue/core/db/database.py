"""The pool, and the tenant transaction: the only place that begins and commits."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import AsyncCursor

from retinue.core.clock import DatabaseClock
from retinue.core.context import Actor, ActorKind, Context, Tx, system
from retinue.core.db.connections import Connection, connect, manner_of
from retinue.core.db.liveness import checked_connection
from retinue.core.db.outages import retry_through_outage
from retinue.core.db.patience import TimeLimits, current, of_requests
from retinue.core.db.pools import Pool
from retinue.core.db.settings import DatabaseSettings
from retinue.core.errors import UnavailableError
from retinue.core.ids import OrganizationId
from retinue.core.resources import Resources

T = TypeVar("T")
_OPEN_SECONDS = 20
_PAUSE_SECONDS = 0.5
_SERVER_FIRST_SECONDS = 0.5
"""The server's own limit ends a statement first, and leaves the connection in order."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The real clock, also where a test has put another in the place of tenant.now().
_CLOCK: LiteralString = "SELECT clock_timestamp()"
_SET_CONTEXT = """
SELECT set_config('app.organization_ids', %s, true), set_config('app.user_id', %s, true),
  set_config('app.is_system', %s, true)
"""


class Database:
    """The process's connections, as the role that serves requests. Owns nothing and bypasses no policy."""

    def __init__(
        self, url: str, *, clock: DatabaseClock, resources: Resources, pool_size: int, settings: DatabaseSettings
    ) -> None:
        """Take the URL of the serving role; connections are opened by ``open``."""
        self.url = url
        self.clock = clock
        self.resources = resources
        self.settings = settings
        self.usual = of_requests(settings)
        self.manner = manner_of(settings)
        self.pool = Pool(url, size=pool_size, manner=self.manner, wait_seconds=self.usual.wait_seconds)

    async def open(self, usual: TimeLimits) -> None:
        """Open the pool, for work of one patience unless a task is given another.

        Raises ``ServingRoleError`` when the server lets this process see more than it may, and the driver's errors when it
        cannot be reached.
        """
        self.usual, self.pool.timeout = usual, usual.wait_seconds
        until = time.monotonic() + _OPEN_SECONDS
        while True:
            try:
                await (await connect(self.url, self.manner)).close()
                break
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)
        await self.pool.open(wait=True, timeout=_OPEN_SECONDS)

    async def close(self) -> None:
        """Close every connection."""
        await self.pool.close()

    @asynccontextmanager
    async def context(self, actor: Actor) -> AsyncGenerator[Context]:
        """Open one transaction for an actor, with the actor's organization as its tenant; commit at the end.

        What the body put into ``after_commit`` is called once the commit is done; an exception rolls back.
        """
        organizations = () if actor.organization_id is None else (actor.organization_id,)
        async with self._transaction(actor, organizations) as ctx:
            yield ctx

    @asynccontextmanager
    async def system_context(
        self, organization_ids: Iterable[OrganizationId], *, generic_plans: bool = False
    ) -> AsyncGenerator[Context]:
        """Open one transaction of the platform itself over a set of organizations, such as a journal batch.

        With ``generic_plans`` a prepared statement is planned once, for all arguments. The planner else compares with plans
        that it made when tables were small, so that it goes on to plan statements again in a database that grows.
        """
        organizations = tuple(organization_ids)
        async with self._transaction(system(*organizations), organizations, generic_plans=generic_plans) as ctx:
            yield ctx

    async def statement(
        self, statement: LiteralString, parameters: Sequence[object] | Mapping[str, object]
    ) -> list[tuple[Any, ...]]:
        """Run one statement that is a transaction by itself, and return its rows.

        For functions of the database that set their own tenant, such as the journal's: one round trip, where a context
        takes four.
        """
        given = current(self.usual)
        async with checked_connection(
            self.pool, wait_seconds=given.wait_seconds, deadline_seconds=given.statement_seconds
        ) as connection:
            cursor = await connection.execute(statement, parameters, prepare=True)
            return await cursor.fetchall()

    def entering(self, actor: Actor) -> list[str]:
        """Return what ``tenant.enter`` takes: for statements that are a transaction of an actor by themselves."""
        tenant = "" if actor.organization_id is None else actor.organization_id.hex
        person = "" if actor.user_id is None else actor.user_id.hex
        key = "" if actor.api_key_id is None else actor.api_key_id.hex
        return [f"{{{tenant}}}", person, key, str(int(current(self.usual).lock_seconds * 1000))]

    @asynccontextmanager
    async def quick(self) -> AsyncGenerator[Connection]:
        """Give a connection for statements that take no time by themselves, before any tenant is known.

        Each is a transaction by itself. A database that does not answer is given up sooner here than elsewhere.
        """
        given = current(self.usual)
        async with checked_connection(
            self.pool, wait_seconds=given.wait_seconds, deadline_seconds=given.quick_seconds, is_quick=True
        ) as connection:
            yield connection

    async def compare_clocks(self) -> None:
        """Learn how far the machine's clock is from the database's; one round trip."""
        asked_at = self.clock.machine.now()
        ((instant,),) = await self.statement(_CLOCK, ())
        self.clock.observe(instant, asked_at=asked_at, heard_at=self.clock.machine.now())

    async def read(self, organization_id: OrganizationId, body: Callable[[Context], Awaitable[T]]) -> T:
        """Read as the platform in one organization, again while the database is out: a run must not fail of it.

        ``body`` may be called several times, each time in a transaction of its own, so it writes nothing.
        """

        async def attempt() -> T:
            async with self.system_context([organization_id]) as ctx:
                return await body(ctx)

        return await retry_through_outage(attempt)

    @asynccontextmanager
    async def _transaction(
        self, actor: Actor, organizations: tuple[OrganizationId, ...], *, generic_plans: bool = False
    ) -> AsyncGenerator[Context]:
        given = current(self.usual)
        async with checked_connection(
            self.pool, wait_seconds=given.wait_seconds, deadline_seconds=given.quick_seconds
        ) as connection:
            began = await connection.execute(_beginning(actor, organizations, given, generic_plans=generic_plans))
            connection.deadline_seconds = given.statement_seconds + _SERVER_FIRST_SECONDS
            ctx = Context(connection, actor, _Instant(began), self.resources)
            try:
                yield ctx
            except BaseException:
                await _roll_back(connection)
                raise
            await connection.commit()
        for call in ctx.after_commit:
            call()


def _beginning(actor: Actor, organizations: tuple[OrganizationId, ...], given: TimeLimits, *, generic_plans: bool) -> bytes:
    """Begin, set the tenant and the time limits, and ask for the instant in one message, for the sake of round trips.

    All of it ends with the transaction, so that it holds behind a pooler, where the next transaction is another's.
    Nothing but hexadecimal digits can get into the text: ``hex`` is an attribute of UUIDs, and of no text.
    """
    tenants = ",".join(each.hex for each in organizations)
    person = "" if actor.user_id is None else actor.user_id.hex
    key = "" if actor.api_key_id is None else f", set_config('app.api_key_id', '{actor.api_key_id.hex}', true)"
    platform = ", set_config('app.is_system', 'on', true)" if _is_system(actor) else ""
    plans = ", set_config('plan_cache_mode', 'force_generic_plan', true)" if generic_plans else ""
    return (
        f"BEGIN; SELECT set_config('app.organization_ids', '{{{tenants}}}', true),"
        f" set_config('app.user_id', '{person}', true),"
        " (date_part('epoch', tenant.now()) * 1000000)::bigint,"
        f" set_config('statement_timeout', '{int(given.statement_seconds * 1000)}', true),"
        f" set_config('lock_timeout', '{int(given.lock_seconds * 1000)}', true){key}{platform}{plans}"
    ).encode()


class _Instant:
    """The instant of a transaction by the database's clock, which its first message has brought along."""

    __slots__ = ("_began", "_instant")

    def __init__(self, began: AsyncCursor[Any]) -> None:
        self._began = began
        self._instant: datetime | None = None

    def now(self) -> datetime:
        """Return the instant; most transactions never ask, so it is read when it is needed."""
        if self._instant is None:
            self._began.nextset()
            result = self._began.pgresult
            text = None if result is None else result.get_value(0, 2)
            if text is None:
                raise UnavailableError
            self._instant = _EPOCH + timedelta(microseconds=int(text))
        return self._instant


def _is_system(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM


async def _roll_back(connection: Connection) -> None:
    # A lost connection has nothing to roll back; the pool discards it.
    with suppress(psycopg.Error):
        await connection.rollback()


@asynccontextmanager
async def acting_as(ctx: Context, actor: Actor) -> AsyncGenerator[Context]:
    """Go on in a context's transaction as another actor, with that actor's organization as the tenant; then turn back.

    For the few moments at which a person changes tenants in one transaction, such as making an organization.
    """
    await _enter(ctx.tx, actor)
    yield Context(ctx.tx, actor, ctx.clock, ctx.resources, ctx.after_commit)
    await _enter(ctx.tx, ctx.actor)


async def _enter(tx: Tx, actor: Actor) -> None:
    tenants = "{}" if actor.organization_id is None else f"{{{actor.organization_id}}}"
    await tx.execute(_SET_CONTEXT, (tenants, str(actor.user_id or ""), "on" if _is_system(actor) else ""), prepare=True)
