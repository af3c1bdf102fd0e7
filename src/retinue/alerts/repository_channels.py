"""All SQL of channels; that of what is sent to them is in the module beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from retinue.alerts.types import ChannelKind, ChannelStatus, FailedChannel, QuietHours, Severity, UnreachableRule
from retinue.core.context import Context
from retinue.core.ids import new_id


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel with its encrypted secret: the URL of a Slack webhook, or the signing secret of a webhook.

    The former secret is given as long as it signs.
    """

    id: UUID
    organization_id: UUID
    created_by: UUID | None
    kind: ChannelKind
    name: str
    address: str | None
    secret_encrypted: bytes | None
    former_secret_encrypted: bytes | None
    send_on: list[str]
    min_severity: Severity
    quiet_hours: QuietHours | None
    status: ChannelStatus
    last_error: str | None
    last_delivery_at: datetime | None
    dead_in_row: int
    sent_count: int
    dead_count: int
    verified_at: datetime | None
    unsubscribed_at: datetime | None
    code_hash: bytes | None
    code_expires_at: datetime | None
    code_attempts: int
    created_at: datetime
    updated_at: datetime


_CHANNEL: LiteralString = """
SELECT id, organization_id, created_by, kind, name, address, secret_encrypted,
  CASE WHEN former_until > tenant.now() THEN former_secret_encrypted END AS former_secret_encrypted, send_on,
  min_severity, quiet_hours, status, last_error, last_delivery_at, dead_in_row, sent_count, dead_count, verified_at,
  unsubscribed_at, code_hash, code_expires_at, code_attempts, created_at, updated_at
FROM alert_channels
"""


def _channel(**row: Any) -> ChannelRow:  # noqa: ANN401 - the columns above
    row |= {"kind": ChannelKind(row["kind"]), "status": ChannelStatus(row["status"])}
    row["min_severity"] = Severity(row["min_severity"])
    quiet = row["quiet_hours"]
    if quiet is not None:
        row["quiet_hours"] = QuietHours(quiet["start"], quiet["end"], quiet["timezone"], tuple(quiet["days"]))
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
  min_severity, quiet_hours, status, created_at)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(kind)s, %(name)s, %(address)s, %(secret)s, %(send_on)s,
  %(min_severity)s, %(quiet_hours)s, %(status)s, tenant.now())
ON CONFLICT (organization_id, kind, name) DO NOTHING
"""


async def insert(ctx: Context, values: dict[str, Any]) -> UUID | None:
    """Write a new channel; None when one of its kind and name exists."""
    given = {"id": new_id(), "organization_id": ctx.organization_id, "created_by": ctx.actor.user_id}
    cursor = await ctx.tx.execute(_INSERT, given | values | {"quiet_hours": _document(values["quiet_hours"])})
    return UUID(str(given["id"])) if cursor.rowcount else None


def _document(quiet: QuietHours | None) -> Jsonb | None:
    return None if quiet is None else Jsonb({name: getattr(quiet, name) for name in QuietHours.__slots__})


_UPDATE: LiteralString = """
UPDATE alert_channels SET address = %(address)s, secret_encrypted = %(secret)s, send_on = %(send_on)s,
  min_severity = %(min_severity)s, quiet_hours = %(quiet_hours)s,
  status = %(status)s, dead_in_row = CASE WHEN %(status)s = 'active' THEN 0 ELSE dead_in_row END,
  last_error = CASE WHEN %(status)s = 'active' AND status <> 'active' THEN NULL ELSE last_error END
WHERE id = %(id)s
"""
_DELETE: LiteralString = "DELETE FROM alert_channels WHERE id = %s"
_USES: LiteralString = """
SELECT c.name FROM alert_configs c WHERE c.organization_id = %s
  AND (jsonb_path_exists(c.channels -> %s, '$[*] ? (@ == $name)', jsonb_build_object('name', %s::text))
    OR jsonb_path_exists(c.escalate_channels -> %s, '$[*] ? (@ == $name)', jsonb_build_object('name',
      %s::text))) ORDER BY c.name LIMIT 3
"""
_ROTATE: LiteralString = """
UPDATE alert_channels SET former_secret_encrypted = secret_encrypted, former_until = %s, secret_encrypted = %s WHERE id = %s
"""
_CODE: LiteralString = "UPDATE alert_channels SET code_hash = %s, code_expires_at = %s, code_attempts = 0 WHERE id = %s"
_TRIED: LiteralString = "UPDATE alert_channels SET code_attempts = code_attempts + 1 WHERE id = %s"
_VERIFIED: LiteralString = """
UPDATE alert_channels SET status = 'active', verified_at = tenant.now(), unsubscribed_at = NULL,
  code_hash = NULL, last_error = NULL WHERE id = %s
