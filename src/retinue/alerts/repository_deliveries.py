"""All SQL of what is sent to channels, and of each attempt: the outbox of alerts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from retinue.alerts.types import AlertDelivery, ChannelKind, DeliveryAttempt, DeliveryState, EventType
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId, new_id
from retinue.core.json import JsonObject


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """What is to be sent; without an instant of the next attempt it is not, for the reason.

    ``is_digest``: the message tells of all that is grouped with it; with a ``group_id`` it is part of another message.
    """

    event_id: UUID
    alert_id: UUID
    event_type: EventType
    sequence: int
    channel_id: UUID
    payload: JsonObject
    next_attempt_at: datetime | None
    give_up_at: datetime | None
    reason: str | None = None
    is_digest: bool = False
    group_id: UUID | None = None


_QUEUE: LiteralString = """
INSERT INTO alert_deliveries (id, organization_id, event_id, alert_id, event_type, sequence, channel_id, state, reason,
  payload, next_attempt_at, give_up_at, is_digest, group_id, created_at)
VALUES (%(id)s, %(organization_id)s, %(event_id)s, %(alert_id)s, %(event_type)s, %(sequence)s, %(channel_id)s,
  CASE WHEN %(group_id)s::uuid IS NOT NULL THEN 'grouped' WHEN %(next_attempt_at)s::timestamptz IS NULL THEN 'suppressed'
    ELSE 'queued' END,
  %(reason)s, %(payload)s, %(next_attempt_at)s, %(give_up_at)s, %(is_digest)s, %(group_id)s, tenant.now())
"""
# Both are dropped: what began and ended before it was sent is not worth a message.
_DROP_UNSENT: LiteralString = """
UPDATE alert_deliveries SET state = 'suppressed', reason = 'cleared before it was sent', next_attempt_at = NULL
WHERE organization_id = %s AND alert_id = %s AND channel_id = %s AND state = 'queued' AND NOT is_digest
  AND NOT EXISTS (SELECT FROM alert_deliveries m WHERE m.organization_id = alert_deliveries.organization_id
    AND m.group_id = alert_deliveries.id)
"""
_HEARD: LiteralString = """
SELECT bool_or(state IN ('sent', 'sending', 'grouped', 'queued')) FROM alert_deliveries WHERE organization_id = %s
  AND alert_id = %s
  AND channel_id = %s
  AND event_type IN ('opened', 'reopened', 'escalated', 'unsilenced', 'reminder', 'unacknowledged')
"""
_LAST_SENT: LiteralString = """
SELECT max(coalesce(sent_at, created_at)) FROM alert_deliveries
WHERE organization_id = %s AND alert_id = %s AND state IN ('queued', 'sending', 'sent', 'grouped')
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
    is_digest: bool


# What is sent about one alert keeps its order: an earlier delivery that is not over holds up the later ones.
_CLAIM: LiteralString = """
WITH chosen AS (
  SELECT d.id, d.state FROM alert_deliveries d
  WHERE d.channel_id = %(channel_id)s AND d.state IN ('queued', 'sending') AND d.next_attempt_at <= tenant.now()
    AND NOT EXISTS (SELECT FROM alert_deliveries e WHERE e.organization_id = d.organization_id AND e.alert_id = d.alert_id
      AND e.channel_id = d.channel_id AND e.state IN ('queued', 'sending', 'grouped') AND e.sequence < d.sequence)
  ORDER BY d.next_attempt_at, d.id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE alert_deliveries d SET state = 'sending', attempts = d.attempts + 1, next_attempt_at = tenant.now() + %(lease)s
FROM chosen c WHERE d.id = c.id
RETURNING d.id, d.alert_id, d.event_type, d.payload, d.attempts, d.give_up_at, c.state = 'sending' AS was_lost, d.is_digest
"""
# Of the alerts of one rule, what opened (or was resolved) while the first waited goes into one message.
_GROUP: LiteralString = """
UPDATE alert_deliveries m SET state = 'grouped', group_id = %(id)s, next_attempt_at = NULL
WHERE m.id IN (
  SELECT d.id FROM alert_deliveries p JOIN alerts a ON a.organization_id = p.organization_id AND a.id = p.alert_id
    JOIN alert_deliveries d ON d.channel_id = p.channel_id
    JOIN alerts o ON o.organization_id = d.organization_id AND o.id = d.alert_id
  WHERE p.id = %(id)s AND d.id <> p.id AND d.state = 'queued' AND d.attempts = 0 AND NOT d.is_digest
    AND (d.event_type = 'resolved') = (p.event_type = 'resolved') AND d.event_type = ANY (%(kinds)s)
    AND o.config_id = a.config_id AND d.next_attempt_at <= tenant.now() + %(wait)s
    AND NOT EXISTS (SELECT FROM alert_deliveries e WHERE e.organization_id = d.organization_id AND e.alert_id = d.alert_id
      AND e.channel_id = d.channel_id AND e.state IN ('queued', 'sending', 'grouped') AND e.sequence < d.sequence)
  ORDER BY d.id LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED)
"""
_MEMBERS: LiteralString = """
SELECT payload FROM alert_deliveries WHERE organization_id = %s AND group_id = %s ORDER BY id LIMIT %s
"""
_COUNT_MEMBERS: LiteralString = "SELECT count(*) FROM alert_deliveries WHERE organization_id = %s AND group_id = %s"
_SET_PAYLOAD: LiteralString = "UPDATE alert_deliveries SET payload = %s WHERE id = %s RETURNING payload"


