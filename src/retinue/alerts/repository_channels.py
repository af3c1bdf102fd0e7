"""All SQL of channels, of what is sent to them, and of each attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, dict_row, kwargs_row
from psycopg.types.json import Jsonb

from retinue.alerts.types import (
    AlertDelivery,
    ChannelKind,
    ChannelStatus,
    DeliveryAttempt,
    DeliveryState,
    EventType,
    Severity,
)
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId, new_id
from retinue.core.json import JsonObject


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel with its encrypted secret: the URL of a Slack webhook, or the signing secret of a webhook."""

    id: UUID
    organization_id: UUID
    created_by: UUID | None
    kind: ChannelKind
    name: str
    address: str | None
    secret_encrypted: bytes | None
    former_secret_encrypted: bytes | None
    former_until: datetime | None
    send_on: list[str]
    min_severity: Severity
    status: ChannelStatus
    last_error: str | None
    last_delivery_at: datetime | None
    dead_in_row: int
    sent_count: int
    dead_count: int
    verified_at: datetime | None
    code_hash: bytes | None
    code_expires_at: datetime | None
    code_attempts: int
    created_at: datetime
    updated_at: datetime


_CHANNEL: LiteralString = """
SELECT id, organization_id, created_by, kind, name, address, secret_encrypted, former_secret_encrypted, former_until,
  send_on,
  min_severity, status, last_error, last_delivery_at, dead_in_row, sent_count, dead_count, verified_at, code_hash,
    code_expires_at,
  code_attempts, created_at, updated_at
FROM alert_channels
"""


def _channel(**row: Any) -> ChannelRow:  # noqa: ANN401 - the columns above
    row |= {"kind": ChannelKind(row["kind"]), "status": ChannelStatus(row["status"])}
    row["min_severity"] = Severity(row["min_severity"])
    return ChannelRow(**row)


_ALL: LiteralString = _CHANNEL + "WHERE organization_id = %s ORDER BY kind, name"
_GET: LiteralString = _CHANNEL + "WHERE id = %s"
_HOLD: LiteralString = _GET + " FOR NO KEY UPDATE"
_FIND: LiteralString = _CHANNEL + "WHERE organization_id = %s AND kind = %s AND name = ANY (%s) ORDER BY name"
_COUNT: LiteralString = "SELECT count(*) FROM alert_channels WHERE organization_id = %s"


async def list_all(ctx: Context) -> list[ChannelRow]:
    """Return the channels of the organization, by kind and name."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_channel)) as cursor:
        return await (await cursor.execute(_ALL, (ctx.organization_id,))).fetchall()


async def get(ctx: Context, channel_id: UUID, *, lock: bool = False) -> ChannelRow | None:
    """Return one channel; with ``lock`` nobody else changes it until the commit."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_channel)) as cursor:
        return await (await cursor.execute(_HOLD if lock else _GET, (channel_id,))).fetchone()


async def find(ctx: Context, kind: ChannelKind, names: Sequence[str]) -> list[ChannelRow]:
    """Return channels of a kind by their names."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_channel)) as cursor:
        return await (await cursor.execute(_FIND, (ctx.organization_id, kind, list(names)))).fetchall()


async def count(ctx: Context) -> int:
    """Count the channels of the organization."""
    row = await (await ctx.tx.execute(_COUNT, (ctx.organization_id,))).fetchone()
    return row[0] if row else 0


_INSERT: LiteralString = """
INSERT INTO alert_channels (id, organization_id, created_by, kind, name, address, secret_encrypted, send_on,
  min_severity, status,
  created_at)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(kind)s, %(name)s, %(address)s, %(secret)s, %(send_on)s,
  %(min_severity)s,
  %(status)s, tenant.now())
ON CONFLICT (organization_id, kind, name) DO NOTHING
"""


async def insert(ctx: Context, values: dict[str, Any]) -> UUID | None:
    """Write a new channel; None when one of its kind and name exists."""
    given = {"id": new_id(), "organization_id": ctx.organization_id, "created_by": ctx.actor.user_id}
    cursor = await ctx.tx.execute(_INSERT, given | values)
    return UUID(str(given["id"])) if cursor.rowcount else None


_UPDATE: LiteralString = """
UPDATE alert_channels SET address = %(address)s, secret_encrypted = %(secret)s, send_on = %(send_on)s,
  min_severity = %(min_severity)s,
  status = %(status)s, dead_in_row = CASE WHEN %(status)s = 'active' THEN 0 ELSE dead_in_row END,
  last_error = CASE WHEN %(status)s = 'active' AND status <> 'active' THEN NULL ELSE last_error END
