"""All SQL of alerts, their events, and silences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from retinue.alerts.types import (
    Alert,
    AlertEvent,
    AlertStatus,
    EventType,
    Severity,
)
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId, new_id
from retinue.core.json import JsonObject, dumps


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts a list shows; ``is_firing``: those that are not resolved."""

    is_firing: bool | None = None
    status: AlertStatus | None = None
    config_id: UUID | None = None
    agent_id: UUID | None = None
    severity: Severity | None = None
    triggered_after: datetime | None = None
    triggered_before: datetime | None = None


_COLUMNS: LiteralString = """
SELECT a.id, a.organization_id, a.config_id, a.config_name, a.agent_id, a.target_name, a.group_key, a.fingerprint,
  a.severity,
  a.status, a.started_at, a.triggered_at, a.acknowledged_at, a.acknowledged_by, a.resolved_at, a.resolved_reason,
    a.is_flapping,
  a.is_silenced, a.unacknowledged_at, a.value, a.threshold, a.details
FROM alerts a
"""


def _alert(**row: Any) -> Alert:  # noqa: ANN401 - the columns above
    row |= {"severity": Severity(row["severity"]), "status": AlertStatus(row["status"])}
    return Alert(**row)


_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE a.organization_id = %(organization_id)s
  AND (%(is_firing)s::boolean IS NULL OR (a.status <> 'resolved') = %(is_firing)s)
  AND (%(status)s::text IS NULL OR a.status = %(status)s) AND (%(config_id)s::uuid IS NULL OR a.config_id = %(config_id)s)
  AND (%(agent_id)s::uuid IS NULL OR a.agent_id = %(agent_id)s)
  AND (%(severity)s::text IS NULL OR a.severity = %(severity)s)
  AND (%(triggered_after)s::timestamptz IS NULL OR a.triggered_at >= %(triggered_after)s)
  AND (%(triggered_before)s::timestamptz IS NULL OR a.triggered_at < %(triggered_before)s)
  AND (%(at)s::timestamptz IS NULL OR (a.triggered_at, a.id) < (%(at)s, %(id)s::uuid))
ORDER BY a.triggered_at DESC, a.id DESC LIMIT %(limit)s
"""
)


async def list_page(ctx: Context, wanted: AlertFilter, after: Position | None, limit: int) -> list[Alert]:
    """Return alerts, the latest triggered first, one more than ``limit`` when there are more."""
    values: dict[str, Any] = {name: getattr(wanted, name) for name in AlertFilter.__slots__}
    values |= {"organization_id": ctx.organization_id, "limit": limit + 1}
    values |= {"at": after.at if after else None, "id": after.id if after else None}
    async with ctx.tx.cursor(row_factory=kwargs_row(_alert)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_GET: LiteralString = _COLUMNS + "WHERE a.id = %s"
_HOLD: LiteralString = _GET + " FOR NO KEY UPDATE"
_OPEN_OF: LiteralString = _COLUMNS + (
    "WHERE a.fingerprint = ANY (%s) AND a.status <> 'resolved' ORDER BY a.id FOR NO KEY UPDATE"
)
_OPEN_OF_CONFIG: LiteralString = _COLUMNS + (
    "WHERE a.organization_id = %s AND a.config_id = %s AND a.status <> 'resolved' ORDER BY a.id FOR NO KEY UPDATE"
)
_ORPHANED: LiteralString = _COLUMNS + (
    "WHERE a.organization_id = %s AND a.config_id IS NULL AND a.status <> 'resolved' ORDER BY a.id "
    "FOR NO KEY UPDATE SKIP LOCKED"
)


async def _one(ctx: Context, statement: LiteralString, *values: object) -> Alert | None:
    async with ctx.tx.cursor(row_factory=kwargs_row(_alert)) as cursor:
        return await (await cursor.execute(statement, values)).fetchone()


async def _all(ctx: Context, statement: LiteralString, *values: object) -> list[Alert]:
    async with ctx.tx.cursor(row_factory=kwargs_row(_alert)) as cursor:
        return await (await cursor.execute(statement, values)).fetchall()


async def get(ctx: Context, alert_id: UUID, *, lock: bool = False) -> Alert | None:
    """Return one alert; with ``lock`` nobody else changes it until the commit."""
    return await _one(ctx, _HOLD if lock else _GET, alert_id)


async def hold_open(ctx: Context, fingerprints: list[str]) -> dict[str, Alert]:
    """Hold the alerts of fingerprints that are not resolved; return them by these."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_alert)) as cursor:
        found = await (await cursor.execute(_OPEN_OF, (fingerprints,), prepare=True)).fetchall()
    return {each.fingerprint: each for each in found}


