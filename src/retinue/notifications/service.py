"""The package's verbs: a person's notifications and preferences, and notifying those who are responsible."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from retinue.core import timers
from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import FieldProblem
from retinue.core.mail.settings import MailSettings
from retinue.core.permissions import require
from retinue.core.timers import Timer
from retinue.notifications import repository
from retinue.notifications.errors import NotificationMissingError, PreferenceInvalidError, SnoozeInvalidError
from retinue.notifications.permissions import OWN
from retinue.notifications.repository import NotificationFilter
from retinue.notifications.types import (
    EmailFrequency,
    News,
    Notification,
    NotificationCount,
    NotificationPreference,
    NotificationPreferences,
    NotificationType,
    ReadNotifications,
)

MAX_SNOOZE = timedelta(days=30)
AWAKEN = "notifications.awaken"
"""Timer: a notification that was put off is listed again."""


async def list_page(ctx: Context, wanted: NotificationFilter, *, cursor: str | None, limit: int) -> Page[Notification]:
    """Return a page of your notifications in the organization, newest first; expired ones are left out."""
    require(ctx, OWN)
    rows = await repository.list_page(ctx, wanted, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda each: Position(each.created_at, each.id))


async def count(ctx: Context) -> NotificationCount:
    """Count your unread notifications in the organization."""
    require(ctx, OWN)
    return await repository.count(ctx)


async def update(ctx: Context, notification_id: UUID, changes: Mapping[str, Any]) -> Notification:
    """Mark a notification of yours as read or unread (``read``), or put it off (``snoozed_until``, null: list it again).

    Raises ``NotificationMissingError``, ``SnoozeInvalidError``.
    """
    require(ctx, OWN)
    if await repository.get(ctx, notification_id) is None:
        raise NotificationMissingError
    if "read" in changes:
        await repository.mark(ctx, notification_id, is_read=bool(changes["read"]))
    if "snoozed_until" in changes:
        await _snooze(ctx, notification_id, changes["snoozed_until"])
    found = await repository.get(ctx, notification_id)
    if found is None:
        raise NotificationMissingError
    tell(ctx, [ctx.user_id])
    return found


async def _snooze(ctx: Context, notification_id: UUID, until: datetime | None) -> None:
    if until is not None and until <= ctx.now:
        raise SnoozeInvalidError.of("is in the past", "Choose a later instant, or null.")
    if until is not None and until > ctx.now + MAX_SNOOZE:
        raise SnoozeInvalidError.of("is more than 30 days ahead", "Choose an earlier instant.")
    await repository.snooze(ctx, notification_id, until)
    if until is None:
        await timers.cancel(ctx, AWAKEN, notification_id)
    else:
        await timers.schedule(ctx, AWAKEN, notification_id, until)


async def awaken(ctx: Context, timer: Timer) -> None:
    """List a notification again that was put off. May be repeated."""
    tell(ctx, await repository.awaken(ctx, timer.subject_id))


async def mark_all(ctx: Context) -> ReadNotifications:
    """Mark all notifications of yours in the organization as read."""
    require(ctx, OWN)
    number = await repository.mark_all(ctx)
    if number:
        tell(ctx, [ctx.user_id])
    return ReadNotifications(number)


async def list_preferences(ctx: Context) -> NotificationPreferences:
    """Return your preference for each type of notification in the organization."""
    require(ctx, OWN)
    known = await repository.list_preferences(ctx)
    usual = {kind: NotificationPreference(kind, in_app=True, email=EmailFrequency.OFF) for kind in NotificationType}
    items = [known.get(kind, preference) for kind, preference in usual.items()]
    return NotificationPreferences(items, ctx.resources.settings_of(MailSettings).is_set)


async def prefer(
    ctx: Context, kind: NotificationType, *, in_app: bool | None, email: EmailFrequency | None
) -> NotificationPreference:
    """Set your preference for a type; None leaves what it is, so that a mute does not restore e-mail that has ended.

    Raises ``PreferenceInvalidError`` for e-mail without a mail server.
    """
    require(ctx, OWN)
    if email not in (None, EmailFrequency.OFF) and not ctx.resources.settings_of(MailSettings).is_set:
        message, remedy = "cannot be sent: no mail server is configured", "Ask the operator to set RETINUE_SMTP_HOST."
        problem = FieldProblem("email", message, remedy)
        raise PreferenceInvalidError(f"{problem.field} {problem.message}.", remedy=remedy, fields=(problem,))
    return await repository.prefer(ctx, kind, in_app=in_app, email=email)


async def notify_responsible(ctx: Context, creator: UUID | None, news: News) -> None:
    """Notify the creator of something, or the owners and admins when the creator is gone or is no member."""
    tell(ctx, await repository.notify_responsible(ctx, creator, news))


async def notify_persons(ctx: Context, persons: list[UUID], news: News) -> None:
    """Notify members, each as their preferences say."""
    tell(ctx, await repository.notify_persons(ctx, persons, news))


async def settle(ctx: Context, fold: str) -> None:
    """Mark the unread notifications of a fold key as read: there is nothing to do about them any more."""
    tell(ctx, await repository.settle(ctx, fold))


async def renew(ctx: Context, news: News) -> None:
    """Rewrite the unread notifications of a fold key: what they tell has ended."""
    tell(ctx, await repository.renew(ctx, news))


def tell(ctx: Context, people: list[UUID]) -> None:
    """Tell these people's open consoles, after the commit, that their notifications changed."""
    organization_id, bus = ctx.organization_id, ctx.resources.bus
    for each in people:
        news = {"id": str(each), "private_to": str(each)}
        ctx.after_commit.append(lambda news=news: bus.news(organization_id, "notification", {**news}))
