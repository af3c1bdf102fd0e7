"""All SQL of approvals that is not the journal's."""

from datetime import datetime
from typing import Any, LiteralString, cast
from uuid import UUID

from psycopg.rows import class_row, kwargs_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.core.ids import UserId, new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import Role
from retinue.runs.approvals.types import (
    Approval,
    ApprovalDecision,
    ApprovalStatus,
    ApprovalView,
    Approver,
    Decided,
    Entered,
)

_DECIDING = (Role.OWNER, Role.ADMIN, Role.AGENT_MANAGER)

_IS_MINE: LiteralString = """
  a.status = 'pending' AND r.status IN ('pending', 'running', 'waiting') AND %(roles)s::text[] <> '{}'
    AND (a.kind <> 'budget' OR %(may_grant)s)
    AND ((a.role IS NULL AND a.assignees = '{}') OR a.role = ANY (%(roles)s::text[])
      OR %(person)s::uuid = ANY (a.assignees))
    AND NOT EXISTS (SELECT FROM approval_decisions m WHERE m.approval_id = a.id AND m.user_id = %(person)s::uuid
      AND m.replaced_at IS NULL)"""
_COLUMNS: LiteralString = (
    """
SELECT a.id, a.run_id, a.step_id, r.target_name, a.kind, a.tool_name, a.arguments, a.reason,
  a.form, a.expires_at, a.status, a.decision,
  a.decided_by, u.full_name AS decided_by_name, a.decided_at, a.comment, a.created_at,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', p, 'full_name', v.full_name) ORDER BY i), '[]')
    FROM unnest(a.assignees) WITH ORDINALITY AS n (p, i) LEFT JOIN users v ON v.id = p) AS assignees,
  a.role, a.quorum, a.editable, a.escalated_at,
  (SELECT s.node_id FROM run_steps s WHERE s.run_id = a.run_id AND s.id = a.step_id) AS node_id,
  left(coalesce(r.input ->> 'prompt', nullif(r.input, '{}')::text), 2000) AS prompt, t.full_name AS requested_by_name,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'user_id', d.user_id, 'full_name', w.full_name,
      'status', d.status, 'comment', d.comment, 'by_link', d.by_link, 'created_at', d.created_at)
      ORDER BY d.created_at, d.id), '[]')
    FROM approval_decisions d LEFT JOIN users w ON w.id = d.user_id
    WHERE d.approval_id = a.id AND d.replaced_at IS NULL) AS decisions,
"""  # noqa: S608 - constants alone
    + _IS_MINE
    + """ AS is_mine
FROM approvals a JOIN runs r ON r.id = a.run_id LEFT JOIN users u ON u.id = a.decided_by
  LEFT JOIN users t ON t.id = r.triggered_by_id
"""
)


def _approval(**row: Any) -> Approval:  # noqa: ANN401 - the columns above
    row["status"] = ApprovalStatus(row["status"])
    row["role"] = None if row["role"] is None else Role(row["role"])
    row["assignees"] = [Approver(_id_of(each), each["full_name"]) for each in row["assignees"]]
    row["decisions"] = [
        ApprovalDecision(
            id=UUID(each["id"]),
            user_id=_id_of(each),
            full_name=each["full_name"],
            status=ApprovalStatus(each["status"]),
            comment=each["comment"],
            by_link=each["by_link"],
            created_at=datetime.fromisoformat(each["created_at"]),
        )
        for each in row["decisions"]
    ]
    return Approval(**row)


def _id_of(row: dict[str, Any]) -> Any:  # noqa: ANN401 - None of a person who is gone
    return None if row["user_id"] is None else UUID(row["user_id"])


def _me(ctx: Context) -> dict[str, Any]:
    """Return who asks, and the roles of approvals that they may decide by their own."""
    role = ctx.actor.role
    roles = list(_DECIDING[_DECIDING.index(Role(role)) :]) if role in _DECIDING else []
    may_grant = "budgets:write" in ctx.actor.permissions
    return {"person": ctx.actor.user_id, "roles": roles, "may_grant": may_grant}


# The organization is named beside the policy: with a policy's array the index gives no order.
_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE a.organization_id = %(organization_id)s
  AND (%(status)s::text IS NULL OR a.status = %(status)s::text)
  AND (%(view)s::text IS NULL OR (a.status = 'pending') = (%(view)s::text <> 'decided'))
  AND (%(at)s::timestamptz IS NULL OR (a.created_at, a.id) < (%(at)s::timestamptz, %(id)s::uuid))
  AND (%(view)s::text IS DISTINCT FROM 'mine' OR ("""
    + _IS_MINE
    + """))
ORDER BY a.created_at DESC, a.id DESC LIMIT %(limit)s
"""
)


async def list_approvals(
    ctx: Context, status: ApprovalStatus | None, view: ApprovalView | None, before: Position | None, limit: int
) -> list[Approval]:
    """Return the organization's approvals, newest first."""
    at, last = (None, None) if before is None else (before.at, before.id)
    values = {"organization_id": ctx.organization_id, "status": status, "view": view, "at": at, "id": last, "limit": limit}
    async with ctx.tx.cursor(row_factory=kwargs_row(_approval)) as cursor:
        await cursor.execute(_LIST, values | _me(ctx))
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
        await cursor.execute(_LIST_OF_RUN, {"run_id": run_id, "at": at, "id": last, "limit": limit} | _me(ctx))
        return await cursor.fetchall()


_GET: LiteralString = _COLUMNS + "WHERE a.id = %(id)s"


