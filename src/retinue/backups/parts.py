"""The folder of a backup: parts written under a temporary name and renamed at the end; parts read, checked and opened."""

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from retinue.backups import rules
from retinue.backups.errors import BackupInvalidError
from retinue.backups.sealing import Opener, Sealer
from retinue.backups.types import MANIFEST, Manifest, Part, Progress, read_manifest, write_manifest
from retinue.core.errors import MissingError

READ_BYTES = 1024 * 1024


class PartWriter:
    """Writes one part: encrypted when there is a key, measured as it lies on the disk."""

    def __init__(self, folder: Path, name: str, backup_id: str, key: bytes | None) -> None:
        """Create the file; it must not exist."""
        self.name = name
        self.given_bytes = 0
        self._sealer = None if key is None else Sealer(key, f"{backup_id}/{name}")
        self._digest, self._size = hashlib.sha256(), 0
        self._file = os.fdopen(
            os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=READ_BYTES
        )
        if self._sealer is not None:
            self._put(self._sealer.header())

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the file."""
        self._file.close()

    def write(self, content: bytes) -> None:
        """Add content."""
        self.given_bytes += len(content)
        self._put(content if self._sealer is None else self._sealer.update(content))

    def finish(self) -> Part:
        """Write the rest to the disk, and return what the part is."""
        if self._sealer is not None:
            self._put(self._sealer.finish())
        self._file.flush()
        os.fsync(self._file.fileno())
        return Part(self.name, self._size, self._digest.hexdigest())

    def _put(self, content: bytes) -> None:
        self._digest.update(content)
        self._size += len(content)
        self._file.write(content)


@contextlib.contextmanager
def held(folder: Path) -> Generator[bool]:
    """Hold a folder as long as this process lives, as the one that fills it; yields False when another live one does."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def remove_incomplete(folder: Path, pattern: str = f"retinue-*{rules.PARTIAL}") -> list[str]:
    """Remove what processes that were killed left in this folder; return the names. What a live process holds stays."""
    removed: list[str] = []
    for place in folder.glob(pattern):
        with contextlib.suppress(OSError), held(place) as is_ours:
            if is_ours:
                shutil.rmtree(place)
                removed.append(place.name)
    return removed


def write_complete(partial: Path, manifest: Manifest, key: bytes | None) -> Path:
    """Write the manifest and give the folder its name; everything is on the disk before. Return the new place."""
    with os.fdopen(os.open(partial / MANIFEST, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(write_manifest(manifest, key))
        file.flush()
        os.fsync(file.fileno())
    _sync(partial)
    place = partial.with_name(partial.name.removesuffix(rules.PARTIAL))
    partial.rename(place)
    _sync(place.parent)
    return place


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_manifest(place: Path, key: bytes | None) -> Manifest:
    """Read the manifest of a backup. Raises ``MissingError``, ``BackupInvalidError`` and ``BackupKeyError``."""
    if place.name.endswith(rules.PARTIAL):
        raise BackupInvalidError(f"{place} is incomplete: its backup did not end. The next backup removes it.")
    try:
        content = (place / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise MissingError(
            f"{place} is not a backup: it holds no {MANIFEST}.",
            remedy="Name the folder of one backup, such as backups/retinue-20261129T030000Z.",
        ) from None
    except OSError as error:
        raise BackupInvalidError(f"{place / MANIFEST} cannot be read: {error.strerror}.") from None
    manifest = read_manifest(content, key)
    if any("/" in part.name or part.name.startswith(".") for part in manifest.parts):
        raise BackupInvalidError(f"{MANIFEST} names a part outside of the backup.")
    return manifest


def check_parts(place: Path, manifest: Manifest, progress: Progress) -> None:
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


def read_part(place: Path, manifest: Manifest, name: str, key: bytes | None) -> Iterator[bytes]:
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


def read_small(place: Path, name: str) -> bytes:
    """Return the whole of a small part as it lies on the disk."""
    return b"".join(_content(place, Part(name, 0, "")))


def _content(place: Path, part: Part) -> Iterator[bytes]:
    try:
        with (place / part.name).open("rb") as file:
            while content := file.read(READ_BYTES):
                yield content
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
