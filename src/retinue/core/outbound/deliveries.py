"""Sending to receivers outside: one attempt with a signed message, how it went, and when the next one follows.

What is sent, to whom, and where its attempts are recorded is the callers'.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from retinue.core.errors import UnavailableError
from retinue.core.json import JsonObject, dumps
from retinue.core.outbound.addresses import OutboundRefusedError
from retinue.core.outbound.client import Outbound, OutboundRequest, OutboundResponse
from retinue.core.webhooks import signed_headers

GIVE_UP: Final = timedelta(hours=12)
DEAD_ENOUGH: Final = 5
"""So many deliveries in a row that were given up disable a receiver."""
_PAUSES: Final = (0, 10, 60, 300, 1800, 7200, 21_600)
"""Seconds before each attempt."""
_JITTER: Final = 0.2
_LONGEST_RETRY_AFTER: Final = 3600.0
_TIMEOUT_SECONDS: Final = 15.0
_MOST_ANSWER: Final = 4096
_MOST_SHOWN: Final = 1000
_GONE: Final = 410
_UNWANTED: Final = frozenset({400, 401, 403, 404})
_UNWANTED_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class SendResult:
    """How an attempt went. ``refused`` is a permanent error; with ``is_gone`` the receiver takes nothing any more.

    ``is_unwanted``: more than a few attempts are useless.
    """

    outcome: Literal["sent", "failed", "refused"]
    status_code: int | None = None
    response: str | None = None
    error: str | None = None
    retry_after: float | None = None
    is_gone: bool = False
    is_unwanted: bool = False


def next_attempt(
    result: SendResult, attempts: int, *, now: datetime, give_up_at: datetime | None, draw: random.Random | None = None
) -> datetime | None:
    """Return when to send again after so many attempts, the last of which failed; None when that was the last one."""
    is_useless = result.outcome == "refused" or (result.is_unwanted and attempts >= _UNWANTED_ATTEMPTS)
    if is_useless or attempts >= len(_PAUSES):
        return None
    seconds = _PAUSES[attempts] * (draw or random.SystemRandom()).uniform(1 - _JITTER, 1 + _JITTER)
    if result.retry_after is not None:
        seconds = max(seconds, min(result.retry_after, _LONGEST_RETRY_AFTER))
    at = now + timedelta(seconds=seconds)
    return None if give_up_at is not None and at > give_up_at else at


def is_used_up(attempts: int, *, now: datetime, give_up_at: datetime | None) -> bool:
    """Say whether no attempt is left after so many that were begun, although the result of the last was lost."""
    return attempts >= len(_PAUSES) or (give_up_at is not None and now >= give_up_at)


async def post_signed(
    outbound: Outbound, url: str, secrets_in_use: Sequence[str], message_id: str, payload: JsonObject, *, now: datetime
) -> SendResult:
    """Post a message once, signed as Standard Webhooks 1.0 describe; with several secrets it has a signature of each.

    ``now`` is the instant of the signature.
    """
    body = dumps(payload)
    answer = await post(outbound, url, body, signed_headers(secrets_in_use, message_id, now.timestamp(), body))
    if isinstance(answer, SendResult):
        return answer
    status, text = answer.status, shown(answer.body)
    if 200 <= status < 300:  # noqa: PLR2004 - success in HTTP
        return SendResult("sent", status, text)
    return SendResult(
        "refused" if status == _GONE else "failed",
        status,
        text,
        f"The receiver answered {status}.",
        retry_after_of(answer.headers.get("retry-after")),
        is_gone=status == _GONE,
        is_unwanted=status in _UNWANTED,
    )


async def post(
    outbound: Outbound, url: str, body: bytes, headers: dict[str, str] | None = None
) -> OutboundResponse | SendResult:
    """Post JSON once, without redirects; return the answer, or how the attempt went when there was none."""
    request = OutboundRequest(
        "POST", url, {"Content-Type": "application/json"} | (headers or {}), body, timeout_seconds=_TIMEOUT_SECONDS,
        max_bytes=_MOST_ANSWER, is_cut=True, max_redirects=0,
    )  # fmt: skip
    try:
        return await outbound.send(request)
    except OutboundRefusedError as error:
        return SendResult("refused", error=f"{error.detail} {error.remedy_text or ''}".strip()[:_MOST_SHOWN])
    except UnavailableError as error:
        return SendResult("failed", error=error.detail[:_MOST_SHOWN])


def shown(body: bytes | str) -> str:
    """Return the beginning of an answer, as text that the database can store."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    return text.replace("\x00", "")[:_MOST_SHOWN]


def retry_after_of(value: str | None) -> float | None:
    """Read a Retry-After in seconds; a date counts as none."""
    return float(value) if value is not None and value.isascii() and value.isdigit() else None
