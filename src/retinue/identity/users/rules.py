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

from retinue.identity.users.types import PasswordOwner
from retinue.identity.users.word_lists import WordLists

_BCRYPT = ("$2a$", "$2b$", "$2y$")
_BCRYPT_BYTES = 72
_USERNAME_LENGTH = 40
_DISTINCT = 5
_WORD_LENGTH = 4
"""Shorter names are parts of ordinary words."""
_PRODUCT = "retinue"
_JUDGED = 72
"""Characters of a password that the lists are asked about: zxcvbn takes no more."""
_GOOD_SCORE = 3


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


def weakness(password: str, min_length: int, about: PasswordOwner, lists: WordLists) -> str | None:
    """Return what makes a new password too weak, or None. Takes up to 0.2 s: call it in a thread.

    Common passwords, keyboard patterns, dates and their usual variations are found by the lists, whose score 3 of 4 stands
    for at least 10^8 guesses.
    """
    if len(password) < min_length:
        return f"has {len(password)} characters, needs at least {min_length}"
    if len(set(password)) < _DISTINCT:
        return "repeats the same few characters"
    folded = normalized(password).casefold()
    local = about.email.partition("@")[0]
    for name, word in (("e-mail address", about.email), ("e-mail address", local), ("username", about.username)):
        if len(word) >= _WORD_LENGTH and word.casefold() in folded:
            return f"contains your {name}"
    if _PRODUCT in folded:
        return "contains the name of this product"
    score = lists.score(folded[:_JUDGED], [word for word in (about.email, local, about.username, *about.words) if word])
    return None if score >= _GOOD_SCORE else "is too common or too easy to guess"


def username_of(email: str) -> str:
    """Make a username out of an e-mail address: its first part, in safe characters."""
    cleaned = re.sub(r"[^a-z0-9._-]+", "-", email.partition("@")[0].casefold()).strip("-._")
    return cleaned[:_USERNAME_LENGTH] or "user"