async def list_open_of(ctx: Context, config_id: UUID) -> list[Alert]:
    """Hold the alerts of a rule that are not resolved."""
    return await _all(ctx, _OPEN_OF_CONFIG, ctx.organization_id, config_id)


async def list_orphaned(ctx: Context) -> list[Alert]:
    """Hold the alerts that are not resolved although their rule is gone."""
    return await _all(ctx, _ORPHANED, ctx.organization_id)


_INSERT: LiteralString = """
INSERT INTO alerts (id, organization_id, config_id, config_name, agent_id, target_name, group_key, fingerprint, severity,
  started_at,
  triggered_at, value, threshold, details, created_at)
VALUES (%(id)s, %(organization_id)s, %(config_id)s, %(config_name)s, %(agent_id)s, %(target_name)s, %(group_key)s,
  %(fingerprint)s,
  %(severity)s, %(started_at)s, tenant.now(), %(value)s, %(threshold)s, %(details)s, tenant.now())
ON CONFLICT (fingerprint) WHERE status <> 'resolved' DO NOTHING
"""


async def insert(ctx: Context, values: dict[str, Any]) -> Alert | None:
    """Open an alert; None when one of its fingerprint is open already."""
    alert_id = new_id()
    given = values | {"id": alert_id, "organization_id": ctx.organization_id, "details": Jsonb(values["details"])}
    if (await ctx.tx.execute(_INSERT, given)).rowcount == 0:
        return None
    return await get(ctx, alert_id)


# The same incident goes on when it opens again soon; how often it did within an hour tells whether it flaps.
_REOPEN: LiteralString = """
UPDATE alerts SET status = 'open', resolved_at = NULL, resolved_reason = NULL, acknowledged_at = NULL,
  acknowledged_by = NULL, unacknowledged_at = NULL,
  severity = %(severity)s, value = %(value)s, threshold = %(threshold)s,
  details = %(details)s::jsonb || jsonb_build_object('flaps',
    1 + (SELECT count(*) FROM unnest(flap_times) t WHERE t > tenant.now() - interval '1 hour')),
  flap_times = ARRAY(SELECT t FROM unnest(flap_times) t WHERE t > tenant.now() - interval '1 hour') || tenant.now(),
  is_flapping = (SELECT count(*) FROM unnest(flap_times) t WHERE t > tenant.now() - interval '1 hour') + 1 >= %(flaps)s
WHERE id = (
  SELECT id FROM alerts WHERE fingerprint = %(fingerprint)s AND status = 'resolved' AND resolved_reason = 'cleared'
    AND resolved_at > %(since)s ORDER BY resolved_at DESC LIMIT 1)
  AND NOT EXISTS (SELECT FROM alerts o WHERE o.fingerprint = %(fingerprint)s AND o.status <> 'resolved')
RETURNING id
"""


async def reopen(ctx: Context, values: dict[str, Any], *, since: datetime, flaps: int) -> Alert | None:
    """Open the alert of a fingerprint again that was cleared since an instant; None when there is none."""
    given = values | {"details": Jsonb(values["details"]), "since": since, "flaps": flaps}
    row = await (await ctx.tx.execute(_REOPEN, given)).fetchone()
    return None if row is None else await get(ctx, row[0])


_TOUCH: LiteralString = """
UPDATE alerts a SET value = t.value, threshold = t.threshold, severity = t.severity, details = t.details::jsonb
FROM unnest(%s::uuid[], %s::double precision[], %s::double precision[], %s::text[], %s::text[])
  AS t (id, value, threshold, severity, details) WHERE a.id = t.id
"""
_RESOLVE: LiteralString = """
UPDATE alerts SET status = 'resolved', resolved_at = tenant.now(), resolved_reason = %s, config_id =
  CASE WHEN %s THEN config_id END
WHERE id = %s AND status <> 'resolved'
"""
_ACKNOWLEDGE: LiteralString = """
UPDATE alerts SET status = 'acknowledged', acknowledged_at = tenant.now(), acknowledged_by = %s WHERE id = %s
  AND status = 'open'
"""
_SILENCED: LiteralString = "UPDATE alerts SET is_silenced = %s WHERE id = %s"
_UNACKNOWLEDGED: LiteralString = "UPDATE alerts SET unacknowledged_at = tenant.now() WHERE id = %s"
_NOTIFIED: LiteralString = "UPDATE alerts SET last_notified_at = tenant.now(), notify_count = notify_count + 1 WHERE id = %s"
_LAST_NOTIFIED: LiteralString = "SELECT last_notified_at FROM alerts WHERE id = %s"


