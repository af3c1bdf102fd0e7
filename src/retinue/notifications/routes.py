"""Notifications over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.notifications import service
from retinue.notifications.repository import NotificationFilter
from retinue.notifications.schemas import SetPreference, UpdateNotification
from retinue.notifications.types import (
    Notification,
    NotificationCount,
    NotificationPreference,
    NotificationPreferences,
    NotificationType,
    Priority,
    ReadNotifications,
)

router = APIRouter(tags=["notifications"])


@router.get("/notifications")
async def list_notifications(
    request: Request,
    *,
    unread: Annotated[
        bool | None, Query(description="Only unread notifications that are not snoozed, or only read ones.")
    ] = None,
    snoozed: Annotated[bool | None, Query(description="Only snoozed notifications, or only others.")] = None,
    type: Annotated[NotificationType | None, Query(description="Filter by type.")] = None,  # noqa: A002 - the field's name
    priority: Annotated[Priority | None, Query(description="Filter by priority.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Notification]:
    """List your notifications in the organization, newest first. Expired notifications are not listed."""
    async with open_context(request) as ctx:
        return await service.list_page(ctx, NotificationFilter(unread, snoozed, type, priority), cursor=cursor, limit=limit)


@router.get("/notifications/count")
async def get_notification_count(request: Request) -> NotificationCount:
    """Return how many of your notifications are unread, and how many of these have priority high or critical."""
    async with open_context(request) as ctx:
        return await service.count(ctx)


@router.post("/notifications/read")
async def clear_notifications(request: Request) -> ReadNotifications:
    """Mark all your notifications in the organization as read."""
    async with open_context(request) as ctx:
        return await service.mark_all(ctx)


@router.get("/notifications/preferences")
async def list_notification_preferences(request: Request) -> NotificationPreferences:
    """List how you want to hear of each type of notification in the organization."""
    async with open_context(request) as ctx:
        return await service.list_preferences(ctx)


@router.put("/notifications/preferences")
async def set_notification_preference(request: Request, body: SetPreference) -> NotificationPreference:
    """Set how you want to hear of a type of notification in the organization. A field that is left out stays as it is."""
    async with open_context(request) as ctx:
        return await service.prefer(ctx, body.type, in_app=body.in_app, email=body.email)


@router.patch("/notifications/{notification_id}")
async def update_notification(request: Request, notification_id: UUID, body: UpdateNotification) -> Notification:
    """Mark a notification as read or unread, or snooze it."""
    async with open_context(request) as ctx:
        return await service.update(ctx, notification_id, body.to_changes())
