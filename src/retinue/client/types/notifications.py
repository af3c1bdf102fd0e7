"""Documents of notifications. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

__all__ = [
    "EmailFrequency",
    "Notification",
    "NotificationCount",
    "NotificationPage",
    "NotificationPreference",
    "NotificationPreferences",
    "NotificationType",
    "Priority",
    "ReadNotifications",
    "SetPreference",
    "UpdateNotification",
]

EmailFrequency: TypeAlias = Literal["off", "instant", "hourly", "daily"]


Priority: TypeAlias = Literal["low", "medium", "high", "critical"]


class Notification(TypedDict):
    """Something that a person should know. ``count`` is how often it happened while it was unread."""

    count: int
    created_at: str
    data: dict[str, Any]
    expires_at: str | None
    id: str
    message: str
    organization_id: str
    priority: Priority
    read_at: str | None
    snoozed_until: str | None
    title: str
    type: str
    user_id: str


class NotificationCount(TypedDict):
    """How many notifications are unread and not snoozed; ``urgent`` are those of priority high and critical."""

    unread: int
    urgent: int


class NotificationPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Notification]
    next_cursor: str | None


NotificationType: TypeAlias = Literal[
    "agent_error",
    "agent_status_change",
    "deployment_success",
    "rate_limit_warning",
    "alert",
    "budget_warning",
    "approval_requested",
    "backup_problem",
    "service_problem",
    "webhook_disabled",
]


class NotificationPreference(TypedDict):
    """How a person wants to hear of one type of notification in an organization."""

    email: EmailFrequency
    in_app: bool
    type: NotificationType


class NotificationPreferences(TypedDict):
    """All preferences of a person in an organization; ``is_email_available`` is false without a mail server."""

    is_email_available: bool
    items: list[NotificationPreference]


class ReadNotifications(TypedDict):
    """How many notifications were marked as read."""

    read: int


class SetPreference(TypedDict):
    """How you want to hear of a type of notification; a field that is left out stays as it is."""

    email: NotRequired[EmailFrequency]
    in_app: NotRequired[bool]
    type: NotificationType


class UpdateNotification(TypedDict):
    """What to change; a field that is left out stays as it is."""

    read: NotRequired[bool]
    snoozed_until: NotRequired[str | datetime | None]
