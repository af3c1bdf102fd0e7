"""All SQL of webhooks, their deliveries and attempts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, dict_row, kwargs_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.runs.endpoints.types import (
    RunEnd,
    RunWebhook,
    WebhookAttempt,
    WebhookDefinition,
    WebhookDelivery,
    WebhookState,
    WebhookStatus,
)

_COLUMNS: LiteralString = """
SELECT w.id, w.organization_id, w.created_by, w.name, w.url, w.events, w.target_id,
  coalesce(a.name, t.name, f.name) AS target_name, w.includes_output, w.status, w.last_error, w.last_delivery_at,
  w.created_at, w.updated_at
FROM webhook_endpoints w LEFT JOIN agents a ON a.id = w.target_id LEFT JOIN teams t ON t.id = w.target_id
LEFT JOIN workflows f ON f.id = w.target_id
"""


def _webhook(**row: Any) -> RunWebhook:  # noqa: ANN401 - the columns above
    row |= {"status": WebhookStatus(row["status"]), "events": [RunEnd(each) for each in row["events"]]}
    return RunWebhook(**row)


_ALL: LiteralString = _COLUMNS + "WHERE w.organization_id = %s ORDER BY w.name"
_GET: LiteralString = _COLUMNS + "WHERE w.id = %s"
_HOLD: LiteralString = _GET + " FOR NO KEY UPDATE OF w"
_COUNT: LiteralString = "SELECT count(*) FROM webhook_endpoints WHERE organization_id = %s"


async def list_all(ctx: Context) -> list[RunWebhook]:
    """Return the webhooks of the organization, by name."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_webhook)) as cursor:
        return await (await cursor.execute(_ALL, (ctx.organization_id,))).fetchall()


async def get(ctx: Context, webhook_id: UUID, *, lock: bool = False) -> RunWebhook | None:
    """Return one webhook; with ``lock`` nobody else changes it until the commit."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_webhook)) as cursor:
        return await (await cursor.execute(_HOLD if lock else _GET, (webhook_id,))).fetchone()


async def count(ctx: Context) -> int:
    """Count the webhooks of the organization."""
    row = await (await ctx.tx.execute(_COUNT, (ctx.organization_id,))).fetchone()
    return row[0] if row else 0


_TARGET: LiteralString = """
SELECT EXISTS (SELECT FROM agents WHERE id = %(id)s) OR EXISTS (SELECT FROM teams WHERE id = %(id)s)
  OR EXISTS (SELECT FROM workflows WHERE id = %(id)s)
"""


async def has_target(ctx: Context, target_id: UUID) -> bool:
    """Say whether an agent, a team or a workflow of the organization has an id."""
    row = await (await ctx.tx.execute(_TARGET, {"id": target_id})).fetchone()
    return bool(row and row[0])


_INSERT: LiteralString = """
INSERT INTO webhook_endpoints (id, organization_id, created_by, name, url, events, target_id, includes_output, status,
  secret_encrypted, created_at)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(name)s, %(url)s, %(events)s, %(target_id)s, %(includes_output)s,
  %(status)s, %(secret)s, tenant.now())
ON CONFLICT (organization_id, name) DO NOTHING
"""
_UPDATE: LiteralString = """
UPDATE webhook_endpoints SET name = %(name)s, url = %(url)s, events = %(events)s, target_id = %(target_id)s,
  includes_output = %(includes_output)s, status = %(status)s,
  dead_in_row = CASE WHEN %(status)s = 'active' AND status <> 'active' THEN 0 ELSE dead_in_row END,
  last_error = CASE WHEN %(status)s = 'active' AND status <> 'active' THEN NULL ELSE last_error END
