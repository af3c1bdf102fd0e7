"""What happens to an alert becomes an event, notifications in the inbox, and deliveries in the outbox: one commit."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from retinue.alerts import maintenance, quiet_hours, rules
from retinue.alerts import repository_alerts as alerts
from retinue.alerts import repository_channels as channels
from retinue.alerts import repository_deliveries as deliveries
from retinue.alerts import repository_silences as silences
from retinue.alerts.payloads import failure_payload, payload_of
from retinue.alerts.repository_channels import ChannelRow
from retinue.alerts.repository_deliveries import NewDelivery
from retinue.alerts.types import (
    RANK,
    Alert,
    ChannelKind,
    ChannelStatus,
    EventType,
    Rule,
    Severity,
)
from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.notifications import service as notifications
from retinue.notifications.types import News, NotificationType, Priority

_PRIORITY = {Severity.INFO: Priority.LOW, Severity.WARNING: Priority.MEDIUM, Severity.CRITICAL: Priority.CRITICAL}
_SEND_ON = {EventType.RESOLVED: "resolved", EventType.REMINDER: "reminder"}
OPENINGS = (EventType.OPENED, EventType.REOPENED)
_UNSENT_STATUS = {
    ChannelStatus.UNVERIFIED: "the address of the channel is not verified",
    ChannelStatus.DISABLED: "the channel is disabled",
    ChannelStatus.FAILED: "the channel was disabled after errors",
}


async def announce(ctx: Context, rule: Rule, alert: Alert, kind: EventType, data: JsonObject | None = None) -> None:
    """Write what happened to an alert, and queue what is to be sent about it. ``alert`` is as it is after that."""
    event_id, sequence = await alerts.add_event(ctx, alert.id, kind, data or {})
    tell(ctx, alert)
    quiet = await maintenance.why_quiet(ctx, alert, rule.definition.tag)
    if quiet is not None and kind is not EventType.RESOLVED:
        await alerts.set_silenced(ctx, alert.id, is_silenced=True)
    is_storm = kind in OPENINGS and await _is_storm(ctx)
    if quiet is None and wants_in_app(rule):
        await _notify(ctx, rule, alert, kind, is_storm=is_storm)
    reason = await _why_not(ctx, rule, alert, kind, quiet)
    is_queued = False
    for channel in await channels_of(ctx, rule, alert):
        payload = payload_of(ctx, rule, alert, kind, sequence, data or {})
        own = reason or await _why_not_to(ctx, channel, alert, kind)
        new = NewDelivery(event_id, alert.id, kind, sequence, channel.id, payload, None, None, own)
        await deliveries.queue(ctx, new if own else await _placed(ctx, new, channel, alert, is_storm=is_storm))
        is_queued |= own is None
    if is_queued and kind is not EventType.RESOLVED:
        await alerts.note_notified(ctx, alert.id)
    if kind is EventType.RESOLVED:
        await silences.end_of_alert(ctx, alert.id)


async def _is_storm(ctx: Context) -> bool:
    """Say whether so many alerts of the organization have opened that the next ones are sent together."""
    return await alerts.count_opened(ctx, ctx.now - rules.STORM_WITHIN, rules.STORM_OPENINGS + 1) > rules.STORM_OPENINGS


async def _placed(ctx: Context, new: NewDelivery, channel: ChannelRow, alert: Alert, *, is_storm: bool) -> NewDelivery:
    """Return when a delivery is sent: after the group wait, after quiet hours, or as part of a digest."""
    at = ctx.now + (rules.GROUP_WAIT if new.event_type in OPENINGS else timedelta(0))
    if alert.severity is Severity.CRITICAL:
        await deliveries.bring_forward(ctx, alert.id, channel.id, quiet_hours.REASON)
        until = None
    else:
        until = quiet_hours.quiet_until(channel.quiet_hours, at)
    placed = replace(new, next_attempt_at=until or at, reason=None if until is None else quiet_hours.REASON)
    if is_storm:
        placed = await _into_digest(ctx, placed, channel)
    if placed.next_attempt_at is None:
        return placed
    return replace(placed, give_up_at=rules.give_up_at(new.event_type, placed.next_attempt_at))


async def _into_digest(ctx: Context, placed: NewDelivery, channel: ChannelRow) -> NewDelivery:
    found = await deliveries.find_digest(ctx, channel.id)
    if found is not None and found[1]:
        return replace(placed, next_attempt_at=None, group_id=found[0], reason="part of a digest")
    earliest = ctx.now + rules.DIGEST_WAIT
    if found is not None:
        earliest = max(earliest, found[2] + rules.STORM_WITHIN)
    at = placed.next_attempt_at
    return replace(placed, next_attempt_at=earliest if at is None else max(at, earliest), is_digest=True)


async def announce_failure(ctx: Context, alert_id: UUID, failed: ChannelRow, error: str) -> None:
    """Tell all other channels, once, that one was disabled after errors; ``alert_id`` is what it was to be sent."""
    alert = await alerts.get(ctx, alert_id)
    if alert is None:
        return
    data: JsonObject = {"channel": {"id": str(failed.id), "kind": failed.kind.value, "name": failed.name, "error": error}}
    event_id, sequence = await alerts.add_event(ctx, alert.id, EventType.CHANNEL_FAILED, data)
    for channel in await channels.list_others(ctx, failed.id):
        payload = failure_payload(ctx, failed, error, sequence)
        new = NewDelivery(event_id, alert.id, EventType.CHANNEL_FAILED, sequence, channel.id, payload, ctx.now, None)
        await deliveries.queue(ctx, replace(new, give_up_at=rules.give_up_at(EventType.OPENED, ctx.now)))


def tell(ctx: Context, alert: Alert) -> None:
    """Tell the organization's readers, after the commit, that an alert changed."""
    organization_id, bus = ctx.organization_id, ctx.resources.bus
    news: JsonObject = {"id": str(alert.id), "status": alert.status.value}
    ctx.after_commit.append(lambda: bus.news(organization_id, "alert", news))


