"""Pure decisions about session tokens."""

import hashlib
import secrets

_TOKEN_BYTES = 32


def new_token() -> str:
    """Make a token of 256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_token(token: str) -> bytes:
    """Return what is stored of a token. Plain SHA-256 does: the token is random, not chosen by a person."""
    return hashlib.sha256(token.encode()).digest()