WHERE id = %(id)s
"""
_NAMED: LiteralString = "SELECT id FROM webhook_endpoints WHERE organization_id = %s AND name = %s"
_DELETE: LiteralString = "DELETE FROM webhook_endpoints WHERE id = %s"
_ROTATE: LiteralString = """
UPDATE webhook_endpoints SET former_secret_encrypted = secret_encrypted, former_until = %s, secret_encrypted = %s
WHERE id = %s
"""


def _values(webhook_id: UUID, definition: WebhookDefinition, status: WebhookStatus) -> dict[str, Any]:
    values = {name: getattr(definition, name) for name in WebhookDefinition.__slots__ if name != "enabled"}
    return values | {"id": webhook_id, "events": [each.value for each in definition.events], "status": status}


async def insert(ctx: Context, definition: WebhookDefinition, status: WebhookStatus, secret: bytes) -> UUID | None:
    """Write a new webhook; None when one of its name exists."""
    values = _values(new_id(), definition, status)
    more = {"organization_id": ctx.organization_id, "created_by": ctx.actor.user_id, "secret": secret}
    cursor = await ctx.tx.execute(_INSERT, values | more)
    return values["id"] if cursor.rowcount else None


async def find_named(ctx: Context, name: str) -> UUID | None:
    """Return the webhook of a name."""
    row = await (await ctx.tx.execute(_NAMED, (ctx.organization_id, name))).fetchone()
    return row[0] if row else None


async def update(ctx: Context, webhook_id: UUID, definition: WebhookDefinition, status: WebhookStatus) -> None:
    """Write what a user decides about a webhook."""
    await ctx.tx.execute(_UPDATE, _values(webhook_id, definition, status))


async def delete(ctx: Context, webhook_id: UUID) -> None:
    """Delete a webhook and what waits for it."""
    await ctx.tx.execute(_DELETE, (webhook_id,))


async def rotate(ctx: Context, webhook_id: UUID, secret: bytes, former_until: datetime) -> None:
    """Write another signing secret; the former one still signs until an instant."""
    await ctx.tx.execute(_ROTATE, (former_until, secret, webhook_id))


@dataclass(frozen=True, slots=True)
class Sender:
    """What is needed to send to a webhook; the former secret as long as it signs."""

    id: UUID
    url: str
    status: str
    secret_encrypted: bytes
    former_secret_encrypted: bytes | None


_SENDER: LiteralString = """
SELECT id, url, status, secret_encrypted,
  CASE WHEN former_until > tenant.now() THEN former_secret_encrypted END AS former_secret_encrypted
FROM webhook_endpoints WHERE id = %s
"""


async def get_sender(ctx: Context, webhook_id: UUID) -> Sender | None:
    """Return where and how to send."""
    async with ctx.tx.cursor(row_factory=class_row(Sender)) as cursor:
        return await (await cursor.execute(_SENDER, (webhook_id,), prepare=True)).fetchone()


_WANTING: LiteralString = """
SELECT w.id, w.includes_output FROM webhook_endpoints w JOIN runs r ON r.organization_id = w.organization_id
WHERE r.id = %(run_id)s AND w.organization_id = %(organization_id)s AND w.status = 'active' AND %(kind)s = ANY (w.events)
  AND NOT r.playground AND r.private_to_user_id IS NULL
  AND (w.target_id = r.target_id OR (w.target_id IS NULL AND r.parent_run_id IS NULL))
"""
_RUN: LiteralString = """
SELECT r.id, r.organization_id, r.type, r.target_id, r.target_name, r.status, r.trigger, r.trace_id, r.parent_run_id,
  r.duration_ms, r.created_at, r.started_at, r.completed_at, r.tags, r.metadata, r.warning_count, r.resource_usage, r.error,
  r.output
FROM runs r WHERE r.id = %s AND r.completed_at IS NOT NULL
"""
_QUEUE: LiteralString = """
INSERT INTO webhook_deliveries (id, organization_id, endpoint_id, run_id, event_id, event_type, payload, next_attempt_at,
  give_up_at, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, tenant.now(), %s, tenant.now()) ON CONFLICT (endpoint_id, event_id) DO NOTHING
