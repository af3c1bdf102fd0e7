"""All SQL of overviews."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.json import JsonObject

# The organization is named beside the policy, so that the indexes are used.
_RELATED: LiteralString = """
WITH own AS (SELECT id, organization_id, parent_run_id, forked_from_run_id, retry_of_run_id FROM runs WHERE id = %(run_id)s)
SELECT 'parent' AS relation, r.id, r.status, r.target_name, r.created_at FROM own o JOIN runs r ON r.id = o.parent_run_id
UNION ALL
SELECT 'forked_from', r.id, r.status, r.target_name, r.created_at FROM own o JOIN runs r ON r.id = o.forked_from_run_id
UNION ALL
SELECT 'retried_from', r.id, r.status, r.target_name, r.created_at FROM own o JOIN runs r ON r.id = o.retry_of_run_id
UNION ALL
(SELECT 'children', r.id, r.status, r.target_name, r.created_at FROM runs r
 WHERE r.organization_id = %(organization_id)s AND r.parent_run_id = %(run_id)s
 ORDER BY r.created_at, r.id LIMIT %(limit)s)
UNION ALL
(SELECT 'forks', r.id, r.status, r.target_name, r.created_at FROM runs r
 WHERE r.organization_id = %(organization_id)s AND r.forked_from_run_id = %(run_id)s
 ORDER BY r.created_at, r.id LIMIT %(limit)s)
UNION ALL
(SELECT 'retries', r.id, r.status, r.target_name, r.created_at FROM runs r
 WHERE r.organization_id = %(organization_id)s AND r.retry_of_run_id = %(run_id)s
 ORDER BY r.created_at, r.id LIMIT %(limit)s)
"""


@dataclass(frozen=True, slots=True)
class Related:
    """A run that is related to another; ``relation`` is a field of ``RunOverview``."""

    relation: str
    id: UUID
    status: str
    target_name: str
    created_at: datetime


async def list_related(ctx: Context, run_id: UUID, limit: int) -> list[Related]:
    """Return the runs a run comes from, and those that come from it."""
    values = {"run_id": run_id, "organization_id": ctx.organization_id, "limit": limit}
    async with ctx.tx.cursor(row_factory=class_row(Related)) as cursor:
        await cursor.execute(_RELATED, values)
        return await cursor.fetchall()


# A run that goes on has not written yet what it used; its steps have.
_USAGES: LiteralString = """
WITH RECURSIVE descent AS (
  SELECT r.id FROM runs r WHERE r.id = %(run_id)s
  UNION
  SELECT r.id FROM runs r JOIN descent d ON r.organization_id = %(organization_id)s AND r.parent_run_id = d.id
)
SELECT CASE WHEN r.status IN ('pending', 'running', 'waiting') THEN control.usage_of_steps(r.id) ELSE r.resource_usage END
FROM descent d JOIN runs r ON r.id = d.id
"""


async def list_usages(ctx: Context, run_id: UUID) -> list[JsonObject]:
    """Return what a run and each of its descendants has used."""
    cursor = await ctx.tx.execute(_USAGES, {"run_id": run_id, "organization_id": ctx.organization_id})
    return [row[0] for row in await cursor.fetchall()]


_TOLD: LiteralString = """
SELECT e.type, e.created_at AS at, e.data, u.id AS user_id, u.full_name AS user_name
FROM run_event_stream e
LEFT JOIN users u ON u.id = coalesce(e.data ->> 'cancelled_by', e.data ->> 'decided_by')::uuid
WHERE e.run_id = %(run_id)s AND e.type IN ('run.started', 'run.resumed', 'run.waiting', 'run.completed', 'run.failed',
  'run.cancelled', 'approval.requested', 'approval.decided')
ORDER BY e.sequence LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a run's life, with the person it names."""

    type: str
    at: datetime
    data: JsonObject
    user_id: UUID | None
    user_name: str | None


async def list_told(ctx: Context, run_id: UUID, limit: int) -> list[Told]:
    """Return the events of a run's life in their order."""
    async with ctx.tx.cursor(row_factory=class_row(Told)) as cursor:
        await cursor.execute(_TOLD, {"run_id": run_id, "limit": limit})
        return await cursor.fetchall()


_DONE: LiteralString = """
SELECT a.action, a.created_at AS at, a.actor_id AS user_id, u.full_name AS user_name, a.api_key_id, k.name AS api_key_name
FROM audit_log a LEFT JOIN users u ON u.id = a.actor_id LEFT JOIN api_keys k ON k.id = a.api_key_id
WHERE a.organization_id = %(organization_id)s AND a.target_id = %(run_id)s
  AND a.action IN ('run.started', 'run.retried', 'run.forked', 'run.resumed', 'run.cancelled')
ORDER BY a.created_at, a.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What someone did to a run, as the audit log has it."""

    action: str
    at: datetime
    user_id: UUID | None
    user_name: str | None
    api_key_id: UUID | None
    api_key_name: str | None


async def list_done(ctx: Context, run_id: UUID, limit: int) -> list[Done]:
    """Return what was done to a run, oldest first."""
    values = {"organization_id": ctx.organization_id, "run_id": run_id, "limit": limit}
    async with ctx.tx.cursor(row_factory=class_row(Done)) as cursor:
        await cursor.execute(_DONE, values)
        return await cursor.fetchall()


_WORKFLOW_VERSION: LiteralString = """
SELECT CASE WHEN p.plan ->> 'runtime' IS DISTINCT FROM 'n8n' THEN (p.plan ->> 'workflow_version')::integer END
FROM (SELECT control.plan_of(r) AS plan FROM runs r WHERE r.id = %s) p
"""


async def find_workflow_version(ctx: Context, run_id: UUID) -> int | None:
    """Return the version of the workflow that a run carries out; None for a run of something else, and for one of n8n."""
    cursor = await ctx.tx.execute(_WORKFLOW_VERSION, (run_id,))
    row = await cursor.fetchone()
    return None if row is None else row[0]
