"""Where backups are: a folder or a bucket, each backup under a name of its own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from retinue.backups.types import Listed


class Sink(Protocol):
    """A part while it is written."""

    def write(self, content: bytes) -> None:
        """Add content."""

    def finish(self) -> None:
        """Return when everything is stored."""

    def close(self) -> None:
        """End writing. A part that was not finished is of no use."""


class Place(Protocol):
    """One backup. As a text it is what commands take."""

    @property
    def name(self) -> str:
        """The backup's name in its folder or bucket."""
        ...

    def is_incomplete(self) -> bool:
        """Whether this is what a backup left that did not end."""
        ...

    def read(self, part: str) -> Iterator[bytes]:
        """Return the content of a part. Raises ``OSError``, and ``FileNotFoundError`` when there is none."""
        ...


class Unfinished(Protocol):
    """A backup while it is made. It is complete once its manifest, which comes last, is written and ``complete`` returns."""

    def create(self, part: str) -> Sink:
        """Begin a part; it must not exist."""
        ...

    def complete(self) -> Place:
        """Give the backup its name."""
        ...


class Target(Protocol):
    """A folder or a bucket with backups. As a text it is what commands take."""

    def beginning(self, instant: datetime, backup_id: str) -> "AbstractContextManager[tuple[datetime, Unfinished]]":
        """Begin a backup of this instant, or of the next second whose name is free; it is removed when the body fails."""
        ...

    def remove_incomplete(self, are_ours: Callable[[str], bool]) -> None:
        """Remove what processes left that were killed: of an id that is ours, where no lock tells that they are gone."""

    def list(self) -> list[tuple[Place, Listed]]:
        """Return the complete backups, newest first; what is no backup of ours is passed over."""
        ...

    def delete(self, name: str) -> None:
        """Delete a backup. One that is half deleted is never taken for a complete one."""
