"""The webhook channel: JSON, signed as Standard Webhooks 1.0 say."""

from datetime import datetime

import orjson

from retinue.alerts.channels.result import SendResult, retry_after_of, shown
from retinue.core.errors import UnavailableError
from retinue.core.json import JsonObject
from retinue.core.outbound.addresses import OutboundRefusedError
from retinue.core.outbound.client import Outbound, OutboundRequest
from retinue.core.webhooks import signed_headers

_TIMEOUT_SECONDS = 15.0
_MOST_ANSWER = 4096
_GONE = 410
_UNWANTED = frozenset({400, 401, 403, 404})


async def send(
    outbound: Outbound, url: str, secrets_in_use: list[str], message_id: str, payload: JsonObject, *, now: datetime
) -> SendResult:
    """Post an event; with several secrets it carries a signature of each."""
    body = orjson.dumps(payload)
    headers = {"Content-Type": "application/json"} | signed_headers(secrets_in_use, message_id, now.timestamp(), body)
    request = OutboundRequest(
        "POST", url, headers, body, timeout_seconds=_TIMEOUT_SECONDS, max_bytes=_MOST_ANSWER, is_cut=True, max_redirects=0
    )
    try:
        answer = await outbound.send(request)
    except OutboundRefusedError as error:
        return SendResult("refused", error=f"{error.detail} {error.remedy_text or ''}".strip())
    except UnavailableError as error:
        return SendResult("failed", error=error.detail)
    text = shown(answer.body)
    if 200 <= answer.status < 300:  # noqa: PLR2004 - success in HTTP
        return SendResult("sent", answer.status, text)
    return SendResult(
        "refused" if answer.status == _GONE else "failed",
        answer.status,
        text,
        f"The receiver answered {answer.status}.",
        retry_after_of(answer.headers.get("retry-after")),
        ends_channel=answer.status == _GONE,
    )


def is_unwanted(status_code: int | None) -> bool:
    """Say whether an answer means that more than a few attempts are useless."""
    return status_code in _UNWANTED
