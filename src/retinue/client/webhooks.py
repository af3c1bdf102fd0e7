"""Checking the calls of Retinue, by Standard Webhooks 1.0 (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retinue.client.errors import WebhookError
from retinue.client.models import Work

_TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"
_VERSION = "v1,"


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """A call whose signature is right: its id, which is the same when it is made again, and its body."""

    id: str
    data: dict[str, Any]

    @property
    def work(self) -> Work:
        """The run of a call that starts one."""
        return Work.of(self.data)


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> WebhookCall:
    """Return a call if its signature is right and its time within 5 minutes. Raises ``WebhookError``."""
    given = {name.lower(): value for name, value in headers.items()}
    message_id, sent_at = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not message_id or not (sent_at.isascii() and sent_at.isdigit()):
        raise WebhookError("The call has no webhook-id or webhook-timestamp.")
    key = base64.b64decode(secret.removeprefix(_PREFIX)) if secret.startswith(_PREFIX) else secret.encode()
    signed = hmac.digest(key, f"{message_id}.{sent_at}.".encode() + body, hashlib.sha256)
    wanted = base64.b64encode(signed)
    signatures = [each.removeprefix(_VERSION) for each in given.get("webhook-signature", "").split() if _VERSION in each]
    if not any(hmac.compare_digest(wanted, each.encode()) for each in signatures):
        raise WebhookError("The signature of the call is not right.")
    if abs((time.time() if now is None else now) - int(sent_at[:12])) > _TOLERANCE_SECONDS:
        raise WebhookError("The call was made more than 5 minutes ago, or a clock is wrong.")
    return WebhookCall(message_id, json.loads(body))