def wants_in_app(rule: Rule) -> bool:
    """Say whether a rule notifies in the console; it does unless it says that it does not."""
    return rule.definition.channels.get("in_app") is not False


def names_of(given: object) -> list[str]:
    """Return the names that a rule gives for one kind of channel: one text, or a list of them."""
    if isinstance(given, str):
        return [given]
    return [each for each in given if isinstance(each, str)] if isinstance(given, list) else []  # type: ignore[misc] # any JSON


async def channels_of(ctx: Context, rule: Rule, alert: Alert) -> list[ChannelRow]:
    """Return the channels a rule sends to; those of its escalation too once nobody has acknowledged the alert in time."""
    lists = [rule.definition.channels]
    if alert.unacknowledged_at is not None:
        lists.append(rule.definition.escalate_channels)
    found: dict[UUID, ChannelRow] = {}
    for kind in ChannelKind:
        names = list(dict.fromkeys(name for each in lists for name in names_of(each.get(kind))))
        if names:
            found |= {row.id: row for row in await channels.find(ctx, kind, names)}
    return list(found.values())


async def _why_not(ctx: Context, rule: Rule, alert: Alert, kind: EventType, quiet: str | None) -> str | None:
    if kind is EventType.ACKNOWLEDGED:
        return "acknowledgements are not sent"
    if quiet is not None:
        return quiet
    if kind is EventType.RESOLVED:
        return None if rule.definition.notify_resolved else "the rule does not notify when it resolves"
    if alert.is_flapping and kind in OPENINGS:
        last = await alerts.last_notified(ctx, alert.id)
        if last is not None and ctx.now - last < rules.FLAPPING_PAUSE and not _just_began(alert):
            return "the alert is flapping: it is sent once an hour"
    return None


def _just_began(alert: Alert) -> bool:
    return alert.details.get("flaps") == rules.FLAPS_AN_HOUR


async def _why_not_to(ctx: Context, channel: ChannelRow, alert: Alert, kind: EventType) -> str | None:
    if kind is EventType.RESOLVED:
        if await deliveries.drop_unsent(ctx, alert.id, channel.id):
            return "cleared before it was sent"
        if not await deliveries.has_heard(ctx, alert.id, channel.id):
            return "the channel was not sent that it opened"
    if channel.status is not ChannelStatus.ACTIVE:
        return _UNSENT_STATUS[channel.status]
    if RANK[alert.severity] < RANK[channel.min_severity]:
        return f"the channel takes severity {channel.min_severity} and above"
    wanted = _SEND_ON.get(kind, "opened")
    return None if wanted in channel.send_on else f"the channel does not send {wanted}"


async def _notify(ctx: Context, rule: Rule, alert: Alert, kind: EventType, *, is_storm: bool) -> None:
    fold = "alert_storm" if is_storm else f"alert:{alert.id}"
    data: JsonObject = {"alert_id": str(alert.id), "config_id": str(rule.id), "severity": alert.severity.value}
    if alert.agent_id is not None:
        data["agent_id"] = str(alert.agent_id)
    text = str(alert.details.get("summary") or alert.config_name)
    about = f" · {alert.target_name}" if alert.target_name else ""
    if kind is EventType.RESOLVED:
        title = f"Resolved: {alert.config_name}{about}"
        news = News(NotificationType.ALERT, title, f"{text}. Resolved: {alert.resolved_reason}.", data, Priority.LOW, fold)
        await notifications.renew(ctx, news)
    elif kind is not EventType.ACKNOWLEDGED:
        title = "Many alerts are firing" if is_storm else f"Alert: {alert.config_name}{about}"
        text = f"{alert.config_name}{about}: {text}" if is_storm else text
        news = News(NotificationType.ALERT, title, text, data, _PRIORITY[alert.severity], fold)
        await notifications.notify_responsible(ctx, rule.created_by, news)
