"""All SQL of heartbeats of external agents."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.external.types import AgentHeartbeat, NewHeartbeat

_INSERT: LiteralString = """
INSERT INTO agent_heartbeats (organization_id, agent_id, status, cpu_percent, memory_bytes) VALUES (%s, %s, %s, %s, %s)
"""


async def insert_heartbeat(ctx: Context, agent_id: UUID, sent: NewHeartbeat) -> None:
    """Write a heartbeat."""
    values = (ctx.organization_id, agent_id, sent.status, sent.cpu_percent, sent.memory_bytes)
    await ctx.tx.execute(_INSERT, values, prepare=True)


_LIST: LiteralString = """
SELECT received_at, status, cpu_percent, memory_bytes FROM agent_heartbeats
WHERE organization_id = %s AND agent_id = %s AND received_at >= %s ORDER BY received_at DESC, id DESC LIMIT %s
"""


async def list_heartbeats(ctx: Context, agent_id: UUID, since: datetime, most: int) -> list[AgentHeartbeat]:
    """Return heartbeats since an instant, newest first."""
    async with ctx.tx.cursor(row_factory=class_row(AgentHeartbeat)) as cursor:
        return await (await cursor.execute(_LIST, (ctx.organization_id, agent_id, since, most))).fetchall()


_DELETE_OLD: LiteralString = "SELECT tenant.delete_old_heartbeats(%s)"


async def delete_old(database: Database, most: int) -> int:
    """Delete heartbeats of all organizations that are older than two days; return how many."""
    return int((await database.statement(_DELETE_OLD, (most,)))[0][0])


_AGENT_OF_WORK: LiteralString = "SELECT agent_id FROM external_work WHERE run_id = %s AND state = 'open'"


async def find_agent_of_work(platform: Context, run_id: UUID) -> UUID | None:
    """Return the agent that a run waits for."""
    found = await (await platform.tx.execute(_AGENT_OF_WORK, (run_id,))).fetchone()
    return None if found is None else found[0]


_LEASE_END: LiteralString = """
SELECT lease_until FROM external_work
WHERE run_id = %s AND state = 'open' AND lease_until > tenant.now() AND lease_until < expires_at
"""


async def find_lease_end(platform: Context, run_id: UUID) -> datetime | None:
    """Return until when an agent holds a run that it has claimed; None when nobody does, or until the run's end."""
    found = await (await platform.tx.execute(_LEASE_END, (run_id,))).fetchone()
    return None if found is None else found[0]
