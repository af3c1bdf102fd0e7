"""What is sent: the body of webhooks, and the facts from which the other channels write their messages."""

from typing import Any

from retinue.alerts.repository_channels import ChannelRow
from retinue.alerts.types import Alert, EventType, Rule
from retinue.core.context import Context
from retinue.core.json import Json, JsonObject

_MOST_LISTED = 20


def payload_of(  # noqa: PLR0917 - all of them are facts of the event
    ctx: Context, rule: Rule, alert: Alert, kind: EventType, sequence: int, data: JsonObject
) -> JsonObject:
    """Return what is sent: the body of webhooks, and the facts of the other channels."""
    console = ctx.resources.core.public_url
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
            "labels": alert.details.get("labels") or {},
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


def joined(payload: JsonObject, members: list[JsonObject], total: int, *, is_digest: bool, console: str) -> JsonObject:
    """Return the message that tells of several alerts: that of the first one, with ``data.alerts`` and their number.

    A digest has a type of its own, and a link to all that fire.
    """
    listed = [_line(each) for each in [payload, *members]][:_MOST_LISTED]
    data: Any = payload["data"]
    more: JsonObject = {**data, "alerts": [*listed], "alert_count": total + 1}
    if is_digest:
        more["links"] = {"alerts": f"{console}/alerts"}
        more["summary"] = f"{total + 1} alerts opened within a few minutes"
        return {**payload, "type": "alert.digest", "data": more}
    return {**payload, "data": more}


def _line(payload: JsonObject) -> Json:
    data: Any = payload["data"]
    alert = {name: data["alert"].get(name) for name in ("id", "status", "severity", "started_at", "fingerprint")}
    names = ("rule", "target", "summary", "value", "threshold", "links", "sequence")
    found: dict[str, Any] = {"alert": alert} | {name: data.get(name) for name in names}
    found["rule"] = {name: data["rule"][name] for name in ("id", "name")}
    return found


def failure_payload(ctx: Context, failed: ChannelRow, error: str, sequence: int) -> JsonObject:
    """Return what other channels are sent when one was disabled after errors."""
    console = ctx.resources.core.public_url
    now = ctx.now.isoformat()
    alert: JsonObject = {
        "id": str(failed.id),
        "status": "open",
        "severity": "critical",
        "started_at": now,
        "triggered_at": now,
    }
    return {
        "type": "alert.channel_failed",
        "timestamp": now,
        "data": {
            "alert": {**alert, "resolved_at": None, "fingerprint": f"channel:{failed.id}"},
            "rule": {"id": None, "name": f"Channel {failed.name} was disabled", "conditions": {}},
            "target": {"kind": "organization", "id": str(failed.organization_id), "name": None},
            "summary": f"Alerts are no longer sent to the {failed.kind.value} channel {failed.name}.",
            "error": error,
            "value": None,
            "threshold": None,
            "evidence": [],
            "links": {"channels": f"{console}/alerts?tab=channels"},
            "organization_id": str(failed.organization_id),
            "sequence": sequence,
        },
    }
