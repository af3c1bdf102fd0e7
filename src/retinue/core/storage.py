"""Storage of files: a local folder or any S3-compatible store, through obstore. What is stored under a key never changes."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, SecretStr

from retinue.core.errors import MissingError, UnavailableError
from retinue.core.logging import get_logger
from retinue.core.s3 import SCHEME, Bucket, Refusal, RetryPolicy, is_without_bucket, open_bucket, refusal_of
from retinue.core.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_log = get_logger(__name__)

_CHUNK_BYTES = 256 * 1024
_RETRIES = 2
"""With these, a store that is down is told within three seconds; one that restarts is mostly not noticed."""
_REFUSED = "The storage of files refuses the access.", "Look at RETINUE_ARTIFACTS_ACCESS_KEY_ID, its secret, and its rights."
_NO_BUCKET = "The bucket for files does not exist.", "Make the bucket that RETINUE_ARTIFACTS_URL names, or name another one."


LITTLE_ROOM_BYTES = 300 * 1024 * 1024


def why_disk_is_full(folder: Path) -> str | None:
    """Return a sentence when the disk of a folder has hardly any room left, with what to do; None when it has."""
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(place))
    free = shutil.disk_usage(existing).free
    if free >= LITTLE_ROOM_BYTES:
        return None
    return (
        f"The disk that holds {folder} is almost full: {free // (1024 * 1024)} MB are free."
        " Free at least 300 MB, or set RETINUE_DATA_DIR to a folder on another disk."
    )


class StorageSettings(Settings):
    """Where artifacts and attachments are kept."""

    artifacts_url: str = Field(
        default="",
        description="Where files are kept: s3://bucket/prefix or file:///folder. Empty: the data folder's artifacts.",
    )
    artifacts_endpoint: str = Field(default="", description="URL of an S3-compatible store; empty: Amazon's own.")
    artifacts_region: str = Field(default="", description="Region of the bucket; empty: us-east-1.")
    artifacts_access_key_id: str = Field(default="", description="Access key of the store; empty: the machine's own role.")
    artifacts_secret_access_key: SecretStr = Field(default=SecretStr(""), description="Secret of the access key.")


class FileMissingError(MissingError):
    """The file's content is no longer in the storage."""

    code = "file_missing"


class StorageUnavailableError(UnavailableError):
    """The file storage does not respond or refuses access."""

    code = "storage_unavailable"
    remedy = "Try again. If the error persists, the operator must check RETINUE_ARTIFACTS_URL and its key."


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What was stored: its size, and its SHA-256 in hexadecimal."""

    size_bytes: int
    checksum: str


class Storage:
    """The installation's storage. Opened by its first use."""

    def __init__(self, settings: StorageSettings, data_dir: Path) -> None:
        """Take where to keep files."""
        self._settings = settings
        self._folder = data_dir / "artifacts"
        self._store: ObjectStore | None = None
        self.deleting: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
        """What a deletion takes place in: see ``core.file_deletion``."""

    async def put(self, key: str, content: bytes | AsyncIterable[bytes]) -> StoredFile:
        """Store a file under a key of your own making. Raises ``StorageUnavailableError``.

        May be repeated. What ``content`` raises passes through, and nothing is stored then.
        """
        digest, size = hashlib.sha256(), 0

        async def measured() -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in _chunks(content):
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        from obstore.exceptions import BaseError  # noqa: PLC0415 - costs 40 ms and 7 MB, which a process may never need

        try:
            if isinstance(content, bytes):
                digest.update(content)
                size = len(content)
                await self._open().put_async(key, content)
            else:
                await self._open().put_async(key, measured())
        except (BaseError, OSError) as error:
            raise _unavailable(error) from error
        return StoredFile(size, digest.hexdigest())

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Open a file and return its content in chunks. Raises ``FileMissingError``, ``StorageUnavailableError``."""
        from obstore.exceptions import BaseError  # noqa: PLC0415 - as above

        try:
            found = await self._open().get_async(key)
        except FileNotFoundError as error:
            if is_without_bucket(error):
                raise _unavailable(error) from error
            raise FileMissingError from None
        except (BaseError, OSError) as error:
            raise _unavailable(error) from error
        return _plain(found.stream(min_chunk_size=_CHUNK_BYTES))

    async def delete(self, keys: Iterable[str]) -> None:
        """Delete files; one that is not there is passed over, so it may be repeated.

        Raises ``StorageUnavailableError``, and ``FilesHeldError`` while a backup is made.
        """
        given = list(keys)
        if given:
            async with self.deleting():
                await self._delete(given)

    async def _delete(self, keys: list[str]) -> None:
        from obstore.exceptions import BaseError  # noqa: PLC0415 - as above

        for key in keys:
            try:
                await self._open().delete_async(key)
            except FileNotFoundError as error:
                if is_without_bucket(error):
                    raise _unavailable(error) from error
            except (BaseError, OSError) as error:
                raise _unavailable(error) from error

    async def delete_under(self, folder: str, most: int) -> int:
        """Delete up to so many files whose keys begin with a folder (``runs/ID``); return how many.

        0: the folder is empty. In a local folder what interrupted writes left behind is deleted then as well. May be
        repeated. Raises ``StorageUnavailableError``.
        """
        from obstore.exceptions import BaseError  # noqa: PLC0415 - as above

        try:
            pages = self._open().list(prefix=folder, chunk_size=most)  # pyright: ignore[reportUnknownMemberType] - of Arrow
            async for page in pages:
                keys = [entry["path"] for entry in page]
                await self.delete(keys)
                if keys:
                    return len(keys)
        except (BaseError, OSError) as error:
            raise _unavailable(error) from error
        local = self._local_folder()
        if local is not None:
            async with self.deleting():
                await asyncio.to_thread(shutil.rmtree, local / folder, ignore_errors=True)
        return 0

    def _local_folder(self) -> Path | None:
        given = self._settings.artifacts_url
        if given.startswith(SCHEME):
            return None
        return (Path(given.removeprefix("file://")) if given else self._folder).absolute()

    def _open(self) -> "ObjectStore":
        if self._store is None:
            self._store = self._make()
        return self._store

    def _make(self) -> "ObjectStore":
        from obstore.store import LocalStore  # noqa: PLC0415 - as above

        given = self._settings
        local = self._local_folder()
        if local is not None:
            return LocalStore(local, mkdir=True, automatic_cleanup=True)
        secret = given.artifacts_secret_access_key.get_secret_value()
        url, endpoint, region = given.artifacts_url, given.artifacts_endpoint, given.artifacts_region
        return open_bucket(Bucket(url, endpoint, region, given.artifacts_access_key_id, secret), RetryPolicy(_RETRIES))


def _unavailable(error: Exception) -> StorageUnavailableError:
    """Say what an operator can do."""
    _log.warning("storage.failed", reason=str(error).partition("\n")[0])
    match refusal_of(error):
        case Refusal.DENIED:
            return StorageUnavailableError(_REFUSED[0], remedy=_REFUSED[1])
        case Refusal.NO_BUCKET:
            return StorageUnavailableError(_NO_BUCKET[0], remedy=_NO_BUCKET[1])
        case None:
            return StorageUnavailableError()


async def _chunks(content: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    async for chunk in content:
        yield chunk


async def _plain(stream: AsyncIterable[object]) -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield bytes(memoryview(chunk))  # pyright: ignore[reportArgumentType] - obstore's own buffer type