WHERE id = %(id)s
"""
_DELETE: LiteralString = "DELETE FROM alert_channels WHERE id = %s"
_USES: LiteralString = """
SELECT c.name FROM alert_configs c WHERE c.organization_id = %s
  AND jsonb_path_exists(c.channels, '$.*[*] ? (@ == $name)', jsonb_build_object('name', %s::text))
    AND c.channels ? %s ORDER BY c.name LIMIT 3
"""
_ROTATE: LiteralString = """
UPDATE alert_channels SET former_secret_encrypted = secret_encrypted, former_until = %s, secret_encrypted = %s WHERE id = %s
"""
_CODE: LiteralString = "UPDATE alert_channels SET code_hash = %s, code_expires_at = %s, code_attempts = 0 WHERE id = %s"
_TRIED: LiteralString = "UPDATE alert_channels SET code_attempts = code_attempts + 1 WHERE id = %s"
_VERIFIED: LiteralString = """
UPDATE alert_channels SET status = 'active', verified_at = tenant.now(), code_hash = NULL, last_error = NULL WHERE id = %s
"""


async def update(ctx: Context, channel_id: UUID, values: dict[str, Any]) -> None:
    """Write what a user decides about a channel."""
    await ctx.tx.execute(_UPDATE, values | {"id": channel_id})


async def delete(ctx: Context, channel_id: UUID) -> None:
    """Delete a channel and what waits for it."""
    await ctx.tx.execute(_DELETE, (channel_id,))


async def list_users(ctx: Context, row: ChannelRow) -> list[str]:
    """Name up to three rules that send to a channel."""
    rows = await (await ctx.tx.execute(_USES, (ctx.organization_id, row.name, row.kind))).fetchall()
    return [name for (name,) in rows]


async def rotate(ctx: Context, channel_id: UUID, secret: bytes, former_until: datetime) -> None:
    """Write another signing secret; the former one still signs until an instant."""
    await ctx.tx.execute(_ROTATE, (former_until, secret, channel_id))


async def set_code(ctx: Context, channel_id: UUID, code_hash: bytes, expires_at: datetime) -> None:
    """Write the hash of a new verification code."""
    await ctx.tx.execute(_CODE, (code_hash, expires_at, channel_id))


async def note_tried(ctx: Context, channel_id: UUID) -> None:
    """Count an attempt at the verification code."""
    await ctx.tx.execute(_TRIED, (channel_id,))


async def verify(ctx: Context, channel_id: UUID) -> None:
    """Write that a channel's address is its owner's wish."""
    await ctx.tx.execute(_VERIFIED, (channel_id,))


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """What is to be sent; with a reason it never is."""

    event_id: UUID
    alert_id: UUID
    event_type: EventType
    sequence: int
    channel_id: UUID
    payload: JsonObject
    next_attempt_at: datetime | None
    give_up_at: datetime | None
    reason: str | None = None


_QUEUE: LiteralString = """
INSERT INTO alert_deliveries (id, organization_id, event_id, alert_id, event_type, sequence, channel_id, state, reason,
  payload,
  next_attempt_at, give_up_at, created_at)
VALUES (%(id)s, %(organization_id)s, %(event_id)s, %(alert_id)s, %(event_type)s, %(sequence)s, %(channel_id)s,
  CASE WHEN %(reason)s::text IS NULL THEN 'queued' ELSE 'suppressed' END, %(reason)s, %(payload)s, %(next_attempt_at)s,
    %(give_up_at)s,
  tenant.now())
"""
# Both are dropped: what began and ended before it was sent is not worth a message.
_DROP_UNSENT: LiteralString = """
UPDATE alert_deliveries SET state = 'suppressed', reason = 'cleared before it was sent', next_attempt_at = NULL
WHERE organization_id = %s AND alert_id = %s AND channel_id = %s AND state = 'queued'
"""
_HEARD: LiteralString = """
SELECT bool_or(state IN ('sent', 'sending')) FROM alert_deliveries WHERE organization_id = %s AND alert_id = %s
  AND channel_id = %s
  AND event_type IN ('opened', 'reopened', 'escalated', 'unsilenced', 'reminder')
