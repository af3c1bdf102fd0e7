"""Backups in a folder: written under a name that says they are incomplete, and renamed at the end."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from retinue.backups import rules
from retinue.backups.targets import Place
from retinue.backups.types import MANIFEST, Listed, list_manifest

READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """One backup: a folder of parts."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    def __str__(self) -> str:
        """Return the path."""
        return str(self.path)

    def is_incomplete(self) -> bool:
        """Whether it has the name of one."""
        return self.name.endswith(rules.PARTIAL)

    def read(self, part: str) -> Iterator[bytes]:
        """Return the content of a part."""
        with (self.path / part).open("rb") as file:
            while content := file.read(READ_BYTES):
                yield content


class _FileSink:
    """A part as a file; it must not exist."""

    def __init__(self, path: Path) -> None:
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=READ_BYTES)

    def write(self, content: bytes) -> None:
        self._file.write(content)

    def finish(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True)
class _UnfinishedFolder:
    path: Path

    def create(self, part: str) -> _FileSink:
        return _FileSink(self.path / part)

    def complete(self) -> FolderPlace:
        _sync(self.path)
        place = self.path.with_name(self.name)
        self.path.rename(place)
        _sync(place.parent)
        return FolderPlace(place)

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(rules.PARTIAL)


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """A folder of backups."""

    path: Path

    def __str__(self) -> str:
        """Return the path."""
        return str(self.path)

    @contextmanager
    def beginning(self, instant: datetime, backup_id: str) -> Generator[tuple[datetime, _UnfinishedFolder]]:
        """Begin a backup, and hold its folder as long as this process lives."""
        del backup_id
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        instant, partial = self._new(instant)
        try:
            with held(partial):
                yield instant, _UnfinishedFolder(partial)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise

    def _new(self, instant: datetime) -> tuple[datetime, Path]:
        while True:
            name = rules.name_of(instant)
            partial = self.path / f"{name}{rules.PARTIAL}"
            if not (self.path / name).exists():
                with contextlib.suppress(FileExistsError):
                    partial.mkdir(mode=0o700)
                    return instant, partial
            instant += timedelta(seconds=1)

    def remove_incomplete(self, are_ours: Callable[[str], bool]) -> None:
        """Remove what no live process holds."""
        del are_ours
        remove_incomplete(self.path)

    def list(self) -> list[tuple[Place, Listed]]:
        """Return the complete backups, newest first."""
        found = list(self._backups())
        return sorted(found, key=lambda each: each[0].name, reverse=True)

    def _backups(self) -> Iterator[tuple[Place, Listed]]:
        for path in self.path.glob("retinue-*") if self.path.is_dir() else ():
            if rules.instant_of(path.name) is None:
                continue
            try:
                listed = list_manifest((path / MANIFEST).read_bytes())
            except OSError:
                continue
            if listed is not None:
                yield FolderPlace(path), listed

    def delete(self, name: str) -> None:
        """Delete a backup; it loses its name before its files."""
        partial = self.path / f"{name}{rules.PARTIAL}"
        (self.path / name).rename(partial)
        shutil.rmtree(partial)


@contextmanager
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


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
