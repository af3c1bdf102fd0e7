"""Notifications as values."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retinue.core.json import JsonObject


class NotificationType(StrEnum):
    """What a notification is about."""

    AGENT_ERROR = "agent_error"
    AGENT_STATUS_CHANGE = "agent_status_change"
    DEPLOYMENT_SUCCESS = "deployment_success"
    RATE_LIMIT_WARNING = "rate_limit_warning"
    ALERT = "alert"
    BUDGET_WARNING = "budget_warning"
    APPROVAL_REQUESTED = "approval_requested"
    BACKUP_PROBLEM = "backup_problem"
    SERVICE_PROBLEM = "service_problem"
    WEBHOOK_DISABLED = "webhook_disabled"


class Priority(StrEnum):
    """How urgent a notification is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class EmailFrequency(StrEnum):
    """When notifications are sent by e-mail too: never, at once, or together every hour or day (08:00 UTC)."""

    OFF = "off"
    INSTANT = "instant"
    HOURLY = "hourly"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that a person should know. ``count`` is how often it happened while it was unread.

    Until ``snoozed_until`` it is neither listed among the unread ones nor counted.
    """

    id: uuid.UUID
    organization_id: uuid.UUID
    user_id: uuid.UUID
    type: str
    title: str
    message: str
    data: JsonObject
    priority: Priority
    count: int
    read_at: datetime | None
    snoozed_until: datetime | None
    expires_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NotificationCount:
    """How many notifications are unread and not snoozed; ``urgent`` are those of priority high and critical."""

    unread: int
    urgent: int


@dataclass(frozen=True, slots=True)
class ReadNotifications:
    """How many notifications were marked as read."""

    read: int


@dataclass(frozen=True, slots=True)
class NotificationPreference:
    """How a person wants to hear of one type of notification in an organization."""

    type: NotificationType
    in_app: bool
    email: EmailFrequency


@dataclass(frozen=True, slots=True)
class NotificationPreferences:
    """All preferences of a person in an organization; ``is_email_available`` is false without a mail server."""

    items: list[NotificationPreference]
    is_email_available: bool


@dataclass(frozen=True, slots=True)
class News:
    """What is to be notified; with ``fold`` a repetition counts on the unread notification of that key."""

    type: NotificationType
    title: str
    message: str
    data: JsonObject
    priority: Priority
    fold: str | None = None


@dataclass(frozen=True, slots=True)
class DueEmail:
    """A notification that is due to be sent to a person's address."""

    id: uuid.UUID
    user_id: uuid.UUID
    address: str
    title: str
    message: str
    priority: Priority
    count: int
    created_at: datetime
    attempts: int
    type: str
    data: JsonObject
