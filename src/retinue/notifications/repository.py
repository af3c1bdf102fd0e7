"""All SQL of notifications."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, kwargs_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.notifications.types import (
    EmailFrequency,
    News,
    Notification,
    NotificationCount,
    NotificationPreference,
    NotificationType,
    Priority,
)


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications a list shows; None takes all."""

    unread: bool | None = None
    snoozed: bool | None = None
    type: str | None = None
    priority: Priority | None = None


_COLUMNS: LiteralString = """
SELECT n.id, n.organization_id, n.user_id, n.type, n.title, n.message, n.data, n.priority, n.count, n.read_at,
  CASE WHEN n.snoozed_until > tenant.now() THEN n.snoozed_until END AS snoozed_until, n.expires_at, n.created_at
FROM notifications n
"""
_IS_SNOOZED: LiteralString = "coalesce(n.snoozed_until > tenant.now(), false)"
_SHOWN: LiteralString = """
WHERE n.user_id = %(user_id)s AND n.organization_id = %(organization_id)s AND n.in_app
  AND (n.expires_at IS NULL OR n.expires_at > tenant.now())
"""


def _notification(**row: Any) -> Notification:  # noqa: ANN401 - the columns above
    row["priority"] = Priority(row["priority"])
    return Notification(**row)


_LIST: LiteralString = (
    _COLUMNS
    + _SHOWN
    + """
  AND (%(unread)s::boolean IS NULL OR CASE WHEN %(unread)s THEN n.read_at IS NULL AND NOT """
    + _IS_SNOOZED
    + """ ELSE n.read_at IS NOT NULL END)
  AND (%(snoozed)s::boolean IS NULL OR %(snoozed)s = """
    + _IS_SNOOZED
    + """)
  AND (%(type)s::text IS NULL OR n.type = %(type)s) AND (%(priority)s::text IS NULL OR n.priority = %(priority)s)
  AND (%(at)s::timestamptz IS NULL OR (n.created_at, n.id) < (%(at)s, %(id)s::uuid))
ORDER BY n.created_at DESC, n.id DESC LIMIT %(limit)s
"""
)


def _own(ctx: Context) -> dict[str, Any]:
    return {"user_id": ctx.user_id, "organization_id": ctx.organization_id}


