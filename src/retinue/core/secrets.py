"""Encryption of secret values at rest, with key rotation.

Values are sealed with Fernet (AES-128-CBC and HMAC-SHA256; specification: the ``cryptography`` project's Fernet page)
under the first key; any of the keys opens them, so a key is rotated by putting a new one in front.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from retinue.core.errors import UnavailableError


class SecretUnreadableError(UnavailableError):
    """A stored secret cannot be decrypted with the keys this process was given."""

    code = "secret_unreadable"
    remedy = "Start Retinue with the RETINUE_SECRET_KEY that encrypted the secret, or enter the secret again."


class SecretBox:
    """Seals and opens secret values. Holds the keys for the life of the process."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        """Take Fernet keys (32 bytes, URL-safe base64), newest first. Raises ``ValueError`` for a malformed key."""
        self._fernet = MultiFernet([Fernet(key.encode()) for key in keys])
        self._keys = tuple(base64.urlsafe_b64decode(key.encode()) for key in keys)

    def seal(self, value: str) -> bytes:
        """Encrypt a value for storage."""
        return self._fernet.encrypt(value.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt a stored value. Raises ``SecretUnreadableError`` when no key fits."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SecretUnreadableError from None

    def derive(self, purpose: str) -> tuple[bytes, ...]:
        """Return a key of 32 bytes for a purpose of its own from each key, newest first."""
        return tuple(hmac.digest(key, f"retinue:{purpose}".encode(), hashlib.sha256) for key in self._keys)

    def rotate(self, sealed: bytes) -> bytes:
        """Encrypt a stored value again under the newest key. May be repeated."""
        return self._fernet.rotate(sealed)
