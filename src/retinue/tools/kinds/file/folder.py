"""Files of a folder: every step of a path is opened from the one before it, and none of them may be a link.

So neither ``..`` nor a link leads out, nor a folder that becomes a link between two steps.
"""

import errno
import os
import stat
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from retinue.core.ids import new_id
from retinue.tools.kinds.database.threads import in_thread
from retinue.tools.kinds.file.store import FileEntry, FileRefusedError, Listing

ResultT = TypeVar("ResultT")

_STEP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PART, _PART_SECONDS = ".retinue-part-", 3600
"""How a file that is being written is named, and after how long one that was left behind is removed."""

_DEEPEST = 32
_SAID = {
    errno.ENOENT: "does not exist",
    errno.ENOTDIR: "leads through a file or a link",
    errno.ELOOP: "is a link, and links are not followed",
    errno.EACCES: "may not be read or written by this installation",
    errno.EPERM: "may not be read or written by this installation",
    errno.EISDIR: "is a folder",
    errno.ENAMETOOLONG: "is too long",
    errno.ENOSPC: "does not fit: the disk is full",
    errno.EROFS: "is on a disk that is read only",
    errno.EINVAL: "is not a name that this disk takes",
    errno.EILSEQ: "is not a name that this disk takes",
    errno.ENXIO: "is no plain file",
}


class Folder:
    """The files below a root. ``base`` is a folder of the operator's, ``steps`` lead from it to the root."""

    def __init__(self, base: Path, steps: tuple[str, ...]) -> None:
        """Take where the root is; nothing is opened yet."""
        self._base = base
        self._steps = steps

    async def entries(self, path: str, *, is_deep: bool, most: int) -> Listing:
        """See ``Store``."""
        return await _run(lambda stopped: self._entries(path, is_deep, most, stopped))

    async def read(self, path: str, most_bytes: int) -> bytes:
        """See ``Store``."""
        return await _run(lambda _: self._read(path, most_bytes))

    async def write(self, path: str, content: bytes) -> None:
        """See ``Store``."""
        await _run(lambda stopped: self._write(path, content, stopped))

    def _entries(self, path: str, is_deep: bool, most: int, stopped: threading.Event) -> Listing:  # noqa: FBT001
        found: list[FileEntry] = []
        with _translated_errors(path or "the root"), self._opened(_parts(path)) as folder:
            for entry in _walk(folder, path, is_deep, 0):
                if stopped.is_set() or len(found) == most:
                    return Listing(tuple(found), is_cut=True)
                found.append(entry)
        return Listing(tuple(found), is_cut=False)

    def _read(self, path: str, most_bytes: int) -> bytes:
        *folders, name = _parts(path)
        with _translated_errors(path), self._opened(folders) as folder:
            descriptor = os.open(name, _READ, dir_fd=folder)
            with os.fdopen(descriptor, "rb") as file:
                size = _demand_plain(path, os.fstat(descriptor))
                if size > most_bytes:
                    raise FileRefusedError(f"{path} has {size} bytes; this tool reads files of {most_bytes} at most.")
                content = file.read(most_bytes + 1)
        if len(content) > most_bytes:
            raise FileRefusedError(f"{path} grew beyond {most_bytes} bytes while it was read.")
        return content

    def _write(self, path: str, content: bytes, stopped: threading.Event) -> None:
        *folders, name = _parts(path)
        with _translated_errors(path), self._opened(folders, makes=True) as folder:
            with suppress(FileNotFoundError):
                _demand_plain(path, os.stat(name, dir_fd=folder, follow_symlinks=False))
            _sweep(folder)
            part = f"{_PART}{new_id()}"
            try:
                with os.fdopen(os.open(part, _CREATE, 0o644, dir_fd=folder), "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                _demand_wanted(path, stopped)
                os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(part, dir_fd=folder)
                raise
            os.fsync(folder)

    @contextmanager
    def _opened(self, steps: list[str], *, makes: bool = False) -> Generator[int]:
        """Open a folder below the root, step by step."""
        current = os.open(self._base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for number, step in enumerate((*self._steps, *steps)):
                if makes and number >= len(self._steps):
                    with suppress(FileExistsError):
                        os.mkdir(step, 0o755, dir_fd=current)
                following = os.open(step, _STEP, dir_fd=current)
                os.close(current)
                current = following
            yield current
        finally:
            os.close(current)


async def _run(work: Callable[[threading.Event], ResultT]) -> ResultT:
    stopped = threading.Event()

    async def stop() -> None:
        stopped.set()

    return await in_thread(lambda: work(stopped), stop)


@contextmanager
def _translated_errors(path: str) -> Generator[None]:
    """Tell a failure of the system as one of the path."""
    try:
        yield
    except (OSError, UnicodeEncodeError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else errno.EILSEQ
        said = _SAID.get(number or 0) or (error.strerror if isinstance(error, OSError) else str(error))
        raise FileRefusedError(f"{_printable(path)} {said}.") from None


def _printable(path: str) -> str:
    return path.encode("utf-8", errors="replace").decode()


def _parts(path: str) -> list[str]:
    return path.split("/") if path else []


def _demand_plain(path: str, found: os.stat_result) -> int:
    if stat.S_ISLNK(found.st_mode):
        raise FileRefusedError(f"{path} is a link, and links are not followed.")
    if stat.S_ISDIR(found.st_mode):
        raise FileRefusedError(f"{path} is a folder; the action list tells what is in it.")
    if not stat.S_ISREG(found.st_mode):
        raise FileRefusedError(f"{path} is no plain file.")
    return found.st_size


def _demand_wanted(path: str, stopped: threading.Event) -> None:
    if stopped.is_set():
        raise FileRefusedError(f"{path} was not written: the call was cancelled.")


def _walk(folder: int, path: str, is_deep: bool, depth: int) -> Iterator[FileEntry]:  # noqa: FBT001 - private
    with os.scandir(folder) as scanned:
        names = sorted(entry.name for entry in scanned if not entry.name.startswith(_PART))
    for name in names:
        below = f"{path}/{name}" if path else name
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue
        modified = datetime.fromtimestamp(int(found.st_mtime), UTC).isoformat()
        if stat.S_ISDIR(found.st_mode):
            yield FileEntry(_printable(below), "folder", None, modified)
            if is_deep and depth < _DEEPEST:
                yield from _below(folder, name, below, depth)
        elif stat.S_ISREG(found.st_mode):
            yield FileEntry(_printable(below), "file", found.st_size, modified)
        elif stat.S_ISLNK(found.st_mode):
            yield FileEntry(_printable(below), "link", None, modified)


def _below(folder: int, name: str, path: str, depth: int) -> Iterator[FileEntry]:
    try:
        following = os.open(name, _STEP, dir_fd=folder)
    except OSError:
        return  # closed to us, or no folder any more
    try:
        yield from _walk(following, path, True, depth + 1)
    finally:
        os.close(following)


def _sweep(folder: int) -> None:
    """Remove what writes that were cut off left behind."""
    with os.scandir(folder) as scanned:
        parts = [entry.name for entry in scanned if entry.name.startswith(_PART)]
    for part in parts:
        with suppress(OSError):
            if os.stat(part, dir_fd=folder, follow_symlinks=False).st_mtime < time.time() - _PART_SECONDS:
                os.unlink(part, dir_fd=folder)
