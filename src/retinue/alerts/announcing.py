"""What happens to an alert becomes an event, notifications in the inbox, and deliveries in the outbox: one commit."""

from datetime import timedelta

from retinue.alerts import repository_alerts as alerts
from retinue.alerts import repository_channels as channels
from retinue.alerts import rules
from retinue.alerts.repository_channels import ChannelRow, NewDelivery
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
_FLAPPING_PAUSE = timedelta(hours=1)
_UNSENT_STATUS = {
    ChannelStatus.UNVERIFIED: "the address of the channel is not verified",
    ChannelStatus.DISABLED: "the channel is disabled",
    ChannelStatus.FAILED: "the channel was disabled after errors",
}


async def announce(ctx: Context, rule: Rule, alert: Alert, kind: EventType, data: JsonObject | None = None) -> None:
    """Write what happened to an alert, and queue what is to be sent about it. ``alert`` is as it is after that."""
    event_id, sequence = await alerts.add_event(ctx, alert.id, kind, data or {})
    tell(ctx, alert)
    silence_id = await alerts.find_silence(ctx, alert)
    if silence_id is not None and kind is not EventType.RESOLVED:
        await alerts.set_silenced(ctx, alert.id, is_silenced=True)
    if silence_id is None and wants_in_app(rule):
        await _notify(ctx, rule, alert, kind)
    reason = await _why_not(ctx, rule, alert, kind, is_silenced=silence_id is not None)
    is_queued = False
    for channel in await channels_of(ctx, rule):
        payload = payload_of(ctx, rule, alert, kind, sequence, data or {})
        own = reason or await _why_not_to(ctx, channel, alert, kind)
        wait = rules.GROUP_WAIT if kind in (EventType.OPENED, EventType.REOPENED) else timedelta(0)
        new = NewDelivery(
            event_id, alert.id, kind, sequence, channel.id, payload,
            None if own else ctx.now + wait, None if own else rules.give_up_at(kind, ctx.now), own,
        )  # fmt: skip
        await channels.queue(ctx, new)
        is_queued |= own is None
    if is_queued and kind is not EventType.RESOLVED:
        await alerts.note_notified(ctx, alert.id)


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


async def channels_of(ctx: Context, rule: Rule) -> list[ChannelRow]:
    """Return the channels a rule sends to."""
    found: list[ChannelRow] = []
    for kind in ChannelKind:
        names = names_of(rule.definition.channels.get(kind))
        if names:
            found += await channels.find(ctx, kind, names)
    return found


async def _why_not(ctx: Context, rule: Rule, alert: Alert, kind: EventType, *, is_silenced: bool) -> str | None:
    if kind is EventType.ACKNOWLEDGED:
        return "acknowledgements are not sent"
    if is_silenced:
        return "silenced"
    if kind is EventType.RESOLVED:
        return None if rule.definition.notify_resolved else "the rule does not notify when it resolves"
    if alert.is_flapping and kind in (EventType.REOPENED, EventType.OPENED):
        last = await alerts.last_notified(ctx, alert.id)
        if last is not None and ctx.now - last < _FLAPPING_PAUSE and not _just_began(alert):
            return "the alert is flapping: it is sent once an hour"
    return None


def _just_began(alert: Alert) -> bool:
    return alert.details.get("flaps") == rules.FLAPS_AN_HOUR


async def _why_not_to(ctx: Context, channel: ChannelRow, alert: Alert, kind: EventType) -> str | None:
    if kind is EventType.RESOLVED:
        if await channels.drop_unsent(ctx, alert.id, channel.id):
            return "cleared before it was sent"
        if not await channels.has_heard(ctx, alert.id, channel.id):
            return "the channel was not sent that it opened"
    if channel.status is not ChannelStatus.ACTIVE:
        return _UNSENT_STATUS[channel.status]
    if RANK[alert.severity] < RANK[channel.min_severity]:
        return f"the channel takes severity {channel.min_severity} and above"
    wanted = _SEND_ON.get(kind, "opened")
    return None if wanted in channel.send_on else f"the channel does not send {wanted}"


async def _notify(ctx: Context, rule: Rule, alert: Alert, kind: EventType) -> None:
    fold = f"alert:{alert.id}"
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
        title = f"Alert: {alert.config_name}{about}"
        news = News(NotificationType.ALERT, title, text, data, _PRIORITY[alert.severity], fold)
        await notifications.notify_responsible(ctx, rule.created_by, news)


def payload_of(  # noqa: PLR0917 - all of them are facts of the event
    ctx: Context, rule: Rule, alert: Alert, kind: EventType, sequence: int, data: JsonObject
) -> JsonObject:
    """Return what is sent: the body of webhooks, and the facts of the other channels."""
    console = ctx.resources.core.public_url.rstrip("/")
    links: JsonObject = {"alert": f"{console}/alerts/{alert.id}"}
    runs = alert.details.get("run_ids")
    if isinstance(runs, list) and runs:
        links["run"] = f"{console}/runs/{runs[0]}"
    if rule.definition.runbook_url:
        links["runbook"] = rule.definition.runbook_url
    shown: JsonObject = {
        "id": str(alert.id),
        "status": alert.status.value,
        "severity": alert.severity.value,
        "started_at": alert.started_at.isoformat(),
        "triggered_at": alert.triggered_at.isoformat(),
        "resolved_at": None if alert.resolved_at is None else alert.resolved_at.isoformat(),
        "resolved_reason": alert.resolved_reason,
        "fingerprint": alert.fingerprint,
        "is_flapping": alert.is_flapping,
    }
    return {
        "type": f"alert.{kind.value}",
        "timestamp": ctx.now.isoformat(),
        "data": {
            "alert": shown,
            "rule": {"id": str(rule.id), "name": rule.definition.name, "conditions": rule.definition.conditions},
            "target": _target_of(rule, alert),
            "summary": alert.details.get("summary"),
            "error": alert.details.get("error"),
            "value": alert.value,
            "threshold": alert.threshold,
            "evidence": runs if isinstance(runs, list) else [],
            "links": links,
            "organization_id": str(rule.organization_id),
            "sequence": sequence,
            **data,
        },
    }


def _target_of(rule: Rule, alert: Alert) -> JsonObject:
    given = rule.definition
    if alert.agent_id is not None:
        return {"kind": "agent", "id": str(alert.agent_id), "name": alert.target_name}
    for kind, target_id in (("team", given.team_id), ("workflow", given.workflow_id)):
        if target_id is not None:
            return {"kind": kind, "id": str(target_id), "name": alert.target_name}
    return {"kind": "organization", "id": str(rule.organization_id), "name": None}