"""
_LAST_SENT: LiteralString = """
SELECT max(coalesce(sent_at, created_at)) FROM alert_deliveries
WHERE organization_id = %s AND alert_id = %s AND state IN ('queued', 'sending', 'sent')
"""


async def queue(ctx: Context, new: NewDelivery) -> UUID:
    """Write what is to be sent to a channel; return its id."""
    values = {name: getattr(new, name) for name in NewDelivery.__slots__}
    values |= {"id": new_id(), "organization_id": ctx.organization_id, "payload": Jsonb(new.payload)}
    await ctx.tx.execute(_QUEUE, values)
    return UUID(str(values["id"]))


async def drop_unsent(ctx: Context, alert_id: UUID, channel_id: UUID) -> int:
    """Suppress what waits to be sent about an alert; return how many."""
    return (await ctx.tx.execute(_DROP_UNSENT, (ctx.organization_id, alert_id, channel_id))).rowcount


async def has_heard(ctx: Context, alert_id: UUID, channel_id: UUID) -> bool:
    """Say whether a channel was sent that an alert opened."""
    row = await (await ctx.tx.execute(_HEARD, (ctx.organization_id, alert_id, channel_id))).fetchone()
    return bool(row and row[0])


async def last_sent(ctx: Context, alert_id: UUID) -> datetime | None:
    """Return when something was sent last about an alert, or is to be."""
    row = await (await ctx.tx.execute(_LAST_SENT, (ctx.organization_id, alert_id))).fetchone()
    return row[0] if row else None


_DUE: LiteralString = "SELECT organization_id, channel_id FROM tenant.channels_with_due_deliveries(%s)"


async def list_due(database: Database, most: int) -> list[tuple[OrganizationId, UUID]]:
    """Name channels of all organizations that have something to send now."""
    return [(OrganizationId(row[0]), row[1]) for row in await database.statement(_DUE, (most,))]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker is to send; ``was_lost``: another began to, and never said how it went."""

    id: UUID
    alert_id: UUID
    event_type: str
    payload: JsonObject
    attempts: int
    give_up_at: datetime | None
    was_lost: bool


# What is sent about one alert keeps its order: an earlier delivery that is not over holds up the later ones.
_CLAIM: LiteralString = """
WITH chosen AS (
  SELECT d.id, d.state FROM alert_deliveries d
  WHERE d.channel_id = %(channel_id)s AND d.state IN ('queued', 'sending') AND d.next_attempt_at <= tenant.now()
    AND NOT EXISTS (SELECT FROM alert_deliveries e WHERE e.organization_id = d.organization_id AND e.alert_id = d.alert_id
      AND e.channel_id = d.channel_id AND e.state IN ('queued', 'sending') AND e.sequence < d.sequence)
  ORDER BY d.next_attempt_at, d.id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE alert_deliveries d SET state = 'sending', attempts = d.attempts + 1, next_attempt_at = tenant.now() + %(lease)s
FROM chosen c WHERE d.id = c.id
RETURNING d.id, d.alert_id, d.event_type, d.payload, d.attempts, d.give_up_at, c.state = 'sending' AS was_lost
"""


async def claim(ctx: Context, channel_id: UUID, lease: timedelta) -> Claimed | None:
    """Claim what is to be sent next to a channel."""
    values = {"channel_id": channel_id, "lease": lease}
    async with ctx.tx.cursor(row_factory=class_row(Claimed)) as cursor:
        return await (await cursor.execute(_CLAIM, values, prepare=True)).fetchone()


_END: LiteralString = """
UPDATE alert_deliveries SET state = %(state)s, reason = %(reason)s, next_attempt_at = %(next_attempt_at)s,
  sent_at = CASE WHEN %(state)s = 'sent' THEN tenant.now() END
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s
"""
_ATTEMPT: LiteralString = """
INSERT INTO alert_attempts (id, organization_id, delivery_id, number, outcome, status_code, response, error, duration_ms,
  created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, tenant.now())
"""
_COUNT_SENT: LiteralString = """
UPDATE alert_channels SET last_delivery_at = tenant.now(), dead_in_row = 0, sent_count = sent_count + 1,
  last_error = NULL WHERE id = %s
"""
_COUNT_FAILED: LiteralString = "UPDATE alert_channels SET last_error = %s WHERE id = %s"
_COUNT_DEAD: LiteralString = """
UPDATE alert_channels SET dead_in_row = dead_in_row + 1, dead_count = dead_count + 1 WHERE id = %s RETURNING dead_in_row
"""
_FAIL_CHANNEL: LiteralString = "UPDATE alert_channels SET status = 'failed' WHERE id = %s AND status = 'active'"


async def end(
    ctx: Context, claimed: Claimed, state: DeliveryState, *, reason: str | None = None, again_at: datetime | None = None
) -> bool:
    """Write how an attempt went; say whether the delivery was still this worker's."""
    values = {"id": claimed.id, "attempts": claimed.attempts, "state": state, "reason": reason, "next_attempt_at": again_at}
    return (await ctx.tx.execute(_END, values)).rowcount == 1