"""


async def list_wanting(ctx: Context, run_id: UUID, kind: str) -> list[tuple[UUID, bool]]:
    """Return the webhooks that tell of the end of a run, and whether they send its output."""
    values = {"run_id": run_id, "organization_id": ctx.organization_id, "kind": kind}
    return await (await ctx.tx.execute(_WANTING, values, prepare=True)).fetchall()


async def get_run(ctx: Context, run_id: UUID) -> dict[str, Any] | None:
    """Return what a webhook tells about a run that is over (still)."""
    async with ctx.tx.cursor(row_factory=dict_row) as cursor:
        return await (await cursor.execute(_RUN, (run_id,), prepare=True)).fetchone()


async def queue(
    ctx: Context, webhook_id: UUID, told: tuple[UUID, int, str], payload: JsonObject, give_up_at: datetime
) -> UUID | None:
    """Write what is to be sent about a run, an event and its type; None when this event is queued already."""
    delivery_id = new_id()
    values = (delivery_id, ctx.organization_id, webhook_id, *told, Jsonb(payload), give_up_at)
    return delivery_id if (await ctx.tx.execute(_QUEUE, values)).rowcount else None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker is to send; ``was_lost``: another began to, and never said how it went."""

    id: UUID
    endpoint_id: UUID
    payload: JsonObject
    attempts: int
    give_up_at: datetime
    was_lost: bool


_CLAIM: LiteralString = """
UPDATE webhook_deliveries d SET state = 'sending', attempts = d.attempts + 1, next_attempt_at = tenant.now() + %(lease)s
FROM (SELECT h.id, h.state FROM webhook_deliveries h WHERE h.id = %(id)s AND h.state IN ('queued', 'sending')
  AND h.next_attempt_at <= tenant.now() FOR UPDATE SKIP LOCKED) c WHERE d.id = c.id
RETURNING d.id, d.endpoint_id, d.payload, d.attempts, d.give_up_at, c.state = 'sending' AS was_lost
"""
_NEXT: LiteralString = """
SELECT next_attempt_at FROM webhook_deliveries WHERE id = %s AND state IN ('queued', 'sending')
"""


async def claim(ctx: Context, delivery_id: UUID, lease: timedelta) -> Claimed | None:
    """Claim a delivery that is due."""
    async with ctx.tx.cursor(row_factory=class_row(Claimed)) as cursor:
        values = {"id": delivery_id, "lease": lease}
        return await (await cursor.execute(_CLAIM, values, prepare=True)).fetchone()


async def find_next(ctx: Context, delivery_id: UUID) -> datetime | None:
    """Return when a delivery is due that is not over."""
    row = await (await ctx.tx.execute(_NEXT, (delivery_id,))).fetchone()
    return row[0] if row else None


_END: LiteralString = """
UPDATE webhook_deliveries SET state = %(state)s, reason = %(reason)s, next_attempt_at = %(again_at)s,
  sent_at = CASE WHEN %(state)s = 'sent' THEN tenant.now() END
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s
"""
_ATTEMPT: LiteralString = """
INSERT INTO webhook_attempts (id, organization_id, delivery_id, number, outcome, status_code, response, error, duration_ms,
  created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, tenant.now())
"""
_COUNT_SENT: LiteralString = """
UPDATE webhook_endpoints SET last_delivery_at = tenant.now(), dead_in_row = 0, last_error = NULL WHERE id = %s
"""
_NOTE_ERROR: LiteralString = "UPDATE webhook_endpoints SET last_error = %s WHERE id = %s"
_COUNT_DEAD: LiteralString = "UPDATE webhook_endpoints SET dead_in_row = dead_in_row + 1 WHERE id = %s RETURNING dead_in_row"
_FAIL: LiteralString = "UPDATE webhook_endpoints SET status = 'failed' WHERE id = %s AND status = 'active'"


async def end(
    ctx: Context, claimed: Claimed, state: WebhookState, *, reason: str | None = None, again_at: datetime | None = None
) -> bool:
    """Write how an attempt went; say whether the delivery was still this worker's."""
    values = {"id": claimed.id, "attempts": claimed.attempts, "state": state, "reason": reason, "again_at": again_at}
    return (await ctx.tx.execute(_END, values)).rowcount == 1


async def add_attempt(ctx: Context, delivery_id: UUID, attempt: WebhookAttempt) -> None:
    """Record an attempt."""
    values = (attempt.outcome, attempt.status_code, attempt.response, attempt.error, attempt.duration_ms)
    await ctx.tx.execute(_ATTEMPT, (new_id(), ctx.organization_id, delivery_id, attempt.number, *values))


