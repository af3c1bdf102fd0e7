"""The files of a backup as one tar archive (POSIX ustar): written and read as a stream, each file under its storage key."""

import hashlib
import tarfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

from retinue.backups.errors import BackupInvalidError
from retinue.backups.parts import PartWriter, told
from retinue.backups.types import FilesFound, Progress
from retinue.core.storage import FileMissingError, Storage

_BLOCK = 512
_END = bytes(2 * _BLOCK)


async def write_files(
    storage: Storage, files: Mapping[str, tuple[int, str]], writer: PartWriter, progress: Progress
) -> FilesFound:
    """Write every file, with the size that its row says; return what was found.

    A file that is missing or is not as its row says is no reason to have no backup: it is named in the result.
    """
    missing: list[str] = []
    damaged: list[str] = []
    count = total = 0
    for key, (size, checksum) in files.items():
        try:
            content = await storage.read(key)
        except FileMissingError:
            missing.append(key)
            continue
        info = tarfile.TarInfo(key)
        info.size, info.mode = size, 0o600
        writer.write(info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict"))
        if await _copy(content, size, writer) != checksum:
            damaged.append(key)
        count, total = count + 1, total + size
        progress(f"Files: {count} of {len(files)}, {told(total)}")
    writer.write(_END)
    return FilesFound(count, total, tuple(missing), tuple(damaged))


async def _copy(content: AsyncIterator[bytes], size: int, writer: PartWriter) -> str:
    """Write exactly ``size`` bytes and the padding; return the SHA-256 of all the content there was."""
    digest, left = hashlib.sha256(), size
    async for chunk in content:
        digest.update(chunk)
        writer.write(chunk[:left])
        left -= min(left, len(chunk))
    while left > 0:
        writer.write(bytes(min(left, _BLOCK)))
        left -= min(left, _BLOCK)
    writer.write(bytes(-size % _BLOCK))
    return digest.hexdigest()


@dataclass(slots=True)
class StoredEntry:
    """One file of the archive; its content is read once, before the next entry is asked for."""

    key: str
    size_bytes: int
    content: Iterator[bytes]


def read_files(archive: Iterator[bytes]) -> Iterator[StoredEntry]:
    """Return the files of an archive in order. Raises ``BackupInvalidError`` for what is no archive of ours."""
    stream = _Stream(archive)
    while True:
        header = b"".join(stream.take(_BLOCK))
        if header == bytes(_BLOCK):
            return
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
        except (tarfile.TarError, UnicodeError):
            raise BackupInvalidError("files.tar is damaged: it holds something that is no file.") from None
        if not info.isfile() or not _is_key(info.name):
            raise BackupInvalidError(f"files.tar holds {info.name!r}, which is no file of Retinue.")
        content = stream.take(info.size)
        yield StoredEntry(info.name, info.size, content)
        for _ in content:  # what the caller did not read
            pass
        for _ in stream.take(-info.size % _BLOCK):
            pass


def _is_key(name: str) -> bool:
    return all(part not in {"", ".", ".."} for part in name.split("/")) and "\0" not in name


class _Stream:
    """Chunks of any size, read by the byte."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held: bytes = b""

    def take(self, size: int) -> Iterator[bytes]:
        left = size
        while left > 0:
            if not self._held:
                found = next(self._chunks, None)
                if found is None:
                    raise BackupInvalidError("files.tar is damaged: it ends too early.")
                self._held = found
                continue
            taken, self._held = self._held[:left], self._held[left:]
            left -= len(taken)
            yield taken