async def get_approval(ctx: Context, approval_id: UUID) -> Approval | None:
    """Return one approval."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_approval)) as cursor:
        await cursor.execute(_GET, {"id": approval_id} | _me(ctx))
        return await cursor.fetchone()


_TOOL: LiteralString = """
SELECT tool FROM approvals a JOIN runs r ON r.id = a.run_id
CROSS JOIN LATERAL jsonb_array_elements(control.plan_of(r) -> 'tools') AS tool
WHERE a.id = %s AND tool ->> 'name' = a.tool_name LIMIT 1
"""


async def get_tool(ctx: Context, approval_id: UUID) -> JsonObject | None:
    """Return the tool in question, as the run's plan has it."""
    row = await (await ctx.tx.execute(_TOOL, (approval_id,))).fetchone()
    return None if row is None or not isinstance(row[0], dict) else row[0]


_ENTER: LiteralString = """
SELECT outcome, run_id, organization_id, sequence, is_reopened FROM control.enter_decision(%(id)s::uuid, %(entry)s::uuid,
  %(status)s::text, %(decision)s::jsonb, %(person)s::uuid, %(comment)s::text, %(is_link)s)
"""


async def enter_decision(
    ctx: Context, approval_id: UUID, decision: JsonObject, status: ApprovalStatus, *, is_link: bool
) -> Entered | None:
    """Enter a person's decision; when it decides, the run goes on. None when there is no such approval."""
    values = {
        "id": approval_id,
        "entry": new_id(),
        "status": status,
        "decision": Jsonb(decision),
        "person": ctx.actor.user_id,
        "comment": decision.get("comment"),
        "is_link": is_link,
    }
    async with ctx.tx.cursor(row_factory=class_row(Entered)) as cursor:
        await cursor.execute(_ENTER, values)
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


_CONNECTED: LiteralString = """
SELECT d.approval_id, d.run_id, d.organization_id, d.sequence, d.is_reopened FROM control.decide_connected(%s) d
"""


async def decide_connected(ctx: Context, connection_id: UUID) -> list[tuple[UUID, Decided]]:
    """Approve what waits for a connection that was given; return the approvals, and what each decision did."""
    rows = await (await ctx.tx.execute(_CONNECTED, (connection_id,))).fetchall()
    return [(row[0], Decided(*row[1:])) for row in rows]


_ESCALATE: LiteralString = "SELECT expires_at FROM control.escalate(%s)"


async def escalate(ctx: Context, approval_id: UUID) -> datetime | None:
    """Ask the next ones; return until when they may decide, None when there is nobody (else) to ask."""
    row = await (await ctx.tx.execute(_ESCALATE, (approval_id,))).fetchone()
    return None if row is None else cast("datetime", row[0])


_NAMED: LiteralString = """
SELECT n, (control.deciders_named(%(organization_id)s, ARRAY[n]))[1] FROM unnest(%(names)s::text[]) AS n
"""


async def find_deciders(ctx: Context, names: list[str]) -> dict[str, UUID | None]:
    """Return the members whom e-mail addresses or ids name; None for one who is none, or whose role may not decide."""
    rows = await (await ctx.tx.execute(_NAMED, {"organization_id": ctx.organization_id, "names": names})).fetchall()
    return {row[0]: row[1] for row in rows}


_ASSIGN: LiteralString = """
UPDATE approvals SET assignees = %(assignees)s, role = %(role)s, quorum = %(quorum)s WHERE id = %(id)s AND status = 'pending'
"""
_LOCK: LiteralString = """
SELECT FROM runs r WHERE r.id = (SELECT a.run_id FROM approvals a WHERE a.id = %s) FOR NO KEY UPDATE
"""


async def assign(ctx: Context, approval_id: UUID, assignees: list[UUID], role: str | None, quorum: int) -> bool:
    """Let others decide; say whether the approval was pending (still)."""
    await ctx.tx.execute(_LOCK, (approval_id,))
    values = {"id": approval_id, "assignees": assignees, "role": role, "quorum": quorum}
    return (await ctx.tx.execute(_ASSIGN, values)).rowcount > 0


_APPROVERS: LiteralString = "SELECT p FROM control.approvers(%s) p"


async def list_approvers(ctx: Context, approval_id: UUID) -> list[UserId]:
    """Return who may decide on an approval now."""
    return [UserId(row[0]) for row in await (await ctx.tx.execute(_APPROVERS, (approval_id,))).fetchall()]


_ROLE: LiteralString = "SELECT role FROM memberships WHERE organization_id = %s AND user_id = %s"


async def get_role(ctx: Context, person: UserId) -> str | None:
    """Return a member's role in the context's organization."""
    row = await (await ctx.tx.execute(_ROLE, (ctx.organization_id, person))).fetchone()
    return None if row is None else str(row[0])


_NAME: LiteralString = "SELECT full_name FROM users WHERE id = %s"


async def get_name(ctx: Context, person: UserId) -> str | None:
    """Return a person's name."""
    row = await (await ctx.tx.execute(_NAME, (person,))).fetchone()
    return None if row is None else row[0]


_PRIVATE: LiteralString = "SELECT private_to_user_id FROM runs WHERE id = %s"


async def get_private_person(ctx: Context, run_id: UUID) -> UUID | None:
    """Return the person whom a run is private to."""
    row = await (await ctx.tx.execute(_PRIVATE, (run_id,))).fetchone()
    return None if row is None else row[0]


_TWO_FACTOR: LiteralString = "SELECT require_two_factor FROM organizations WHERE id = %s"


async def requires_two_factor(ctx: Context) -> bool:
    """Say whether the context's organization requires a second factor of its members."""
    row = await (await ctx.tx.execute(_TWO_FACTOR, (ctx.organization_id,))).fetchone()
    return row is None or bool(row[0])
