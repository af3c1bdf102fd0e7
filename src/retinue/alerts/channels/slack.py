"""The Slack channel: an incoming webhook of Slack, or of a server that speaks its format."""

import orjson

from retinue.alerts.channels.text import Message, message_of
from retinue.core.json import JsonObject
from retinue.core.outbound.client import Outbound
from retinue.core.outbound.deliveries import SendResult, post, retry_after_of, shown

_ERROR_LENGTH = 1500
_COLORS = {"info": "#2e90fa", "warning": "#f79009", "critical": "#d92d20"}
_RESOLVED = "#17b26a"
_GONE = frozenset({403, 404, 410})
_DEAD_TOKENS = ("invalid_token", "no_service", "no_team", "team_disabled", "channel_is_archived")


async def send(outbound: Outbound, url: str, payload: JsonObject) -> SendResult:
    """Post an event to an incoming webhook."""
    answer = await post(outbound, url, orjson.dumps(body_of(message_of(payload))))
    if isinstance(answer, SendResult):
        return answer
    text = shown(answer.body)
    if answer.status == 200 and text.strip() == "ok":  # noqa: PLR2004 - what Slack answers
        return SendResult("sent", answer.status, text)
    is_dead = answer.status in _GONE or (answer.status == 400 and any(word in text for word in _DEAD_TOKENS))  # noqa: PLR2004 - as above
    return SendResult(
        "refused" if is_dead else "failed",
        answer.status,
        text,
        f"Slack answered {answer.status}: {text[:200]}",
        retry_after_of(answer.headers.get("retry-after")),
        is_gone=is_dead,
    )


def body_of(message: Message) -> JsonObject:
    """Write a message in Slack's format."""
    facts = "\n".join(f"*{name}:* {escaped(value)}" for name, value in message.facts)
    blocks: list[JsonObject] = [_section(f"*{escaped(message.title)}*"), _section(facts)]
    if message.error and "`" not in message.error:
        blocks.append(_section(f"```{escaped(message.error[:_ERROR_LENGTH])}```"))
    links = " · ".join(f"<{url}|{escaped(name)}>" for name, url in message.links)
    if links:
        blocks.append(_section(links))
    color = _RESOLVED if message.is_resolved else _COLORS.get(message.severity, _COLORS["info"])
    return {"text": escaped(message.title), "attachments": [{"color": color, "blocks": [*blocks]}]}


def _section(text: str) -> JsonObject:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:2900]}}


def escaped(text: str) -> str:
    """Escape the three characters that Slack reads as marks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