async def add_attempt(ctx: Context, delivery_id: UUID, attempt: DeliveryAttempt) -> None:
    """Record an attempt."""
    values = (attempt.outcome, attempt.status_code, attempt.response, attempt.error, attempt.duration_ms)
    await ctx.tx.execute(_ATTEMPT, (new_id(), ctx.organization_id, delivery_id, attempt.number, *values))


async def count_sent(ctx: Context, channel_id: UUID) -> None:
    """Write that a channel works."""
    await ctx.tx.execute(_COUNT_SENT, (channel_id,))


async def note_error(ctx: Context, channel_id: UUID, error: str) -> None:
    """Write what went wrong last with a channel."""
    await ctx.tx.execute(_COUNT_FAILED, (error[:1000], channel_id))


async def count_dead(ctx: Context, channel_id: UUID) -> int:
    """Count a delivery that was given up; return how many were in a row."""
    row = await (await ctx.tx.execute(_COUNT_DEAD, (channel_id,))).fetchone()
    return row[0] if row else 0


async def fail_channel(ctx: Context, channel_id: UUID) -> bool:
    """Disable a channel after errors; say whether it was active."""
    return (await ctx.tx.execute(_FAIL_CHANNEL, (channel_id,))).rowcount == 1


_DELIVERIES: LiteralString = """
SELECT d.id, d.alert_id, d.event_id, d.event_type, d.channel_id, c.kind AS channel_kind, c.name AS channel_name, d.state,
  d.reason,
  d.attempts, d.next_attempt_at, d.sent_at, d.created_at
FROM alert_deliveries d JOIN alert_channels c ON c.id = d.channel_id
"""
_OF_ALERT: LiteralString = _DELIVERIES + "WHERE d.organization_id = %s AND d.alert_id = %s ORDER BY d.id DESC LIMIT %s"
_OF_CHANNEL: LiteralString = _DELIVERIES + "WHERE d.organization_id = %s AND d.channel_id = %s ORDER BY d.id DESC LIMIT %s"
_DELIVERY: LiteralString = _DELIVERIES + "WHERE d.organization_id = %s AND d.id = %s"
_ATTEMPTS: LiteralString = """
SELECT delivery_id, number, outcome, status_code, response, error, duration_ms, created_at FROM alert_attempts
WHERE organization_id = %s AND delivery_id = ANY (%s) ORDER BY created_at, id
"""


async def _deliveries(ctx: Context, statement: LiteralString, *values: object) -> list[AlertDelivery]:
    async with ctx.tx.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(statement, (ctx.organization_id, *values))).fetchall()
    logs: dict[UUID, list[DeliveryAttempt]] = {row["id"]: [] for row in rows}
    if rows:
        found = await ctx.tx.execute(_ATTEMPTS, (ctx.organization_id, list(logs)))
        for delivery_id, *attempt in await found.fetchall():
            logs[delivery_id].append(DeliveryAttempt(*attempt))
    for row in rows:
        row |= {"event_type": EventType(row["event_type"]), "channel_kind": ChannelKind(row["channel_kind"])}
        row |= {"state": DeliveryState(row["state"]), "log": logs[row["id"]]}
    return [AlertDelivery(**row) for row in rows]


async def list_of_alert(ctx: Context, alert_id: UUID, limit: int) -> list[AlertDelivery]:
    """Return what was sent about an alert last and is to be sent, in its order, with each attempt."""
    return (await _deliveries(ctx, _OF_ALERT, alert_id, limit))[::-1]


async def list_of_channel(ctx: Context, channel_id: UUID, limit: int) -> list[AlertDelivery]:
    """Return the newest deliveries to a channel."""
    return await _deliveries(ctx, _OF_CHANNEL, channel_id, limit)


async def get_delivery(ctx: Context, delivery_id: UUID) -> AlertDelivery | None:
    """Return one delivery."""
    found = await _deliveries(ctx, _DELIVERY, delivery_id)
    return found[0] if found else None


_AGAIN: LiteralString = """
UPDATE alert_deliveries SET state = 'queued', reason = NULL, attempts = 0, next_attempt_at = tenant.now(),
  give_up_at = %s, sent_at = NULL
WHERE id = %s AND state IN ('sent', 'dead', 'suppressed')
"""


async def send_again(ctx: Context, delivery_id: UUID, give_up_at: datetime) -> bool:
    """Have a delivery that is over sent again under its id; say whether it was over."""
    return (await ctx.tx.execute(_AGAIN, (give_up_at, delivery_id))).rowcount == 1
