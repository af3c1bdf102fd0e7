"""What a backup says of itself: the manifest, with every part, table and file."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from retinue.backups.errors import BackupInvalidError, BackupKeyError

FORMAT = "retinue.backup/1"
MANIFEST = "manifest.json"
DATABASE, FILES, SECRET = "database.dump", "files.tar", "secret.key.sealed"
_KEY_NEEDED = "Set RETINUE_BACKUP_KEY to the key under which this backup was made."
Progress = Callable[[str], None]
"""Is told, now and then, what is being done and how far it is: one line of text."""


class BackupTrigger(StrEnum):
    """Who asked for a backup."""

    MANUAL = "manual"
    DAILY = "daily"


class BackupStatus(StrEnum):
    """How an attempt to back up stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BackupAttempt:
    """An attempt to back up the installation: on which host, into which folder, and its last rehearsal."""

    id: UUID
    trigger: BackupTrigger
    status: BackupStatus
    host: str
    place: str | None
    size_bytes: int | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None
    rehearsed_at: datetime | None
    rehearsal_error: str | None


@dataclass(frozen=True, slots=True)
class Backups:
    """How the backups stand: ``daily_at`` is HH:MM in UTC, null when none is made by itself; the last two succeeded.

    ``requested_at``: when a superuser asked for a backup that no worker has begun. ``warnings`` say what someone should look
    at.
    """

    daily_at: str | None
    is_running: bool
    requested_at: datetime | None
    last_success_at: datetime | None
    last_rehearsal_at: datetime | None
    warnings: list[str]
    items: list[BackupAttempt]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup, as it lies on the disk: size in bytes and SHA-256 in hexadecimal."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table at the snapshot: its rows, and the sum of a hash of each row's text (hashtextextended), which has no order."""

    name: str
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class FilesFound:
    """The files that the snapshot refers to; ``missing`` and ``damaged`` are keys whose content was not as stored."""

    count: int
    size_bytes: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``schema`` is the revision of the migrations, ``server`` the version of PostgreSQL."""

    format: str
    id: str
    created_at: datetime
    trigger: BackupTrigger
    retinue: str
    schema: str
    server: str
    pg_dump: str
    encrypted: bool
    secret_key: bool
    tables: tuple[Table, ...]
    files: FilesFound
    parts: tuple[Part, ...]

    @property
    def server_major(self) -> int:
        """The major version of the server that was backed up."""
        return int(self.server.split(".")[0])

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def size_bytes(self) -> int:
        """The size of all parts on the disk."""
        return sum(part.size_bytes for part in self.parts)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list shows of a backup; it is read without a key, so nothing of it is proven."""

    id: str
    created_at: str
    trigger: str
    schema: str
    encrypted: bool
    secret_key: bool
    size_bytes: int


_READER = TypeAdapter(Manifest)


def list_manifest(content: bytes) -> Listed | None:
    """Read what a list shows; None for what is no manifest of this format."""
    try:
        document = json.loads(content)
        if document.pop("format") != FORMAT:
            return None
        document.pop("check")
        manifest = _READER.validate_python({"format": FORMAT, **document})
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError):
        return None
    return Listed(
        manifest.id,
        manifest.created_at.isoformat(),
        manifest.trigger,
        manifest.schema,
        manifest.encrypted,
        manifest.secret_key,
        manifest.size_bytes,
    )


def write_manifest(manifest: Manifest, key: bytes | None) -> bytes:
    """Write a manifest with its own check value: SHA-256, or HMAC-SHA256 under the key that encrypts the backup."""
    document = asdict(manifest) | {"created_at": manifest.created_at.isoformat()}
    checked = document | {"check": _check(_text(document), key)}
    return json.dumps(checked, indent=1).encode() + b"\n"


def read_manifest(content: bytes, key: bytes | None) -> Manifest:
    """Read a manifest and compare its check value. Raises ``BackupInvalidError`` and ``BackupKeyError``."""
    try:
        document = json.loads(content)
        if document["format"] != FORMAT:
            raise BackupInvalidError(
                f"The backup has the format {document['format']!r}; this version reads {FORMAT}.",
                remedy="Use the version of Retinue that made it.",
            )
        check = str(document.pop("check"))
        manifest = _READER.validate_python(document)
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError):
        raise BackupInvalidError(f"{MANIFEST} of the backup is damaged.") from None
    if manifest.encrypted and key is None:
        raise BackupKeyError("The backup is encrypted, and no key is set.", remedy=_KEY_NEEDED)
    if not hmac.compare_digest(check, _check(_text(document), key if manifest.encrypted else None)):
        if manifest.encrypted:
            raise BackupKeyError(f"The key does not fit this backup, or {MANIFEST} is damaged.", remedy=_KEY_NEEDED)
        raise BackupInvalidError(f"{MANIFEST} of the backup is damaged: its check value does not fit.")
    return manifest


def _text(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, sort_keys=True).encode()


def _check(text: bytes, key: bytes | None) -> str:
    if key is None:
        return hashlib.sha256(text).hexdigest()
    return hmac.new(hashlib.sha256(b"retinue backup manifest\0" + key).digest(), text, hashlib.sha256).hexdigest()
