"""Events: news of the packages below for the packages above, as rows of the transaction of what they tell.

A pump in every worker hands them to their listeners, each in a transaction of its organization, at least once. What a
listener writes and the event's removal are one commit. An event that keeps failing is set aside and logged; one whose files
are held by a backup is not, since a backup may take hours.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.liveness import checked_connection
from retinue.core.file_deletion import FilesHeldError
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.core.logging import get_logger

_log = get_logger(__name__)

PENDING = "outbox.wake"
"""What pending work calls events that are due."""
_BATCH = 200
_HOLD = timedelta(seconds=60)
_MAX_ATTEMPTS = 8
_LONGEST_DELAY_SECONDS = 300
_GAP_SECONDS = 0.2
"""Between two looks at least, so that a busy installation hands on many events at once."""
_IDLE_SECONDS = 60.0
"""Between two looks when nobody wakes. What is due again later, or whose wake-up was lost, is told with the pending work."""


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of news: ``type`` as run.completed, and a small document of ids and facts."""

    id: int
    organization_id: OrganizationId
    type: str
    payload: JsonObject
    attempts: int
    created_at: datetime


def _always(event: Event) -> bool:
    del event
    return True


@dataclass(frozen=True, slots=True)
class Listener:
    """Someone who listens to a type of event. ``handle`` may be called twice for the same event; ``wants`` is cheap.

    ``handle_all`` is called instead, where it is given: with all events of a transaction, in their order.
    """

    handle: Callable[[Context, Event], Awaitable[None]]
    wants: Callable[[Event], bool] = _always
    handle_all: Callable[[Context, Sequence[Event]], Awaitable[None]] | None = None


_APPEND: LiteralString = "INSERT INTO outbox (organization_id, type, payload) VALUES (%s, %s, %s)"


async def append(ctx: Context, kind: str, payload: JsonObject) -> None:
    """Tell an event in the context's transaction; ``payload`` holds ids and facts, never secrets or whole documents."""
    await ctx.tx.execute(_APPEND, (ctx.organization_id, kind, Jsonb(payload)), prepare=True)
    ctx.after_commit.append(ctx.resources.bus.events_ready)


_CLAIM: LiteralString = """
SELECT id, organization_id, type, payload, attempts, created_at FROM tenant.claim_outbox(%s, tenant.now(), %s) ORDER BY id
"""
_FORGET: LiteralString = "SELECT tenant.forget_outbox(%s)"
_DELETE: LiteralString = "DELETE FROM outbox WHERE id = ANY (%s)"
_PUT_OFF: LiteralString = "UPDATE outbox SET not_before = tenant.now() + make_interval(secs => %s), error = %s WHERE id = %s"
_LAY_ASIDE: LiteralString = "UPDATE outbox SET failed_at = tenant.now(), error = %s WHERE id = %s"


class Pump:
    """Hands events to their listeners. Any number of pumps may run; each event is with one of them at a time."""

    def __init__(self, database: Database, listeners: Mapping[str, tuple[Listener, ...]]) -> None:
        """Take the listeners by event type."""
        self._database = database
        self._listeners = listeners
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look for events now: some were committed, here or elsewhere."""
        self._wake.set()

    async def look(self, database: Database) -> None:
        """Look for events now: they are pending. A piece of periodic work."""
        del database
        self.wake()

    async def run(self) -> None:
        """Pump until cancelled: looks at once when woken, else every minute."""
        while True:
            self._wake.clear()
            try:
                await self.drain()
            except Exception as error:  # noqa: BLE001 - the border of the pump: it must outlive what it stands on
                _log.warning("events.pumping_failed", error=str(error))
            await asyncio.sleep(_GAP_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(_IDLE_SECONDS):
                    await self._wake.wait()

    async def drain(self) -> int:
        """Hand on what is due, until nothing is; say how many events were handled."""
        total = 0
        while events := await self._claim():
            total += len(events)
            await self._hand_on(events)
            if len(events) < _BATCH:
                break
        return total

    async def _claim(self) -> list[Event]:
        async with (
            checked_connection(self._database.pool) as connection,
            connection.cursor(row_factory=class_row(Event)) as cursor,
        ):
            await cursor.execute(_CLAIM, (_BATCH, _HOLD), prepare=True)
            return await cursor.fetchall()

    async def _hand_on(self, events: list[Event]) -> None:
        wanted: defaultdict[OrganizationId, list[Event]] = defaultdict(list)
        unwanted: list[int] = []
        for event in events:
            if any(listener.wants(event) for listener in self._listeners.get(event.type, ())):
                wanted[event.organization_id].append(event)
            else:
                unwanted.append(event.id)
        if unwanted:
            async with checked_connection(self._database.pool) as connection:
                await connection.execute(_FORGET, (unwanted,), prepare=True)
        for organization_id, group in wanted.items():
            await self._hand_on_group(organization_id, group)

    async def _hand_on_group(self, organization_id: OrganizationId, group: list[Event]) -> None:
        try:
            async with self._database.system_context([organization_id]) as ctx:
                await self._handle(ctx, group)
                await ctx.tx.execute(_DELETE, ([event.id for event in group],), prepare=True)
        except psycopg.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - the border of a subscriber
            if len(group) == 1:
                await self._put_off(group[0], error)
                return
            for event in group:
                await self._hand_on_group(organization_id, [event])

    async def _handle(self, ctx: Context, group: list[Event]) -> None:
        together: defaultdict[Callable[[Context, Sequence[Event]], Awaitable[None]], list[Event]] = defaultdict(list)
        for event in group:
            for listener in self._listeners[event.type]:
                if not listener.wants(event):
                    continue
                if listener.handle_all is None:
                    await listener.handle(ctx, event)
                else:
                    together[listener.handle_all].append(event)
        for handle_all, events in together.items():
            await handle_all(ctx, events)

    async def _put_off(self, event: Event, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"[:500]
        is_held = isinstance(error, FilesHeldError)
        is_given_up = event.attempts >= _MAX_ATTEMPTS and not is_held
        about = {"event_id": event.id, "event_type": event.type, "attempts": event.attempts}
        if is_held:
            _log.info("events.files_held", **about)
        else:
            _log.error("events.laid_aside" if is_given_up else "events.handling_failed", **about, exc_info=error)
        async with self._database.system_context([event.organization_id]) as ctx:
            if is_given_up:
                await ctx.tx.execute(_LAY_ASIDE, (text, event.id))
            else:
                await ctx.tx.execute(_PUT_OFF, (min(2 ** min(event.attempts, 10), _LONGEST_DELAY_SECONDS), text, event.id))


def gather(*offers: Mapping[str, Listener]) -> dict[str, tuple[Listener, ...]]:
    """Put together what several features listen to."""
    listeners: defaultdict[str, tuple[Listener, ...]] = defaultdict(tuple)
    for offer in offers:
        for kind, listener in offer.items():
            listeners[kind] += (listener,)
    return dict(listeners)
