"""Operations of conversations. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack
from uuid import UUID

from retinue.client.files import Upload
from retinue.client.models import Download
from retinue.client.resource import Resource, new_key, path
from retinue.client.types.conversations import (
    Attachment,
    Conversation,
    ConversationPage,
    ConversationShare,
    ConversationSharePage,
    CreateConversation,
    CreateConversationShare,
    Message,
    MessageExchange,
    MessagePage,
    NewConversationShare,
    RegenerateReply,
    SendMessage,
    SharedConversation,
    UpdateConversation,
)


class ConversationsApi(Resource):
    """Operations of conversations."""

    def upload_attachment(self, file: Upload, /, *, media_type: str | None = None) -> Attachment:
        """Upload a file to send with a message. A file that is not sent within a day is deleted."""
        return self._connection.json("POST", "/attachments", file=file, media_type=media_type)

    def get_attachment_content(self, attachment_id: str, /) -> Download:
        """Return the content of one of your attachments."""
        return self._connection.download("GET", path("attachments", attachment_id, "content"))

    def list(
        self,
        *,
        agent_id: str | UUID | None = None,
        team_id: str | UUID | None = None,
        workflow_id: str | UUID | None = None,
        q: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ConversationPage:
        """List your conversations, most recently active first."""
        return self._connection.json(
            "GET",
            "/conversations",
            query={
                "agent_id": agent_id,
                "team_id": team_id,
                "workflow_id": workflow_id,
                "q": q,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def iterate(
        self,
        *,
        agent_id: str | UUID | None = None,
        team_id: str | UUID | None = None,
        workflow_id: str | UUID | None = None,
        q: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Conversation]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items(
            "/conversations",
            query={"agent_id": agent_id, "team_id": team_id, "workflow_id": workflow_id, "q": q, "limit": limit},
        )

    def create(self, **body: Unpack[CreateConversation]) -> Conversation:
        """Create a conversation with an agent, a team or a workflow. Only you can see it."""
        return self._connection.json("POST", "/conversations", body=body)

    def get(self, conversation_id: str, /) -> Conversation:
        """Return one of your conversations."""
        return self._connection.json("GET", path("conversations", conversation_id))

    def update(self, conversation_id: str, /, **body: Unpack[UpdateConversation]) -> Conversation:
        """Rename a conversation."""
        return self._connection.json("PATCH", path("conversations", conversation_id), body=body)

    def delete(self, conversation_id: str, /) -> None:
        """Permanently delete a conversation with its messages, attachments and runs."""
        self._connection.nothing("DELETE", path("conversations", conversation_id))

    def list_messages(self, conversation_id: str, /, *, limit: int | None = None, cursor: str | None = None) -> MessagePage:
        """List a conversation's messages, oldest first."""
        return self._connection.json(
            "GET", path("conversations", conversation_id, "messages"), query={"limit": limit, "cursor": cursor}
        )

    def iterate_messages(self, conversation_id: str, /, *, limit: int | None = None) -> Iterator[Message]:
        """Iterate over what ``list_messages`` lists, page after page."""
        return self._connection.items(path("conversations", conversation_id, "messages"), query={"limit": limit})

    def send_message(
        self, conversation_id: str, /, *, idempotency_key: str | None = None, **body: Unpack[SendMessage]
    ) -> MessageExchange:
        """Send a message. A run writes the reply, also when no client follows it."""
        return self._connection.json(
            "POST", path("conversations", conversation_id, "messages"), body=body, key=idempotency_key or new_key()
        )

    def regenerate_reply(self, conversation_id: str, /, **body: Unpack[RegenerateReply]) -> MessageExchange:
        """Replace the last reply with a new one; `versions` of the message keeps the earlier answers."""
        return self._connection.json("POST", path("conversations", conversation_id, "regenerate"), body=body)

    def list_shares(
        self, conversation_id: str, /, *, limit: int | None = None, cursor: str | None = None
    ) -> ConversationSharePage:
        """List the links to a conversation of yours that have not expired, newest first."""
        return self._connection.json(
            "GET", path("conversations", conversation_id, "shares"), query={"limit": limit, "cursor": cursor}
        )

    def iterate_shares(self, conversation_id: str, /, *, limit: int | None = None) -> Iterator[ConversationShare]:
        """Iterate over what ``list_shares`` lists, page after page."""
        return self._connection.items(path("conversations", conversation_id, "shares"), query={"limit": limit})

    def create_share(self, conversation_id: str, /, **body: Unpack[CreateConversationShare]) -> NewConversationShare:
        """Create a link by which others read a conversation of yours, up to its last finished message."""
        return self._connection.json("POST", path("conversations", conversation_id, "shares"), body=body)

    def revoke_share(self, conversation_id: str, share_id: str, /) -> None:
        """Revoke a link to a conversation: it shows nothing from now on."""
        self._connection.nothing("DELETE", path("conversations", conversation_id, "shares", share_id))

    def get_shared(self, *, share_token: str) -> SharedConversation:
        """Return what a link to a conversation shows. Requires no authentication where the link is for anyone."""
        return self._connection.json("GET", "/shared-conversations", headers={"X-Retinue-Share-Token": share_token})
