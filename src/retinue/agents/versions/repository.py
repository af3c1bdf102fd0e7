"""All SQL of agents' versions."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from retinue.agents.versions.types import AgentVersion, Author
from retinue.core.context import Context, Tx
from retinue.core.json import JsonObject


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to be kept."""

    agent_id: UUID
    version: int
    snapshot: JsonObject
    note: str


def _version(
    *,
    agent_id: UUID,
    version: int,
    snapshot: JsonObject,
    note: str,
    author_id: UUID | None,
    author_name: str | None,
    created_at: datetime,
) -> AgentVersion:
    author = None if author_id is None else Author(author_id, author_name or "")
    return AgentVersion(agent_id, version, snapshot, note, author, created_at)


_INSERT: LiteralString = """
INSERT INTO agent_versions (organization_id, agent_id, version, snapshot, note, created_by)
VALUES (%(organization_id)s, %(agent_id)s, %(version)s, %(snapshot)s, %(note)s, %(created_by)s)
"""


async def insert(ctx: Context, new: NewVersion) -> None:
    """Keep a version."""
    values = {
        "organization_id": ctx.organization_id,
        "agent_id": new.agent_id,
        "version": new.version,
        "snapshot": Jsonb(new.snapshot),
        "note": new.note,
        "created_by": ctx.actor.user_id,
    }
    await ctx.tx.execute(_INSERT, values)


_LIST: LiteralString = """
SELECT v.agent_id, v.version, v.snapshot, v.note, v.created_by AS author_id, u.full_name AS author_name, v.created_at
FROM agent_versions v LEFT JOIN users u ON u.id = v.created_by
WHERE v.agent_id = %(agent_id)s AND v.version < %(before)s
ORDER BY v.version DESC LIMIT %(limit)s
"""


async def list_page(tx: Tx, agent_id: UUID, before: int, limit: int) -> list[AgentVersion]:
    """Return versions below ``before``, the newest first, one more than ``limit`` when there are more."""
    async with tx.cursor(row_factory=kwargs_row(_version)) as cursor:
        values = {"agent_id": agent_id, "before": before, "limit": limit + 1}
        return await (await cursor.execute(_LIST, values)).fetchall()


_GET: LiteralString = """
SELECT v.agent_id, v.version, v.snapshot, v.note, v.created_by AS author_id, u.full_name AS author_name, v.created_at
FROM agent_versions v LEFT JOIN users u ON u.id = v.created_by
WHERE v.agent_id = %s AND v.version = %s
"""


async def get(tx: Tx, agent_id: UUID, version: int) -> AgentVersion | None:
    """Return one version."""
    async with tx.cursor(row_factory=kwargs_row(_version)) as cursor:
        return await (await cursor.execute(_GET, (agent_id, version))).fetchone()
