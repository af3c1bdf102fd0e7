"""What comes in over the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from retinue.conversations.types import NewMessage, OnBusy
from retinue.conversations.types_shares import ShareAudience
from retinue.core.http.request_models import Body
from retinue.runs.labels.types import Labels, Metadata, Tags

Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class BeginBody(Body):
    """A conversation to begin."""

    agent_id: UUID | None = Field(default=None, description="The agent. Send one of the three ids.")
    team_id: UUID | None = Field(default=None, description="The team.")
    workflow_id: UUID | None = Field(
        default=None, description="The workflow. Its published version must require exactly one input, of type string."
    )
    title: Title = Field(default="", description="When omitted, the first message sets it.")


class RenameBody(Body):
    """The new title."""

    title: Annotated[Title, StringConstraints(min_length=1)]


class MessageBody(Body):
    """A message to send; a text, attachments, or both."""

    content: Annotated[str, StringConstraints(max_length=100_000)] = ""
    attachment_ids: Annotated[list[UUID], Field(max_length=10)] = Field(
        default_factory=list[UUID], description="Files that were uploaded before, each for one message."
    )
    on_busy: OnBusy = Field(
        default=OnBusy.REFUSE,
        description="While the agent is still answering the previous message: refuse this message, or interrupt the answer.",
    )

    tags: Tags = Field(default_factory=list[str])
    metadata: Metadata = Field(default_factory=dict[str, str])

    def to_message(self, idempotency_key: str | None) -> NewMessage:
        """Return the message as a value."""
        ids = list(dict.fromkeys(self.attachment_ids))
        return NewMessage(self.content, ids, self.on_busy, idempotency_key, Labels(tuple(self.tags), self.metadata))


class RegenerateBody(Body):
    """Tags and metadata of the run that answers again; each is that of the run before when left out."""

    tags: Tags | None = None
    metadata: Metadata | None = None


class CreateConversationShare(Body):
    """A link to create."""

    audience: ShareAudience = Field(
        default=ShareAudience.MEMBERS,
        description="Who may read by the link: members of the organization who are signed in, or anyone who has it.",
    )
    expires_in_days: Annotated[int, Field(ge=1, le=90)] = 30
