"""Silences and maintenance windows over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from retinue.alerts import incidents, maintenance
from retinue.alerts.schemas import CreateAlertSilence, CreateMaintenanceWindow, UpdateMaintenanceWindow
from retinue.alerts.types_silences import AlertSilence, MaintenanceWindow
from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter(tags=["alerts"])


@router.get("/alert-silences")
async def list_alert_silences(
    request: Request,
    *,
    current: Annotated[bool | None, Query(description="Only silences that have not ended, or only ended ones.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[AlertSilence]:
    """List silences, those that end last first, with the number of alerts that each hides now."""
    async with open_context(request) as ctx:
        return await incidents.list_silences(ctx, current=current, cursor=cursor, limit=limit)


@router.post("/alert-silences", status_code=201)
async def create_alert_silence(request: Request, body: CreateAlertSilence) -> AlertSilence:
    """Send nothing about matching alerts for a time of at most 30 days."""
    async with open_context(request) as ctx:
        return await incidents.create_silence(ctx, body.to_silence())


@router.post("/alert-silences/{silence_id}/end")
async def end_alert_silence(request: Request, silence_id: UUID) -> AlertSilence:
    """End a silence now. Alerts that still fire are sent then."""
    async with open_context(request) as ctx:
        return await incidents.end_silence(ctx, silence_id)


@router.get("/alert-maintenance")
async def list_maintenance_windows(request: Request) -> Page[MaintenanceWindow]:
    """List maintenance windows, newest first, with the end of those that are open now."""
    async with open_context(request) as ctx:
        return Page(await maintenance.list_all(ctx), None)


@router.post("/alert-maintenance", status_code=201)
async def create_maintenance_window(request: Request, body: CreateMaintenanceWindow) -> MaintenanceWindow:
    """Send nothing about matching alerts in a time that comes again. What still fires at its end is sent then."""
    async with open_context(request) as ctx:
        return await maintenance.create(ctx, body.to_definition())


@router.get("/alert-maintenance/{window_id}")
async def get_maintenance_window(request: Request, window_id: UUID) -> MaintenanceWindow:
    """Return one maintenance window."""
    async with open_context(request) as ctx:
        return await maintenance.get(ctx, window_id)


@router.patch("/alert-maintenance/{window_id}")
async def update_maintenance_window(request: Request, window_id: UUID, body: UpdateMaintenanceWindow) -> MaintenanceWindow:
    """Change a maintenance window."""
    async with open_context(request) as ctx:
        return await maintenance.update(ctx, window_id, body.to_changes())


@router.delete("/alert-maintenance/{window_id}", status_code=204)
async def delete_maintenance_window(request: Request, window_id: UUID) -> None:
    """Delete a maintenance window. What it hides is sent, if it still fires."""
    async with open_context(request) as ctx:
        await maintenance.delete(ctx, window_id)
