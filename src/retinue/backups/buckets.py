"""Backups in a bucket: ``NAME/part`` below the prefix. A backup with a manifest, which is stored last, is complete.

``NAME/incomplete`` holds the backup's id while it is made or deleted, so that the next backup of the same database can
remove what a process left that was killed. Reading and writing wait for the store: only commands do it, each in a process
of its own.
"""

import contextlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from retinue.backups import rules
from retinue.backups.errors import BackupStoreError
from retinue.backups.targets import Place
from retinue.backups.types import MANIFEST, Listed, list_manifest
from retinue.core.s3 import Bucket, Refusal, RetryPolicy, is_without_bucket, open_bucket, refusal_of

if TYPE_CHECKING:
    from obstore import WritableFile
    from obstore.store import S3Store

_MARK = "incomplete"
_READ_BYTES = 8 * 1024 * 1024
_PART_BYTES, _PARTS_AT_ONCE = 32 * 1024 * 1024, 2
"""S3 takes 10,000 parts of an upload: 320 GB for each part of a backup."""
_PATIENCE = RetryPolicy(retries=5, seconds=600)
_TEXTS = {Refusal.DENIED: "refuses the access.", Refusal.NO_BUCKET: "has no such bucket."}
_REMEDIES = {
    Refusal.DENIED: "Look at RETINUE_BACKUP_ACCESS_KEY_ID, its secret, and its rights.",
    Refusal.NO_BUCKET: "Make the bucket, or name another one.",
}
_OTHER = "Look at the store and RETINUE_BACKUP_ENDPOINT, and try again."


@contextmanager
def _asking(url: str) -> Generator[None]:
    """Ask the store in the body; its failures become ``BackupStoreError``, except that a file is missing."""
    from obstore.exceptions import BaseError  # noqa: PLC0415 - only commands on buckets need it

    try:
        yield
    except (BaseError, OSError) as error:
        if isinstance(error, FileNotFoundError) and not is_without_bucket(error):
            raise
        refusal = refusal_of(error)
        reason = str(error).strip().partition("\n")[0]
        text = f"does not answer as it should: {reason}" if refusal is None else _TEXTS[refusal]
        remedy = _OTHER if refusal is None else _REMEDIES[refusal]
        raise BackupStoreError(f"The object store of {url} {text}", remedy=remedy) from error


class _Store:
    """The bucket, opened at its first use."""

    def __init__(self, bucket: Bucket) -> None:
        self.url = bucket.url.rstrip("/")
        self._bucket = bucket
        self._opened: S3Store | None = None

    @property
    def opened(self) -> "S3Store":
        if self._opened is None:
            self._opened = open_bucket(self._bucket, _PATIENCE)
        return self._opened

    def put(self, key: str, content: bytes) -> None:
        import obstore  # noqa: PLC0415 - as above

        with _asking(self.url):
            obstore.put(self.opened, key, content)

    def read(self, key: str) -> Iterator[bytes]:
        import obstore  # noqa: PLC0415 - as above

        with _asking(self.url):
            size, start = int(obstore.head(self.opened, key)["size"]), 0
            while start < size:
                length = min(_READ_BYTES, size - start)
                yield bytes(obstore.get_range(self.opened, key, start=start, length=length))
                start += length

    def names(self) -> list[str]:
        """Return the names under which there is anything."""
        import obstore  # noqa: PLC0415 - as above

        with _asking(self.url):
            listed = obstore.list_with_delimiter(self.opened)  # pyright: ignore[reportUnknownMemberType] - of Arrow
        return [name for each in listed["common_prefixes"] if rules.instant_of(name := each.strip("/")) is not None]

    def keys(self, name: str) -> list[str]:
        """Return the keys of what is under a name."""
        import obstore  # noqa: PLC0415 - as above

        with _asking(self.url):
            pages = obstore.list(self.opened, prefix=name)  # pyright: ignore[reportUnknownMemberType] - as above
            return [entry["path"] for page in pages for entry in page]

    def delete(self, *keys: str) -> None:
        import obstore  # noqa: PLC0415 - as above

        for key in keys:
            with contextlib.suppress(FileNotFoundError), _asking(self.url):
                obstore.delete(self.opened, key)

    def remove(self, name: str) -> None:
        """Remove everything under a name, what makes it a backup first and what makes it known as incomplete last."""
        self.delete(f"{name}/{MANIFEST}")
        self.delete(*(key for key in self.keys(name) if not key.endswith(f"/{_MARK}")))
        self.delete(f"{name}/{_MARK}")

    def text(self, key: str) -> str | None:
        """Return a small file's text; None when there is none."""
        try:
            return b"".join(self.read(key)).decode(errors="replace")
        except FileNotFoundError:
            return None


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """One backup: the parts under a name."""

    store: _Store
    name: str

    def __str__(self) -> str:
        """Return the URL."""
        return f"{self.store.url}/{self.name}"

    def is_incomplete(self) -> bool:
        """Whether there are parts and no manifest."""
        keys = self.store.keys(self.name)
        return bool(keys) and f"{self.name}/{MANIFEST}" not in keys

    def read(self, part: str) -> Iterator[bytes]:
        """Return the content of a part, a range at a time."""
        return self.store.read(f"{self.name}/{part}")