async def touch(ctx: Context, alerts: Sequence[Alert]) -> None:
    """Write how open alerts are now."""
    columns = (
        [each.id for each in alerts],
        [each.value for each in alerts],
        [each.threshold for each in alerts],
        [each.severity.value for each in alerts],
        [dumps(each.details).decode() for each in alerts],
    )
    await ctx.tx.execute(_TOUCH, columns, prepare=True)


async def resolve(ctx: Context, alert_id: UUID, reason: str) -> None:
    """Write that an alert is resolved, and why."""
    await ctx.tx.execute(_RESOLVE, (reason, reason != "rule_deleted", alert_id))


async def acknowledge(ctx: Context, alert_id: UUID) -> bool:
    """Write that a person has seen an alert; say whether nobody had before."""
    return (await ctx.tx.execute(_ACKNOWLEDGE, (ctx.actor.user_id, alert_id))).rowcount == 1


async def set_silenced(ctx: Context, alert_id: UUID, *, is_silenced: bool) -> None:
    """Write whether the opening of an alert was kept back by a silence."""
    await ctx.tx.execute(_SILENCED, (is_silenced, alert_id))


async def note_unacknowledged(ctx: Context, alert_id: UUID) -> None:
    """Write that the second channels are notified about an alert that nobody has acknowledged."""
    await ctx.tx.execute(_UNACKNOWLEDGED, (alert_id,))


async def note_notified(ctx: Context, alert_id: UUID) -> None:
    """Write that something is sent about an alert."""
    await ctx.tx.execute(_NOTIFIED, (alert_id,))


async def last_notified(ctx: Context, alert_id: UUID) -> datetime | None:
    """Return when something was sent last about an alert."""
    row = await (await ctx.tx.execute(_LAST_NOTIFIED, (alert_id,))).fetchone()
    return row[0] if row else None


_SEQUENCE: LiteralString = "UPDATE alerts SET sequence = sequence + 1 WHERE id = %s RETURNING sequence"
_EVENT: LiteralString = """
INSERT INTO alert_events (id, organization_id, alert_id, type, data, actor_id, created_at)
VALUES (%s, %s, %s, %s, %s, %s, tenant.now())
"""


async def add_event(ctx: Context, alert_id: UUID, kind: EventType, data: JsonObject) -> tuple[UUID, int]:
    """Write what happened to an alert; return the event's id and its number for this alert."""
    row = await (await ctx.tx.execute(_SEQUENCE, (alert_id,))).fetchone()
    event_id = new_id()
    await ctx.tx.execute(_EVENT, (event_id, ctx.organization_id, alert_id, kind, Jsonb(data), ctx.actor.user_id))
    return event_id, row[0] if row else 0


_OPENED_SINCE: LiteralString = """
SELECT count(*) FROM (SELECT FROM alert_events WHERE organization_id = %s AND type IN ('opened', 'reopened')
  AND created_at > %s LIMIT %s) e
"""


async def count_opened(ctx: Context, since: datetime, most: int) -> int:
    """Count the alerts of the organization that opened since an instant, up to a number."""
    row = await (await ctx.tx.execute(_OPENED_SINCE, (ctx.organization_id, since, most))).fetchone()
    return row[0] if row else 0


_EVENTS: LiteralString = """
SELECT id, alert_id, type, data, actor_id, created_at FROM alert_events WHERE organization_id = %s
  AND alert_id = %s ORDER BY id DESC LIMIT %s
"""


async def list_events(ctx: Context, alert_id: UUID, limit: int) -> list[AlertEvent]:
    """Return what happened to an alert last, in its order."""
    rows = await (await ctx.tx.execute(_EVENTS, (ctx.organization_id, alert_id, limit))).fetchall()
    return [AlertEvent(row[0], row[1], EventType(row[2]), *row[3:]) for row in reversed(rows)]


_WITH_ORPHANED: LiteralString = "SELECT tenant.organizations_with_orphaned_alerts()"


async def list_organizations_with_orphaned(database: Database) -> list[OrganizationId]:
    """Name organizations that have alerts whose rule is gone."""
    return [OrganizationId(row[0]) for row in await database.statement(_WITH_ORPHANED, ())]


_DELETE_EXPIRED: LiteralString = "SELECT tenant.delete_expired_alerts(%s)"


async def delete_expired(database: Database, most: int) -> int:
    """Delete resolved alerts of all organizations that are older than runs are kept; return how many."""
    ((deleted,),) = await database.statement(_DELETE_EXPIRED, (most,))
    return int(deleted)


_DELETE_CHANGES: LiteralString = "SELECT tenant.delete_old_status_changes(%s)"


async def delete_status_changes(database: Database, most: int) -> int:
    """Delete changes of status of all organizations that are older than back-tests look; return how many."""
    ((deleted,),) = await database.statement(_DELETE_CHANGES, (most,))
    return int(deleted)
