"""Pure decisions about session tokens and the slowing down of guesses."""

import hashlib
import secrets

_TOKEN_BYTES = 32
_LONGEST_WAIT_SECONDS = 900.0


def new_token() -> str:
    """Make a token of 256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_token(token: str) -> bytes:
    """Return what is stored of a token. Plain SHA-256 does: the token is random, not chosen by a person."""
    return hashlib.sha256(token.encode()).digest()


def wait_seconds(failures: int, free_failures: int) -> float:
    """Return how long the next attempt must wait after so many failures: doubling from one second to fifteen minutes."""
    if failures < free_failures:
        return 0.0
    doublings = min(failures - free_failures, 20)
    return min(2.0**doublings, _LONGEST_WAIT_SECONDS)
