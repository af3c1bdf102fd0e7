"""A message in words, from what a webhook would be sent: for people."""

from dataclasses import dataclass
from typing import Any

from retinue.core.json import JsonObject

_LABELS = {
    "alert": "Open alert",
    "run": "Open run",
    "runbook": "Runbook",
    "alerts": "All alerts",
    "channels": "Channels",
}
_WORDS = {
    "alert.opened": "FIRING",
    "alert.reopened": "FIRING AGAIN",
    "alert.escalated": "WORSE",
    "alert.reminder": "STILL FIRING",
    "alert.unsilenced": "STILL FIRING",
    "alert.unacknowledged": "NOT ACKNOWLEDGED",
    "alert.digest": "MANY ALERTS",
    "alert.channel_failed": "CHANNEL DISABLED",
    "alert.resolved": "RESOLVED",
    "alert.test": "TEST",
}


@dataclass(frozen=True, slots=True)
class Message:
    """The facts of an event, for a person."""

    word: str
    title: str
    facts: list[tuple[str, str]]
    error: str | None
    links: list[tuple[str, str]]
    severity: str
    is_resolved: bool


def message_of(payload: JsonObject) -> Message:
    """Return the facts of an event."""
    data: Any = payload["data"]
    alert, target = data["alert"], data["target"]
    kind = str(payload["type"])
    word = _WORDS.get(kind, kind)
    name = f" · {target['name']}" if target.get("name") else ""
    facts: list[tuple[str, str]] = []
    if data.get("summary"):
        facts.append(("What", str(data["summary"])))
    facts.append(("Severity", str(alert["severity"])))
    facts.append(("Since", _instant(alert["started_at"])))
    if alert.get("resolved_at"):
        reasons = {"cleared": "the condition is no longer true", "manual": "a person resolved it"}
        reason = str(alert.get("resolved_reason") or "")
        facts.append(("Resolved", f"{_instant(alert['resolved_at'])}: {reasons.get(reason, reason.replace('_', ' '))}"))
    if data.get("value") is not None and data.get("threshold") is not None:
        facts.append(("Value", f"{data['value']:g} (threshold {data['threshold']:g})"))
    if data.get("was_silenced"):
        facts.append(("Note", "It was silenced until now."))
    if alert.get("is_flapping"):
        facts.append(("Note", "It opens and clears again and again; it is sent once an hour."))
    facts += _more(kind, data)
    links = [(_LABELS.get(str(key), str(key)), str(url)) for key, url in data["links"].items()]
    error = data.get("error")
    return Message(
        word,
        _title(kind, word, data) or f"[{word}] {data['rule']['name']}{name}",
        facts,
        str(error) if error and kind != "alert.resolved" else None,
        links,
        str(alert["severity"]),
        kind == "alert.resolved",
    )


def _title(kind: str, word: str, data: Any) -> str | None:  # noqa: ANN401 - JSON
    """Return the title of a message about several alerts."""
    count = int(data.get("alert_count") or 0)
    if kind == "alert.digest":
        return f"[{word}] {count} alerts"
    return f"[{word}] {data['rule']['name']} · {count} alerts" if count > 1 else None


def _more(kind: str, data: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Return what a message tells of other alerts, and of the time in which nobody answered."""
    facts: list[tuple[str, str]] = []
    if data.get("unacknowledged_minutes") is not None:
        facts.append(("Note", f"Nobody has acknowledged it for {data['unacknowledged_minutes']} minutes."))
    listed: list[Any] = data.get("alerts") or []
    for each in listed if kind == "alert.digest" else listed[1:]:
        about = f" · {each['target']['name']}" if each["target"].get("name") else ""
        name = "Alert" if kind == "alert.digest" else "Also"
        facts.append((name, f"{each['rule']['name']}{about}: {each['summary'] or ''}"))
    more = int(data.get("alert_count") or 0) - len(listed)
    return [*facts, ("And", f"{more} more")] if more > 0 else facts


def _instant(text: str) -> str:
    return f"{text[:10]} {text[11:19]} UTC"
