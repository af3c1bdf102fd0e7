"""The parts of a backup: written as they come, encrypted when there is a key; read, checked and opened."""

import hashlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from retinue.backups.errors import BackupInvalidError
from retinue.backups.sealing import Opener, Sealer
from retinue.backups.targets import Place, Unfinished
from retinue.backups.types import MANIFEST, Manifest, Part, Progress, read_manifest, write_manifest
from retinue.core.errors import MissingError


class PartWriter:
    """Writes one part: encrypted when there is a key, measured as it is stored."""

    def __init__(self, unfinished: Unfinished, name: str, backup_id: str, key: bytes | None) -> None:
        """Begin the part."""
        self.name = name
        self.given_bytes = 0
        self._sealer = None if key is None else Sealer(key, f"{backup_id}/{name}")
        self._digest, self._size = hashlib.sha256(), 0
        self._sink = unfinished.create(name)
        if self._sealer is not None:
            self._put(self._sealer.header())

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End writing."""
        self._sink.close()

    def write(self, content: bytes) -> None:
        """Add content."""
        self.given_bytes += len(content)
        self._put(content if self._sealer is None else self._sealer.update(content))

    def finish(self) -> Part:
        """Write the rest, and return what the part is once it is stored."""
        if self._sealer is not None:
            self._put(self._sealer.finish())
        self._sink.finish()
        return Part(self.name, self._size, self._digest.hexdigest())

    def _put(self, content: bytes) -> None:
        self._digest.update(content)
        self._size += len(content)
        self._sink.write(content)


def write_manifest_of(unfinished: Unfinished, manifest: Manifest, key: bytes | None) -> Place:
    """Write the manifest and complete the backup; everything is stored before. Return its place."""
    sink = unfinished.create(MANIFEST)
    try:
        sink.write(write_manifest(manifest, key))
        sink.finish()
    finally:
        sink.close()
    return unfinished.complete()


def open_manifest(place: Place, key: bytes | None) -> Manifest:
    """Read the manifest of a backup. Raises ``MissingError``, ``BackupInvalidError`` and ``BackupKeyError``."""
    if place.is_incomplete():
        raise BackupInvalidError(f"{place} is incomplete: its backup did not end. The next backup removes it.")
    try:
        content = b"".join(place.read(MANIFEST))
    except (FileNotFoundError, NotADirectoryError):
        raise MissingError(
            f"{place} is not a backup: it holds no {MANIFEST}.",
            remedy="Name one backup, such as backups/retinue-20261129T030000Z.",
        ) from None
    except OSError as error:
        raise BackupInvalidError(f"{place}/{MANIFEST} cannot be read: {error.strerror}.") from None
    manifest = read_manifest(content, key)
    if any("/" in part.name or part.name.startswith(".") for part in manifest.parts):
        raise BackupInvalidError(f"{MANIFEST} names a part outside of the backup.")
    return manifest


def check_parts(place: Place, manifest: Manifest, progress: Progress) -> None:
    """Compare size and SHA-256 of every part. Raises ``BackupInvalidError`` for the first that differs."""
    for part in manifest.parts:
        digest, size = hashlib.sha256(), 0
        for content in _content(place, part):
            digest.update(content)
            size += len(content)
            progress(f"Checking {part.name}: {told(size)} of {told(part.size_bytes)}")
        if size != part.size_bytes:
            raise BackupInvalidError(f"{part.name} is damaged: it has {size} bytes instead of {part.size_bytes}.")
        if digest.hexdigest() != part.sha256:
            raise BackupInvalidError(f"{part.name} is damaged: its SHA-256 is not the one in {MANIFEST}.")


def read_part(place: Place, manifest: Manifest, name: str, key: bytes | None) -> Iterator[bytes]:
    """Return the content of a part in chunks, decrypted when the backup is encrypted."""
    part = next((each for each in manifest.parts if each.name == name), None)
    if part is None:
        raise BackupInvalidError(f"The backup has no part {name}.")
    if not manifest.encrypted or key is None:
        yield from _content(place, part)
        return
    opener = Opener(key, f"{manifest.id}/{name}")
    for content in _content(place, part):
        yield opener.update(content)
    yield opener.finish()


def read_small(place: Place, name: str) -> bytes:
    """Return the whole of a small part as it lies on the disk."""
    return b"".join(_content(place, Part(name, 0, "")))


def _content(place: Place, part: Part) -> Iterator[bytes]:
    try:
        yield from place.read(part.name)
    except FileNotFoundError:
        raise BackupInvalidError(f"{part.name} is missing from the backup.") from None
    except OSError as error:
        raise BackupInvalidError(f"{part.name} cannot be read: {error.strerror}.") from None


def told(size_bytes: float) -> str:
    """Write a size for people."""
    for unit in ("B", "kB", "MB"):
        if size_bytes < 1000:  # noqa: PLR2004 - the step between two units
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB"
