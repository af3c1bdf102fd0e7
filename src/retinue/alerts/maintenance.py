"""The package's verbs about maintenance windows: times that come again, in which nothing is sent about matching alerts.

Rules are evaluated and alerts fire all the same; what still fires when a window ends is sent then.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from retinue.alerts import repository
from retinue.alerts import repository_silences as silences
from retinue.alerts.errors import AlertInvalidError, MaintenanceMissingError
from retinue.alerts.permissions import READ, WRITE
from retinue.alerts.repository_silences import WindowRow
from retinue.alerts.types import Alert
from retinue.alerts.types_silences import MaintenanceDefinition, MaintenanceWindow
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.schedules import service as schedules
from retinue.schedules.errors import ScheduleInvalidError

MAX_WINDOWS = 100


async def list_all(ctx: Context) -> list[MaintenanceWindow]:
    """Return the maintenance windows of the organization, newest first."""
    require(ctx, READ)
    return [_to_response(ctx, row) for row in await silences.list_windows(ctx)]


async def get(ctx: Context, window_id: UUID) -> MaintenanceWindow:
    """Return one maintenance window. Raises ``MaintenanceMissingError``."""
    require(ctx, READ)
    return _to_response(ctx, await _row(ctx, window_id))


async def create(ctx: Context, definition: MaintenanceDefinition) -> MaintenanceWindow:
    """Create a maintenance window. Raises ``AlertInvalidError`` that names each field."""
    require(ctx, WRITE)
    if len(await silences.list_windows(ctx)) >= MAX_WINDOWS:
        message = f"An organization may have {MAX_WINDOWS} maintenance windows."
        raise AlertInvalidError(message, remedy="Delete some first.")
    await _check(ctx, definition)
    window_id = await silences.insert_window(ctx, definition)
    await audit.record(ctx, "alert_maintenance.created", ("alert_maintenance_window", window_id), after=_facts(definition))
    return await get(ctx, window_id)


async def update(ctx: Context, window_id: UUID, changes: Mapping[str, Any]) -> MaintenanceWindow:
    """Change a maintenance window; what is not named stays. Raises as ``create`` does, and ``MaintenanceMissingError``."""
    require(ctx, WRITE)
    before = (await _row(ctx, window_id, lock=True)).definition
    after = replace(before, **changes)
    if after != before:
        await _check(ctx, after)
        await silences.update_window(ctx, window_id, after)
        was, now = _facts(before), _facts(after)
        changed = [name for name in now if was[name] != now[name]]
        await audit.record(
            ctx, "alert_maintenance.updated", ("alert_maintenance_window", window_id),
            before={name: was[name] for name in changed}, after={name: now[name] for name in changed},
        )  # fmt: skip
    return await get(ctx, window_id)


async def delete(ctx: Context, window_id: UUID) -> None:
    """Delete a maintenance window; what it hides is sent, if it still fires. Raises ``MaintenanceMissingError``."""
    require(ctx, WRITE)
    row = await _row(ctx, window_id, lock=True)
    await silences.delete_window(ctx, window_id)
    facts = _facts(row.definition)
    await audit.record(ctx, "alert_maintenance.deleted", ("alert_maintenance_window", window_id), before=facts)


async def why_quiet(ctx: Context, alert: Alert, tag: str | None) -> str | None:
    """Return why nothing is sent about an alert now; None when it may be. ``tag`` is that of its rule."""
    for row in await silences.list_matching_windows(ctx, alert, tag):
        if active_until(row.definition, row.created_at, ctx.now) is not None:
            return f"maintenance window {row.definition.name}"
    return "silenced" if await silences.find(ctx, alert, tag) is not None else None


def active_until(definition: MaintenanceDefinition, created_at: datetime, now: datetime) -> datetime | None:
    """Return when the window that is open at an instant ends; None when none is. Windows that overlap are one."""
    length = timedelta(minutes=definition.duration_minutes)
    # Each start whose window is open lies within one length; an overlapping one goes on.
    end = now + timedelta(microseconds=1)
    starts = schedules.times_between(definition.recurrence, created_at, now - length, end)
    return max(starts) + length if starts else None


async def _check(ctx: Context, definition: MaintenanceDefinition) -> None:
    try:
        schedules.check_timing(definition.recurrence)
    except ScheduleInvalidError as error:
        fields = [FieldProblem(f"recurrence.{each.field}", each.message, each.remedy) for each in error.fields]
        raise AlertInvalidError.of(*fields) from None
    config_id, agent_id = definition.config_id, definition.agent_id
    if config_id is not None and await repository.get(ctx, config_id) is None:
        raise AlertInvalidError.of(FieldProblem("config_id", "does not exist", "Choose a rule of the organization."))
    if agent_id is not None and not await silences.agent_exists(ctx, agent_id):
        raise AlertInvalidError.of(FieldProblem("agent_id", "does not exist", "Choose an agent of the organization."))


def _to_response(ctx: Context, row: WindowRow) -> MaintenanceWindow:
    definition = row.definition
    found = schedules.describe(definition.recurrence, row.created_at, ctx.now)
    until = active_until(definition, row.created_at, ctx.now) if definition.enabled else None
    fields = {name: getattr(definition, name) for name in MaintenanceDefinition.__slots__}
    return MaintenanceWindow(
        id=row.id,
        organization_id=row.organization_id,
        created_by=row.created_by,
        summary=found.summary,
        active_until=until,
        next_start=found.next_at if definition.enabled else None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        **fields,
    )


def _facts(definition: MaintenanceDefinition) -> JsonObject:
    facts: JsonObject = {"recurrence": silences.recurrence_of(definition.recurrence)}
    for name in MaintenanceDefinition.__slots__:
        value = getattr(definition, name)
        if name != "recurrence":
            facts[name] = str(value) if isinstance(value, UUID) else value
    return facts


async def _row(ctx: Context, window_id: UUID, *, lock: bool = False) -> WindowRow:
    row = await silences.get_window(ctx, window_id, lock=lock)
    if row is None:
        raise MaintenanceMissingError
    return row
