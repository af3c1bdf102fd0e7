"""Signing and checking of webhooks by Standard Webhooks 1.0 (https://www.standardwebhooks.com). Pure.

A message carries its id, its time in seconds and one signature or several: ``v1,`` and the base64 of the HMAC-SHA-256 over
``id.time.body``. A secret is ``whsec_`` and the base64 of its bytes; any other text stands for its own bytes.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from typing import Final

ID_HEADER: Final = "webhook-id"
_TIME_HEADER: Final = "webhook-timestamp"
_SIGNATURE_HEADER: Final = "webhook-signature"
_TOLERANCE_SECONDS: Final = 300
_ID_CHARACTERS: Final = 150
_PREFIX: Final = "whsec_"
_VERSION: Final = "v1,"
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Make a signing secret of 32 bytes."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(secrets_in_use: Sequence[str], message_id: str, now: float, body: bytes) -> dict[str, str]:
    """Return the headers of a message that is sent now, with a signature under each secret. ``now`` is in seconds."""
    sent_at = str(int(now))
    signatures = [_VERSION + _signature(each, message_id, sent_at, body) for each in secrets_in_use]
    return {ID_HEADER: message_id, _TIME_HEADER: sent_at, _SIGNATURE_HEADER: " ".join(signatures)}


def is_signed(secret: str, headers: Mapping[str, str], now: float, body: bytes) -> bool:
    """Say whether a message has an id of up to 150 characters, a signature under the secret, and a time within 5 minutes."""
    message_id, sent_at = headers.get(ID_HEADER, ""), headers.get(_TIME_HEADER, "")
    if not 0 < len(message_id) <= _ID_CHARACTERS:
        return False
    wanted = _signature(secret, message_id, sent_at, body).encode()
    given = [each for each in headers.get(_SIGNATURE_HEADER, "").split() if each.startswith(_VERSION)]
    if not any(hmac.compare_digest(wanted, each.removeprefix(_VERSION).encode()) for each in given):
        return False
    return sent_at.isascii() and sent_at.isdigit() and abs(now - int(sent_at[:12])) <= _TOLERANCE_SECONDS


def _signature(secret: str, message_id: str, sent_at: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX)) if secret.startswith(_PREFIX) else secret.encode()
    return base64.b64encode(hmac.digest(key, f"{message_id}.{sent_at}.".encode() + body, hashlib.sha256)).decode()
