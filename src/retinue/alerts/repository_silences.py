"""All SQL of silences and maintenance windows."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from retinue.alerts.types import Alert, Severity
from retinue.alerts.types_silences import AlertSilence, MaintenanceDefinition
from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.schedules.types import Timing

_SILENCES: LiteralString = """
SELECT s.id, s.organization_id, s.created_by, s.config_id, s.agent_id, s.alert_id, s.tag, s.severity, s.ends_when_resolved,
  s.reason, s.starts_at, s.ends_at, s.created_at,
  (SELECT count(*) FROM alerts a LEFT JOIN alert_configs c ON c.id = a.config_id
    WHERE a.organization_id = s.organization_id AND a.status <> 'resolved'
    AND (s.config_id IS NULL OR a.config_id = s.config_id) AND (s.agent_id IS NULL OR a.agent_id = s.agent_id)
    AND (s.alert_id IS NULL OR a.id = s.alert_id) AND (s.tag IS NULL OR c.tag = s.tag)
    AND (s.severity IS NULL OR a.severity = s.severity)
    AND s.starts_at <= tenant.now() AND s.ends_at > tenant.now()) AS hidden_count
FROM alert_silences s
"""


def _silence(**row: Any) -> AlertSilence:  # noqa: ANN401 - the columns above
    row["severity"] = Severity(row["severity"]) if row["severity"] else None
    return AlertSilence(**row)


_LIST: LiteralString = (
    _SILENCES
    + """
WHERE s.organization_id = %(organization_id)s AND (%(current)s::boolean IS NULL OR (s.ends_at > tenant.now()) = %(current)s)
  AND (%(at)s::timestamptz IS NULL OR (s.ends_at, s.id) < (%(at)s, %(id)s::uuid))
ORDER BY s.ends_at DESC, s.id DESC LIMIT %(limit)s
"""
)


async def list_page(ctx: Context, *, current: bool | None, after: Position | None, limit: int) -> list[AlertSilence]:
    """Return silences, those that end last first; ``current``: those that have not ended."""
    values = {"organization_id": ctx.organization_id, "current": current, "limit": limit + 1}
    values |= {"at": after.at if after else None, "id": after.id if after else None}
    async with ctx.tx.cursor(row_factory=kwargs_row(_silence)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_GET: LiteralString = _SILENCES + "WHERE s.id = %s"


async def get(ctx: Context, silence_id: UUID) -> AlertSilence | None:
    """Return one silence."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_silence)) as cursor:
        return await (await cursor.execute(_GET, (silence_id,))).fetchone()


_INSERT: LiteralString = """
INSERT INTO alert_silences (id, organization_id, created_by, config_id, agent_id, alert_id, tag, severity,
  ends_when_resolved,
  reason, starts_at, ends_at, created_at)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(config_id)s, %(agent_id)s, %(alert_id)s, %(tag)s, %(severity)s,
  %(ends_when_resolved)s, %(reason)s, %(starts_at)s, %(ends_at)s, tenant.now())
"""
_END: LiteralString = """
UPDATE alert_silences SET ends_at = greatest(tenant.now(), starts_at + interval '1 microsecond') WHERE id = %s
  AND ends_at > tenant.now()
"""
_END_OF_ALERT: LiteralString = """
UPDATE alert_silences SET ends_at = greatest(tenant.now(), starts_at + interval '1 microsecond')
WHERE organization_id = %s AND alert_id = %s AND ends_when_resolved AND ends_at > tenant.now()
"""
_MATCHING: LiteralString = """
SELECT s.id FROM alert_silences s WHERE s.organization_id = %(organization_id)s AND s.starts_at <= tenant.now()
  AND s.ends_at > tenant.now() AND (s.config_id IS NULL OR s.config_id = %(config_id)s)
  AND (s.agent_id IS NULL OR s.agent_id = %(agent_id)s) AND (s.severity IS NULL OR s.severity = %(severity)s)
  AND (s.alert_id IS NULL OR s.alert_id = %(alert_id)s) AND (s.tag IS NULL OR s.tag = %(tag)s)
LIMIT 1
"""


async def insert(ctx: Context, values: dict[str, Any]) -> UUID:
    """Write a silence; return its id."""
    silence_id = new_id()
    given = {"id": silence_id, "organization_id": ctx.organization_id, "created_by": ctx.actor.user_id}
    await ctx.tx.execute(_INSERT, values | given)
    return silence_id


async def end(ctx: Context, silence_id: UUID) -> None:
    """End a silence now."""
    await ctx.tx.execute(_END, (silence_id,))


async def end_of_alert(ctx: Context, alert_id: UUID) -> None:
    """End the silences that last until an alert is resolved."""
    await ctx.tx.execute(_END_OF_ALERT, (ctx.organization_id, alert_id))


async def find(ctx: Context, alert: Alert, tag: str | None) -> UUID | None:
    """Return a silence that matches an alert now; ``tag`` is that of its rule."""
    values = {"organization_id": ctx.organization_id, "config_id": alert.config_id, "agent_id": alert.agent_id}
    values |= {"severity": alert.severity, "alert_id": alert.id, "tag": tag}
    row = await (await ctx.tx.execute(_MATCHING, values)).fetchone()
    return row[0] if row else None


_AGENT: LiteralString = "SELECT FROM agents WHERE id = %s"


async def agent_exists(ctx: Context, agent_id: UUID) -> bool:
    """Say whether an agent is one of the organization."""
    return (await ctx.tx.execute(_AGENT, (agent_id,))).rowcount == 1