async def claim(ctx: Context, channel_id: UUID, lease: timedelta) -> Claimed | None:
    """Claim what is to be sent next to a channel."""
    values = {"channel_id": channel_id, "lease": lease}
    async with ctx.tx.cursor(row_factory=class_row(Claimed)) as cursor:
        return await (await cursor.execute(_CLAIM, values, prepare=True)).fetchone()


async def group(ctx: Context, claimed: Claimed, kinds: tuple[str, ...], wait: timedelta, most: int) -> None:
    """Make what waits for the same channel about the same rule part of the message that is claimed."""
    values = {"id": claimed.id, "kinds": list(kinds), "wait": wait, "most": most}
    await ctx.tx.execute(_GROUP, values)


async def list_members(ctx: Context, delivery_id: UUID, most: int) -> tuple[list[JsonObject], int]:
    """Return what is part of a delivery's message, up to a number, and how many there are."""
    rows = await (await ctx.tx.execute(_MEMBERS, (ctx.organization_id, delivery_id, most))).fetchall()
    counted = await (await ctx.tx.execute(_COUNT_MEMBERS, (ctx.organization_id, delivery_id))).fetchone()
    return [payload for (payload,) in rows], counted[0] if counted else 0


async def set_payload(ctx: Context, delivery_id: UUID, payload: JsonObject) -> JsonObject:
    """Write the message of several alerts; return it as each attempt sends it, in the same order of keys."""
    row = await (await ctx.tx.execute(_SET_PAYLOAD, (Jsonb(payload), delivery_id))).fetchone()
    return row[0] if row else payload


_DIGEST: LiteralString = """
SELECT id, state = 'queued' AND attempts = 0, created_at FROM alert_deliveries
WHERE organization_id = %s AND channel_id = %s AND is_digest ORDER BY created_at DESC LIMIT 1 FOR NO KEY UPDATE
"""


async def find_digest(ctx: Context, channel_id: UUID) -> tuple[UUID, bool, datetime] | None:
    """Hold the newest digest of a channel: its id, whether it is still to be sent, and when it was begun."""
    return await (await ctx.tx.execute(_DIGEST, (ctx.organization_id, channel_id))).fetchone()


_FORWARD: LiteralString = """
UPDATE alert_deliveries SET next_attempt_at = tenant.now(), reason = NULL
WHERE organization_id = %s AND alert_id = %s AND channel_id = %s AND state = 'queued' AND reason = %s
"""


async def bring_forward(ctx: Context, alert_id: UUID, channel_id: UUID, reason: str) -> None:
    """Have what waits for a reason sent now."""
    await ctx.tx.execute(_FORWARD, (ctx.organization_id, alert_id, channel_id, reason))


_END: LiteralString = """
UPDATE alert_deliveries SET state = %(state)s, reason = %(reason)s, next_attempt_at = %(next_attempt_at)s,
  sent_at = CASE WHEN %(state)s = 'sent' THEN tenant.now() END
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s
"""
# What is part of the message ends as it does; while it is tried again, it waits with it.
_END_MEMBERS: LiteralString = """
UPDATE alert_deliveries SET state = %(state)s, reason = %(reason)s, attempts = %(attempts)s,
  sent_at = CASE WHEN %(state)s = 'sent' THEN tenant.now() END
WHERE organization_id = %(organization_id)s AND group_id = %(id)s AND state = 'grouped'
"""
_ATTEMPT: LiteralString = """
INSERT INTO alert_attempts (id, organization_id, delivery_id, number, outcome, status_code, response, error, duration_ms,
  created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, tenant.now())
"""


async def end(
    ctx: Context, claimed: Claimed, state: DeliveryState, *, reason: str | None = None, again_at: datetime | None = None
) -> bool:
    """Write how an attempt went; say whether the delivery was still this worker's."""
    values = {"id": claimed.id, "attempts": claimed.attempts, "state": state, "reason": reason, "next_attempt_at": again_at}
    is_own = (await ctx.tx.execute(_END, values)).rowcount == 1
    if is_own and state is not DeliveryState.QUEUED:
        await ctx.tx.execute(_END_MEMBERS, values | {"organization_id": ctx.organization_id})
    return is_own


async def add_attempt(ctx: Context, delivery_id: UUID, attempt: DeliveryAttempt) -> None:
    """Record an attempt."""
    values = (attempt.outcome, attempt.status_code, attempt.response, attempt.error, attempt.duration_ms)
    await ctx.tx.execute(_ATTEMPT, (new_id(), ctx.organization_id, delivery_id, attempt.number, *values))


_DELIVERIES: LiteralString = """
SELECT d.id, d.alert_id, d.event_id, d.event_type, d.channel_id, c.kind AS channel_kind, c.name AS channel_name, d.state,
  d.reason, d.group_id, d.attempts, d.next_attempt_at, d.sent_at, d.created_at
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
UPDATE alert_deliveries SET state = 'queued', reason = NULL, group_id = NULL, attempts = 0, next_attempt_at = tenant.now(),
  give_up_at = %s, sent_at = NULL
WHERE id = %s AND state IN ('sent', 'dead', 'suppressed')
"""


async def send_again(ctx: Context, delivery_id: UUID, give_up_at: datetime) -> bool:
    """Have a delivery that is over sent again under its id; say whether it was over."""
    return (await ctx.tx.execute(_AGAIN, (give_up_at, delivery_id))).rowcount == 1
