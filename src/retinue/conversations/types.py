"""Conversations and messages as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.conversations.attachments.types import Attachment
from retinue.runs.labels.types import NO_LABELS, Labels
from retinue.runs.steps.types import StepWarning
from retinue.runs.types import Run


class Sender(StrEnum):
    """Author of a message."""

    USER = "user"
    AGENT = "agent"


class MessageStatus(StrEnum):
    """Status of a message. A user's is complete; a reply streams, may wait for an approval, and ends as its run does."""

    COMPLETE = "complete"
    STREAMING = "streaming"
    WAITING = "waiting"
    FAILED = "failed"
    CANCELLED = "cancelled"


class OnBusy(StrEnum):
    """How a message is handled while the agent is still answering the previous one."""

    REFUSE = "refuse"
    INTERRUPT = "interrupt"


@dataclass(frozen=True, slots=True)
class Partner:
    """Whom a conversation is with: an agent, a team or a workflow."""

    agent_id: UUID | None = None
    team_id: UUID | None = None
    workflow_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of a person with an agent, a team or a workflow; all three ids are None once it is deleted."""

    id: UUID
    organization_id: UUID
    user_id: UUID
    agent_id: UUID | None
    team_id: UUID | None
    workflow_id: UUID | None
    title: str
    last_message: str | None
    last_message_time: datetime | None
    message_count: int
    created_at: datetime
    updated_at: datetime

    @property
    def partner_id(self) -> UUID | None:
        """The id of whom the conversation is with."""
        return self.agent_id or self.team_id or self.workflow_id


@dataclass(frozen=True, slots=True)
class MessageVersion:
    """An earlier answer of a reply that was regenerated, and the run that wrote it."""

    content: str
    status: MessageStatus
    run_id: UUID | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message. A reply's ``run_id`` names the run that writes it; its events stream the text while it is written.

    ``warnings`` are those of the run's steps: the answer was cut off, filtered, blocked or is empty. ``partial_content`` is
    what had arrived of an answer that failed, was cancelled or timed out. ``versions`` are the answers it had before it was
    regenerated, oldest first, at most 20.
    """

    id: UUID
    conversation_id: UUID
    sequence: int
    content: str
    sender_type: Sender
    attachments: list[Attachment]
    run_id: UUID | None
    status: MessageStatus
    created_at: datetime
    warnings: list[StepWarning]
    partial_content: str | None
    versions: list[MessageVersion]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Result of sending a message: the message, the pending reply, and the run that writes it."""

    message: Message
    reply: Message
    run: Run


@dataclass(frozen=True, slots=True)
class Sent:
    """An exchange; ``is_replay`` when the idempotency key had been used for the same message before."""

    exchange: Exchange
    is_replay: bool


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What someone says: a text and uploads, of which at least one is given; and the labels of the run that answers."""

    content: str
    attachment_ids: list[UUID]
    on_busy: OnBusy = OnBusy.REFUSE
    idempotency_key: str | None = None
    labels: Labels = NO_LABELS


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Which conversations a list shows; None leaves a criterion out. ``q`` is looked for in titles."""

    agent_id: UUID | None = None
    q: str | None = None
    team_id: UUID | None = None
    workflow_id: UUID | None = None