async def note_sent(ctx: Context, webhook_id: UUID) -> None:
    """Write that a webhook works."""
    await ctx.tx.execute(_COUNT_SENT, (webhook_id,))


async def note_error(ctx: Context, webhook_id: UUID, error: str) -> None:
    """Write what went wrong last with a webhook."""
    await ctx.tx.execute(_NOTE_ERROR, (error[:1000], webhook_id))


async def count_dead(ctx: Context, webhook_id: UUID) -> int:
    """Count a delivery that was given up; return how many were in a row."""
    row = await (await ctx.tx.execute(_COUNT_DEAD, (webhook_id,))).fetchone()
    return row[0] if row else 0


async def fail(ctx: Context, webhook_id: UUID) -> bool:
    """Disable a webhook after errors; say whether it was active."""
    return (await ctx.tx.execute(_FAIL, (webhook_id,))).rowcount == 1


_DELIVERIES: LiteralString = """
SELECT d.id, d.endpoint_id AS webhook_id, d.run_id, d.event_type, d.state, d.reason, d.attempts, d.next_attempt_at,
  d.sent_at, d.created_at
FROM webhook_deliveries d JOIN runs r ON r.organization_id = d.organization_id AND r.id = d.run_id
  AND r.private_to_user_id IS NULL
"""
_OF_WEBHOOK: LiteralString = (
    _DELIVERIES
    + """
WHERE d.organization_id = %(organization_id)s AND d.endpoint_id = %(webhook_id)s
  AND (%(at)s::timestamptz IS NULL OR (d.created_at, d.id) < (%(at)s, %(id)s::uuid))
ORDER BY d.created_at DESC, d.id DESC LIMIT %(limit)s
"""
)
_DELIVERY: LiteralString = _DELIVERIES + "WHERE d.organization_id = %(organization_id)s AND d.id = %(id)s"
_ATTEMPTS: LiteralString = """
SELECT delivery_id, number, outcome, status_code, response, error, duration_ms, created_at FROM webhook_attempts
WHERE organization_id = %s AND delivery_id = ANY (%s) ORDER BY created_at, id
"""
_AGAIN: LiteralString = """
UPDATE webhook_deliveries SET state = 'queued', reason = NULL, attempts = 0, next_attempt_at = tenant.now(), give_up_at = %s,
  sent_at = NULL WHERE id = %s AND state IN ('sent', 'dead')
"""


async def list_deliveries(ctx: Context, webhook_id: UUID, after: Position | None, limit: int) -> list[WebhookDelivery]:
    """Return deliveries of a webhook, newest first, one more than ``limit`` when there are more."""
    values = {"webhook_id": webhook_id, "limit": limit + 1}
    return await _deliveries(ctx, _OF_WEBHOOK, values | {"at": after and after.at, "id": after and after.id})


async def get_delivery(ctx: Context, delivery_id: UUID) -> WebhookDelivery | None:
    """Return one delivery."""
    found = await _deliveries(ctx, _DELIVERY, {"id": delivery_id})
    return found[0] if found else None


async def _deliveries(ctx: Context, statement: LiteralString, values: dict[str, Any]) -> list[WebhookDelivery]:
    async with ctx.tx.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(statement, values | {"organization_id": ctx.organization_id})).fetchall()
    logs: dict[UUID, list[WebhookAttempt]] = {row["id"]: [] for row in rows}
    if rows:
        found = await ctx.tx.execute(_ATTEMPTS, (ctx.organization_id, list(logs)))
        for delivery_id, *attempt in await found.fetchall():
            logs[delivery_id].append(WebhookAttempt(*attempt))
    for row in rows:
        row |= {"event_type": RunEnd(row["event_type"]), "state": WebhookState(row["state"]), "log": logs[row["id"]]}
    return [WebhookDelivery(**row) for row in rows]


async def send_again(ctx: Context, delivery_id: UUID, give_up_at: datetime) -> bool:
    """Have a delivery that is over sent again under its id; say whether it was over."""
    return (await ctx.tx.execute(_AGAIN, (give_up_at, delivery_id))).rowcount == 1
