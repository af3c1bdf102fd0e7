"""Links to conversations as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.conversations.types import MessageStatus, Sender


class ShareAudience(StrEnum):
    """Who may read a conversation by a link: members of the organization who are signed in, or anyone who has the link."""

    MEMBERS = "members"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class ConversationShare:
    """A link by which others read the messages, ``message_count`` of them, that a conversation had when it was created."""

    id: UUID
    conversation_id: UUID
    audience: ShareAudience
    message_count: int
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewConversationShare:
    """A link that was created, and its address, which is not shown again."""

    share: ConversationShare
    url: str


@dataclass(frozen=True, slots=True)
class SharedMessage:
    """A message as others see it: what was said, and the names of its files. An answer that failed has no content."""

    sequence: int
    sender_type: Sender
    content: str
    status: MessageStatus
    created_at: datetime
    attachments: list[str]


@dataclass(frozen=True, slots=True)
class SharedConversation:
    """What a link shows. ``partner_name`` is null when the agent, team or workflow is deleted."""

    title: str
    partner_name: str | None
    person_name: str
    organization_name: str
    audience: ShareAudience
    created_at: datetime
    expires_at: datetime
    messages: list[SharedMessage]
