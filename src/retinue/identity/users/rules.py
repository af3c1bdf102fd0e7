"""Pure decisions about passwords and names: hashing, checking, strength. Slow on purpose: call them in a thread.

New hashes are Argon2id (RFC 9106). Hashes of bcrypt ($2a$, $2b$, $2y$) that were brought from elsewhere are checked and
reported as due for renewal.
"""

import re
import secrets
import unicodedata
from functools import lru_cache

import bcrypt
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

_BCRYPT = ("$2a$", "$2b$", "$2y$")
_BCRYPT_BYTES = 72
MAX_PASSWORD_LENGTH = 1000
_USERNAME_LENGTH = 40
_DISTINCT = 5


@lru_cache(maxsize=8)
def hasher(memory_kib: int, iterations: int) -> PasswordHasher:
    """Return the hasher of a cost."""
    return PasswordHasher(time_cost=iterations, memory_cost=memory_kib, parallelism=1, type=Type.ID)


def normalized(password: str) -> str:
    """Bring a password to one form (NFKC), so that it is the same from every keyboard."""
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=8)
def decoy(memory_kib: int, iterations: int) -> str:
    """Return a hash that no password fits, so that an unknown address costs what a known one does."""
    return hasher(memory_kib, iterations).hash(secrets.token_hex(32))


def verify(password: str, stored: str, using: PasswordHasher) -> bool:
    """Say whether a password fits a stored hash of either kind. A malformed hash fits nothing."""
    if stored.startswith(_BCRYPT):
        try:
            # bcrypt never saw more than 72 bytes, so that is what a hash from elsewhere was made of.
            return bcrypt.checkpw(password.encode()[:_BCRYPT_BYTES], stored.encode())
        except ValueError:
            return False
    try:
        return using.verify(stored, normalized(password))
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str, using: PasswordHasher) -> bool:
    """Say whether a stored hash is of an older kind or cost."""
    return stored.startswith(_BCRYPT) or using.check_needs_rehash(stored)


def weakness(password: str, min_length: int, words: tuple[str, ...] = ()) -> str | None:
    """Say what makes a new password too weak, or None. ``words`` (the e-mail address) must not be the password."""
    if len(password) < min_length:
        return f"has {len(password)} characters, needs at least {min_length}"
    if len(set(password)) < _DISTINCT:
        return "repeats the same few characters"
    if password.casefold() in {word.casefold() for word in words}:
        return "is the same as the e-mail address or name"
    return None


def username_of(email: str) -> str:
    """Make a username out of an e-mail address: its first part, in safe characters."""
    cleaned = re.sub(r"[^a-z0-9._-]+", "-", email.partition("@")[0].casefold()).strip("-._")
    return cleaned[:_USERNAME_LENGTH] or "user"
