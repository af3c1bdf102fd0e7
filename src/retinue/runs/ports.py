"""What the runs' execution asks of others: where news goes while a run goes on, and where artifacts are kept."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from retinue.engine.ports import ToolArtifact


class LiveFeed(Protocol):
    """Tells those who watch, at once and without storing anything. Calls must be cheap and must not raise."""

    def moved(self, organization_id: UUID, run_id: UUID) -> None:
        """Tell that a run has committed news: events, steps or its status."""
        ...

    def text(self, organization_id: UUID, run_id: UUID, chunk: "TextChunk") -> None:
        """Tell of text that a model has just written."""
        ...


@dataclass(frozen=True, slots=True)
class TextChunk:
    """A piece of a step's text. ``kind`` is text or reasoning; ``index`` its offset, in characters, in that text."""

    step_id: UUID
    kind: str
    index: int
    text: str


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """Where an artifact's content is kept. ``checksum`` is its SHA-256 in hexadecimal; ``size`` counts bytes."""

    id: UUID
    url: str
    storage_key: str
    size: int
    checksum: str


class ArtifactStore(Protocol):
    """Keeps the content of artifacts: a local folder or an S3-compatible store."""

    async def put(self, organization_id: UUID, run_id: UUID, artifact: ToolArtifact) -> StoredArtifact:
        """Store an artifact's content. Storing it again stores a second copy; only the one that is recorded counts."""
        ...
