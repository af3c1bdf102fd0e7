"""The publishable key and access tokens: what a Supabase client presents.

Both are derived from the secret key, so every process of an installation knows them and no table holds them. Access tokens
are JWTs by HMAC-SHA-256 with the claims of Supabase (https://supabase.com/docs/guides/auth/jwt-fields). They say which
session they belong to; whether that is still open is asked of the database at each use.
"""

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass

import jwt
import jwt.types

from retinue.core.ids import UserId
from retinue.core.secrets import SecretBox

_PREFIX = "sb_publishable_"
_KEY_CHARACTERS = 32
_ALGORITHM = "HS256"
_AUDIENCE = "authenticated"
_LONGEST_TOKEN = 8192


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid access token says: whose session it is, and until when (seconds since 1970) it may be used."""

    user_id: UserId
    session_id: uuid.UUID
    expires_at: int


def publishable_keys(box: SecretBox) -> tuple[str, ...]:
    """Return the publishable keys of the installation, that of the newest secret key first."""
    return tuple(
        _PREFIX + base64.urlsafe_b64encode(hashlib.sha256(key).digest()).decode()[:_KEY_CHARACTERS]
        for key in box.derive("realtime.publishable")
    )


def is_publishable(box: SecretBox, key: str) -> bool:
    """Say whether a text is a publishable key of the installation."""
    given = key.encode()
    return any(hmac.compare_digest(given, each.encode()) for each in publishable_keys(box))


def issue(box: SecretBox, claims: Claims, *, issuer: str, email: str, now: int) -> str:
    """Make an access token."""
    document = {
        "iss": issuer,
        "sub": str(claims.user_id),
        "aud": _AUDIENCE,
        "role": "authenticated",
        "email": email,
        "session_id": str(claims.session_id),
        "iat": now,
        "exp": claims.expires_at,
    }
    return jwt.encode(document, box.derive("realtime.jwt")[0], algorithm=_ALGORITHM)


def read(box: SecretBox, token: str, *, now: float) -> Claims | None:
    """Return the claims of an access token of this installation that has not expired; None for any other text."""
    if len(token) > _LONGEST_TOKEN:
        return None
    options: jwt.types.Options = {
        "require": ["sub", "exp", "session_id"],
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
    }
    for key in box.derive("realtime.jwt"):
        try:
            document = jwt.decode(token, key, algorithms=[_ALGORITHM], audience=_AUDIENCE, options=options)
            claims = Claims(
                UserId(uuid.UUID(str(document["sub"]))), uuid.UUID(str(document["session_id"])), int(document["exp"])
            )
        except (jwt.InvalidTokenError, ValueError, TypeError):
            continue
        return claims if claims.expires_at > now else None
    return None
