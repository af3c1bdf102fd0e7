"""Documents of conversations. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

from retinue.client.types.common_2 import Run, StepWarning

__all__ = [
    "Attachment",
    "BusyPolicy",
    "Conversation",
    "ConversationPage",
    "ConversationShare",
    "ConversationSharePage",
    "CreateConversation",
    "CreateConversationShare",
    "Message",
    "MessageExchange",
    "MessagePage",
    "MessageSender",
    "MessageStatus",
    "MessageVersion",
    "NewConversationShare",
    "RegenerateReply",
    "SendMessage",
    "ShareAudience",
    "SharedConversation",
    "SharedMessage",
    "UpdateConversation",
]


class Attachment(TypedDict):
    """A file of a message. ``type`` is a media type, ``size`` counts bytes."""

    id: str
    name: str
    size: int
    type: str
    url: str


BusyPolicy: TypeAlias = Literal["refuse", "interrupt"]


class Conversation(TypedDict):
    """A conversation of a person with an agent, a team or a workflow; all three ids are None once it is …"""

    agent_id: str | None
    created_at: str
    id: str
    last_message: str | None
    last_message_time: str | None
    message_count: int
    organization_id: str
    team_id: str | None
    title: str
    updated_at: str
    user_id: str
    workflow_id: str | None


class ConversationPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Conversation]
    next_cursor: str | None


ShareAudience: TypeAlias = Literal["members", "anyone"]


class ConversationShare(TypedDict):
    """A link by which others read the messages, ``message_count`` of them, that a conversation had when it …"""

    audience: ShareAudience
    conversation_id: str
    created_at: str
    expires_at: str
    id: str
    message_count: int


class ConversationSharePage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[ConversationShare]
    next_cursor: str | None


class CreateConversation(TypedDict):
    """A conversation to begin."""

    agent_id: NotRequired[str | UUID | None]
    team_id: NotRequired[str | UUID | None]
    title: NotRequired[str]
    workflow_id: NotRequired[str | UUID | None]


class CreateConversationShare(TypedDict):
    """A link to create."""

    audience: NotRequired[ShareAudience]
    expires_in_days: NotRequired[int]


MessageSender: TypeAlias = Literal["user", "agent"]


MessageStatus: TypeAlias = Literal["complete", "streaming", "waiting", "failed", "cancelled"]


class MessageVersion(TypedDict):
    """An earlier answer of a reply that was regenerated, and the run that wrote it."""

    content: str
    run_id: str | None
    status: MessageStatus


class Message(TypedDict):
    """A message."""

    attachments: list[Attachment]
    content: str
    conversation_id: str
    created_at: str
    id: str
    partial_content: str | None
    run_id: str | None
    sender_type: MessageSender
    sequence: int
    status: MessageStatus
    versions: list[MessageVersion]
    warnings: list[StepWarning]


class MessageExchange(TypedDict):
    """Result of sending a message: the message, the pending reply, and the run that writes it."""

    message: Message
    reply: Message
    run: Run


class MessagePage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Message]
    next_cursor: str | None


class NewConversationShare(TypedDict):
    """A link that was created, and its address, which is not shown again."""

    share: ConversationShare
    url: str


class RegenerateReply(TypedDict):
    """Tags and metadata of the run that answers again; each is that of the run before when left out."""

    metadata: NotRequired[dict[str, str] | None]
    tags: NotRequired[list[str] | None]


class SendMessage(TypedDict):
    """A message to send; a text, attachments, or both."""

    attachment_ids: NotRequired[list[str | UUID]]
    content: NotRequired[str]
    metadata: NotRequired[dict[str, str]]
    on_busy: NotRequired[BusyPolicy]
    tags: NotRequired[list[str]]


class SharedMessage(TypedDict):
    """A message as others see it: what was said, and the names of its files."""

    attachments: list[str]
    content: str
    created_at: str
    sender_type: MessageSender
    sequence: int
    status: MessageStatus


class SharedConversation(TypedDict):
    """What a link shows. ``partner_name`` is null when the agent, team or workflow is deleted."""

    audience: ShareAudience
    created_at: str
    expires_at: str
    messages: list[SharedMessage]
    organization_name: str
    partner_name: str | None
    person_name: str
    title: str


class UpdateConversation(TypedDict):
    """The new title."""

    title: str