"""


_UNSUBSCRIBE: LiteralString = """
UPDATE alert_channels SET status = 'unverified', verified_at = NULL, code_hash = NULL, code_expires_at = NULL,
  unsubscribed_at = tenant.now(), last_error = NULL WHERE id = %s
"""
_ORGANIZATION: LiteralString = "SELECT name FROM organizations WHERE id = %s"


async def unsubscribe(ctx: Context, channel_id: UUID) -> None:
    """Write that an address is to be verified again before anything is sent to it."""
    await ctx.tx.execute(_UNSUBSCRIBE, (channel_id,))


async def get_organization_name(ctx: Context) -> str:
    """Return the name of the context's organization."""
    row = await (await ctx.tx.execute(_ORGANIZATION, (ctx.organization_id,))).fetchone()
    return "" if row is None else str(row[0])


async def update(ctx: Context, channel_id: UUID, values: dict[str, Any]) -> None:
    """Write what a user decides about a channel."""
    await ctx.tx.execute(_UPDATE, values | {"id": channel_id, "quiet_hours": _document(values["quiet_hours"])})


async def delete(ctx: Context, channel_id: UUID) -> None:
    """Delete a channel and what waits for it."""
    await ctx.tx.execute(_DELETE, (channel_id,))


async def list_users(ctx: Context, row: ChannelRow) -> list[str]:
    """Name up to three rules that send to a channel."""
    rows = await (await ctx.tx.execute(_USES, (ctx.organization_id, *(row.kind, row.name) * 2))).fetchall()
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


_COUNT_SENT: LiteralString = """
UPDATE alert_channels SET last_delivery_at = tenant.now(), dead_in_row = 0, sent_count = sent_count + 1,
  last_error = NULL WHERE id = %s
"""
_COUNT_FAILED: LiteralString = "UPDATE alert_channels SET last_error = %s WHERE id = %s"
_COUNT_DEAD: LiteralString = """
UPDATE alert_channels SET dead_in_row = dead_in_row + 1, dead_count = dead_count + 1 WHERE id = %s RETURNING dead_in_row
"""
_FAIL_CHANNEL: LiteralString = "UPDATE alert_channels SET status = 'failed' WHERE id = %s AND status = 'active'"


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


_FAILED: LiteralString = """
SELECT id, kind, name, last_error FROM alert_channels WHERE organization_id = %s AND status = 'failed' ORDER BY kind, name
"""
# A rule of severity critical that names channels, none of which sends.
_UNREACHABLE: LiteralString = """
SELECT c.id, c.name FROM alert_configs c WHERE c.organization_id = %s AND c.enabled AND c.severity = 'critical'
  AND jsonb_path_exists(c.channels, '$.keyvalue() ? (@.key != "in_app")')
  AND NOT EXISTS (SELECT FROM alert_channels h WHERE h.organization_id = c.organization_id AND h.status = 'active'
    AND jsonb_path_exists(c.channels -> h.kind, '$[*] ? (@ == $name)', jsonb_build_object('name', h.name)))
ORDER BY c.name LIMIT 20
"""


async def list_failed(ctx: Context) -> list[FailedChannel]:
    """Return the channels that were disabled after errors."""
    rows = await (await ctx.tx.execute(_FAILED, (ctx.organization_id,))).fetchall()
    return [FailedChannel(row[0], ChannelKind(row[1]), row[2], row[3]) for row in rows]


async def list_unreachable(ctx: Context) -> list[UnreachableRule]:
    """Return up to 20 critical rules none of whose channels sends."""
    rows = await (await ctx.tx.execute(_UNREACHABLE, (ctx.organization_id,))).fetchall()
    return [UnreachableRule(*row) for row in rows]


_OTHERS: LiteralString = _CHANNEL + "WHERE organization_id = %s AND id <> %s AND status = 'active' ORDER BY kind, name"


async def list_others(ctx: Context, channel_id: UUID) -> list[ChannelRow]:
    """Return the channels that send, but one."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_channel)) as cursor:
        return await (await cursor.execute(_OTHERS, (ctx.organization_id, channel_id))).fetchall()
