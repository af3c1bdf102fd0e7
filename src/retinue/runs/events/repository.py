"""All SQL of events that is not the journal's."""

from collections.abc import Mapping
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.engine.records import SELF_RESUMING
from retinue.runs.events.types import FollowedEvent, RunEvent

_LIST: LiteralString = """
SELECT e.sequence, e.type, e.created_at, control.event_data(e) AS data FROM run_event_stream e
WHERE e.run_id = %(run_id)s AND e.last_sequence > %(after)s AND e.sequence > %(after)s
ORDER BY e.last_sequence, e.sequence LIMIT %(limit)s
"""


async def list_events(ctx: Context, run_id: UUID, after: int, limit: int) -> list[RunEvent]:
    """Return events of a run in their order."""
    async with ctx.tx.cursor(row_factory=class_row(RunEvent)) as cursor:
        await cursor.execute(_LIST, {"run_id": run_id, "after": after, "limit": limit})
        return await cursor.fetchall()


_AFTER: LiteralString = """
SELECT run_id::text, status, sequence, type, data, created_at
FROM control.events_after(%s::text, %s::uuid[], %s::bigint[], %s::integer)
"""


async def list_after(
    database: Database, organizations: set[OrganizationId], afters: Mapping[str, int], most: int
) -> list[FollowedEvent]:
    """Return, for each of some runs, at most ``most`` events after a sequence, and how the run stands."""
    given = "{" + ",".join(str(each) for each in organizations) + "}"
    rows = await database.statement(_AFTER, (given, list(afters), list(afters.values()), most))
    return [FollowedEvent(*row) for row in rows]


_IS_IDLE: LiteralString = """
SELECT status NOT IN ('pending', 'running') AND coalesce(waiting_reason <> ALL (%s), true)
FROM runs WHERE id = %s
"""


async def is_idle(database: Database, organization_id: OrganizationId, run_id: UUID) -> bool:
    """Return whether a run is over or waits for a person; a run that was deleted is over."""
    async with database.system_context([organization_id]) as ctx:
        row = await (await ctx.tx.execute(_IS_IDLE, (list(SELF_RESUMING), run_id))).fetchone()
    return row is None or bool(row[0])
