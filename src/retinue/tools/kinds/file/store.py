"""What both stores of files offer, and what can go wrong with them."""

from dataclasses import dataclass
from typing import Protocol


class FileRefusedError(Exception):
    """A path or a file was refused; the text is for the model. ``is_unknown``: a write may have taken effect."""

    def __init__(self, text: str, *, is_unknown: bool = False) -> None:
        """Take the sentence."""
        super().__init__(text)
        self.is_unknown = is_unknown


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file, folder or link; ``path`` is relative to the tool's root. Folders have no size."""

    path: str
    type: str
    size_bytes: int | None = None
    modified_at: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Entries in the order of their paths; ``is_cut`` when there are more."""

    entries: tuple[FileEntry, ...]
    is_cut: bool


class Store(Protocol):
    """Files below one root. Paths are checked already: relative, of plain names; an empty one is the root."""

    async def entries(self, path: str, *, is_deep: bool, most: int) -> Listing:
        """Return what is in a folder, with ``is_deep`` in all below it too. Raises ``FileRefusedError``."""
        ...

    async def read(self, path: str, most_bytes: int) -> bytes:
        """Return a file. Raises ``FileRefusedError`` for one that is missing, no plain file, or larger."""
        ...

    async def write(self, path: str, content: bytes) -> None:
        """Write a file whole, with the folders it needs: afterwards it is the old or the new one, never a part."""
        ...
