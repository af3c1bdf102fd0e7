"""Operations of notifications, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from retinue.client.resource import AsyncResource, path
from retinue.client.types.common_2 import Unsubscription
from retinue.client.types.notifications import (
    Notification,
    NotificationCount,
    NotificationPage,
    NotificationPreference,
    NotificationPreferences,
    NotificationType,
    Priority,
    ReadNotifications,
    SetPreference,
    UpdateNotification,
)


class AsyncNotificationsApi(AsyncResource):
    """Operations of notifications."""

    async def list(
        self,
        *,
        unread: bool | None = None,
        snoozed: bool | None = None,
        type: NotificationType | None = None,
        priority: Priority | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> NotificationPage:
        """List your notifications in the organization, newest first. Expired notifications are not listed."""
        return await self._connection.json(
            "GET",
            "/notifications",
            query={
                "unread": unread,
                "snoozed": snoozed,
                "type": type,
                "priority": priority,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def iterate(
        self,
        *,
        unread: bool | None = None,
        snoozed: bool | None = None,
        type: NotificationType | None = None,
        priority: Priority | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Notification]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items(
            "/notifications",
            query={"unread": unread, "snoozed": snoozed, "type": type, "priority": priority, "limit": limit},
        )

    async def get_count(self) -> NotificationCount:
        """Return how many of your notifications are unread, and how many of these have priority high or critical."""
        return await self._connection.json("GET", "/notifications/count")

    async def list_preferences(self) -> NotificationPreferences:
        """List how you want to hear of each type of notification in the organization."""
        return await self._connection.json("GET", "/notifications/preferences")

    async def set_preference(self, **body: Unpack[SetPreference]) -> NotificationPreference:
        """Set how you want to hear of a type of notification in the organization."""
        return await self._connection.json("PUT", "/notifications/preferences", body=body)

    async def clear(self) -> ReadNotifications:
        """Mark all your notifications in the organization as read."""
        return await self._connection.json("POST", "/notifications/read")

    async def update(self, notification_id: str, /, **body: Unpack[UpdateNotification]) -> Notification:
        """Mark a notification as read or unread, or snooze it."""
        return await self._connection.json("PATCH", path("notifications", notification_id), body=body)

    async def stop_emails(self, *, token: str) -> Unsubscription:
        """End e-mail about the types of notifications of a link (RFC 8058)."""
        return await self._connection.json("POST", "/unsubscribe/notifications", query={"token": token})

    async def preview_emails(self, *, token: str) -> Unsubscription:
        """Return what a link ends. Requires no authentication, and changes nothing."""
        return await self._connection.json("GET", "/unsubscribe/notifications/preview", query={"token": token})
