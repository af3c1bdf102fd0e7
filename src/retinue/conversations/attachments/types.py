"""Attachments as values."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message. ``type`` is a media type, ``size`` counts bytes."""

    id: UUID
    name: str
    type: str
    size: int
    url: str


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """An attachment with where its content is kept, and the conversation it was sent in, if it was."""

    id: UUID
    name: str
    type: str
    size: int
    checksum: str
    storage_key: str
    conversation_id: UUID | None
