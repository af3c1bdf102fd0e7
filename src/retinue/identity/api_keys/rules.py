"""Pure decisions about keys: their form, and the permissions they carry."""

import hashlib
import secrets

MARK = "rtn_"
_PREFIX_LENGTH = 8
_SECRET_BYTES = 32
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def new_key() -> str:
    """Make a key: ``rtn_``, eight letters by which it is known, an underscore, and 256 random bits."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(_PREFIX_LENGTH))
    return f"{MARK}{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"


def prefix_of(key: str) -> str:
    """Return the beginning of a key, which may be shown."""
    return key[: len(MARK) + _PREFIX_LENGTH]


def hash_key(key: str) -> bytes:
    """Return what is stored of a key. Plain SHA-256 does: the key is random, not chosen by a person."""
    return hashlib.sha256(key.encode()).digest()


def effective(scopes: list[str], of_role: frozenset[str]) -> frozenset[str]:
    """Return what a key may do now: its scopes, cut by its creator's current role."""
    return frozenset(scopes) & of_role
