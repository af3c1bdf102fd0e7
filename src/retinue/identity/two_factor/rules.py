"""Time-based one-time passwords (RFC 6238 over RFC 4226, SHA-1, 30 seconds, six digits: what every app speaks)."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote, urlencode

PERIOD_SECONDS = 30
DIGITS = 6
_SECRET_BYTES = 20
"""The length of SHA-1, as RFC 4226 recommends."""
_RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_GROUP = 4


def new_secret() -> str:
    """Return a new secret of 160 random bits in Base32."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code_at(secret: str, step: int, digits: int = DIGITS) -> str:
    """Return the code of a time step (RFC 4226, section 5.3); a step is the Unix time divided by 30 seconds."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: str, code: str, unix_seconds: float) -> int | None:
    """Return the time step that a code belongs to: the current one, or its neighbours for clocks that differ; else None."""
    now = int(unix_seconds // PERIOD_SECONDS)
    given = code.replace(" ", "").encode()
    matches = [step for step in (now - 1, now, now + 1) if hmac.compare_digest(code_at(secret, step).encode(), given)]
    return matches[-1] if matches else None


def otpauth_uri(secret: str, account: str, issuer: str) -> str:
    """Return the address that authenticator apps read (the Key Uri Format of Google Authenticator's wiki)."""
    parameters = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{parameters}"


def new_recovery_codes() -> list[str]:
    """Return ten codes of 80 random bits, as four groups of small letters and digits."""
    return [
        _grouped(base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()) for _ in range(_RECOVERY_CODES)
    ]


def hash_recovery_code(code: str) -> bytes:
    """Return what is stored of a recovery code. Plain SHA-256 is enough: the code is random, not chosen by a person."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(plain.encode()).digest()


def _grouped(text: str) -> str:
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))
