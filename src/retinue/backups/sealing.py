"""Encryption of parts as streams: chunks under AES-256-GCM with a counter and a mark of the last chunk in the nonce.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, 2015): chunks cannot be changed, left out, put in another order or cut off. Each part has a key of its
own, derived by HKDF-SHA256 from the backup's key, a random salt and the part's name, so parts cannot change places.
"""

import json
import os
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from retinue.backups.errors import BackupInvalidError, BackupKeyError

CHUNK_BYTES = 1024 * 1024
_MAGIC = b"retinue-sealed-1\n"
_SALT_BYTES, _TAG_BYTES, _KEY_BYTES = 32, 16, 32
_HEADER_BYTES = len(_MAGIC) + _SALT_BYTES
_SCRYPT = {"n": 1 << 16, "r": 8, "p": 1}
"""64 MB and some 0.2 s for one try of a passphrase (RFC 7914)."""
_MOST_SCRYPT = {"n": 1 << 20, "r": 16, "p": 4}


class Sealer:
    """Encrypts one part as it comes."""

    def __init__(self, key: bytes, name: str) -> None:
        """Take the backup's key, 32 bytes, and the part's full name."""
        self._salt = os.urandom(_SALT_BYTES)
        self._cipher = _cipher(key, self._salt, name)
        self._held = bytearray()
        self._count = 0

    def header(self) -> bytes:
        """Return what comes before the first chunk."""
        return _MAGIC + self._salt

    def update(self, content: bytes) -> bytes:
        """Take content, and return what is ready to be written; a full chunk is held back, as it may be the last."""
        self._held += content
        ready = bytearray()
        while len(self._held) > CHUNK_BYTES:
            ready += self._seal(bytes(self._held[:CHUNK_BYTES]), is_last=False)
            del self._held[:CHUNK_BYTES]
        return bytes(ready)

    def finish(self) -> bytes:
        """Return the last chunk."""
        return self._seal(bytes(self._held), is_last=True)

    def _seal(self, chunk: bytes, *, is_last: bool) -> bytes:
        sealed = self._cipher.encrypt(_nonce(self._count, is_last=is_last), chunk, None)
        self._count += 1
        return sealed


class Opener:
    """Decrypts one part as it comes; what is returned has been authenticated."""

    def __init__(self, key: bytes, name: str) -> None:
        """Take the backup's key and the part's full name."""
        self._key, self._name = key, name
        self._cipher: AESGCM | None = None
        self._held = bytearray()
        self._count = 0

    def update(self, content: bytes) -> bytes:
        """Take content, and return what could be decrypted. Raises ``BackupKeyError`` and ``BackupInvalidError``."""
        self._held += content
        if self._cipher is None:
            if len(self._held) < _HEADER_BYTES:
                return b""
            if not self._held.startswith(_MAGIC):
                raise BackupInvalidError(f"{self._name.rpartition('/')[2]} is not an encrypted part.")
            self._cipher = _cipher(self._key, bytes(self._held[len(_MAGIC) : _HEADER_BYTES]), self._name)
            del self._held[:_HEADER_BYTES]
        ready = bytearray()
        while len(self._held) > CHUNK_BYTES + _TAG_BYTES:
            ready += self._open(bytes(self._held[: CHUNK_BYTES + _TAG_BYTES]), is_last=False)
            del self._held[: CHUNK_BYTES + _TAG_BYTES]
        return bytes(ready)

    def finish(self) -> bytes:
        """Return the rest. Raises the same errors, also when the end is missing."""
        return self._open(bytes(self._held), is_last=True)

    def _open(self, chunk: bytes, *, is_last: bool) -> bytes:
        if self._cipher is None:
            raise BackupInvalidError(f"{self._name.rpartition('/')[2]} is damaged: it ends too early.")
        try:
            opened = self._cipher.decrypt(_nonce(self._count, is_last=is_last), chunk, None)
        except (InvalidTag, ValueError):
            name = self._name.rpartition("/")[2]
            if self._count == 0:
                remedy = "Set RETINUE_BACKUP_KEY to the key under which this backup was made."
                raise BackupKeyError(f"The key does not open {name}, or the part is damaged.", remedy=remedy) from None
            raise BackupInvalidError(f"{name} is damaged: chunk {self._count} does not fit.") from None
        self._count += 1
        return opened


def seal_with_passphrase(content: bytes, passphrase: str, name: str) -> bytes:
    """Encrypt a small document under a passphrase (scrypt, RFC 7914)."""
    salt = os.urandom(_SALT_BYTES)
    sealer = Sealer(_derive(passphrase, salt, _SCRYPT), name)
    sealed = sealer.header() + sealer.update(content) + sealer.finish()
    return json.dumps(_SCRYPT | {"salt": b64encode(salt).decode(), "sealed": b64encode(sealed).decode()}).encode()


def open_with_passphrase(content: bytes, passphrase: str, name: str) -> bytes:
    """Decrypt what ``seal_with_passphrase`` made. Raises ``BackupKeyError`` and ``BackupInvalidError``."""
    try:
        document = json.loads(content)
        cost = {name: int(document[name]) for name in _SCRYPT}
        salt, sealed = b64decode(document["salt"]), b64decode(document["sealed"])
    except (ValueError, KeyError, TypeError):
        raise BackupInvalidError("The sealed secret key is damaged.") from None
    if any(not 1 <= cost[name] <= most for name, most in _MOST_SCRYPT.items()):
        raise BackupInvalidError("The sealed secret key is damaged: its cost is out of range.")
    opener = Opener(_derive(passphrase, salt, cost), name)
    try:
        return opener.update(sealed) + opener.finish()
    except BackupKeyError:
        remedy = "Set RETINUE_BACKUP_PASSPHRASE to the passphrase that was set when the backup was made."
        raise BackupKeyError("The passphrase does not open the secret key of this backup.", remedy=remedy) from None


def _derive(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return Scrypt(salt=salt, length=_KEY_BYTES, **cost).derive(passphrase.encode())


def _cipher(key: bytes, salt: bytes, name: str) -> AESGCM:
    info = b"retinue backup part\0" + name.encode()
    return AESGCM(HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=salt, info=info).derive(key))


def _nonce(count: int, *, is_last: bool) -> bytes:
    return count.to_bytes(11, "big") + (b"\1" if is_last else b"\0")