class WindowRow:
    """A maintenance window as it is stored."""

    def __init__(self, row: dict[str, Any]) -> None:
        """Take its columns."""
        self.id: UUID = row["id"]
        self.organization_id: UUID = row["organization_id"]
        self.created_by: UUID | None = row["created_by"]
        self.created_at: datetime = row["created_at"]
        self.updated_at: datetime = row["updated_at"]
        names = [name for name in MaintenanceDefinition.__slots__ if name not in ("recurrence", "severity")]
        self.definition = MaintenanceDefinition(
            recurrence=_TIMING.validate_python(row["recurrence"]),
            severity=Severity(row["severity"]) if row["severity"] else None,
            **{name: row[name] for name in names},
        )


_TIMING: TypeAdapter[Timing] = TypeAdapter(Timing)
_WINDOWS: LiteralString = """
SELECT w.id, w.organization_id, w.created_by, w.name, w.reason, w.enabled, w.recurrence, w.duration_minutes, w.config_id,
  w.agent_id, w.tag, w.severity, w.created_at, w.updated_at FROM alert_maintenance_windows w
"""
_LIST_WINDOWS: LiteralString = _WINDOWS + "WHERE w.organization_id = %s ORDER BY w.created_at DESC, w.id DESC"
_GET_WINDOW: LiteralString = _WINDOWS + "WHERE w.id = %s"
_HOLD_WINDOW: LiteralString = _GET_WINDOW + " FOR NO KEY UPDATE"
_MATCHING_WINDOWS: LiteralString = (
    _WINDOWS
    + """
WHERE w.organization_id = %(organization_id)s AND w.enabled AND (w.config_id IS NULL OR w.config_id = %(config_id)s)
  AND (w.agent_id IS NULL OR w.agent_id = %(agent_id)s) AND (w.severity IS NULL OR w.severity = %(severity)s)
  AND (w.tag IS NULL OR w.tag = %(tag)s)
"""
)


def _window(**row: Any) -> WindowRow:  # noqa: ANN401 - the columns above
    return WindowRow(row)


async def list_windows(ctx: Context) -> list[WindowRow]:
    """Return the maintenance windows of the organization, newest first."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_window)) as cursor:
        return await (await cursor.execute(_LIST_WINDOWS, (ctx.organization_id,))).fetchall()


async def get_window(ctx: Context, window_id: UUID, *, lock: bool = False) -> WindowRow | None:
    """Return one maintenance window; with ``lock`` nobody else changes it until the commit."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_window)) as cursor:
        return await (await cursor.execute(_HOLD_WINDOW if lock else _GET_WINDOW, (window_id,))).fetchone()


async def list_matching_windows(ctx: Context, alert: Alert, tag: str | None) -> list[WindowRow]:
    """Return the enabled windows that match an alert, whether it is their time or not."""
    values = {"organization_id": ctx.organization_id, "config_id": alert.config_id, "agent_id": alert.agent_id}
    async with ctx.tx.cursor(row_factory=kwargs_row(_window)) as cursor:
        await cursor.execute(_MATCHING_WINDOWS, values | {"severity": alert.severity, "tag": tag}, prepare=True)
        return await cursor.fetchall()


_INSERT_WINDOW: LiteralString = """
INSERT INTO alert_maintenance_windows (id, organization_id, created_by, name, reason, enabled, recurrence, duration_minutes,
  config_id, agent_id, tag, severity, created_at)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(name)s, %(reason)s, %(enabled)s, %(recurrence)s, %(duration_minutes)s,
  %(config_id)s, %(agent_id)s, %(tag)s, %(severity)s, tenant.now())
"""
_UPDATE_WINDOW: LiteralString = """
UPDATE alert_maintenance_windows SET name = %(name)s, reason = %(reason)s, enabled = %(enabled)s,
  recurrence = %(recurrence)s,
  duration_minutes = %(duration_minutes)s, config_id = %(config_id)s, agent_id = %(agent_id)s, tag = %(tag)s,
  severity = %(severity)s WHERE id = %(id)s
"""
_DELETE_WINDOW: LiteralString = "DELETE FROM alert_maintenance_windows WHERE id = %s"


def recurrence_of(timing: Timing) -> JsonObject:
    """Return a recurrence as it is stored."""
    document: JsonObject = orjson.loads(_TIMING.dump_json(timing))
    return document


def _values(window_id: UUID, definition: MaintenanceDefinition) -> dict[str, Any]:
    values = {name: getattr(definition, name) for name in MaintenanceDefinition.__slots__}
    return values | {"id": window_id, "recurrence": Jsonb(recurrence_of(definition.recurrence))}


async def insert_window(ctx: Context, definition: MaintenanceDefinition) -> UUID:
    """Write a maintenance window; return its id."""
    window_id = new_id()
    given = {"organization_id": ctx.organization_id, "created_by": ctx.actor.user_id}
    await ctx.tx.execute(_INSERT_WINDOW, _values(window_id, definition) | given)
    return window_id


async def update_window(ctx: Context, window_id: UUID, definition: MaintenanceDefinition) -> None:
    """Write what a user decides about a maintenance window."""
    await ctx.tx.execute(_UPDATE_WINDOW, _values(window_id, definition))


async def delete_window(ctx: Context, window_id: UUID) -> None:
    """Delete a maintenance window."""
    await ctx.tx.execute(_DELETE_WINDOW, (window_id,))
