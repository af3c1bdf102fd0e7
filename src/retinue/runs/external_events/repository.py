"""All SQL of events that are sent to runs; what runs wait for is written by the journal."""

from datetime import timedelta
from typing import Final, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId
from retinue.runs.external_events.types import ExternalEvent, NewEvent, Sent

KEPT: Final = timedelta(days=1)

_SEND: LiteralString = """
SELECT event_id, is_new, answered, told, woken FROM control.send_event(sent => %(id)s::uuid,
  organization => %(organization_id)s::uuid, event_name => %(name)s::text, event_key => %(key)s::text,
  event_payload => %(payload)s::jsonb, external => %(external_id)s::text, person => %(person)s::uuid)
"""


async def send(ctx: Context, event_id: UUID, event: NewEvent) -> Sent:
    """Write an event, and answer the waits that it fits."""
    values = {
        "id": event_id,
        "organization_id": ctx.organization_id,
        "name": event.name,
        "key": event.key,
        "payload": Jsonb(event.payload),
        "external_id": event.external_id,
        "person": ctx.actor.user_id,
    }
    async with ctx.tx.cursor(row_factory=class_row(Sent)) as cursor:
        found = await (await cursor.execute(_SEND, values)).fetchone()
    if found is None:  # a function without rows always gives one
        raise AssertionError("a function returned no row")
    return found


_COLUMNS: LiteralString = "SELECT id, name, key, payload, external_id, answered_count, received_at FROM events"
_GET: LiteralString = _COLUMNS + " WHERE id = %s"


async def get(ctx: Context, event_id: UUID) -> ExternalEvent | None:
    """Return one event."""
    async with ctx.tx.cursor(row_factory=class_row(ExternalEvent)) as cursor:
        return await (await cursor.execute(_GET, (event_id,))).fetchone()


_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE organization_id = %(organization_id)s AND (%(name)s::text IS NULL OR name = %(name)s)
  AND (%(at)s::timestamptz IS NULL OR (received_at, id) < (%(at)s, %(id)s::uuid))
ORDER BY received_at DESC, id DESC LIMIT %(limit)s
"""
)


async def list_page(ctx: Context, name: str | None, before: Position | None, limit: int) -> list[ExternalEvent]:
    """Return events, newest first."""
    at, last = (None, None) if before is None else (before.at, before.id)
    values = {"organization_id": ctx.organization_id, "name": name, "at": at, "id": last, "limit": limit}
    async with ctx.tx.cursor(row_factory=class_row(ExternalEvent)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_EXPIRE: LiteralString = "SELECT run_id, sequence, is_reopened FROM control.expire_wait(%s)"


async def expire_wait(ctx: Context, wait_id: UUID) -> tuple[UUID, int, bool] | None:
    """End a wait whose time is up; return its run, the sequence of the event of that, and whether the run is pending now."""
    return await (await ctx.tx.execute(_EXPIRE, (wait_id,))).fetchone()


_ORGANIZATIONS: LiteralString = "SELECT tenant.organizations_with_old_events(%s)"
_DELETE: LiteralString = """
DELETE FROM events WHERE id = ANY (ARRAY(
  SELECT id FROM events WHERE organization_id = %s AND received_at < tenant.now() - %s::interval
  ORDER BY received_at LIMIT %s))
"""


async def list_organizations_with_old(database: Database) -> list[OrganizationId]:
    """Name the organizations that have events which are kept no longer."""
    return [row[0] for row in await database.statement(_ORGANIZATIONS, (KEPT,))]


async def delete_old(ctx: Context, most: int) -> int:
    """Delete events that are kept no longer; return how many."""
    return (await ctx.tx.execute(_DELETE, (ctx.organization_id, KEPT, most))).rowcount