class _UploadSink:
    """A part that is uploaded as it comes. Until it is finished the store shows nothing of it."""

    def __init__(self, store: _Store, key: str) -> None:
        self._store, self._key = store, key
        self._writer: WritableFile | None = None

    def _opened(self) -> "WritableFile":
        import obstore  # noqa: PLC0415 - as above

        if self._writer is None:
            self._writer = obstore.open_writer(
                self._store.opened, self._key, buffer_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
            )
        return self._writer

    def write(self, content: bytes) -> None:
        with _asking(self._store.url):
            self._opened().write(content)

    def finish(self) -> None:
        with _asking(self._store.url):
            self._opened().close()

    def close(self) -> None:
        """Leave what was not finished: the store drops it by its rule for uploads that did not end."""
        self._writer = None


@dataclass(frozen=True, slots=True)
class _UnfinishedUpload:
    store: _Store
    name: str

    def create(self, part: str) -> _UploadSink:
        return _UploadSink(self.store, f"{self.name}/{part}")

    def complete(self) -> BucketPlace:
        self.store.delete(f"{self.name}/{_MARK}")
        return BucketPlace(self.store, self.name)


@dataclass(frozen=True, slots=True)
class BucketTarget:
    """A bucket, or a prefix of one, with backups."""

    bucket: Bucket
    store: _Store = field(init=False)

    def __post_init__(self) -> None:
        """Open nothing yet."""
        object.__setattr__(self, "store", _Store(self.bucket))

    def __str__(self) -> str:
        """Return the URL."""
        return self.store.url

    @contextmanager
    def beginning(self, instant: datetime, backup_id: str) -> Generator[tuple[datetime, _UnfinishedUpload]]:
        """Begin a backup."""
        while self.store.keys(name := rules.name_of(instant)):
            instant += timedelta(seconds=1)
        self.store.put(f"{name}/{_MARK}", backup_id.encode())
        try:
            yield instant, _UnfinishedUpload(self.store, name)
        except BaseException:
            with contextlib.suppress(BackupStoreError):
                self.store.remove(name)
            raise

    def remove_incomplete(self, are_ours: Callable[[str], bool]) -> None:
        """Remove what has the mark and no manifest, and whose id is ours; of a complete backup, the mark."""
        for name in self.store.names():
            keys = self.store.keys(name)
            if f"{name}/{_MARK}" not in keys or not are_ours(self.store.text(f"{name}/{_MARK}") or ""):
                continue
            if f"{name}/{MANIFEST}" in keys:
                self.store.delete(f"{name}/{_MARK}")
            else:
                self.store.remove(name)

    def list(self) -> list[tuple[Place, Listed]]:
        """Return the complete backups, newest first."""
        found: list[tuple[Place, Listed]] = []
        for name in sorted(self.store.names(), reverse=True):
            content = self.store.text(f"{name}/{MANIFEST}")
            listed = list_manifest(content.encode()) if content is not None else None
            if listed is not None:
                found.append((BucketPlace(self.store, name), listed))
        return found

    def place(self, name: str) -> BucketPlace:
        """Return the backup of a name, which may not be there."""
        return BucketPlace(self.store, name)

    def delete(self, name: str) -> None:
        """Delete a backup; its manifest goes first, and until the end it is known as incomplete."""
        listed = list_manifest((self.store.text(f"{name}/{MANIFEST}") or "").encode())
        self.store.put(f"{name}/{_MARK}", (listed.id if listed else "").encode())
        self.store.remove(name)