async def list_page(ctx: Context, wanted: NotificationFilter, after: Position | None, limit: int) -> list[Notification]:
    """Return the person's notifications, newest first, one more than ``limit`` when there are more."""
    values = _own(ctx) | {
        "unread": wanted.unread,
        "snoozed": wanted.snoozed,
        "type": wanted.type,
        "priority": wanted.priority,
        "at": after.at if after else None,
        "id": after.id if after else None,
        "limit": limit + 1,
    }
    async with ctx.tx.cursor(row_factory=kwargs_row(_notification)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_GET: LiteralString = _COLUMNS + _SHOWN + " AND n.id = %(id)s"


async def get(ctx: Context, notification_id: UUID) -> Notification | None:
    """Return one notification of the person."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_notification)) as cursor:
        return await (await cursor.execute(_GET, _own(ctx) | {"id": notification_id})).fetchone()


_COUNT: LiteralString = (
    """
SELECT count(*) AS unread, count(*) FILTER (WHERE n.priority IN ('high', 'critical')) AS urgent FROM notifications n
"""
    + _SHOWN
    + " AND n.read_at IS NULL AND NOT "
    + _IS_SNOOZED
)


async def count(ctx: Context) -> NotificationCount:
    """Count the person's unread notifications."""
    async with ctx.tx.cursor(row_factory=class_row(NotificationCount)) as cursor:
        found = await (await cursor.execute(_COUNT, _own(ctx), prepare=True)).fetchone()
    return found or NotificationCount(0, 0)


# What was read is not repeated on any more, also when it is marked as unread again: another may be unread by then.
_MARK: LiteralString = """
UPDATE notifications SET read_at = CASE WHEN %(is_read)s THEN coalesce(read_at, tenant.now()) END, fold_key = NULL,
  snoozed_until = CASE WHEN NOT %(is_read)s THEN snoozed_until END
WHERE user_id = %(user_id)s AND organization_id = %(organization_id)s AND id = %(id)s
"""
# Locked in one order: two of them may come at once.
_MARK_ALL: LiteralString = """
WITH unread AS (
  SELECT n.id FROM notifications n
  WHERE n.user_id = %(user_id)s AND n.organization_id = %(organization_id)s AND n.read_at IS NULL
    AND (n.snoozed_until IS NULL OR n.snoozed_until <= tenant.now())
  ORDER BY n.id FOR UPDATE
)
UPDATE notifications n SET read_at = tenant.now(), fold_key = NULL FROM unread u WHERE n.id = u.id
"""
# It does not expire before it is seen again.
_SNOOZE: LiteralString = """
UPDATE notifications SET snoozed_until = %(until)s, read_at = CASE WHEN %(until)s::timestamptz IS NULL THEN read_at END,
  expires_at = greatest(expires_at, %(until)s::timestamptz + interval '7 days')
WHERE user_id = %(user_id)s AND organization_id = %(organization_id)s AND id = %(id)s
"""
_AWAKEN: LiteralString = """
UPDATE notifications SET snoozed_until = NULL WHERE organization_id = %s AND id = %s AND snoozed_until <= tenant.now()
RETURNING user_id
"""


async def snooze(ctx: Context, notification_id: UUID, until: datetime | None) -> None:
    """Put off one notification of the person, which is unread then, or list it again at once."""
    await ctx.tx.execute(_SNOOZE, _own(ctx) | {"id": notification_id, "until": until})


async def awaken(ctx: Context, notification_id: UUID) -> list[UUID]:
    """List a notification again whose time has come; return whose it is."""
    return [row[0] for row in await (await ctx.tx.execute(_AWAKEN, (ctx.organization_id, notification_id))).fetchall()]


async def mark(ctx: Context, notification_id: UUID, *, is_read: bool) -> None:
    """Mark one notification of the person as read or unread."""
    await ctx.tx.execute(_MARK, _own(ctx) | {"id": notification_id, "is_read": is_read})


async def mark_all(ctx: Context) -> int:
    """Mark all notifications of the person as read that are not snoozed; return how many were not."""
    return (await ctx.tx.execute(_MARK_ALL, _own(ctx))).rowcount


_PREFERENCES: LiteralString = """
SELECT type, in_app, email FROM notification_preferences WHERE user_id = %(user_id)s
  AND organization_id = %(organization_id)s
"""
_PREFER: LiteralString = """
INSERT INTO notification_preferences AS p (user_id, organization_id, type, in_app, email)
VALUES (%(user_id)s, %(organization_id)s, %(type)s, coalesce(%(in_app)s, true), coalesce(%(email)s, 'off'))
ON CONFLICT (user_id, organization_id, type) DO UPDATE SET in_app = coalesce(%(in_app)s, p.in_app),
  email = coalesce(%(email)s, p.email)
RETURNING p.in_app, p.email
"""


async def list_preferences(ctx: Context) -> dict[str, NotificationPreference]:
    """Return the preferences that the person has set, by type."""
    rows = await (await ctx.tx.execute(_PREFERENCES, _own(ctx))).fetchall()
    types = {each.value for each in NotificationType}
    known = [row for row in rows if row[0] in types]
    return {row[0]: NotificationPreference(NotificationType(row[0]), row[1], EmailFrequency(row[2])) for row in known}


async def prefer(
    ctx: Context, kind: NotificationType, *, in_app: bool | None, email: EmailFrequency | None
) -> NotificationPreference:
    """Write the given fields of a preference of the person; return the preference."""
    values = _own(ctx) | {"type": kind, "in_app": in_app, "email": email}
    row = await (await ctx.tx.execute(_PREFER, values)).fetchone()
    assert row is not None  # noqa: S101 - written above
    return NotificationPreference(kind, row[0], EmailFrequency(row[1]))


# A type without a preference is sent no e-mail.
_END_EMAIL: LiteralString = """
UPDATE notification_preferences SET email = 'off'
WHERE user_id = %(user_id)s AND organization_id = %(organization_id)s AND type = ANY (%(types)s) AND email <> 'off'
"""
_END_WAITING: LiteralString = """
UPDATE notifications SET email_due_at = NULL
WHERE user_id = %(user_id)s AND organization_id = %(organization_id)s AND type = ANY (%(types)s) AND email_due_at IS NOT NULL
"""
_RECIPIENT: LiteralString = """
SELECT u.email, o.name, NOT EXISTS (SELECT FROM notification_preferences p WHERE p.user_id = u.id
  AND p.organization_id = o.id AND p.type = ANY (%(types)s) AND p.email <> 'off')
FROM memberships m JOIN users u ON u.id = m.user_id JOIN organizations o ON o.id = m.organization_id
WHERE m.user_id = %(user_id)s AND m.organization_id = %(organization_id)s
"""


async def end_email(ctx: Context, user_id: UUID, types: list[str]) -> None:
    """Send a person no e-mail about some types any more, nor what waits to be sent."""
    values = {"user_id": user_id, "organization_id": ctx.organization_id, "types": types}
    await ctx.tx.execute(_END_EMAIL, values)
    await ctx.tx.execute(_END_WAITING, values)


async def find_recipient(ctx: Context, user_id: UUID, types: list[str]) -> tuple[str, str, bool] | None:
    """Return a member's address, the organization's name, and whether they get no e-mail about any of some types."""
    values = {"user_id": user_id, "organization_id": ctx.organization_id, "types": types}
    return await (await ctx.tx.execute(_RECIPIENT, values)).fetchone()


_NOTIFY_RESPONSIBLE: LiteralString = """
SELECT tenant.notify_responsible(%(organization)s, %(creator)s, %(kind)s, %(title)s, %(message)s, %(data)s, %(priority)s,
  %(fold)s)
"""


async def notify_responsible(ctx: Context, creator: UUID | None, news: News) -> list[UUID]:
    """Notify the creator, or the owners and admins when they are gone; return who was notified."""
    return await _notify(ctx, _NOTIFY_RESPONSIBLE, news, {"creator": creator})


_NOTIFY_PERSONS: LiteralString = """
SELECT tenant.notify_persons(%(organization)s, %(persons)s, %(kind)s, %(title)s, %(message)s, %(data)s, %(priority)s,
  %(fold)s)
"""


async def notify_persons(ctx: Context, persons: list[UUID], news: News) -> list[UUID]:
    """Notify members; return who was notified."""
    return await _notify(ctx, _NOTIFY_PERSONS, news, {"persons": persons})


async def _notify(ctx: Context, statement: LiteralString, news: News, to: dict[str, Any]) -> list[UUID]:
    values = {
        "organization": ctx.organization_id,
        "kind": news.type,
        "title": news.title,
        "message": news.message,
        "data": Jsonb(news.data),
        "priority": news.priority,
        "fold": news.fold,
    }
    return [row[0] for row in await (await ctx.tx.execute(statement, values | to, prepare=True)).fetchall()]


_SETTLE: LiteralString = """
UPDATE notifications SET read_at = tenant.now(), fold_key = NULL, email_due_at = NULL
WHERE organization_id = %s AND fold_key = %s AND read_at IS NULL RETURNING user_id
"""


async def settle(ctx: Context, fold: str) -> list[UUID]:
    """Mark unread notifications of a fold key as read, and send no e-mail of them any more; return whose they are."""
    return [row[0] for row in await (await ctx.tx.execute(_SETTLE, (ctx.organization_id, fold))).fetchall()]


# An unread notification that says how something is, becomes one that says how it ended.
_RENEW: LiteralString = """
UPDATE notifications SET title = %(title)s, message = %(message)s, data = %(data)s, priority = %(priority)s
WHERE organization_id = %(organization)s AND fold_key = %(fold)s AND read_at IS NULL RETURNING user_id
"""


async def renew(ctx: Context, news: News) -> list[UUID]:
    """Rewrite unread notifications of a fold key; return whose they are."""
    values = {
        "organization": ctx.organization_id,
        "title": news.title[:255],
        "message": news.message,
        "data": Jsonb(news.data),
        "priority": news.priority,
        "fold": news.fold,
    }
    return [row[0] for row in await (await ctx.tx.execute(_RENEW, values)).fetchall()]


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A failed run of an agent, and who made the agent. A private run has no reason here."""

    run_id: UUID
    agent_id: UUID
    agent_name: str
    creator: UUID | None
    reason: str | None


_FAILED: LiteralString = """
SELECT r.id AS run_id, a.id AS agent_id, a.name AS agent_name, a.created_by AS creator,
  CASE WHEN r.private_to_user_id IS NULL THEN r.error_message END AS reason
FROM runs r JOIN agents a ON a.organization_id = r.organization_id AND a.id = r.agent_id
WHERE r.id = %s AND r.status = 'failed' AND NOT r.playground
"""


async def find_failed_run(ctx: Context, run_id: UUID) -> FailedRun | None:
    """Return a run of an agent that is failed (still)."""
    async with ctx.tx.cursor(row_factory=class_row(FailedRun)) as cursor:
        return await (await cursor.execute(_FAILED, (run_id,), prepare=True)).fetchone()


@dataclass(frozen=True, slots=True)
class AskedApproval:
    """A pending approval; ``persons`` are those asked, None when anybody who may decide is."""

    run_id: UUID
    kind: str
    tool_name: str
    reason: str
    target_name: str
    creator: UUID | None
    persons: list[UUID] | None


_ASKED: LiteralString = """
SELECT a.run_id, a.kind, a.tool_name, a.reason, r.target_name, r.triggered_by_id AS creator,
  CASE WHEN a.role IS NOT NULL OR a.assignees <> '{}' OR r.private_to_user_id IS NOT NULL OR a.kind = 'budget'
    THEN ARRAY(SELECT control.approvers(a.id)) END AS persons
FROM approvals a JOIN runs r ON r.id = a.run_id WHERE a.id = %s AND a.status = 'pending'
"""


async def find_asked_approval(ctx: Context, approval_id: UUID) -> AskedApproval | None:
    """Return an approval that is pending (still)."""
    async with ctx.tx.cursor(row_factory=class_row(AskedApproval)) as cursor:
        return await (await cursor.execute(_ASKED, (approval_id,), prepare=True)).fetchone()


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployed version, what it is of, and who deployed it."""

    target_id: UUID
    target_type: str
    target_name: str
    version: int
    creator: UUID | None
    url: str | None


_DEPLOYED: LiteralString = """
SELECT d.target_id, d.target_type, coalesce(a.name, t.name, '') AS target_name, d.version,
  coalesce(d.created_by, a.created_by, t.created_by) AS creator, d.deployment_url AS url
FROM deployments d LEFT JOIN agents a ON a.id = d.agent_id LEFT JOIN teams t ON t.id = d.team_id WHERE d.id = %s
"""


async def find_deployed(ctx: Context, deployment_id: UUID) -> Deployed | None:
    """Return a deployment."""
    async with ctx.tx.cursor(row_factory=class_row(Deployed)) as cursor:
        return await (await cursor.execute(_DEPLOYED, (deployment_id,))).fetchone()


_KEY: LiteralString = "SELECT name, created_by FROM api_keys WHERE id = %s"


async def find_key(ctx: Context, api_key_id: UUID) -> tuple[str, UUID | None] | None:
    """Return the name and the creator of an API key."""
    return await (await ctx.tx.execute(_KEY, (api_key_id,))).fetchone()


_DELETE_EXPIRED: LiteralString = "SELECT tenant.delete_expired_notifications(%s)"


async def delete_expired(database: Database, most: int) -> int:
    """Delete notifications of all organizations that have expired; return how many."""
    ((deleted,),) = await database.statement(_DELETE_EXPIRED, (most,))
    return int(deleted)
