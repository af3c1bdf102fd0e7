"""All SQL of approvals that is not the journal's."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, kwargs_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.core.json import JsonObject
from retinue.runs.approvals.types import Approval, ApprovalStatus, Decided

_COLUMNS: LiteralString = """
SELECT a.id, a.run_id, a.step_id, r.target_name, a.kind, a.tool_name, a.arguments, a.reason,
  a.form, a.expires_at, a.status, a.decision,
  a.decided_by, u.full_name AS decided_by_name, a.decided_at, a.comment, a.created_at
FROM approvals a JOIN runs r ON r.id = a.run_id LEFT JOIN users u ON u.id = a.decided_by
"""


def _approval(**row: Any) -> Approval:  # noqa: ANN401 - the columns above
    row["status"] = ApprovalStatus(row["status"])
    return Approval(**row)


# The organization is named beside the policy: with a policy's array the index gives no order.
_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE a.organization_id = %(organization_id)s
  AND (%(status)s::text IS NULL OR a.status = %(status)s::text)
  AND (%(at)s::timestamptz IS NULL OR (a.created_at, a.id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY a.created_at DESC, a.id DESC LIMIT %(limit)s
"""
)


async def list_approvals(ctx: Context, status: ApprovalStatus | None, before: Position | None, limit: int) -> list[Approval]:
    """Return the organization's approvals, newest first."""
    at, last = (None, None) if before is None else (before.at, before.id)
    values = {"organization_id": ctx.organization_id, "status": status, "at": at, "id": last, "limit": limit}
    async with ctx.tx.cursor(row_factory=kwargs_row(_approval)) as cursor:
        await cursor.execute(_LIST, values)
        return await cursor.fetchall()


_LIST_OF_RUN: LiteralString = (
    _COLUMNS
    + """
WHERE a.run_id = %(run_id)s
  AND (%(at)s::timestamptz IS NULL OR (a.created_at, a.id) > (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY a.created_at, a.id LIMIT %(limit)s
"""
)


async def list_of_run(ctx: Context, run_id: UUID, after: Position | None, limit: int) -> list[Approval]:
    """Return the approvals of a run, oldest first."""
    at, last = (None, None) if after is None else (after.at, after.id)
    async with ctx.tx.cursor(row_factory=kwargs_row(_approval)) as cursor:
        await cursor.execute(_LIST_OF_RUN, {"run_id": run_id, "at": at, "id": last, "limit": limit})
        return await cursor.fetchall()


_GET: LiteralString = _COLUMNS + "WHERE a.id = %s"


async def get_approval(ctx: Context, approval_id: UUID) -> Approval | None:
    """Return one approval."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_approval)) as cursor:
        await cursor.execute(_GET, (approval_id,))
        return await cursor.fetchone()


_SCHEMA: LiteralString = """
SELECT tool -> 'parameters' FROM approvals a JOIN runs r ON r.id = a.run_id
CROSS JOIN LATERAL jsonb_array_elements(control.plan_of(r) -> 'tools') AS tool
WHERE a.id = %s AND tool ->> 'name' = a.tool_name LIMIT 1
"""


async def get_tool_schema(ctx: Context, approval_id: UUID) -> JsonObject | None:
    """Return the JSON Schema of the arguments of the tool in question, as the run's plan has it."""
    row = await (await ctx.tx.execute(_SCHEMA, (approval_id,))).fetchone()
    return None if row is None or not isinstance(row[0], dict) else row[0]


_DECIDE: LiteralString = """
SELECT run_id, organization_id, sequence, is_reopened
FROM control.decide(%(id)s::uuid, %(status)s::text, %(decision)s::jsonb, %(person)s::uuid, %(comment)s::text)
"""


async def decide(ctx: Context, approval_id: UUID, decision: JsonObject, status: ApprovalStatus) -> Decided | None:
    """Put a decision down and let the run go on; None when someone was first."""
    values = {
        "id": approval_id,
        "status": status,
        "decision": Jsonb(decision),
        "person": ctx.actor.user_id,
        "comment": decision.get("comment"),
    }
    async with ctx.tx.cursor(row_factory=class_row(Decided)) as cursor:
        await cursor.execute(_DECIDE, values)
        return await cursor.fetchone()


_EXPIRE: LiteralString = """
SELECT e.run_id, %(organization_id)s::uuid AS organization_id, e.sequence, e.is_reopened
FROM control.expire_approval(%(id)s) e
"""


async def expire(ctx: Context, approval_id: UUID) -> Decided | None:
    """Answer an approval whose time is up with what it has for that; None when someone was first."""
    values = {"id": approval_id, "organization_id": ctx.organization_id}
    async with ctx.tx.cursor(row_factory=class_row(Decided)) as cursor:
        return await (await cursor.execute(_EXPIRE, values)).fetchone()
