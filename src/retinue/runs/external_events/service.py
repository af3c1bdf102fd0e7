"""Events from outside: sent to the runs that wait for them, listed for a day, and waits that expire."""

from typing import Final
from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import FieldProblem
from retinue.core.ids import RunId, new_id
from retinue.core.json import dumps
from retinue.core.permissions import require
from retinue.core.timers import Timer
from retinue.runs.external_events import permissions, repository
from retinue.runs.external_events.errors import EventTooLargeError
from retinue.runs.external_events.types import ExternalEvent, NewEvent

EXPIRE: Final = "events.expire"
"""Timer: a wait for an event has expired; its subject is the wait. Set by the journal."""
_MOST_BYTES: Final = 65_536
_BATCH: Final = 1_000


async def send(ctx: Context, event: NewEvent) -> ExternalEvent:
    """Send an event. Each wait that it fits is answered once; the answers and the runs' going on are one commit.

    May be repeated with the same external id. Raises ``EventTooLargeError``.
    """
    require(ctx, permissions.SEND)
    if len(dumps(event.payload)) > _MOST_BYTES:
        problem = FieldProblem("payload", f"has more than {_MOST_BYTES} bytes as JSON", EventTooLargeError.remedy)
        raise EventTooLargeError(fields=(problem,))
    sent = await repository.send(ctx, new_id(), event)
    for run_id in sent.told:
        _tell(ctx, run_id, 0, is_pending=run_id in sent.woken)
    found = await repository.get(ctx, sent.event_id)
    if found is None:
        raise AssertionError("an event that was written is not there")
    return found


def _tell(ctx: Context, run_id: UUID, sequence: int, *, is_pending: bool) -> None:
    bus, organization_id, status = ctx.resources.bus, ctx.organization_id, "pending" if is_pending else None
    ctx.after_commit.append(lambda: bus.run_changed(organization_id, RunId(run_id), sequence, status=status))
    if is_pending:
        ctx.after_commit.append(bus.job_ready)


async def list_events(ctx: Context, name: str | None, limit: int, cursor: str | None) -> Page[ExternalEvent]:
    """Return a page of the events of the last day, newest first."""
    require(ctx, permissions.READ)
    before = None if cursor is None else decode(cursor)
    rows = await repository.list_page(ctx, name, before, limit + 1)
    return page_of(rows, limit, lambda event: Position(event.received_at, event.id))


async def expire(ctx: Context, timer: Timer) -> None:
    """End a wait whose time is up, unless an event came first; its run goes on."""
    ended = await repository.expire_wait(ctx, timer.subject_id)
    if ended is None:
        return
    run_id, sequence, is_reopened = ended
    _tell(ctx, run_id, sequence, is_pending=is_reopened)


async def delete_old(database: Database) -> None:
    """Delete events that are older than a day. May be repeated, and by several workers at once."""
    for organization_id in await repository.list_organizations_with_old(database):
        while True:
            async with database.system_context([organization_id]) as ctx:
                count = await repository.delete_old(ctx, _BATCH)
            if count < _BATCH:
                break
