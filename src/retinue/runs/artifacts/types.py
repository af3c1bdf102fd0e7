"""Artifacts as values."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a run made. ``type`` is a media type, ``size`` counts bytes, ``checksum`` is its SHA-256 in hex."""

    id: UUID
    run_id: UUID
    step_id: UUID | None
    name: str
    type: str
    size: int
    url: str
    checksum: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """Where an artifact's content is kept. ``checksum`` is its SHA-256 in hexadecimal; ``size`` counts bytes."""

    id: UUID
    url: str
    storage_key: str
    size: int
    checksum: str
